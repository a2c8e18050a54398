"""What to do when there is no memory left: end what can be ended, else die at once.

A run that got no memory must still be ended and recorded, its waiters woken; that needs
some, too, and is put by here. It is never touched, so it takes addresses, but no memory.
Where that is not enough the process dies, and is found dead as after any crash: nothing
that finished is lost. To go on would be worse. Somebody may wait for a thread that is
gone; and CPython aborts in the middle of an error once it has no memory for the next one,
of which it keeps 16 ready, while every failed task keeps its own.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Final, NoReturn

from penstock._platform import load_thread_end

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["die", "spend", "start", "watch"]

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
_dying = threading.Lock()


class _Watched:
    """A thread that others count on."""

    has_begun = False
    #: how often it was looked for before it had
    looks = 0


_watched: dict[threading.Thread, _Watched] = {}

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_watched.clear)


def spend(*, in_thread: bool) -> None:
    """Let the process have what was put by: something of it got no memory.

    Args:
        in_thread: one of many threads asks. If it is gone already, and there is as little
            still, the others are about to ask too, and there is no end: the process dies.
    """
    if _put_by:
        _put_by.clear()
        load_thread_end()
        return
    if in_thread:
        try:
            bytearray(_BYTES)
        except MemoryError:
            die()


def die() -> NoReturn:
    """End this process, as a crash does."""
    _dying.acquire()  # others may be about to, too
    os.write(2, _LAST_WORDS)
    os._exit(1)


def start(work: Callable[[], object], name: str) -> None:
    """Start a thread that others count on, if there is memory for it.

    One that is refused memory before its first line never says so to the one that starts
    it: `Thread.start` waits for ever, or the work does. `watch` sees that.

    Raises:
        MemoryError: there is none.
        RuntimeError: the operating system has no thread for us.
    """
    bytearray(_THREAD_BYTES)
    thread = threading.Thread(target=_counted_on, args=(work,), name=name, daemon=True)
    _watched[thread] = _Watched()
    try:
        thread.start()
    except BaseException:
        _watched.pop(thread, None)
        raise


def _counted_on(work: Callable[[], object]) -> None:
    """Do the work of such a thread; its place is lost if it just dies."""
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
