"""Tells whose a file is, and installs the schema. Always behind the gate."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from penstock.errors import StoreCorrupt, StoreTooNew
from penstock.stores.migrate import load_migrations, split_statements

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NEWEST", "check_file", "file_uri", "install"]

#: The schema this version knows: the number of the last migration.
NEWEST: Final = 5

#: "PNSK": marks the file as ours (`PRAGMA application_id`).
_APPLICATION: Final = 0x504E534B

#: SQLite's names for the types that differ.
_TYPES: Final = {
    # Exactly these words make the column the row's own key.
    "ROWID": "INTEGER PRIMARY KEY",
    # Without AUTOINCREMENT the highest id is given again after its row is deleted.
    "SERIAL": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "BYTES": "BLOB",
}

#: Final is final, also for whoever opens the file with another tool.
_TRIGGER: Final = """
CREATE TRIGGER {table}_final BEFORE UPDATE OF state_type ON {table}
WHEN OLD.state_type IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED')
    AND NEW.attempt <= OLD.attempt
BEGIN
    SELECT RAISE(ABORT, 'a final state is left only by beginning a new attempt');
END"""


def check_file(path: str, how: str = "") -> None:
    """Refuse a file that is not ours or is too new, before anything is written.

    Raises:
        StoreCorrupt: it is not a database, or one of another program.
        StoreTooNew: a newer version has migrated it.
    """
    try:
        if os.stat(path).st_size == 0:
            return
    except OSError:
        return
    # Reading it ourselves would not do: closing the file would let go of the locks
    # that other connections of this process have on it. A read-only connection also
    # leaves the log of a process that died alone.
    connection = sqlite3.connect(file_uri(path, f"ro{how}"), uri=True, timeout=30)
    try:
        _check(connection, path)
    finally:
        connection.close()


def _check(connection: sqlite3.Connection, path: str) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != _APPLICATION:
        if tables == 0 and version == 0:
            return
        raise StoreCorrupt(
            path,
            "is a database of another program. It was left as it is: "
            "set PENSTOCK_STORE or PENSTOCK_HOME to another place.",
        )
    if version > NEWEST:
        found = connection.execute(
            "SELECT since FROM migration WHERE version = ?", (version,)
        ).fetchone()
        needed = "a newer version" if found is None else f"version {found[0]} or newer"
        install_it = "" if found is None else f">={found[0]}"
        raise StoreTooNew(
            path,
            f"was written by a newer Penstock (schema {version}; this one knows {NEWEST}). "
            f"It needs {needed}: pip install --upgrade 'penstock{install_it}'. "
            "Or leave it to that one, and set PENSTOCK_STORE or PENSTOCK_HOME to another place. "
            "Nothing was changed.",
        )


def file_uri(path: str, mode: str) -> str:
    """Write a path as SQLite's URI, which alone can say how to open it."""
    escaped = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return f"file:{escaped}?mode={mode}"


def install(
    connection: sqlite3.Connection,
    path: str,
    begin: Callable[[sqlite3.Connection], None],
    *,
    survives_power: bool,
) -> None:
    """Set the connection up for writing, and bring the schema to the newest."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        # Has an effect only before the first table, and not in WAL mode.
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
    for pragma in (
        # With NORMAL a killed process loses nothing, and a power failure the last moments.
        f"synchronous={'FULL' if survives_power else 'NORMAL'}",
        "foreign_keys=ON",
        "journal_size_limit=67108864",
        "wal_autocheckpoint=1000",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchone()
    if version < NEWEST:
        _migrate(connection, path, begin)


def _migrate(
    connection: sqlite3.Connection, path: str, begin: Callable[[sqlite3.Connection], None]
) -> None:
    begin(connection)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for migration in load_migrations():
            if migration.version > version:
                _apply(connection, migration)
        connection.execute(f"PRAGMA application_id={_APPLICATION}")
        connection.execute(f"PRAGMA user_version={NEWEST}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    # The check of the file ran before the gate let us write; nothing is in between.
    _check(connection, path)


def _apply(connection: sqlite3.Connection, migration: Any) -> None:
    for statement in split_statements(migration.text, _TYPES):
        connection.execute(statement)
    if migration.version == 1:
        for table in ("flow_run", "task_run"):
            connection.execute(_TRIGGER.format(table=table))
    connection.execute(
        "INSERT INTO migration (version, name, checksum, since) VALUES (?, ?, ?, ?)",
        (migration.version, migration.name, migration.checksum, migration.since),
    )
