"""`penstock version`: what is installed, for a report of a problem."""

from __future__ import annotations

import platform
import sqlite3
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of

import click

from penstock._cli.flow_run_page import show_fields
from penstock._cli.options import Command, json_option
from penstock._cli.output import Screen, print_json

__all__ = ["version"]


@click.command(cls=Command, examples=("penstock version", "penstock version --json"))
@json_option
def version(as_json: bool) -> None:
    """Show the versions of Penstock and of what it uses."""
    found = {
        "penstock": _version_of("penstock"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "pydantic": _version_of("pydantic"),
        "platform": platform.platform(),
    }
    if as_json:
        print_json(found)
    else:
        show_fields(Screen(), found.items())


def _version_of(package: str) -> str:
    try:
        return version_of(package)
    except PackageNotFoundError:
        return "not installed"
