"""Takes events in: journal first, then the queue of the writer.

When `emit` returns, the fact survives the death of the process. Order of LSNs,
of frames and of the queue is one and the same, kept by one lock.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import TYPE_CHECKING, Final, NoReturn

from penstock._ids import new_id
from penstock._journal.frames import encode_frame
from penstock._journal.segment import FIRST_BYTES, LARGEST_BYTES, Segment
from penstock._locks import take
from penstock._platform import boot_id, folder_gate, host_name, lock_file
from penstock._processes import process_started
from penstock.errors import JournalError, StoreError, StoreFull, StoreReadOnly
from penstock.stores.protocol import Owner

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.events import Event

__all__ = ["FORMAT", "Recorder", "make_owner"]

#: First value of a segment's header. Written to disk.
FORMAT: Final = "penstock-journal-1"

#: Wake the writer early, and make callers wait, at these many waiting events ...
WAKE_EVENTS: Final = 1_000
MOST_EVENTS: Final = 50_000
#: ... or bytes of results in them.
MOST_BYTES: Final = 67_108_864
#: A frame below this is not worth counting against MOST_BYTES.
_SMALL: Final = 4_096


def make_owner() -> Owner:
    """Describe this process, under a new incarnation id."""
    pid = os.getpid()
    return Owner(new_id().hex(), host_name(), pid, process_started(pid), boot_id())


class Recorder:
    """The journal of one process, and the queue between it and its writer."""

    def __init__(self, folder: str | None, owner: Owner, store_url: str) -> None:
        """Open the journal.

        Args:
            folder: where its files go; None keeps no journal, for stores that die
                with the process anyway.
            owner: the process it belongs to.
            store_url: told to whoever recovers it.

        Raises:
            StoreReadOnly, StoreFull: the folder cannot be written.
        """
        self.owner = owner
        self.queue: deque[tuple[int, Event]] = deque()
        self.queued_bytes = 0
        self.lsn = 0
        self.pid = os.getpid()
        #: called when something waits for the writer; the writer sets it
        self.wake: Callable[[], None] = lambda: None
        #: called when enough waits for a batch
        self.hurry: Callable[[], None] = lambda: None
        #: called when too much waits; returns when there is room again
        self.wait_for_room: Callable[[], None] = lambda: None
        self._idle = True
        self._lock = threading.Lock()
        self._folder = folder
        self._header = (FORMAT, *owner, store_url)
        self._segments: deque[Segment] = deque()
        self._count = 0
        self._segment: Segment | _Refusing | None = None
        #: why nothing is recorded any more; None when all is well
        self.broken: StoreError | None = None
        self._lock_file: int | None = None
        if folder is not None:
            self._lock_file = _lock_journal(folder, owner.incarnation)
            self._rotate(0)

    def emit(self, event: Event) -> None:
        """Record an event. When this returns, a `kill -9` does not lose it.

        Raises:
            StoreFull: the journal needs a new file and there is no room for one.
        """
        frame = encode_frame(tuple(event))
        length = len(frame)
        take(self._lock)
        try:
            segment = self._segment
            if segment is None:
                self.lsn += 1
            else:
                if not segment.fits(length):
                    segment = self._rotate_or_refuse(length)
                self.lsn = segment.append(frame)
            self.queue.append((self.lsn, event))
        finally:
            self._lock.release()
        if length > _SMALL:
            self.queued_bytes += length
        waiting = len(self.queue)
        if self._idle:
            self._idle = False
            self.wake()
        elif waiting == WAKE_EVENTS:
            self.hurry()
        elif waiting >= MOST_EVENTS or self.queued_bytes >= MOST_BYTES:
            self.wait_for_room()

    def take(self, most: int) -> list[tuple[int, Event]]:
        """Hand the oldest waiting events to the writer, at most so many."""
        queue = self.queue
        if len(queue) <= most:
            self.queued_bytes = 0
        count = min(len(queue), most)
        return [queue.popleft() for _ in range(count)]

    def rest(self) -> None:
        """Let the next `emit` wake the writer."""
        self._idle = True

    def acknowledge(self, lsn: int) -> None:
        """Delete the files whose events are all in the store."""
        with self._lock:
            while len(self._segments) > 1 and self._segments[1].base <= lsn:
                self._segments.popleft().remove()

    def files(self) -> list[str]:
        """Name the files that hold what the store has not yet."""
        return [segment.path for segment in self._segments]

    def close(self, *, remove: bool) -> None:
        """Let go of the journal; `remove` its files when all is in the store."""
        with self._lock:
            for segment in self._segments:
                segment.remove() if remove else segment.close()
            self._segments.clear()
            self._segment = None
            if self._lock_file is not None:
                if remove:
                    os.unlink(_lock_path(str(self._folder), self.owner.incarnation))
                os.close(self._lock_file)
                self._lock_file = None

    def abandon(self) -> None:
        """Drop everything without touching the files: a forked child's first act."""
        for segment in self._segments:
            segment.close()
        self._segment = None
        self.wake = self.hurry = self.wait_for_room = lambda: None
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    def _rotate_or_refuse(self, length: int) -> Segment:
        """Begin a new file. When that fails, refuse this event and every later one.

        A shorter one might still fit; but the end of a flow must not be recorded when
        that of its task was not. The next process finds the journal and ends both.
        """
        try:
            return self._rotate(length)
        except (StoreFull, JournalError):
            # There may be room, or memory, for a small file where there is none for a large one.
            try:
                return self._rotate(length, smallest=True)
            except StoreError as error:
                self._refuse(error)
                raise
        except StoreError as error:
            self._refuse(error)
            raise

    def _refuse(self, error: StoreError) -> None:
        self.broken = error
        self._segment = _Refusing(error)

    def _rotate(self, length: int, *, smallest: bool = False) -> Segment:
        """Begin a new file that has room for a frame of this length."""
        size = FIRST_BYTES if smallest else min(FIRST_BYTES << (2 * self._count), LARGEST_BYTES)
        while size < length + FIRST_BYTES:
            size <<= 1
        previous = self._segments[-1] if self._segments else None
        base = 0 if previous is None else previous.base + previous.size
        path = os.path.join(str(self._folder), f"{self.owner.incarnation}-{self._count}.journal")
        segment = Segment(path, size, base, self._header)
        self._segments.append(segment)
        self._segment = segment
        self._count += 1
        return segment


class _Refusing:
    """Stands in the place of a segment when there can be none."""

    __slots__ = ("_error",)

    def __init__(self, error: StoreError) -> None:
        self._error = error

    def fits(self, _length: int) -> NoReturn:
        raise self._error from None

    def append(self, _frame: bytes) -> NoReturn:
        raise self._error from None


def _lock_path(folder: str, incarnation: str) -> str:
    return os.path.join(folder, f"{incarnation}.lock")


def _lock_journal(folder: str, incarnation: str) -> int:
    """Make and lock the file that says its process lives."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        # Recovery looks for unlocked files inside the same gate.
        with folder_gate(folder):
            descriptor = os.open(
                _lock_path(folder, incarnation),
                os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0),
                0o600,
            )
            lock_file(descriptor, wait=False)
    except OSError as error:
        raise StoreReadOnly(
            folder,
            f"the folder cannot be written ({error.strerror}). "
            "Change its permissions, or set PENSTOCK_HOME to a folder of yours.",
        ) from None
    return descriptor
