"""Stops code that runs in a thread: where Python allows it, and where it does no harm.

An exception raised in another thread may arrive between any two instructions. In user
code that is what we want; in the engine it could leave a lock taken or an event half
recorded. So we look where the thread is, and wait until it is in user code, or in one
of the engine's waits. Signals are handled the same way: the handler sees the frame.

A call into C cannot be stopped in a thread; in the main thread a signal ends those that
wait (sleep, read, a lock). What is left is said, and never called stopped.
"""

from __future__ import annotations

import _thread
import os
import sys
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from penstock._clock import SystemClock
from penstock._engine.runs import EXECUTES_BODY
from penstock._engine.steps import SLEEPS
from penstock._journal.writer import Writer
from penstock._platform import WAKE_SIGNAL, send_signal_to_main, wake_main_thread
from penstock._processes import wait_readable
from penstock.errors import Stopped
from penstock.futures import WAITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType

__all__ = ["guarded", "interrupt_main", "interrupt_thread", "is_safe", "may_wait"]

_OUR_FOLDER: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
#: Frames of the engine in which it executes a body, or only waits.
_WAITS: Final[set[CodeType]] = {
    function.__code__
    for function in (
        *(EXECUTES_BODY, SLEEPS, *WAITS),
        *(SystemClock.sleep, Writer.flush, wait_readable),
    )
}
_TRY_EVERY: Final = 0.002
_MOST_TRIES: Final = 10
_INSIST_EVERY: Final = 0.05

#: While a flow is open in the main thread: each signal that is handled here, and what was.
_guards: list[dict[int, Any]] = []
#: How many signals of each kind the main thread has heard.
_heard: defaultdict[int, int] = defaultdict(int)
#: What the main thread is to be stopped with, when a signal wakes it.
_for_main: list[tuple[BaseException, Callable[[], bool]]] = []


def may_wait(function: Any) -> None:
    """Let a function of the engine that only waits be interrupted."""
    _WAITS.add(function.__code__)


def is_safe(frame: FrameType | None) -> bool:
    """Tell whether an exception may arrive in a thread that is at this frame."""
    while frame is not None:
        code = frame.f_code
        if code in _WAITS:
            return True
        if code.co_filename.startswith(_OUR_FOLDER):
            return False
        frame = frame.f_back
    return True


def interrupt_thread(ident: int, is_meant: Callable[[], bool]) -> bool:
    """Raise `Stopped` in a thread at its next line of Python. False: it is not there any more.

    Args:
        ident: of the thread.
        is_meant: asked each time right before, whether it still executes what is to stop.
    """
    import ctypes  # noqa: PLC0415 - 10 ms, only to stop something

    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    for _ in range(_MOST_TRIES):
        # Fresh from a wait we have the interpreter to ourselves for some milliseconds:
        # the thread stays where it is seen until the exception is there.
        time.sleep(_TRY_EVERY)
        frame = sys._current_frames().get(ident)  # noqa: SLF001 - documented for debuggers
        if frame is None or not is_meant():
            return False
        if is_safe(frame):
            raise_in(ctypes.c_ulong(ident), ctypes.py_object(Stopped))
            return True
    return False


def interrupt_main(error: BaseException, is_meant: Callable[[], bool]) -> bool:
    """Raise an exception in the main thread, out of a waiting call too.

    False: no flow is open there, or signals are somebody else's.

    Args:
        error: what to raise.
        is_meant: asked right before, whether it still executes what is to stop.
    """
    if not _guards:
        return False
    _for_main[:] = [(error, is_meant)]
    wake_main_thread()
    return True


def _on_wake(number: int, frame: FrameType | None) -> None:
    """Raise in the main thread what it is to be stopped with."""
    _heard[number] += 1
    if not _for_main:
        return
    error, is_meant = _for_main[0]
    if not is_meant():
        _for_main.clear()
    elif is_safe(frame):
        _for_main.clear()
        raise error
    else:
        _again_soon(number)


