"""Keeps the index of what log lines contain up, slice by slice, beside those who write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from penstock.stores.protocol import Store

__all__ = ["make_indexing"]

#: Slices at a look. Writers come to the gate between them, and wait some 15 ms at most.
_SLICES: Final = 4
#: Until the next look while lines are left: so it takes a third of a core at most, and
#: some 30,000 lines a second.
_BUSY: Final = 0.05
#: Until the next look when none is left; a search reads what has come meanwhile.
_DONE: Final = 5.0


def make_indexing(store: Store) -> Callable[[int], float]:
    """Make the service that indexes lines, and looks for them only where something was written."""
    before: int | None = None

    def tick(now: int) -> float:
        nonlocal before
        del now
        mark = store.change_mark()
        if mark == before:
            return _DONE
        for _ in range(_SLICES):
            if not store.index_logs():
                before = mark
                return _DONE
        return _BUSY

    return tick
