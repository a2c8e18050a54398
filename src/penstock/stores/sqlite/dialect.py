"""What only SQLite does: opening a file, transactions behind the gate, its errors.

The invariant: nothing is written, and no file is opened or closed, outside of the
gate; and no connection is used in a process that did not open it.
"""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from penstock._platform import network_filesystem
from penstock.errors import (
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreOnNetwork,
    StoreReadOnly,
    UsageError,
)
from penstock.stores.sqlite.gate import GIVE_UP_AFTER, Gate
from penstock.stores.sqlite.schema import check_file, install

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SqliteDialect"]

#: RETURNING and UPDATE ... FROM.
_OLDEST: Final = (3, 35, 0)

#: How long SQLite itself waits for a foreign tool. Short, because Ctrl-C has to wait
#: with it; the transaction is tried again until a minute has passed.
_BUSY_MS: Final = 2_000

#: Connections of a parent process, kept in its forked children: closing one there
#: would checkpoint, and delete, files that are the parent's.
_inherited: list[Any] = []

_FULL: Final = frozenset(
    {
        sqlite3.SQLITE_FULL,
        # A write beyond a quota or a file size limit comes as an I/O error.
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_TRUNCATE,
    }
)
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})


class SqliteDialect:
    """One SQLite file: its gate, its write connection, its pool of readers."""

    #: Parameters a statement may have.
    most_parameters: int
    #: Case-insensitive pattern matching (of ASCII letters).
    like = "LIKE"
    #: Raised when a row with that key exists.
    integrity_error = sqlite3.IntegrityError

    def __init__(self, path: str, *, read_only: bool = False) -> None:
        """Open a database file, making it when there is none.

        Raises:
            StoreCorrupt: it is not a database of Penstock's. It is left as it is.
            StoreTooNew: a newer version has written it. It is left as it is.
            StoreReadOnly: it or its folder cannot be written.
            StoreOnNetwork: it lies on a network file system.
        """
        if sqlite3.sqlite_version_info < _OLDEST:
            found = sqlite3.sqlite_version
            message = f"This Python is linked with SQLite {found}; Penstock needs 3.35 or newer."
            raise StoreError(path, message)
        self.path = path
        self.read_only = read_only
        self._gate = Gate(f"{path}.gate")
        self._readers: list[Any] = []
        self._writer: Any = None
        self._open_lock = threading.Lock()
        self._pid = os.getpid()
        self._closed = False
        self._refuse_network()
        with self._errors():
            self._open_read_only() if read_only else self._open()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all of it or nothing: commit at the end, roll back on an error.

        Raises:
            StoreBusy, StoreFull, StoreReadOnly, StoreCorrupt: as the contract says.
        """
        if self.read_only:
            raise StoreReadOnly(self.path, "was opened for reading only.")
        with self._errors():
            self._here()
            with self._gate.held():
                connection = self._writer
                self._begin(connection)
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    # SQLite has rolled back by itself after some errors.
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise

    def restart(self, connection: sqlite3.Connection) -> None:
        """Take back what the transaction has written so far, and begin it anew."""
        connection.execute("ROLLBACK")
        self._begin(connection)

    @contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that cannot write. Fetch all before giving it back."""
        with self._errors():
            self._here()
            try:
                connection = self._readers.pop()
            except IndexError:
                connection = self._connect(read_only=True)
            try:
                yield connection
            finally:
                self._readers.append(connection)

    def shrink(self, pages: int) -> None:
        """Give free pages back to the file system, a few at a time."""
        with self._errors(), self._gate.held():
            self._here()
            self._writer.execute(f"PRAGMA incremental_vacuum({int(pages)})").fetchall()

    def problems(self) -> list[str]:
        """Have SQLite check its own structures."""
        with self.reader() as connection:
            found = connection.execute("PRAGMA quick_check(20)").fetchall()
        return [f"SQLite says: {text}" for (text,) in found if text != "ok"]

    def size_bytes(self) -> int:
        """Measure the file and its log."""
        total = 0
        for suffix in ("", "-wal"):
            with suppress(OSError):
                total += os.stat(self.path + suffix).st_size
        return total

    def close(self) -> None:
        """Close every connection. The last one of all processes folds the log in."""
        if self._closed:
            return
        self._closed = True
        if self._pid != os.getpid():
            self._abandon()
            return
        # Read-only connections never checkpoint, and their user may not lock.
        with self._gate.held() if not self.read_only else suppress():
            while self._readers:
                self._readers.pop().close()
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    def _refuse_network(self) -> None:
        folder = os.path.dirname(self.path)
        while not os.path.isdir(folder) and folder != os.path.dirname(folder):
            folder = os.path.dirname(folder)
        kind = network_filesystem(folder)
        if kind is not None:
            raise StoreOnNetwork(
                self.path,
                f"lies on a network file system ({kind}), where SQLite's locks do not hold. "
                "Set PENSTOCK_HOME to a folder on a local disk.",
            )

    def _open(self) -> None:
        self._make_folder()
        with self._gate.held():
            check_file(self.path)
            # SQLite would make it readable for everyone. Its -wal and -shm files take
            # their permissions from it.
            with suppress(FileExistsError):
                flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
                os.close(os.open(self.path, flags, 0o600))
            connection = self._connect(read_only=False)
            try:
                install(connection, self.path, self._begin)
            except BaseException:
                connection.close()
                raise
            self._writer = connection
        limit = getattr(connection, "getlimit", None)
        self.most_parameters = 999 if limit is None else limit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)

    def _open_read_only(self) -> None:
        if not os.path.exists(self.path):
            raise StoreReadOnly(self.path, "does not exist, and was to be opened for reading only.")
        check_file(self.path)
        self.most_parameters = 999
        self._readers.append(self._connect(read_only=True))

    def _make_folder(self) -> None:
        folder = os.path.dirname(self.path)
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        except OSError as error:
            raise StoreReadOnly(
                self.path,
                f"the folder {folder} cannot be made ({error.strerror}). "
                "Change its permissions, or set PENSTOCK_HOME to a folder of yours.",
            ) from None

    def _connect(self, *, read_only: bool) -> sqlite3.Connection:
        uri = file_uri(self.path, "ro" if read_only and self.read_only else "rw")
        connection = sqlite3.connect(
            uri,
            uri=True,
            timeout=_BUSY_MS / 1000,
            isolation_level=None,  # never a transaction we did not begin
            check_same_thread=False,  # one at a time: the gate, and the pool of readers
            cached_statements=256,  # ten sizes of each repeated statement
        )
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS if not read_only else 30_000}")
        if read_only:
            connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA temp_store=MEMORY")
        # No mmap_size: it made the corruption reports of 2026 worse.
        return connection

    def _begin(self, connection: sqlite3.Connection) -> None:
        """Begin to write. Only a foreign tool can be in the way; outwait it."""
        deadline = time.monotonic() + GIVE_UP_AFTER
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if _code(error) not in _BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - jitter
            else:
                return

    def _here(self) -> None:
        """Make sure that this process has opened the connections it is going to use."""
        if self._closed:
            raise UsageError(f"The store {self.path} is closed.")
        if self._pid == os.getpid():
            return
        with self._open_lock:
            if self._pid == os.getpid():
                return
            self._abandon()
            self._pid = os.getpid()
            self._open_read_only() if self.read_only else self._open()

    def _abandon(self) -> None:
        _inherited.append((self._writer, self._readers))
        self._writer, self._readers = None, []

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Say in a sentence what an error of SQLite means, and what to do."""
        try:
            yield
        except sqlite3.Error as error:
            translated = translate(self.path, error)
            if translated is None:
                raise
            raise translated from error


def file_uri(path: str, mode: str) -> str:
    """Write a path as SQLite's URI, which alone can say how to open it."""
    escaped = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return f"file:{escaped}?mode={mode}"


