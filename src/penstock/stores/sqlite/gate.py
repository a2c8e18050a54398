"""The gate: one process at a time opens, writes, checkpoints or closes a database.

SQLite's own busy handler sleeps with back-off and is unfair: 16 writers made one of
them wait 14 s, and 16 processes that open a new file at once fail. A file lock queues
them instead (worst wait 81 ms in the same test), and while it is held no second
connection writes or checkpoints, which also keeps clear of the WAL-reset bug of
SQLite before 3.51.3. The system lets the lock go when its holder dies.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from penstock._platform import lock_file, unlock_file
from penstock.errors import StoreBusy, StoreReadOnly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Gate"]

#: After these seconds of waiting, say who holds it ...
WARN_AFTER: Final = 10.0
#: ... and after these, give up. Only a holder that is stopped, or a disk that
#: hangs, makes anyone wait this long.
GIVE_UP_AFTER: Final = 60.0

#: Wide enough for any pid, so that a shorter one overwrites a longer one.
_PID_WIDTH: Final = 20

#: Descriptors that hold the lock or wait for it, in this process.
_descriptors: set[int] = set()
_gates: weakref.WeakSet[Gate] = weakref.WeakSet()


def _warn(path: str, holder: str) -> None:
    import logging  # noqa: PLC0415 - 10 ms, and hardly ever needed

    logging.getLogger("penstock.stores").warning(
        "Waiting for %s, which %s holds. Is it stopped?", path, holder
    )


class Gate:
    """A lock between processes, and between the threads of each."""

    def __init__(
        self,
        path: str,
        *,
        warn_after: float = WARN_AFTER,
        give_up_after: float = GIVE_UP_AFTER,
        warn: Callable[[str, str], None] = _warn,
    ) -> None:
        """Name the file to lock; it is made when it is first needed."""
        self.path = path
        self._warn_after = warn_after
        self._give_up_after = give_up_after
        self._warn = warn
        # The lock of a file does not hold between threads.
        self._threads = threading.Lock()
        _gates.add(self)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the gate for the body of a `with` statement.

        Raises:
            StoreBusy: another process (it is named) held it for a minute.
            StoreReadOnly: the file cannot be made.
        """
        deadline = time.monotonic() + self._give_up_after
        if not self._threads.acquire(timeout=self._give_up_after):
            raise StoreBusy(self.path, _busy("another thread of this process"))
        threads = self._threads
        try:
            descriptor = self._lock(deadline)
            try:
                yield
            finally:
                # In a child forked meanwhile the descriptor is closed already.
                if descriptor in _descriptors:
                    unlock_file(descriptor)
                    _close(descriptor)
        finally:
            threads.release()

    def holder(self) -> str:
        """Name the process that holds the gate, as far as the file tells."""
        try:
            with open(self.path, "rb") as file:
                pid = file.read(_PID_WIDTH).strip().decode("ascii", "replace")
        except OSError:
            pid = ""
        return f"process {pid}" if pid else "another process"

    def _lock(self, deadline: float) -> int:
        descriptor = self._open()
        try:
            taken = lock_file(descriptor, wait=False)
        except BaseException:
            _close(descriptor)
            raise
        # Usually taken. A thread to wait in costs 100 us and is made only otherwise.
        if not taken:
            self._wait(descriptor, deadline)
        with suppress(OSError):  # on a full disk the holder stays unnamed, that is all
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, str(os.getpid()).ljust(_PID_WIDTH).encode("ascii"))
        return descriptor

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        try:
            descriptor = os.open(self.path, flags, 0o600)
        except OSError as error:
            raise StoreReadOnly(
                self.path,
                f"cannot be opened for writing ({error.strerror}). "
                "Change its permissions, or set PENSTOCK_HOME to a folder of yours.",
            ) from None
        _descriptors.add(descriptor)
        return descriptor

    def _wait(self, descriptor: int, deadline: float) -> None:
        """Queue for the lock in a thread, so that Ctrl-C and deadlines still work."""
        waiter = _Waiter(descriptor)
        try:
            if waiter.done.wait(min(self._warn_after, deadline - time.monotonic())):
                return
            self._warn(self.path, self.holder())
            if waiter.done.wait(max(0.0, deadline - time.monotonic())):
                return
            raise StoreBusy(self.path, _busy(self.holder()))
        except BaseException:
            waiter.abandon()
            raise


class _Waiter:
    """Waits for a lock in a thread of its own, which may be left behind."""

    def __init__(self, descriptor: int) -> None:
        self.done = threading.Event()
        self._descriptor = descriptor
        self._state = threading.Lock()
        self._abandoned = False
        threading.Thread(target=self._run, name="penstock-gate", daemon=True).start()

    def _run(self) -> None:
        lock_file(self._descriptor, wait=True)
        with self._state:
            if not self._abandoned:
                self.done.set()
                return
        unlock_file(self._descriptor)
        _close(self._descriptor)

    def abandon(self) -> None:
        """Let the lock go as soon as it comes."""
        with self._state:
            self._abandoned = True
            came = self.done.is_set()
        if came:
            unlock_file(self._descriptor)
            _close(self._descriptor)


def _busy(holder: str) -> str:
    return (
        f"{holder} has held the database for a minute. "
        "If it is stopped, continue or end it; nothing is lost by waiting."
    )


def _close(descriptor: int) -> None:
    _descriptors.discard(descriptor)
    os.close(descriptor)


def _after_fork() -> None:
    """Give up the parent's locks: close them, which leaves them the parent's.

    Unlocking would take them from it, and keeping the copies would keep the
    database locked when the parent is killed.
    """
    for descriptor in _descriptors:
        os.close(descriptor)
    _descriptors.clear()
    for gate in _gates:
        gate._threads = threading.Lock()  # noqa: SLF001 - the holder does not exist here


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
