"""When a failed attempt is followed by another, and after how long.

Pure functions: the caller brings the random number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["NO_RETRIES", "Retry", "exponential_backoff", "read_delays"]


class Retry:
    """How often to try again, and the waits in between (seconds)."""

    __slots__ = ("count", "delays", "jitter")

    def __init__(
        self, count: int = 0, delays: Sequence[float] = (0.0,), jitter: float = 0.0
    ) -> None:
        self.count = count
        self.delays = tuple(delays) or (0.0,)
        self.jitter = jitter

    def delay_after(self, attempt: int, draw: Callable[[], float]) -> float | None:
        """Say how long to wait after a failed attempt, or None: that was the last.

        With a jitter factor j the wait is drawn evenly from [delay, delay * (1 + j)],
        so that many tasks that failed together do not come back together.

        Args:
            attempt: number of the attempt that failed, from 1.
            draw: gives a number in [0, 1).
        """
        if attempt > self.count:
            return None
        delay = self.delays[min(attempt, len(self.delays)) - 1]
        if self.jitter:
            delay *= 1.0 + self.jitter * draw()
        return delay


#: One attempt, and that is it.
NO_RETRIES = Retry()


def exponential_backoff(backoff_factor: float) -> Callable[[int], list[float]]:
    """Make delays that double: factor, 2 x factor, 4 x factor, ...

    Example:
        >>> exponential_backoff(10)(3)
        [10.0, 20.0, 40.0]

    Raises:
        OptionError: the factor is negative.
    """
    if backoff_factor < 0:
        raise OptionError("exponential_backoff", "backoff_factor", backoff_factor, "0 or more")

    def delays(retries: int) -> list[float]:
        return [float(backoff_factor) * 2**n for n in range(retries)]

    return delays


def read_delays(
    owner: str,
    retries: int,
    delay: float | Sequence[float] | Callable[[int], Sequence[float]] | None,
) -> tuple[float, ...]:
    """Bring the forms `retry_delay_seconds` may have into one.

    Raises:
        OptionError: a delay is negative or not a number.
    """
    if delay is None:
        return (0.0,)
    if callable(delay):
        delay = delay(retries)
    if hasattr(delay, "total_seconds"):
        delay = delay.total_seconds()
    delays = tuple(delay) if isinstance(delay, (list, tuple)) else (delay,)
    for one in delays:
        if not isinstance(one, (int, float)) or isinstance(one, bool) or not one >= 0:
            raise OptionError(
                owner,
                "retry_delay_seconds",
                delay,
                "a number of seconds >= 0, a list of them, or a function that makes one",
            )
    return tuple(float(one) for one in delays)
