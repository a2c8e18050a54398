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
import weakref
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from penstock._platform import network_filesystem
from penstock.errors import StoreError, StoreOnNetwork, StoreReadOnly, UsageError
from penstock.stores.sqlite.errors import BUSY, CANNOT_WRITE, error_code, translate
from penstock.stores.sqlite.gate import GIVE_UP_AFTER, Gate
from penstock.stores.sqlite.lines import TrigramIndex, has_trigrams
from penstock.stores.sqlite.schema import check_file, file_uri, install
from penstock.stores.where import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SqliteDialect"]

#: RETURNING and UPDATE ... FROM.
_OLDEST: Final = (3, 35, 0)

#: How long SQLite itself waits for a foreign tool. Short, because Ctrl-C has to wait
#: with it; the transaction is tried again until a minute has passed.
_BUSY_MS: Final = 2_000

#: Pages given back to the file system while the gate is held once: some 5 ms.
_SHRINK_PAGES: Final = 500

#: A log of more is folded into the file when nobody writes.
_LARGE_LOG: Final = 1 << 20

#: Connections of a parent process, kept in its forked children: closing one there
#: would checkpoint, and delete, files that are the parent's.
_inherited: list[Any] = []


_dialects: weakref.WeakSet[SqliteDialect] = weakref.WeakSet()


