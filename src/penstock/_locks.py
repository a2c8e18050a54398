"""Taking a lock that is held for a few instructions, under the GIL.

A thread that blocks on a lock is handed it on release, and then stands in line for
the GIL with the lock in its hands; whoever wants the lock next blocks as well. From
the first such meeting on, every pass through the lock is a switch of threads: 33 us
an event instead of 3. So we do not stand in line: we let others run, and try again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from threading import Lock

__all__ = ["take"]

#: After so many tries the holder is doing something slow, and waiting is better.
_TRIES: Final = 100


def take(lock: Lock) -> None:
    """Acquire a lock; the caller releases it."""
    if lock.acquire(blocking=False):
        return
    for _ in range(_TRIES):
        time.sleep(0)
        if lock.acquire(blocking=False):
            return
    lock.acquire()
