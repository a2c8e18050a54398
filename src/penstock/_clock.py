"""The clock, as something that can be handed in.

The engine asks this for the time and for sleep, so that a test can turn hours
into nothing. `penstock.testing` has one that stands still until it is moved.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading

__all__ = ["SYSTEM", "Clock", "SystemClock"]


class Clock(Protocol):
    """What the engine needs to know of time."""

    def now_us(self) -> int:
        """Microseconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        ...

    def sleep(self, seconds: float, until: threading.Event | None = None) -> None:
        """Block the calling thread, at most until an event is set."""
        ...

    async def asleep(self, seconds: float) -> None:
        """Let the calling task wait."""
        ...


class SystemClock:
    """The clock of the machine."""

    __slots__ = ()

    def now_us(self) -> int:
        """Microseconds since the epoch."""
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        """Seconds from an arbitrary start."""
        return time.monotonic()

    def sleep(self, seconds: float, until: threading.Event | None = None) -> None:
        """Block the calling thread, at most until an event is set."""
        if until is None:
            time.sleep(seconds)
        else:
            until.wait(seconds)

    async def asleep(self, seconds: float) -> None:
        """Let the calling task wait."""
        import asyncio  # noqa: PLC0415 - 40 ms, only async code needs it

        await asyncio.sleep(seconds)


SYSTEM = SystemClock()
