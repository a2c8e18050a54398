"""Stops flow runs: what waits never starts, what executes is interrupted, the rest is said.

A run is stopped once, with those nested in it: because somebody cancelled it, because a
signal ends the process, or because another process has taken it over. From then on none
of its tasks begins. The end itself is the run's own: its body unwinds, and its life
records it Cancelled, when nothing of it executes any more.
"""

from __future__ import annotations

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

__all__ = ["family_of", "interrupt", "note_strays", "say_cancelling", "stop"]

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


def stop(run: OpenFlowRun, error: BaseException) -> None:
    """Let nothing of a run begin any more, and interrupt what executes."""
    stopped = as_stopped(error)
    family = family_of(run)
    for one in family:
        if one.stopped is None:
            one.stopped_at = run.process.clock.monotonic()
            one.stopped = stopped
        if one.wake is not None:
            one.wake.set()
    if kind_of(stopped) == CANCEL:
        say_cancelling(run, f"Being cancelled by {stopped.args[0]}.")
    for one in family:
        cancel_waiting(one)
    interrupt(family)


def say_cancelling(run: OpenFlowRun, message: str) -> None:
    """Record that a run is being cancelled, and how far that is."""
    run.process.emit(
        FlowRunStateChanged(
            FLOW_RUN_STATE_CHANGED, run.id, run.process.now(), run.attempt,
            str(StateType.CANCELLING), None, message, None, None,
        )
    )  # fmt: skip


def interrupt(family: list[OpenFlowRun]) -> None:
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
    end_processes([*started, *outermost.strays], _CHILD_GRACE_SECONDS)
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
    elif outermost.thread not in {None, here}:
        _interrupt_body(outermost)


def note_strays(run: OpenFlowRun) -> None:
    """Note what a body has started, before a signal ends it: then nobody knows whose it was."""
    below = processes_below(threading.current_thread())
    run.strays += [pid for pid in below if pid not in run.started_before]


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