class SqliteDialect:
    """One SQLite file: its gate, its write connection, its pool of readers."""

    #: Parameters a statement may have.
    most_parameters: int
    words = Words(
        like="LIKE",  # of ASCII letters only
        has_tag="EXISTS (SELECT 1 FROM json_each(flow_run.tags) WHERE value = ?)",
        has_parameter="""CASE WHEN json_valid(flow_run.parameters) THEN EXISTS (
            SELECT 1 FROM json_each(flow_run.parameters)
            WHERE key = ? AND (CASE WHEN type IN ('true', 'false', 'null') THEN type
                ELSE CAST(value AS TEXT) END = ? OR type IN ('integer', 'real') AND value = ?))
            ELSE FALSE END""",
        plain="+",  # an expression, and no index is one of these
    )
    #: Raised when a row with that key exists.
    integrity_error = sqlite3.IntegrityError

    def __init__(self, path: str, *, read_only: bool = False, survives_power: bool = False) -> None:
        """Open a database file, making it when there is none.

        Raises:
            StoreCorrupt: it is not a database of Penstock's. It is left as it is.
            StoreTooNew: a newer version has written it. It is left as it is.
            StoreReadOnly: it or its folder cannot be written.
            StoreOnNetwork: it lies on a network file system.
        """
        if sqlite3.sqlite_version_info < _OLDEST:
            found = sqlite3.sqlite_version
            raise StoreError(
                path,
                f"this Python is linked with SQLite {found}, and Penstock needs 3.35 or newer. "
                "Use a newer Python, or one that brings its own SQLite.",
            )
        self.path = path
        self.read_only = read_only
        self._survives_power = survives_power
        self._gate = Gate(f"{path}.gate")
        self._readers: list[Any] = []
        self._writer: Any = None
        self._line_index: TrigramIndex | None = None
        #: what `change_mark` asks: a count is one connection's own
        self._watcher: Any = None
        self._watching = threading.Lock()
        self._open_lock = threading.Lock()
        # Held from BEGIN to COMMIT, and while the process forks: a child that took a
        # copy of a connection in mid-transaction along would roll it back as it ends,
        # in memory it shares with us.
        self._writing = threading.RLock()
        _dialects.add(self)
        self._pid = os.getpid()
        self._closed = False
        self._immutable = ""
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
            with self._gate.held(), self._writing:
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

    @property
    def line_index(self) -> TrigramIndex | None:
        """Give its index of what log lines contain, where SQLite can keep one."""
        if self._line_index is None and has_trigrams():
            self._line_index = TrigramIndex()
        return self._line_index

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

    def shrink(self) -> None:
        """Give free pages back to the file system, some at a time."""
        with self._errors():
            self._here()
            while True:
                with self._gate.held():
                    (free,) = self._writer.execute("PRAGMA freelist_count").fetchone()
                    if free == 0:
                        return
                    # As a script, because Python takes a statement without columns to
                    # be done after one step, and this one frees a page a step.
                    self._writer.executescript(f"PRAGMA incremental_vacuum({_SHRINK_PAGES})")

    def change_mark(self) -> int:
        """Give SQLite's count of others' commits, as a connection that never writes sees it."""
        with self._errors():
            self._here()
            with self._watching:
                if self._watcher is None:
                    self._watcher = self._connect(read_only=True)
                (mark,) = self._watcher.execute("PRAGMA data_version").fetchone()
                return int(mark)

    def tidy(self) -> None:
        """Fold the log into the file and cut it off, if it has grown."""
        try:
            size = os.stat(f"{self.path}-wal").st_size
        except OSError:
            return
        if size < _LARGE_LOG or self.read_only:
            return
        with self._errors():
            self._here()
            with self._gate.held():
                self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

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
        with nullcontext() if self.read_only else self._gate.held():
            while self._readers:
                self._readers.pop().close()
            if self._watcher is not None:
                self._watcher.close()
                self._watcher = None
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
            if os.path.exists(self.path) and not os.access(self.path, os.W_OK):
                # SQLite would open it for reading and say so only at the first write.
                raise StoreReadOnly(self.path, CANNOT_WRITE)
            # SQLite would make it readable for everyone. Its -wal and -shm files take
            # their permissions from it.
            with suppress(FileExistsError):
                flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
                os.close(os.open(self.path, flags, 0o600))
            connection = self._connect(read_only=False)
            try:
                install(connection, self.path, self._begin, survives_power=self._survives_power)
            except BaseException:
                connection.close()
                raise
            self._writer = connection
        limit = getattr(connection, "getlimit", None)
        self.most_parameters = 999 if limit is None else limit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)

    def _open_read_only(self) -> None:
        if not os.path.exists(self.path):
            raise StoreReadOnly(self.path, "does not exist, and was to be opened for reading only.")
        self.most_parameters = 999
        try:
            check_file(self.path)
        except sqlite3.OperationalError as error:
            # In a folder that cannot be written SQLite has no place for the memory its
            # connections share. Without a log nobody is writing, and none is needed.
            no_place = error_code(error) & 0xFF in {
                sqlite3.SQLITE_CANTOPEN,
                sqlite3.SQLITE_READONLY,
            }
            if not no_place or os.path.exists(f"{self.path}-wal"):
                raise
            self._immutable = "&immutable=1"
            check_file(self.path, self._immutable)
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
        mode = f"ro{self._immutable}" if self.read_only else "rw"
        uri = file_uri(self.path, mode)
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
                if error_code(error) not in BUSY or time.monotonic() > deadline:
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

    def before_fork(self) -> None:
        """Let a transaction end first."""
        self._writing.acquire(timeout=GIVE_UP_AFTER)

    def after_fork_in_parent(self) -> None:
        """Let transactions begin again."""
        with suppress(RuntimeError):  # it did not end in time
            self._writing.release()

    def after_fork_in_child(self) -> None:
        """Leave the parent's connections alone; new ones are opened when needed."""
        self._open_lock = threading.Lock()
        self._writing = threading.RLock()
        self._watching = threading.Lock()
        self._abandon()

    def _abandon(self) -> None:
        _inherited.append((self._writer, self._readers, self._watcher))
        self._writer, self._readers, self._watcher = None, [], None

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


def _tell_all(what: str) -> None:
    for dialect in list(_dialects):
        getattr(dialect, what)()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=partial(_tell_all, "before_fork"),
        after_in_parent=partial(_tell_all, "after_fork_in_parent"),
        after_in_child=partial(_tell_all, "after_fork_in_child"),
    )
