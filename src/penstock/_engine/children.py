"""Processes that execute tasks: started, kept warm, ended; and who is using which.

A process serves one call at a time and many one after another. It is the head of
a group of its own, so what a body has started ends with it. It never outlives
this process: the pipe it hangs on is closed then (`_platform.die_with`). What is
said on its pipes stands in `isolate`.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol

from penstock._engine.pipes import Inbox
from penstock._processes import children_of_thread, descendants, end_group, start_group

if TYPE_CHECKING:
    from subprocess import Popen

__all__ = [
    "Child",
    "Children",
    "children",
    "kill_in_thread",
    "kill_isolated",
    "processes_below",
    "waiting",
]

#: A process without work is ended after so many seconds.
_IDLE_SECONDS: Final = 10.0
#: How long one that was told to end may take to do so.
_GRACE_SECONDS: Final = 2.0
#: Finds our package, and nothing else before the call has brought the real path.
_PROGRAM: Final = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from penstock._engine.isolated import main; main(*sys.argv[2:])"
)


class Child:
    """One process, and the pipes to it."""

    __slots__ = ("_lifeline", "_lock", "_process", "calls", "environment", "inbox", "pid", "to")

    def __init__(self) -> None:
        """Start it; it is not ready yet, but may be written to."""
        replies, replies_end = os.pipe()
        lifeline_end, self._lifeline = os.pipe()
        try:
            self._process: Popen[bytes] = start_group(_command(), [replies_end, lifeline_end])
        except BaseException:
            os.close(replies)
            os.close(self._lifeline)
            raise
        finally:
            os.close(replies_end)
            os.close(lifeline_end)
        assert self._process.stdin is not None  # noqa: S101 - for mypy: it was asked for
        self.pid = self._process.pid
        #: where calls are written to
        self.to = self._process.stdin.fileno()
        self.inbox = Inbox(replies)
        #: how many it has served
        self.calls = 0
        #: the variables it has
        self.environment = dict(os.environ)
        self._lock = threading.Lock()

    @property
    def is_alive(self) -> bool:
        """Tell whether it still runs."""
        with self._lock:
            return self._process.poll() is None

    def kill(self) -> None:
        """End it and all it has started, at once; who waits for it finds its pipe closed."""
        with self._lock:
            # Once somebody has asked for its exit code, its number may be another's.
            if self._process.returncode is None:
                end_group(self.pid)

    def end(self) -> int:
        """Kill it, and let go of everything; give its exit code.

        That of one which dies by itself stands when its pipes close, and stays.
        """
        self.kill()
        code = self._process.wait()
        self._close_pipes()
        return code

    def dismiss(self) -> None:
        """Tell it to end, when it has no work; `see_off` is to follow."""
        self._close_stdin()

    def see_off(self) -> None:
        """Wait until it has ended, and kill it if it does not. What it has started may go on."""
        import subprocess  # noqa: PLC0415 - loaded when it was started

        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)
        self.end()

    def forget(self) -> None:
        """Close the pipes and touch nothing else: for a forked copy of this process."""
        self._close_pipes()
        # Or the copy would ask after a child that is not its own.
        self._process.returncode = 0

    def _close_pipes(self) -> None:
        self._close_stdin()
        self.inbox.close()
        os.close(self._lifeline)

    def _close_stdin(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()


def _command() -> list[str]:
    """Say how to start Python as this one was started, without the user's script."""
    words = [sys.executable, "-P", *["-O"] * sys.flags.optimize]
    words += [f"-W{rule}" for rule in sys.warnoptions]
    words += [
        f"-X{name}" if value is True else f"-X{name}={value}"
        for name, value in sys._xoptions.items()  # noqa: SLF001 - documented, for all its underscore
    ]
    ours = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return [*words, "-c", _PROGRAM, ours]


class Children:
    """The processes that wait for a call, the one that came last in front."""

    def __init__(self, idle_seconds: float = _IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._changed = threading.Condition()
        #: with the time at which each is to end
        self._idle: list[tuple[float, Child]] = []
        #: numbers of all that this process has and that have not ended
        self._all: dict[int, Child] = {}
        self._sweeper: threading.Thread | None = None
        self._closed = False

    @property
    def pids(self) -> set[int]:
        """The numbers of all there are, with work or without."""
        return set(self._all)

    def take(self, *, fresh: bool = False) -> Child:
        """Give one that waits, or start one."""
        while not fresh:
            with self._changed:
                if not self._idle:
                    break
                _, child = self._idle.pop()
            if child.is_alive:
                return child
            self.end(child)
        child = Child()
        self._all[child.pid] = child
        return child

    def give_back(self, child: Child) -> None:
        """Take one back that is ready for the next call."""
        with self._changed:
            if not self._closed:
                self._idle.append((time.monotonic() + self._idle_seconds, child))
                if self._sweeper is None:
                    self._sweeper = threading.Thread(
                        target=self._sweep, name="penstock-idle", daemon=True
                    )
                    self._sweeper.start()
                return
        self._retire([child])

    def end(self, child: Child) -> int:
        """Kill one, or what one that has died has left; give its exit code."""
        self._all.pop(child.pid, None)
        return child.end()

    def close(self) -> None:
        """End those that wait; one that works ends when it is given back."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            self._changed.notify()
        self._retire([child for _, child in idle])

    def abandon(self) -> None:
        """Leave all of them to the parent: for a forked child."""
        for child in self._all.values():
            child.forget()
        self.__init__(self._idle_seconds)  # type: ignore[misc] # its lock may be held for ever

    def _sweep(self) -> None:
        """End those that have waited for too long, until none waits."""
        while True:
            with self._changed:
                if not self._idle:
                    self._sweeper = None
                    return
                now = time.monotonic()
                # The first one was given back first.
                if self._idle[0][0] > now:
                    self._changed.wait(self._idle[0][0] - now)
                late = [child for at, child in self._idle if at <= time.monotonic()]
                self._idle = [entry for entry in self._idle if entry[1] not in late]
            self._retire(late)

    def _retire(self, leaving: list[Child]) -> None:
        for child in leaving:
            child.dismiss()
        for child in leaving:
            child.see_off()
            self._all.pop(child.pid, None)


class _Waiting(Protocol):
    """A step that waits for a process."""

    thread: int

    def kill(self, reason: str) -> None: ...


#: Steps under way, by the run whose body they execute.
waiting: Final[dict[Any, _Waiting]] = {}


def kill_isolated(run: Any, reason: str = "cancellation") -> bool:
    """Kill the process that executes a run's body; tell whether there was one.

    Any thread may call it. Whoever waits for the body is told `Stopped(reason)`.
    """
    step = waiting.get(run)
    if step is None:
        return False
    step.kill(reason)
    return True


def kill_in_thread(thread: int, reason: str) -> None:
    """Kill the processes that a thread waits for, so that it wakes and can be stopped."""
    for step in list(waiting.values()):
        if step.thread == thread:
            step.kill(reason)


def processes_below(thread: threading.Thread) -> list[int]:
    """List what a thread has started, the engine's own aside: other calls may use those."""
    own = children.pids
    started = [pid for pid in children_of_thread(thread.native_id or 0) if pid not in own]
    return started + [below for pid in started for below in descendants(pid)]


#: Those of this process.
children: Final = Children()
atexit.register(children.close)


def _forget_in_child() -> None:
    waiting.clear()
    children.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
