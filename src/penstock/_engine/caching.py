"""Cached task runs: looked up by key, computed once, shared between processes.

A key is computed by one caller at a time. In a process the others wait for a
future; between processes they wait for a byte of a lock file, which the system
frees when its holder dies. A process keeps the lock until the entry is in the
store, so whoever gets it next finds the entry there.
"""

from __future__ import annotations

import os
import threading
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from penstock._engine.keep import keep_in_file
from penstock._engine.report import INFO, WARNING, in_words, say
from penstock._engine.steps import Wait
from penstock._platform import lock_range, unlock_range
from penstock.caching import NotCacheable
from penstock.context import TaskRunContext
from penstock.errors import MissingResult
from penstock.events import CACHE_STORED, CacheStored
from penstock.futures import TaskFuture, here
from penstock.results import NotStorable, TooLarge, dump, load, read_file
from penstock.states import State, StateType

if TYPE_CHECKING:
    from collections.abc import Generator

    from penstock._engine.process import Process
    from penstock._engine.runs import TaskRun
    from penstock._engine.steps import Step

__all__ = ["CacheTable", "Caching", "forget"]

#: Values of this process's own entries that are kept at hand, in all.
_RECENT_BYTES: Final = 67_108_864
_DONE: Final[State[Any]] = State(StateType.COMPLETED)


class CacheTable:
    """What one process knows of cache keys: recent entries, and who computes what."""

    def __init__(self, lock_path: str | None) -> None:
        #: key -> (bytes, file, expiry in microseconds), oldest first
        self.recent: dict[str, tuple[bytes | None, str | None, int | None]] = {}
        self._recent_bytes = 0
        self._computing: dict[str, TaskFuture[Any]] = {}
        self._lock = threading.Lock()
        self._lock_path = lock_path
        self._descriptor: int | None = None
        #: locks to let go when the store has everything up to an LSN
        self._held: list[tuple[int, int]] = []

    def claim(self, key: str) -> TaskFuture[Any] | None:
        """Take a key for computing. None: it is ours; else a future that ends when it is free."""
        with self._lock:
            holder = self._computing.get(key)
            if holder is None:
                self._computing[key] = TaskFuture(None, key)
            return holder

    def free(self, key: str) -> None:
        """Let others of this process have the key."""
        with self._lock:
            holder = self._computing.pop(key)
        holder.set_state(_DONE)

    def remember(self, key: str, blob: bytes | None, ref: str | None, expires: int | None) -> None:
        """Keep an entry at hand."""
        with self._lock:
            self.recent[key] = (blob, ref, expires)
            self._recent_bytes += len(blob or b"")
            while self._recent_bytes > _RECENT_BYTES:
                oldest = self.recent.pop(next(iter(self.recent)))
                self._recent_bytes -= len(oldest[0] or b"")

    def lock(self, key: str, *, wait: bool) -> bool:
        """Take the key's byte of the lock file, against other processes."""
        if self._lock_path is None:
            return True
        with self._lock:
            if self._descriptor is None:
                flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
                self._descriptor = os.open(self._lock_path, flags, 0o600)
        return lock_range(self._descriptor, _byte_of(key), wait=wait)

    def unlock(self, key: str, lsn: int | None) -> None:
        """Let the byte go: now, or when the store has everything up to an LSN."""
        if self._lock_path is None or self._descriptor is None:
            return
        if lsn is None:
            unlock_range(self._descriptor, _byte_of(key))
        else:
            self._held.append((lsn, _byte_of(key)))

    def stored(self, lsn: int) -> None:
        """Be told that the store has everything up to an LSN."""
        if not self._held or self._descriptor is None:
            return
        held, self._held = self._held, []
        for needed, byte in held:
            if needed <= lsn:
                unlock_range(self._descriptor, byte)
            else:
                self._held.append((needed, byte))

    def close(self) -> None:
        """Let go of the lock file, and with it of every lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _byte_of(key: str) -> int:
    """Choose the byte of the lock file that stands for a key. 2^62 of them: no two meet."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") >> 2


class _Lock:
    """The step that waits for another process to finish computing a key."""

    __slots__ = ("_key", "_table")

    def __init__(self, table: CacheTable, key: str) -> None:
        self._table = table
        self._key = key

    def run(self) -> bool:
        place = here.place
        if place is None:
            return self._table.lock(self._key, wait=True)
        place.lend()
        try:
            return self._table.lock(self._key, wait=True)
        finally:
            place.reclaim()

    async def arun(self) -> bool:
        import asyncio  # noqa: PLC0415 - async code has it loaded

        return await asyncio.to_thread(self._table.lock, self._key, wait=True)


