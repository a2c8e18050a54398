"""Reads `names.txt`: which names Prefect offers, and what Penstock calls its own."""

from __future__ import annotations

import os
import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Listed", "Name", "find_children", "find_name", "get_table", "read_table"]

_OF_NAME: Final = re.compile(r"(\w+): (.*)")
_SETTING: Final = re.compile(r"PREFECT_[A-Z][A-Z0-9_]*")


class Name(NamedTuple):
    """A name of one of Prefect's modules."""

    name: str
    ours: str  #: what Penstock calls it
    is_exception: bool = False
    is_value: bool = False  #: read where it is used, as `prefect.runtime.flow_run.id`
    meanwhile: str = ""  #: what to do as long as Penstock does not have it


class Listed(NamedTuple):
    """One of Prefect's modules."""

    names: Mapping[str, Name]
    home: str | None = None  #: where Penstock may have the names
    meanwhile: str = ""  #: what to do as long as it does not


@cache
def get_table() -> Mapping[str, Listed]:
    """Give every module of Prefect that may be imported, by its full name."""
    path = os.path.join(os.path.dirname(__file__), "names.txt")
    with open(path, encoding="utf-8") as file:
        return read_table(file.read())


def read_table(text: str) -> Mapping[str, Listed]:
    """Read the paragraphs of `names.txt`, whose head explains them."""
    table: dict[str, Listed] = {}
    for modules, home, lines in _paragraphs(text):
        told = [line[1:].strip() for line in lines if line.startswith(">")]
        of_names = {m[1]: m[2] for line in told if (m := _OF_NAME.fullmatch(line))}
        names = {}
        for word in " ".join(line for line in lines if not line.startswith(">")).split():
            shown, _, ours = word.rstrip("!?").partition("=")
            kind = (word.endswith("!"), word.endswith("?"))
            names[shown] = Name(shown, ours or shown, *kind, of_names.get(shown, ""))
        meanwhile = " ".join(line for line in told if not _OF_NAME.fullmatch(line))
        table.update(dict.fromkeys(modules, Listed(names, home, meanwhile)))
    return table


def _paragraphs(text: str) -> Iterator[tuple[list[str], str | None, list[str]]]:
    """Split into (modules, home, lines below the heading)."""
    for paragraph in text.split("\n\n"):
        heading, *lines = paragraph.strip().splitlines()
        if heading.startswith("["):
            modules, _, home = heading[1:].partition("]")
            yield modules.split(), home.removeprefix(" < ") or None, lines


def find_name(module: str, name: str) -> Name | None:
    """Look a name up in a module of the table."""
    found = get_table()[module].names.get(name)
    if found is None and module == "prefect.settings" and _SETTING.fullmatch(name):
        return Name(name, name)
    return found


def find_children(module: str) -> list[str]:
    """Give the names of the modules right below one."""
    below = [name.rpartition(".") for name in get_table()]
    return [child for parent, _, child in below if parent == module]
