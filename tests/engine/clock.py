"""A clock that stands still until somebody sleeps on it, or moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock._engine import process as processes
from penstock.settings import load_settings

if TYPE_CHECKING:
    import threading

    from penstock._clock import Clock


class FakeClock:
    """Time for tests: sleeping takes none, and is noted."""

    def __init__(self) -> None:
        self.seconds = 1_750_000_000.0
        #: how long the sleeps were, in order
        self.sleeps: list[float] = []

    def now_us(self) -> int:
        return round(self.seconds * 1_000_000)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float, until: threading.Event | None = None) -> None:
        self.sleeps.append(seconds)
        self.seconds += seconds

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)


def open_process(clock: Clock) -> processes.Process:
    """Open the engine's belongings anew, with this clock."""
    processes.close_process()
    processes._process = processes.Process(load_settings(), clock)
    return processes._process
