"""What a submitted task gives back: a promise of its result.

A future keeps the value (or the error) of one task run. Waiting on one from
inside a task gives that task's place in the runner to others meanwhile, so
tasks that submit tasks and wait for them never lock each other out.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, Protocol, TypeVar

from penstock._locks import take
from penstock.errors import TimedOut, UsageError
from penstock.states import FINAL, State, StateType

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

__all__ = ["WAITS", "DoneAndNotDone", "TaskFuture", "TaskFutureList", "as_completed", "wait"]

T = TypeVar("T")
R = TypeVar("R")


class Place(Protocol):
    """A place in a runner, which a body that only waits can lend to another."""

    def lend(self) -> None:
        """Give the place away."""
        ...

    def reclaim(self) -> None:
        """Get a place again; blocks until there is one."""
        ...


class _Here(threading.local):
    #: the place that the body running in this thread occupies
    place: Place | None = None
    #: this thread runs the loop that executes submitted async tasks
    serves_async: bool = False


here = _Here()

#: One lock for the change from pending to done: it is held for a few instructions,
#: and a lock per future would be most of a future's memory.
_changing = threading.Lock()


def _renew_lock() -> None:
    """Take a fresh lock in a forked child: a thread of its parent may hold this one."""
    global _changing  # noqa: PLW0603 - a process has one
    _changing = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


class TaskFuture(Generic[T]):
    """The result of a task run that may still be going on."""

    __slots__ = ("__weakref__", "_callbacks", "_state", "run", "task_run_name", "unseen")

    #: name of the task run
    task_run_name: str
    #: the engine's own record of the run
    run: Any
    #: called once when somebody learns of the failure this future carries
    unseen: Callable[[], Any] | None

    def __init__(self, run: Any, task_run_name: str) -> None:
        self.run = run
        self.task_run_name = task_run_name
        self.unseen = None
        self._state: State[T] | None = None
        #: None when the run has ended. A tuple: most futures never have one, and an
        #: empty list each is what the garbage collector would have to walk over.
        self._callbacks: tuple[Callable[[TaskFuture[T]], None], ...] | None = ()

    @property
    def task_run_id(self) -> str:
        """Id of the task run, as the store and the command line know it."""
        text: str = self.run.text_id
        return text

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> T:
        """Wait for the run to end, and hand back what it returned.

        Args:
            timeout: most seconds to wait; None waits as long as it takes.
            raise_on_failure: when False, the exception of a failed run is
                returned instead of raised.

        Raises:
            TimedOut: the run had not ended in time; it goes on.
            Exception: what the run raised.
        """
        self._wait_or_raise(timeout)
        self._saw()
        value: T = self._final().result(raise_on_failure=raise_on_failure)
        return value

    def wait(self, timeout: float | None = None) -> None:
        """Wait for the run to end, whatever its end, for at most `timeout` seconds."""
        if self._callbacks is not None:
            _wait_for([self], timeout)

    @property
    def state(self) -> State[T]:
        """The run's state: Pending until it has ended, then its final one."""
        state = self._state
        if state is None:
            return State(StateType.PENDING)
        self._saw()
        return state

    def done(self) -> bool:
        """Tell whether the run has ended."""
        return self._callbacks is None

    def add_done_callback(self, callback: Callable[[TaskFuture[T]], None]) -> None:
        """Call this with the future when the run ends; at once, if it has."""
        with _changing:
            if self._callbacks is not None:
                self._callbacks = (*self._callbacks, callback)
                return
        callback(self)

    def forget(self, callback: Callable[[TaskFuture[T]], None]) -> None:
        """Take a callback back, if it has not been called yet."""
        with _changing:
            if self._callbacks is not None:
                self._callbacks = tuple(one for one in self._callbacks if one != callback)

    def set_state(self, state: State[T]) -> None:
        """End the future. For the engine: the run has reached a final state."""
        take(_changing)
        try:
            self._state = state
            callbacks, self._callbacks = self._callbacks, None
        finally:
            # Ctrl-C may come between any two lines, and this lock is everybody's.
            _changing.release()
        for callback in callbacks or ():
            try:
                callback(self)
            except Exception:
                # Whoever called this has others to tell, and a flow run to end.
                import logging  # noqa: PLC0415 - 10 ms, only on the way to an error

                logging.getLogger("penstock").exception("A callback of %r failed:", self)

    def peek(self) -> State[T] | None:
        """Give the final state, or None, without counting as having looked at it."""
        return self._state

    def __await__(self) -> Generator[Any, None, T]:
        return self._aresult().__await__()

    async def _aresult(self) -> T:
        await self.await_done()
        self._saw()
        value: T = self._final().result()
        return value

    async def await_done(self) -> None:
        """Wait for the end without blocking the event loop."""
        if self._callbacks is None:
            return
        import asyncio  # noqa: PLC0415 - only async code comes here, and has it loaded

        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()

        def settle() -> None:
            if not waiter.done():
                waiter.set_result(None)

        def wake(_: TaskFuture[T]) -> None:
            if not loop.is_closed():  # else whoever awaited has given up
                loop.call_soon_threadsafe(settle)

        self.add_done_callback(wake)
        await waiter

    def _wait_or_raise(self, timeout: float | None) -> None:
        if self._callbacks is not None and not _wait_for([self], timeout):
            message = f"Task run {self.task_run_name!r} has not ended after {timeout} s."
            raise TimedOut(message)

    def _saw(self) -> None:
        if self.unseen is not None:
            seen, self.unseen = self.unseen, None
            seen()

    def _final(self) -> State[T]:
        state = self._state
        if state is None or state.type not in FINAL:
            message = f"Task run {self.task_run_name!r} has no final state."
            raise RuntimeError(message)
        return state

    def __repr__(self) -> str:
        shown = "Pending" if self._state is None else repr(self._state)
        return f"TaskFuture({self.task_run_name!r}, {shown})"


