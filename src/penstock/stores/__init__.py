"""Where runs are kept: one contract (`protocol`), several places.

`open_store` loads only what its URL asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from penstock.errors import UsageError

if TYPE_CHECKING:
    from penstock.stores.protocol import Store

__all__ = ["open_store"]

_LATER: Final = ("postgresql", "postgres", "http", "https")


def open_store(url: str, *, read_only: bool = False, survives_power: bool = False) -> Store:
    """Open the store at a URL, making it when there is none.

    Args:
        url: `sqlite:///absolute/path` or `memory:`.
        read_only: never write, so that a file of somebody else's can be looked at.
        survives_power: what `write` has returned for is on the disk.

    Raises:
        UsageError: the URL is not one this version knows.
        StoreError: the file cannot be used; the message says why, and what to do.
    """
    scheme, colon, rest = url.partition(":")
    if scheme == "memory" and colon and not rest:
        from penstock.stores.memory import MemoryStore  # noqa: PLC0415 - only when asked for

        return MemoryStore()
    if scheme == "sqlite" and colon:
        from penstock.stores.sql import SqlStore  # noqa: PLC0415 - only when asked for
        from penstock.stores.sqlite.dialect import SqliteDialect  # noqa: PLC0415 - loads sqlite3

        path = _path(url, rest)
        dialect = SqliteDialect(path, read_only=read_only, survives_power=survives_power)
        return SqlStore(dialect, f"sqlite://{path}")
    known = "Use sqlite:///absolute/path or memory: instead."
    if scheme in _LATER:
        raise UsageError(f"Store {_shown(url)!r}: this Penstock cannot use {scheme} yet. {known}")
    raise UsageError(f"Store {_shown(url)!r}: {scheme!r} is not a kind of store. {known}")


def _path(url: str, rest: str) -> str:
    """Take the path out of an SQLite URL; three slashes and four mean the same."""
    path = "/" + rest.lstrip("/")
    drive = path[2:3] == ":"  # /C:/folder/file on Windows
    if not rest.startswith("///") or path == "/":
        raise UsageError(
            f"Store {url!r}: write the absolute path of a file: sqlite:///folder/file."
        )
    return path[1:] if drive else path


def _shown(url: str) -> str:
    """Leave the password out of a URL."""
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://***@{tail}" if at else url
