"""Says in a sentence what an error of SQLite means, and what to do about it."""

from __future__ import annotations

import sqlite3
from typing import Final

from penstock.errors import (
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreReadOnly,
)

__all__ = ["BUSY", "CANNOT_WRITE", "error_code", "translate"]

#: Another connection holds a lock.
BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})

#: What to do about a file that cannot be written.
CANNOT_WRITE: Final = (
    "cannot be written. Change the permissions of the file and its folder, "
    "or set PENSTOCK_HOME to a folder of yours."
)

_FULL: Final = (
    StoreFull,
    (
        "could not grow: the disk (or a quota) is full. Make room, or delete old runs with "
        "`penstock prune`; what waits is written then."
    ),
)
_BUSY: Final = (
    StoreBusy,
    "another program has locked the database for a minute. Close that program.",
)
_READ_ONLY: Final = (StoreReadOnly, CANNOT_WRITE)
_CORRUPT: Final = (
    StoreCorrupt,
    (
        "is damaged or not a database ({}). It was left as it is: move it away, "
        "or put a copy back from a backup."
    ),
)

#: By the whole code first, then by its lowest byte, which is its family.
_MEANING: Final[dict[int, tuple[type[StoreError], str]]] = {
    sqlite3.SQLITE_FULL: _FULL,
    # A write beyond a quota or a file size limit comes as an I/O error.
    sqlite3.SQLITE_IOERR_WRITE: _FULL,
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,
    sqlite3.SQLITE_IOERR_TRUNCATE: _FULL,
    sqlite3.SQLITE_IOERR: (
        StoreError,
        "the disk reported an error ({}). Check it, then try again.",
    ),
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_PROTOCOL: _BUSY,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: (
        StoreReadOnly,
        "cannot be opened. Check that its folder exists, and that you may read and write there.",
    ),
    sqlite3.SQLITE_CORRUPT: _CORRUPT,
    sqlite3.SQLITE_NOTADB: _CORRUPT,
    sqlite3.SQLITE_CONSTRAINT: (
        StoreError,
        "refused a row ({}). Nothing of the batch was kept. Please report this.",
    ),
}


def translate(path: str, error: sqlite3.Error) -> StoreError | None:
    """Give the store's own error for SQLite's; None for a mistake of ours."""
    code = error_code(error)
    kind, sentence = _MEANING.get(code) or _MEANING.get(code & 0xFF) or (None, "")
    return None if kind is None else kind(path, sentence.format(error))


def error_code(error: sqlite3.Error) -> int:
    """Give SQLite's number for an error, or 0 when Python itself raised it."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code