def _again_soon(number: int) -> None:
    """Send the main thread a signal that came in the middle of the engine once more.

    And again, until it has heard it: a signal that comes right before a thread begins to
    wait does not wake it.
    """
    heard = _heard[number]

    def insist() -> None:
        pause = _TRY_EVERY
        while True:
            time.sleep(pause)
            if _heard[number] != heard:
                return
            send_signal_to_main(number)
            if not _guards:
                return
            pause = _INSIST_EVERY

    # Not by `threading`: the code that the signal has come into may hold its lock.
    _thread.start_new_thread(insist, ())


@contextmanager
def guarded(terminated: BaseException, note: Callable[[BaseException], object]) -> Iterator[None]:
    """Take signals the engine's way inside of the block; in other threads, change nothing.

    Handlers of the user's own, and those of an event loop, stay.

    Args:
        terminated: what to raise in the main thread at SIGTERM.
        note: told what is raised in the main thread for a signal, right before.
    """
    if threading.current_thread() is not threading.main_thread() or _guards:
        yield
        return
    import signal  # noqa: PLC0415 - 1 ms, not needed to import a flow

    def on_signal(number: int, frame: FrameType | None) -> None:
        _heard[number] += 1
        if not is_safe(frame):  # as Python does it, but not in the middle of the engine
            _again_soon(number)
            return
        error = terminated
        if number == signal.SIGINT:
            error = _for_main.pop()[0] if _for_main else KeyboardInterrupt()
        note(error)
        raise error

    wanted: dict[signal.Signals, tuple[object, Any]] = {
        signal.SIGINT: (signal.default_int_handler, on_signal),
        signal.SIGTERM: (signal.SIG_DFL, on_signal),
    }
    if WAKE_SIGNAL is not None:
        wanted[signal.Signals(WAKE_SIGNAL)] = (signal.SIG_DFL, _on_wake)
    changed: dict[int, Any] = {}
    for number, (default, handler) in wanted.items():
        before = signal.getsignal(number)
        if before == default:
            try:
                signal.signal(number, handler)
            except ValueError:  # a thread that is the main one of an inner interpreter
                break
            changed[number] = before
    _guards.append(changed)
    try:
        yield
    finally:
        _let_go()


def _let_go() -> None:
    """Handle no signals any more."""
    _for_main.clear()
    if not _guards:
        return
    import signal  # noqa: PLC0415 - it is loaded

    for number, before in _guards.pop().items():
        signal.signal(number, before)


#: What was blocked in threads that fork just now.
_masks: dict[int, Any] = {}


def _before_fork() -> None:
    """Put signals off: a child that still has our handlers would take its own for the flow's.

    A pool of processes ends its workers by SIGTERM, and waits for them; one that was just
    being forked lost that signal, and lived on.
    """
    if _guards:
        import signal  # noqa: PLC0415 - it is loaded

        wanted = set(_guards[-1])
        _masks[threading.get_ident()] = signal.pthread_sigmask(signal.SIG_BLOCK, wanted)


def _after_fork() -> None:
    """Take the signals that were put off."""
    mask = _masks.pop(threading.get_ident(), None)
    if mask is not None:
        import signal  # noqa: PLC0415 - it is loaded

        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _after_fork_in_child() -> None:
    """Handle no signals: the child is nobody's flow."""
    _let_go()
    _after_fork()
    _masks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork,
        after_in_child=_after_fork_in_child,
    )


def take_termination(loop: Any, stop: Callable[[], object]) -> Callable[[], object]:
    """Have an event loop call something at SIGTERM, where that still ends the process.

    Gives what undoes it.
    """
    import signal  # noqa: PLC0415 - as above

    if signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        return lambda: None
    try:
        loop.add_signal_handler(signal.SIGTERM, stop)
    except (NotImplementedError, RuntimeError, ValueError):  # another thread, or Windows
        return lambda: None
    return lambda: loop.remove_signal_handler(signal.SIGTERM)