class TaskFutureList(list[TaskFuture[T]]):
    """The futures of one `.map`."""

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> list[T]:
        """Wait for all, and hand back their results in order.

        Raises:
            TimedOut: not all had ended in time.
            Exception: what the first failed one raised.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        self.wait(timeout)
        return [
            future.result(
                timeout=None if deadline is None else max(0.0, deadline - time.monotonic()),
                raise_on_failure=raise_on_failure,
            )
            for future in self
        ]

    def wait(self, timeout: float | None = None) -> None:
        """Wait for all to end, for at most `timeout` seconds."""
        _wait_for(self, timeout)


class DoneAndNotDone(NamedTuple):
    """What `wait` found."""

    done: set[TaskFuture[Any]]
    not_done: set[TaskFuture[Any]]


def wait(futures: Iterable[TaskFuture[T]], timeout: float | None = None) -> DoneAndNotDone:
    """Wait for all futures to end, for at most `timeout` seconds, and sort them."""
    listed = list(futures)
    _wait_for(listed, timeout)
    done = {future for future in listed if future.done()}
    return DoneAndNotDone(done, set(listed) - done)


def as_completed(
    futures: Iterable[TaskFuture[T]], timeout: float | None = None
) -> Iterator[TaskFuture[T]]:
    """Hand out futures in the order in which they end.

    Raises:
        TimedOut: not all had ended in time; names how many had not.
    """
    listed = dict.fromkeys(futures)
    ended: queue.SimpleQueue[TaskFuture[T]] = queue.SimpleQueue()
    for future in listed:
        future.add_done_callback(ended.put)
    deadline = None if timeout is None else time.monotonic() + timeout
    for count in range(len(listed)):
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            future = ended.get_nowait() if ended.qsize() else _lent(ended.get, left)
        except queue.Empty:
            message = f"{len(listed) - count} of the task runs have not ended after {timeout} s."
            raise TimedOut(message) from None
        yield future


def _wait_for(futures: Sequence[TaskFuture[Any]], timeout: float | None) -> bool:
    """Block until all the futures have ended. False: the time was up first."""
    pending = [future for future in futures if not future.done()]
    if not pending:
        return True
    if here.serves_async:
        _refuse_own_loop(pending)
    countdown = _Countdown(len(pending))
    for future in pending:
        future.add_done_callback(countdown)
    if _lent(countdown.wait, timeout):
        return True
    for future in pending:
        future.forget(countdown)
    return False


def _refuse_own_loop(pending: list[TaskFuture[Any]]) -> None:
    """Refuse to block the loop that has to bring forth what is waited for.

    Raises:
        UsageError: says to await instead.
    """
    for future in pending:
        if future.run is not None and future.run.spec.is_async:
            message = (
                f"An async task waits for {future.task_run_name!r} with .result() or .wait(), and "
                "so blocks the event loop that has to run it. Write: await future."
            )
            raise UsageError(message)


#: How long a thread waits before it looks whether a signal has come, ...
_LOOKS_UP_SECONDS: Final = 0.5
#: ... and how long for each that waits: 4,000 nested waits spent their time on looking.
_LOOKS_UP_EACH: Final = 0.005
#: one entry for each thread that waits in a place of a runner
_waiting: list[None] = []


def _lent(block: Callable[[bool, float | None], R], timeout: float | None) -> R:
    """Call something that blocks, with this thread's place given to others meanwhile."""
    place = here.place
    if place is not None:
        _waiting.append(None)
        place.lend()
    try:
        while timeout is None:
            # A signal that comes right before a thread begins to wait does not wake it, so
            # now and then it looks itself: a Ctrl-C waited for a map of thousands to end.
            seconds = _LOOKS_UP_SECONDS
            if place is not None:
                seconds = max(seconds, _LOOKS_UP_EACH * len(_waiting))
            try:
                found = block(True, seconds)
            except queue.Empty:
                continue
            if found is not False:
                return found
        return block(True, timeout)
    finally:
        if place is not None:
            _waiting.pop()
            place.reclaim()


class _Countdown:
    """Opens when it has been called a number of times."""

    __slots__ = ("_closed", "_left", "_lock")

    def __init__(self, count: int) -> None:
        self._left = count
        self._lock = threading.Lock()
        self._closed = threading.Lock()
        self._closed.acquire()

    def __call__(self, _: TaskFuture[Any]) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._closed.release()

    def wait(self, block: bool, timeout: float | None) -> bool:
        return self._closed.acquire(block, -1 if timeout is None else timeout)


#: The functions in whose frames a thread waits for futures.
WAITS: Final = (_lent, _Countdown.wait)