def translate(path: str, error: sqlite3.Error) -> StoreError | None:
    """Give the store's own error for SQLite's; None for a mistake of ours."""
    code = _code(error)
    primary = code & 0xFF
    if code in _FULL or primary == sqlite3.SQLITE_FULL:
        return StoreFull(
            path,
            "could not grow: the disk (or a quota) is full. Make room, or delete old runs with "
            "`penstock prune`; what waits is written then.",
        )
    if primary in _BUSY:
        return StoreBusy(
            path, "another program has locked the database for a minute. Close that program."
        )
    if primary in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return StoreReadOnly(
            path,
            "cannot be written. Change the permissions of the file and its folder, "
            "or set PENSTOCK_HOME to a folder of yours.",
        )
    if primary in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StoreCorrupt(
            path,
            f"is damaged or not a database ({error}). It was left as it is: move it away, "
            "or put a copy back from a backup.",
        )
    if primary == sqlite3.SQLITE_CANTOPEN:
        return StoreReadOnly(
            path, "cannot be opened. Check that the folder exists and that you may write to it."
        )
    if primary == sqlite3.SQLITE_IOERR:
        return StoreError(path, f"the disk reported an error ({error}). Check it, then try again.")
    return None


def _code(error: sqlite3.Error) -> int:
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code
