"""What to do when there is no memory left: end what can be ended, else die at once.

A run that got no memory must still be ended and recorded, its waiters woken; that needs
some, too, and is put by here. It is never touched, so it takes addresses, but no memory.
Where that is not enough, somebody would wait for ever for a thread that is gone. Then the
process dies, and is found dead as after any crash: nothing that finished is lost.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["counted_on", "die", "release", "start", "watch"]

_BYTES: Final = 4 << 20
#: The usual stack of a thread, and what it allocates before its first line.
_THREAD_BYTES: Final = 10 << 20
#: A thread that has not begun when it was looked for so often, half a second apart, never will.
_MOST_LOOKS: Final = 10
_LAST_WORDS: Final = (
    b"\npenstock: there is no memory left to go on, nor to end what runs. This process dies;"
    b"\nits flow runs are Crashed. `penstock flow-run resume ID` goes on with them.\n"
)

_put_by = [bytearray(_BYTES)]


class _Watched:
    """A thread that others count on."""

    has_begun = False
    #: how often it was looked for before it had
    looks = 0


_watched: dict[threading.Thread, _Watched] = {}

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_watched.clear)


def release() -> None:
    """Let the process have what was put by. The first call counts."""
    _put_by.clear()


def die() -> NoReturn:
    """End this process, as a crash does."""
    os.write(2, _LAST_WORDS)
    os._exit(1)


def start(thread: threading.Thread) -> None:
    """Start a thread that does its work `counted_on`, if there is memory for it.

    One that is refused memory before its first line never says so to the one that starts
    it: `Thread.start` waits for ever, or the work does. `watch` sees that.

    Raises:
        MemoryError: there is none.
        RuntimeError: the operating system has no thread for us.
    """
    bytearray(_THREAD_BYTES)
    _watched[thread] = _Watched()
    try:
        thread.start()
    except BaseException:
        _watched.pop(thread, None)
        raise


def counted_on(work: Callable[[], object]) -> None:
    """Do the work of a thread that `start` started; its place is lost if it just dies."""
    this = threading.current_thread()
    _watched[this].has_begun = True
    try:
        work()
    except MemoryError:
        die()
    except BaseException:
        _watched.pop(this, None)
        raise
    _watched.pop(this, None)


def watch() -> None:
    """Look for the threads that others count on; die if one never came, or has just died."""
    for thread, watched in list(_watched.items()):
        if watched.has_begun:
            is_lost = not thread.is_alive() and thread in _watched
        else:
            watched.looks += 1
            is_lost = watched.looks > _MOST_LOOKS
        if is_lost:
            die()
