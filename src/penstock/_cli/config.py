"""`penstock config`: every setting, its value, and where that comes from."""

from __future__ import annotations

from typing import Any

import click

from penstock._cli.flow_run_page import show_fields
from penstock._cli.options import Command, Group, json_option
from penstock._cli.output import Column, Screen, Table, print_json
from penstock.settings import SETTINGS, load_settings, mask

__all__ = ["config"]


@click.group(cls=Group)
def config() -> None:
    """Show the settings, and where each comes from."""


@config.command(cls=Command, examples=("penstock config show", "penstock config show --json"))
@json_option
def show(as_json: bool) -> None:
    """Show every setting: its value, where that comes from, and what it means.

    PENSTOCK_<NAME> in the environment wins over config.toml in the data folder, which
    wins over the default.
    """
    settings = load_settings()
    rows = [
        {
            "name": setting.name,
            "value": mask(setting.name, getattr(settings, setting.name)),
            "source": settings.sources[setting.name],
            "default": setting.default,
            "variable": setting.variable,
            "meaning": setting.meaning,
        }
        for setting in SETTINGS
    ]
    if as_json:
        print_json(rows)
        return
    screen = Screen()
    table = Table(
        Column("SETTING"),
        Column("VALUE", gives_way=True),
        Column("FROM"),
        note="MEANING",
        note_style="dim",
    )
    for row in rows:
        source = row["source"]
        table.row(
            row["variable"],
            _shown(row["value"]),
            (source, "dim" if source == "default" else "green"),
            note=row["meaning"],
        )
    table.write(screen)
    screen.line()
    show_fields(
        screen,
        [
            ("Store in use", mask("store", settings.store_url)),
            ("Settings file", settings.path("config.toml")),
        ],
    )


def _shown(value: Any) -> str:
    """Write a value as one would set it in the environment."""
    match value:
        case bool():
            return "1" if value else "0"
        case tuple():
            return ",".join(map(str, value)) or '""'
        case int():
            return f"{value:_}"
        case _:
            return str(value) or '""'