def forget(process: Process, flow_run: bytes, task_key: str, key: str) -> None:
    """Let nobody reuse the value under a key any more: it was rolled back."""
    now = process.now()
    process.emit(CacheStored(CACHE_STORED, flow_run, now, 0, key, task_key, now, None, None))
    process.cache.remember(key, None, None, now)


class Caching:
    """The dealings of one task run with the cache."""

    __slots__ = ("_claimed", "_expires", "_locked", "_lsn", "_process", "_run", "_table", "key")

    def __init__(self, run: TaskRun) -> None:
        self._run = run
        self._process: Process = run.flow_run.process
        self._table = self._process.cache
        #: None: not cached
        self.key: str | None = None
        self._claimed = False
        self._locked = False
        self._lsn: int | None = None
        self._expires: int | None = None

    def look_up(self) -> Generator[Step, Any, bool]:
        """Find the value under the run's key. True: `run.value` is set, nothing is left to do.

        False: the caller computes it, calls `keep` with it, and `let_go` in the end.
        """
        key = self.key = self._compute_key()
        if key is None:
            return False
        refresh = self._run.spec.refresh_cache
        # A hit needs no claim, and is what caches are for.
        if not refresh and (self._take_recent(key) or self._take_stored(key)):
            return True
        while (holder := self._table.claim(key)) is not None:
            yield Wait([holder])
        self._claimed = True
        # Somebody in this process may have finished since the look.
        if not refresh and self._take_recent(key):
            return True
        self._locked = self._table.lock(key, wait=False)
        if not self._locked:
            yield _Lock(self._table, key)
            self._locked = True
        # Somebody may have stored it between the look and the lock.
        return not refresh and self._take_stored(key)

    def keep(self, value: object) -> tuple[bytes | None, str | None]:
        """Store a computed value under the run's key. Gives its bytes or its file, or neither."""
        run = self._run
        blob: bytes | None = None
        ref: str | None = None
        try:
            blob = dump(value, self._process.settings.inline_result_bytes)
        except TooLarge:
            ref = keep_in_file(run, value)
        except NotStorable as reason:
            if run.flow_run.once(f"not cached {run.spec.key}"):
                say(run, WARNING, f"Task {run.spec.name!r} not cached: {reason}.")
            return None, None
        if self.key is not None and (blob is not None or ref is not None):
            self._store(self.key, blob, ref)
        return blob, ref

    def let_go(self) -> None:
        """Let others have the key."""
        key = self.key
        if key is None:
            return
        if self._locked:
            self._table.unlock(key, self._lsn)
        if self._claimed:
            self._table.free(key)

    def _compute_key(self) -> str | None:
        run = self._run
        policy = run.spec.cache_policy
        if policy is None:
            return None
        try:
            return policy.compute_key(TaskRunContext(run), run.parameters, run.flow_run.parameters)
        except NotCacheable as reason:
            if run.flow_run.once(f"not cached {run.spec.key}"):
                say(run, INFO, f"Task {run.spec.name!r} not cached: {reason}")
        except Exception as error:  # noqa: BLE001 - a user's key function may raise anything
            say(
                run,
                WARNING,
                f"Task {run.spec.name!r} not cached: its key failed: {in_words(error)}",
            )
        return None

    def _store(self, key: str, blob: bytes | None, ref: str | None) -> None:
        run = self._run
        now = self._process.now()
        life = run.spec.cache_expiration
        expires = None if life is None else now + int(life * 1_000_000)
        self._process.emit(
            CacheStored(
                CACHE_STORED, run.flow_run.id, now, run.index, key, run.spec.key, expires, blob, ref
            )
        )
        self._lsn = self._process.recorder.lsn
        self._table.remember(key, blob, ref, expires)

    def _take_recent(self, key: str) -> bool:
        entry = self._table.recent.get(key)
        if entry is None:
            return False
        blob, ref, expires = entry
        if expires is not None and expires <= self._process.now():
            return False
        return self._take(blob, ref)

    def _take_stored(self, key: str) -> bool:
        entry = self._process.store.get_cache_entry(key, self._process.now())
        if entry is None or not self._take(entry.result, entry.result_ref):
            return False
        self._table.remember(key, entry.result, entry.result_ref, entry.expires)
        return True

    def _take(self, blob: bytes | None, ref: str | None) -> bool:
        run = self._run
        try:
            if blob is not None:
                run.value = load(blob)
            elif ref is not None:
                run.value = read_file(ref, run.spec.serializer.loads)
            else:
                return False
        except MissingResult as error:
            say(run, WARNING, f"Cached value not used: {error}")
            return False
        run.flow_run.origins.note(run.value, run.index)
        return True
