"""A clock that stands still until somebody sleeps on it, or moves it."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Final

from penstock.errors import UsageError

__all__ = ["FakeClock"]

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)


class FakeClock:
    """Time for tests: it stands still, and sleeping on it takes none.

    Hand it to `isolated_store`, or ask for the fixture `penstock_clock`. The engine then
    waits between attempts, and lets cached results expire, by this clock.
    """

    def __init__(self, start: dt.datetime | None = None) -> None:
        """Make a clock.

        Args:
            start: what time it shows, an aware datetime; by default that of now.
        """
        if start is None:
            start = dt.datetime.now(dt.UTC)
        elif start.tzinfo is None:
            raise UsageError(
                f"FakeClock: {start!r} is in no time zone. Give it one: tzinfo=datetime.UTC."
            )
        self._lock = threading.Lock()
        self._began = self._us = (start - _EPOCH) // _MICROSECOND
        #: how long the sleeps were, in seconds, in order
        self.sleeps: list[float] = []

    @property
    def now(self) -> dt.datetime:
        """The time it shows, in UTC."""
        return _EPOCH + self._us * _MICROSECOND

    def move(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            UsageError: the time would go back.
        """
        if seconds < 0:
            raise UsageError(f"FakeClock.move({seconds!r}): time does not go back.")
        with self._lock:
            self._us += round(seconds * 1_000_000)

    def sleep(self, seconds: float, until: threading.Event | None = None) -> None:  # noqa: ARG002 - the clock's shape
        """Move on by so many seconds, at once, and note them in `sleeps`."""
        self.sleeps.append(seconds)
        self.move(seconds)

    async def asleep(self, seconds: float) -> None:
        """Do the same for async code; other asyncio tasks get their turn."""
        import asyncio  # noqa: PLC0415 - 40 ms, and async code has it loaded

        self.sleep(seconds)
        await asyncio.sleep(0)

    def now_us(self) -> int:
        """Microseconds since the epoch, as the engine asks for it."""
        return self._us

    def monotonic(self) -> float:
        """Seconds since the clock was made, as the engine asks for it."""
        return (self._us - self._began) / 1_000_000

    def __repr__(self) -> str:
        return f"<FakeClock {self.now.isoformat()}>"
