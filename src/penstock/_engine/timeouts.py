"""Bodies with a time limit.

An async body is cancelled where it awaits. A sync body runs in a thread of its
own while the caller waits for it: at the limit the processes it has started are
ended, it is told to stop at its next line of Python, and the caller goes on. One
that sits in a C call cannot be told; the log and the state say so. A task that is
to be stopped even there has a process of its own, which `isolate` watches.

Waiting is done in real time. But whether a body took too long, its end asks the
engine's clock as well: a test moves that one, and waits for nothing.
"""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING, Any, Final

from penstock._engine.children import kill_in_thread, processes_below
from penstock._engine.interrupt import interrupt_thread, may_wait
from penstock._engine.report import WARNING, say
from penstock._processes import end_processes
from penstock.errors import TimedOut
from penstock.futures import here

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock._engine.runs import OpenFlowRun, TaskRun
    from penstock._engine.steps import Step

__all__ = ["Timed"]

#: How long an overdue thread gets to reach its next line of Python.
_GRACE_SECONDS: Final = 0.05
#: How long processes that an overdue body has started get to end when they are asked to.
_PROCESS_GRACE_SECONDS: Final = 0.3


class Timed:
    """The step that executes a body, for so many seconds and no longer."""

    __slots__ = ("_body", "_limit", "_run", "_seconds", "is_overdue")

    def __init__(
        self, run: OpenFlowRun | TaskRun, limit: float, body: Step | None = None, left: float = 0.0
    ) -> None:
        """Make the step.

        Args:
            run: whose body it is.
            limit: seconds.
            body: what to execute, when it is a part of the run's body only.
            left: seconds that remain for that part.
        """
        self._run = run
        self._limit = limit
        self._body: Step = run if body is None else body
        self._seconds = limit if body is None else left
        #: the time was up, rather than some time limit inside of the body
        self.is_overdue = False

    def part(self, body: Step, spent: float) -> Timed:
        """Make the step that executes a part of the body, when some time is spent already."""
        return Timed(self._run, self._limit, body, max(0.0, self._limit - spent))

    def run(self) -> Any:
        """Execute a sync body.

        Raises:
            TimedOut: the time was up first.
        """
        outcome: list[Any] = []
        is_late = self._stopwatch()
        context = contextvars.copy_context()
        place = here.place

        def execute() -> None:
            here.place = place
            try:
                outcome.append((context.run(self._body.run), None, is_late()))
            except BaseException as error:  # noqa: BLE001 - carried to the waiting thread
                outcome.append((None, error, is_late()))

        thread = threading.Thread(target=execute, name=f"penstock-{self._run.name}", daemon=True)
        thread.start()
        try:
            thread.join(self._seconds)
        except BaseException:
            _interrupt(thread)
            raise
        if not outcome:
            self._give_up(thread)
        value, error, was_late = outcome[0]
        if was_late and (error is None or isinstance(error, Exception)):
            raise self._overdue() from error
        if error is not None:
            raise error
        return value

    async def arun(self) -> Any:
        """Execute an async body.

        Raises:
            TimedOut: the time was up first.
        """
        import asyncio  # noqa: PLC0415 - async code has it loaded

        limit = asyncio.timeout(self._seconds)
        is_late = self._stopwatch()
        try:
            async with limit:
                value = await self._body.arun()
        except TimeoutError:
            if limit.expired():
                raise self._overdue() from None
            raise
        if is_late():
            raise self._overdue()
        return value

    def _stopwatch(self) -> Callable[[], bool]:
        """Tell, whenever asked, whether the time is up since now by the engine's clock."""
        monotonic = self._run.flow_run.process.clock.monotonic
        end = monotonic() + self._seconds
        return lambda: monotonic() > end

    def _give_up(self, thread: threading.Thread) -> None:
        # A thread that has ended is not asked for its processes any more.
        started = processes_below(thread)
        _interrupt(thread)
        end_processes(started, _PROCESS_GRACE_SECONDS)
        thread.join(_GRACE_SECONDS)
        if not thread.is_alive():
            raise self._overdue()
        # It may have started more before it heard of it.
        end_processes(processes_below(thread), _PROCESS_GRACE_SECONDS)
        still = "its code still runs in a call that Python cannot interrupt"
        if self._run.index is not None:
            still += "; isolate=True makes it killable"
        error = self._overdue(f"; {still}")
        say(self._run, WARNING, f"{error}.")
        raise error

    def _overdue(self, more: str = "") -> TimedOut:
        self.is_overdue = True
        return TimedOut(f"{self._run.name} exceeded its timeout of {self._limit} second(s){more}")


def _interrupt(thread: threading.Thread) -> None:
    """Stop a thread at its next line of Python, and what it waits for in other processes."""
    if thread.ident is not None:
        interrupt_thread(thread.ident, thread.is_alive)
        kill_in_thread(thread.ident, "a timeout")


may_wait(Timed.run)
