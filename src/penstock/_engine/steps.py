"""What a run may need done: the steps that `life` yields and `drive` carries out.

A step has two ways of being done, `run` for sync code and `arun` for async; a
task run is itself the step that executes its body (`runs.TaskRun`).
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol

from penstock.futures import here, wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock._engine.runs import OpenFlowRun
    from penstock.futures import TaskFuture

__all__ = ["SLEEPS", "Sleep", "Step", "Wait"]


class Step(Protocol):
    """Something the driver does for a run."""

    def run(self) -> Any:
        """Do it, blocking."""
        ...

    async def arun(self) -> Any:
        """Do it, letting the event loop go on."""
        ...


class Sleep:
    """Let time pass until a flow run is stopped, without keeping a place in the runner."""

    __slots__ = ("_flow_run", "_seconds")

    def __init__(self, flow_run: OpenFlowRun, seconds: float) -> None:
        self._flow_run = flow_run
        self._seconds = seconds

    def run(self) -> None:
        """Block for that long."""
        place = here.place
        if place is None:
            self._sleep()
            return
        place.lend()
        try:
            self._sleep()
        finally:
            place.reclaim()

    def _sleep(self) -> None:
        run = self._flow_run
        if run.wake is None:
            run.wake = threading.Event()
        if run.stopped is None:  # looked at after the event is there, or it would be missed
            run.process.clock.sleep(self._seconds, run.wake)

    async def arun(self) -> None:
        """Await that long."""
        await self._flow_run.process.clock.asleep(self._seconds)


#: The function in whose frame a thread sleeps.
SLEEPS: Final = Sleep._sleep  # noqa: SLF001 - its own module


class Wait:
    """Wait until all of these futures have ended, whatever their end."""

    __slots__ = ("_futures", "_seconds")

    def __init__(self, futures: Sequence[TaskFuture[Any]], seconds: float | None = None) -> None:
        self._futures = futures
        #: most to wait; None: as long as it takes
        self._seconds = seconds

    def run(self) -> None:
        """Block until then."""
        wait(self._futures, self._seconds)

    async def arun(self) -> None:
        """Await it."""
        import asyncio  # noqa: PLC0415 - async code has it loaded

        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                for future in self._futures:
                    await future.await_done()
