"""Stops flow runs: what waits never starts, what executes is interrupted, the rest is said.

A run is stopped once, with those nested in it: because somebody cancelled it, because a
signal ends the process, or because another process has taken it over. From then on none
of its tasks begins. The end itself is the run's own: its body unwinds, and its life
records it Cancelled, when nothing of it executes any more.
"""

from __future__ import annotations

import _thread
import threading
from functools import partial
from typing import TYPE_CHECKING, Final

from penstock._engine.calls import cancel_waiting
from penstock._engine.children import kill_isolated, processes_below
from penstock._engine.interrupt import interrupt_main, interrupt_thread
from penstock._engine.stops import CANCEL, as_stopped, kind_of
from penstock._processes import end_processes
from penstock.errors import Stopped
from penstock.events import FLOW_RUN_STATE_CHANGED, FlowRunStateChanged
from penstock.states import StateType

if TYPE_CHECKING:
    from penstock._engine.runs import OpenFlowRun, TaskRun

__all__ = ["family_of", "interrupt", "say_cancelling", "stop", "take_signal"]

#: How long processes that a stopped body has started get to end when they are asked to.
_CHILD_GRACE_SECONDS: Final = 0.5


def family_of(run: OpenFlowRun) -> list[OpenFlowRun]:
    """List an open run and those nested in it, the innermost last."""
    found = []
    for one in list(run.process.open_runs):
        above: OpenFlowRun | None = one
        depth = 0
        while above is not None and above is not run:
            above, depth = above.parent, depth + 1
        if above is run:
            found.append((depth, one))
    found.sort(key=lambda entry: entry[0])
    return [one for _, one in found]


def stop(run: OpenFlowRun, error: BaseException, *, is_unwinding: bool = False) -> None:
    """Let nothing of a run begin any more, and interrupt what executes.

    Args:
        run: with those nested in it.
        error: the reason.
        is_unwinding: something has been raised in its own body, which may be cleaning up.
    """
    stopped = as_stopped(error)
    family = family_of(run)
    _forbid(family, stopped)
    for one in family:
        if one.wake is not None:
            one.wake.set()
    if kind_of(stopped) == CANCEL:
        say_cancelling(run, f"Being cancelled by {stopped.args[0]}.")
    for one in family:
        cancel_waiting(one)
    interrupt(family, is_unwinding=is_unwinding)


def _forbid(family: list[OpenFlowRun], stopped: Stopped) -> None:
    """Let nothing begin any more in these runs."""
    for one in family:
        if one.stopped is None:
            one.stopped_at = one.process.clock.monotonic()
            one.stopped = stopped


def say_cancelling(run: OpenFlowRun, message: str) -> None:
    """Record that a run is being cancelled, and how far that is."""
    run.process.emit(
        FlowRunStateChanged(
            FLOW_RUN_STATE_CHANGED, run.id, run.process.now(), run.attempt,
            str(StateType.CANCELLING), None, message, None, None,
        )
    )  # fmt: skip


def interrupt(family: list[OpenFlowRun], *, is_unwinding: bool = False) -> None:
    """Interrupt what executes of these runs, wherever it does. Harmless to repeat."""
    if not family:
        return
    outermost = family[0]
    threads = {thread.ident: thread for thread in threading.enumerate()}
    here = threading.get_ident()
    executing = [
        (ident, run, task_run)
        for run in family
        for ident, task_run in list(run.executing.items())
        if not kill_isolated(task_run)
    ]
    bodies = {ident for ident, _, _ in executing} | {outermost.thread or here}
    started = [
        pid
        for ident in bodies
        if ident in threads
        for pid in processes_below(threads[ident])
        if pid not in outermost.started_before
    ]
    started += outermost.strays
    if not is_unwinding:  # the body's own thread comes to it, and waits until they have ended
        outermost.strays.clear()
    for ident, run, task_run in executing:
        if ident != here:
            interrupt_thread(ident, partial(_executes, run, ident, task_run))
    for run in family:
        run.process.bridge.cancel(run)
    if outermost.loop_task is not None:
        loop, task = outermost.loop_task
        if not loop.is_closed():
            loop.call_soon_threadsafe(task.cancel)
    elif outermost.thread not in {None, here} and not is_unwinding:
        _interrupt_body(outermost)
    # Not before: a body that waits for its process would take that for done, and return.
    end_processes(started, _CHILD_GRACE_SECONDS)


def take_signal(run: OpenFlowRun, error: BaseException) -> None:
    """Stop a run for which something is about to be raised in the main thread by a signal.

    Not only there: the code that it reaches may keep it, or wait for a process as it ends.
    In a thread, because the main one may hold whatever lock is wanted.
    """
    # Before its code ends: then nobody knows whose they were.
    below = processes_below(threading.current_thread())
    run.strays += [pid for pid in below if pid not in run.started_before]
    _forbid(family_of(run), as_stopped(error))
    # And not by `threading`: the code that the signal has come into may hold its lock.
    _thread.start_new_thread(partial(stop, run, error, is_unwinding=True), ())


def _executes(run: OpenFlowRun, ident: int, task_run: TaskRun) -> bool:
    """Tell whether a thread still executes a task run."""
    return run.executing.get(ident) is task_run


def _interrupt_body(run: OpenFlowRun) -> None:
    """Interrupt the thread that executes a flow's own body."""
    ident = run.thread
    if ident is None:
        return
    stopped = run.stopped or Stopped()

    def is_meant() -> bool:
        return run.thread == ident and run in run.process.open_runs

    main = threading.main_thread().ident
    if ident == main and interrupt_main(Stopped(*stopped.args), is_meant):
        return
    interrupt_thread(ident, is_meant)
