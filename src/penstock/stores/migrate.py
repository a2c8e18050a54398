"""Brings a database to the schema this version knows, or refuses it.

Migrations are the one description of the schema: numbered files, each applied once,
in one transaction with its entry in table `migration`. From 0.1.0 on a file that has
been released is never edited; its checksum says so.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Migration", "load_migrations", "split_statements"]

_FOLDER: Final = os.path.join(os.path.dirname(__file__), "migrations")
_FILE: Final = re.compile(r"(\d{4})_(\w+)\.sql")
_SINCE: Final = re.compile(r"^-- since: (\S+)$", re.MULTILINE)


class Migration(NamedTuple):
    """A step from one schema to the next."""

    version: int
    name: str
    since: str  #: the first Penstock that knows it
    checksum: str
    text: str


def load_migrations() -> list[Migration]:
    """Read the migrations of this version, in order."""
    return list(_read())


def _read() -> Iterator[Migration]:
    import hashlib  # noqa: PLC0415 - 2 ms, and needed once in the life of a database

    for file_name in sorted(os.listdir(_FOLDER)):
        matched = _FILE.fullmatch(file_name)
        if matched is None:
            continue
        with open(os.path.join(_FOLDER, file_name), encoding="utf-8") as file:
            text = file.read()
        since = _SINCE.search(text)
        if since is None:
            raise AssertionError(f"{file_name} does not say which version it came with")
        checksum = hashlib.sha256(text.encode()).hexdigest()[:16]
        yield Migration(int(matched[1]), matched[2], since[1], checksum, text)


def split_statements(text: str, types: Mapping[str, str]) -> list[str]:
    """Split a migration into statements, with a database's own names for the types.

    A statement ends with a semicolon before an empty line, which leaves semicolons
    inside of it (in a trigger) alone.
    """
    for word, meaning in types.items():
        text = text.replace(f"@{word}@", meaning)
    pieces = re.split(r";\s*(?:\n\n|\Z)", text)
    return [piece.strip() for piece in pieces if re.sub(r"--.*", "", piece).strip()]
