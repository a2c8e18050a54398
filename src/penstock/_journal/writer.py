"""Carries events from the queue to the store, in batches.

One thread, started by the first event. It waits for work without waking up,
gathers for 10 ms (or until 1,000 events wait), and writes at most 5,000 in one
transaction. A batch that fails is kept and tried again: the journal holds its
events meanwhile, so a store that is away loses nothing.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from penstock._journal.recorder import MOST_BYTES, MOST_EVENTS, WAKE_EVENTS
from penstock.stores.protocol import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from penstock._journal.recorder import Recorder
    from penstock.events import Event
    from penstock.stores.protocol import EventStore

__all__ = ["Writer"]

#: A commit costs about as much as 20 rows, so gathering pays: at 1 ms the commits
#: took half a core under load, at 10 ms a hundredth.
GATHER_SECONDS: Final = 0.010
MOST_IN_BATCH: Final = 5_000
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 5.0


class Writer:
    """The thread that empties a recorder into a store."""

    def __init__(
        self,
        recorder: Recorder,
        store: EventStore,
        complain: Callable[[str], None],
        stored: Callable[[int], None],
        lost: Callable[[Iterable[bytes]], object] = lambda _: None,
        now: Callable[[], tuple[float, int]] = lambda: (0.0, 0),
    ) -> None:
        """Make the writer; its thread starts with the first event.

        Args:
            recorder: whose queue it empties.
            store: where to.
            complain: told once, in a sentence, when the store does not take events.
            stored: told up to which LSN the store has everything.
            lost: told which flow runs belong to another process now.
            now: tells the time, for `sent`.
        """
        self.acknowledged = 0
        #: when the last batch was on its way to the store that it has taken
        self.sent = now()
        #: what the store last said, while it refuses; None when all is well
        self.trouble: Exception | None = None
        self._recorder = recorder
        self._store = store
        self._complain = complain
        self._stored = stored
        self._lost = lost
        self._now = now
        self._kept: list[tuple[int, Event]] = []
        self._writing = threading.Lock()
        self._progress = threading.Condition(threading.Lock())
        self._wake = threading.Semaphore(0)
        self._hurry = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        recorder.wake = self._start_or_wake
        recorder.hurry = self._hurry.set
        recorder.wait_for_room = self._wait_for_room

    def flush(self, timeout: float) -> bool:
        """Write all that is queued now, in the calling thread.

        Returns whether everything recorded before the call is in the store.
        """
        target = self._recorder.lsn
        deadline = time.monotonic() + timeout
        pause = _FIRST_PAUSE
        while self.acknowledged < target:
            if not self._writing.acquire(timeout=max(0.0, deadline - time.monotonic())):
                return False
            try:
                done = self._write_once()
            finally:
                self._writing.release()
            if not done:
                if time.monotonic() + pause > deadline:
                    return False
                time.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
        return True

    def stop(self, timeout: float) -> bool:
        """Flush, and end the thread. Returns whether everything is in the store."""
        flushed = self.flush(timeout)
        self._stopping = True
        self._hurry.set()
        self._wake.release()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=1.0)
        return flushed

    def _start_or_wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="penstock-writer", daemon=True)
            self._thread.start()
        self._wake.release()

    def _run(self) -> None:
        recorder = self._recorder
        pause = _FIRST_PAUSE
        while not self._stopping:
            if not recorder.queue and not self._kept:
                recorder.rest()
                # An event may have come in between the look and the rest.
                if not recorder.queue:
                    self._wake.acquire()
            if len(recorder.queue) < WAKE_EVENTS:
                self._hurry.wait(GATHER_SECONDS)
            self._hurry.clear()
            with self._writing:
                done = self._write_once()
            if done:
                pause = _FIRST_PAUSE
            else:
                self._hurry.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _write_once(self) -> bool:
        """Write one batch. Returns False when the store refused it; it is kept."""
        events = self._kept or self._recorder.take(MOST_IN_BATCH)
        if not events:
            return True
        self._kept = events
        sent = self._now()
        try:
            ack = self._store.write(Batch(self._recorder.owner, events))
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever it is
            if self.trouble is None:
                self._complain(f"The store refuses what happened ({error}). Trying again.")
            self.trouble = error
            return False
        self.trouble = None
        self.sent = sent
        self._kept = []
        if ack.stale:
            self._lost(ack.stale)
        self._recorder.acknowledge(ack.lsn)
        with self._progress:
            self.acknowledged = ack.lsn
            self._progress.notify_all()
        self._stored(ack.lsn)
        return True

    def _wait_for_room(self) -> None:
        """Hold the caller until the queue is half empty: memory stays bounded."""
        recorder = self._recorder
        with self._progress:
            # While the store is away the journal has the events; going on is better
            # than standing still, and memory is what it costs.
            while self.trouble is None and (
                len(recorder.queue) > MOST_EVENTS // 2 or recorder.queued_bytes > MOST_BYTES
            ):
                self._hurry.set()
                self._progress.wait(timeout=0.1)
