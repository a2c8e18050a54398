"""Ends the runs of dead processes, as every process of Penstock does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from penstock._journal.reaper import Reaper

__all__ = ["make_reaping"]

#: While anybody runs flows: what counts silence elsewhere wants a look a second.
_BUSY: Final = 1.0
#: While nobody does: a database that nobody uses is not to be asked all the time. Whoever
#: runs flows on this data folder is seen at once, by the journal.
_IDLE: Final = 5.0


def make_reaping(reaper: Reaper, monotonic: Callable[[], float]) -> Callable[[int], float]:
    """Make a service of a reaper."""
    looked = -_IDLE

    def tick(now: int) -> float:
        nonlocal looked
        at = monotonic()
        if reaper.is_idle() and at - looked < _IDLE:
            return _BUSY
        looked = at
        reaper.tick(now, at)
        return _BUSY

    return tick
