"""Task bodies in threads of this process.

Places are counted, threads are not: a body that waits for another task lends its
place, and a thread is added when nobody is free to take it. So nested waits never
lock each other out, and no more bodies than `max_workers` execute at a time.

A thread is woken by the one before it, once that one has begun and still sees
work. Beyond the first few it watches before it joins: as long as bodies begin one
after another nobody is missing, and more threads would only fight for the GIL.
When nothing begins for 2 ms the bodies are waiting for something, so the next ones
join at once, twice as many each time.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final

from penstock._engine.calls import execute
from penstock._engine.reserve import start
from penstock._locks import take
from penstock.errors import OptionError
from penstock.futures import here

if TYPE_CHECKING:
    from penstock._engine.runs import OpenFlowRun, TaskRun

__all__ = ["ThreadRunner"]

#: A thread without work ends after so many seconds.
_IDLE_SECONDS: Final = 10.0
#: How long to wait for an idle thread to end.
_END_SECONDS: Final = 1.0
#: Threads that join without a look, at first.
_FEW: Final = 2
#: How long nothing may begin before the bodies count as waiting.
_STALL_SECONDS: Final = 0.002


class ThreadRunner:
    """Executes ready runs in threads, at most `max_workers` bodies at a time."""

    def __init__(self, max_workers: int) -> None:
        if max_workers < 1:
            raise OptionError("ThreadPoolTaskRunner", "max_workers", max_workers, "1 or more")
        self.max_workers = max_workers
        self._lock = threading.Lock()
        self._queue: deque[TaskRun] = deque()
        #: bodies that execute now, and threads woken for one
        self._taken = 0
        #: a thread has been woken and has not looked at the queue yet
        self._waking = False
        #: bodies that have begun, ever: what a watching thread looks at
        self._begun = 0
        #: places up to which a thread joins without watching
        self._few = _FEW
        #: threads without work, and what wakes each; last come first woken: its stack is warm
        self._idle: dict[threading.Lock, threading.Thread] = {}
        #: bodies that want their place back
        self._returning: deque[threading.Lock] = deque()
        self._closed = False
        #: why the last thread could not be started
        self._refused: Exception | None = None

    def submit(self, task_run: TaskRun) -> None:
        """Take a ready run. Returns at once."""
        take(self._lock)
        try:
            self._queue.append(task_run)
            self._wake_one()
            if self._taken == 0 and self._refused is not None and not self._waking:
                # Nobody is there who will come to it.
                self._queue.pop()
                raise self._refused
        finally:
            self._lock.release()

    def withdraw(self, flow_run: OpenFlowRun) -> list[TaskRun]:
        """Give back the runs of a flow run that have not begun."""
        with self._lock:
            taken = [run for run in self._queue if run.flow_run is flow_run]
            kept = [run for run in self._queue if run.flow_run is not flow_run]
            self._queue.clear()
            self._queue.extend(kept)
            return taken

    def close(self) -> None:
        """End the threads that have no work; a busy one ends after its body.

        Those without work have ended when this returns: a thread that the end of the
        interpreter ends for us needs memory for it, and the C library aborts without.
        """
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, {}
            for sleeper in idle:
                sleeper.release()
        for thread in idle.values():
            thread.join(timeout=_END_SECONDS)

    def lend(self) -> None:
        """Give the calling body's place to another: it is about to wait."""
        with self._lock:
            self._free()

    def reclaim(self) -> None:
        """Get a place for the calling body again; blocks until one is free."""
        with self._lock:
            if self._taken < self.max_workers:
                self._taken += 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._returning.append(turn)
        turn.acquire()

    def _free(self) -> None:
        """Hand a place on: to a body that wants it back first, then to the queue."""
        if self._returning:
            self._returning.popleft().release()
            return
        self._taken -= 1
        self._wake_one()

    def _wake_one(self) -> None:
        """See to it that a thread comes for the queue, unless one is on its way."""
        if self._waking or not self._queue or self._taken >= self.max_workers:
            return
        self._waking = True
        self._taken += 1
        if self._idle:
            self._idle.popitem()[0].release()
            return
        try:
            start(self._work, "penstock-task")
            self._refused = None
        except (RuntimeError, MemoryError) as error:
            # No memory for another. Those there are do the work.
            self._waking = False
            self._taken -= 1
            self._refused = error

    def _work(self) -> None:
        """Execute what is in the queue, as long as somebody wants this thread."""
        here.place = self
        sleeper = threading.Lock()
        sleeper.acquire()
        arriving = True
        while True:
            if arriving and self._taken > self._few:
                self._watch(sleeper)
            run = self._next(sleeper, arriving)
            arriving = False
            if run is not None:
                execute(run)
                # The last task's inputs and result must not live until the next one.
                del run
                continue
            if self._closed or not self._sleep(sleeper):
                return
            arriving = True

    def _watch(self, sleeper: threading.Lock) -> None:
        """Wait until this thread is missing, or there is nothing left to do."""
        while self._queue and self._taken > self._few:
            begun = self._begun
            sleeper.acquire(timeout=_STALL_SECONDS)
            if self._begun == begun:
                self._few *= 2
                return
        if not self._queue:
            self._few = _FEW

    def _next(self, sleeper: threading.Lock, arriving: bool) -> TaskRun | None:
        """Take the next run, holding a place; or give the place up and go to the idle."""
        take(self._lock)
        try:
            if arriving:
                self._waking = False
            if self._returning and not arriving:
                self._returning.popleft().release()
            elif self._queue:
                run = self._queue.popleft()
                self._begun += 1
                self._wake_one()
                return run
            else:
                self._taken -= 1
            if not self._closed:
                self._idle[sleeper] = threading.current_thread()
            return None
        finally:
            self._lock.release()

    def _sleep(self, sleeper: threading.Lock) -> bool:
        """Wait to be woken. False: nobody did for a long time, so the thread may end."""
        if sleeper.acquire(timeout=_IDLE_SECONDS):
            return not self._closed or bool(self._queue)
        with self._lock:
            if sleeper in self._idle:
                del self._idle[sleeper]
                return False
        # Woken in the last moment.
        sleeper.acquire()
        return True
