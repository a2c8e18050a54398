"""What a run may need done: the steps that `life` yields and `drive` carries out.

A step has two ways of being done, `run` for sync code and `arun` for async; a
task run is itself the step that executes its body (`runs.TaskRun`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from penstock.futures import here, wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock._clock import Clock
    from penstock.futures import TaskFuture

__all__ = ["Sleep", "Step", "Wait"]


class Step(Protocol):
    """Something the driver does for a run."""

    def run(self) -> Any:
        """Do it, blocking."""
        ...

    async def arun(self) -> Any:
        """Do it, letting the event loop go on."""
        ...


class Sleep:
    """Let time pass, without keeping a place in the runner."""

    __slots__ = ("_clock", "_seconds")

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds

    def run(self) -> None:
        """Block for that long."""
        place = here.place
        if place is None:
            self._clock.sleep(self._seconds)
            return
        place.lend()
        try:
            self._clock.sleep(self._seconds)
        finally:
            place.reclaim()

    async def arun(self) -> None:
        """Await that long."""
        await self._clock.asleep(self._seconds)


class Wait:
    """Wait until all of these futures have ended, whatever their end."""

    __slots__ = ("_futures",)

    def __init__(self, futures: Sequence[TaskFuture[Any]]) -> None:
        self._futures = futures

    def run(self) -> None:
        """Block until then."""
        wait(self._futures)

    async def arun(self) -> None:
        """Await it."""
        for future in self._futures:
            await future.await_done()
