"""The life of a flow run, from its call to its end: told once, for every colour.

A flow owns what it submitted: when its body has returned it waits for all of it,
and a failure that nobody looked at fails the flow. Its final event stands in the
journal after those of all its tasks.
"""

from __future__ import annotations

import random
import threading
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from penstock._engine.calls import cancel_waiting
from penstock._engine.cancel import family_of, interrupt, stop
from penstock._engine.entrypoints import describe_entrypoint
from penstock._engine.hooks import run_hooks
from penstock._engine.inputs import find_futures, replace
from penstock._engine.life import end
from penstock._engine.report import ERROR, INFO, blame, describe, in_words, say
from penstock._engine.reserve import spend
from penstock._engine.resume import begin_again
from penstock._engine.steps import Sleep, Wait
from penstock._engine.stops import CANCEL, LOST, RAISED, error_of, kind_of, words
from penstock._engine.timeouts import Timed
from penstock._processes import children_of_thread
from penstock.errors import AsyncMisuse, FailedRun, Stopped, TimedOut, UpstreamFailed
from penstock.events import (
    FLOW_RUN_CREATED,
    FLOW_RUN_STATE_CHANGED,
    FlowRunCreated,
    FlowRunStateChanged,
)
from penstock.futures import TaskFuture
from penstock.results import NotStorable, dump
from penstock.states import State, StateType

if TYPE_CHECKING:
    from collections.abc import Generator

    from penstock._engine.runs import OpenFlowRun
    from penstock._engine.steps import Step

__all__ = ["flow_life"]

#: How often, and for how long each time, bodies are waited for that are to stop.
_MOST_TURNS: Final = 4
_TURN_SECONDS: Final = 0.25
_draw = random.Random().random  # noqa: S311 - spreads retries, guards nothing


def flow_life(run: OpenFlowRun, upstreams: tuple[int, ...]) -> Generator[Step, Any, State[Any]]:
    """Carry a flow run from its call to its end; give its final state, with value or error."""
    process = run.process
    if run.reused is not None:
        _end_reused(run, run.reused)
        return run.reused
    if run.memo is None:
        _record_creation(run, upstreams)
    _occupy(run)
    process.open_runs.add(run)
    began = process.clock.monotonic()
    first = run.attempt
    try:
        while True:
            if not run.is_claimed:
                _change(run, State(StateType.RUNNING, "Retrying" if run.attempt > 1 else None))
            run.is_claimed = False
            if run.spec.hooks.running:
                yield from run_hooks(run, run.spec.hooks.running, State(StateType.RUNNING))
            state = yield from _attempt(run)
            delay = None
            if state.type is StateType.FAILED and not run.committed:
                delay = run.spec.retry.delay_after(run.attempt - first + 1, _draw)
            if delay is None:
                break
            _change(run, State(StateType.SCHEDULED, "AwaitingRetry", state.message), state.data)
            say(run, INFO, f"Attempt {run.attempt} failed: {state.message}. Next in {delay:g} s.")
            yield Sleep(run, delay)
            if run.stopped is not None:
                state = yield from _end_stopped(run, run.stopped)
                break
            begin_again(run)
        state = _finish(run, state, process.clock.monotonic() - began)
        # Not before, and not on an error: its journal is kept until its end is recorded.
        process.open_runs.discard(run)
        yield from run_hooks(run, _hooks_for(run, state), state)
        return state
    finally:
        if run.own_runner is not None:
            run.own_runner.close()


def _occupy(run: OpenFlowRun) -> None:
    """Note which thread executes the body, so that it can be stopped there."""
    thread = threading.current_thread()
    run.thread = None if run.spec.is_async else thread.ident
    if run.parent is None:
        run.started_before = frozenset(children_of_thread(thread.native_id or 0))
        run.process.pulse.start()
    elif run.parent.stopped is not None:
        run.stopped = run.parent.stopped


def _attempt(run: OpenFlowRun) -> Generator[Step, Any, State[Any]]:
    """Execute the body once, wait for all it submitted, and judge."""
    spec = run.spec
    limited = None if spec.timeout is None else Timed(run, spec.timeout)
    try:
        try:
            value = yield limited or run
        finally:
            _check_awaited(run)
        while run.open_futures:
            yield Wait(list(run.open_futures))
        elsewhere, _ = find_futures((value,))
        if elsewhere:
            yield Wait(elsewhere)
    except Exception as error:  # noqa: BLE001 - a user's body may raise anything
        if isinstance(error, MemoryError):
            spend(in_thread=False)
        if run.stopped is not None:
            return (yield from _end_stopped(run, error))
        if limited is not None and limited.is_overdue:
            stop(run, Stopped("its time limit", RAISED))
            _leave_behind(run)
            run.stopped = None
        cancel_waiting(run)
        while run.open_futures:
            yield Wait(list(run.open_futures))
        run.failures.clear()
        name = "TimedOut" if isinstance(error, TimedOut) else None
        return State(StateType.FAILED, name, blame(error), data=error)
    except BaseException as error:  # noqa: BLE001 - Ctrl-C, cancellation, sys.exit
        return (yield from _end_stopped(run, error))
    if run.stopped is not None:
        return (yield from _end_stopped(run, run.stopped))
    return _judge(run, value)


def _check_awaited(run: OpenFlowRun) -> None:
    """Refuse calls of async tasks that nobody awaited: their value was never made.

    Raises:
        AsyncMisuse: there is one; names it and says what to write instead.
    """
    calls, run.unawaited = run.unawaited, []
    if not calls:
        return
    from inspect import CORO_CREATED, getcoroutinestate  # noqa: PLC0415 - 8 ms, seldom wanted

    misused = [name for name, call in calls if getcoroutinestate(call) == CORO_CREATED]
    for _, call in calls:
        if getcoroutinestate(call) == CORO_CREATED:
            call.close()
    if misused:
        raise AsyncMisuse(misused[0], run.spec.name)


def _end_stopped(run: OpenFlowRun, error: BaseException) -> Generator[Step, Any, State[Any]]:
    """End a run that something other than an ordinary error has ended, or that was stopped."""
    is_exit = isinstance(error, SystemExit) and run.stopped is None
    # Its own body has ended; what comes now is not to be interrupted.
    run.thread = run.loop_task = None
    stop(run, run.stopped or error)
    try:
        yield from _wait_for_bodies(run)
    except BaseException as more:  # noqa: BLE001 - Ctrl-C again: there is no more patience
        say(run, INFO, words(more))
    _leave_behind(run)
    if is_exit and isinstance(error, SystemExit):
        run.stopped = None
        message = f"The flow called sys.exit({error.code!r})."
        kind = StateType.FAILED if error.code else StateType.COMPLETED
        return State(kind, None, message, data=error)
    return State(StateType.CANCELLED, None, words(run.stopped or error), data=error_of(run, error))


def _wait_for_bodies(run: OpenFlowRun) -> Generator[Step, Any, None]:
    """Wait for what executes to hear that it is to stop.

    A cancelled run has ended when nothing of it executes any more. But somebody who ends
    the process does not wait for a call that Python cannot interrupt.
    """
    for turn in count(1):
        if not run.open_futures or kind_of(run.stopped) == LOST:
            return
        if kind_of(run.stopped) != CANCEL and turn > _MOST_TURNS:
            return
        yield Wait(list(run.open_futures), _TURN_SECONDS)
        if run.open_futures:
            interrupt(family_of(run))


def _leave_behind(run: OpenFlowRun) -> None:
    """End in the record what may go on until the process ends."""
    for future in list(run.open_futures):
        stopped_by = words(run.stopped or Stopped()).removesuffix(".")
        message = f"{stopped_by}; its code may go on until the process ends."
        end(future.run, StateType.CANCELLED, None, message)
    run.open_futures.clear()
    run.failures.clear()


def _judge(run: OpenFlowRun, value: Any) -> State[Any]:
    """Decide the final state from what the body returned and what became of its tasks.

    A returned state is the state. Returned futures and states decide together:
    Completed when all are. Any other value is a success, unless a task failed and
    nobody asked for its result.
    """
    decisive: list[tuple[str, State[Any]]] = []

    def change(found: Any) -> Any:
        state = found.peek() if isinstance(found, TaskFuture) else found
        if isinstance(found, TaskFuture):
            found._saw()  # noqa: SLF001 - the engine's side of a future
        if isinstance(state, State):
            decisive.append((getattr(found, "task_run_name", state.name), state))
            return state
        return found

    value = replace(value, change)
    unseen = list(run.failures.items())
    run.failures.clear()
    if isinstance(value, State) and len(decisive) == 1 and not unseen and value.is_final():
        return value
    failed = [(name, state) for name, state in decisive if not state.is_completed()]
    failed += [(task.name, future.peek() or State(StateType.FAILED)) for future, task in unseen]
    if not failed:
        return State(StateType.COMPLETED, data=value, has_data=True)
    first_name, first = failed[0]
    error = first.result(raise_on_failure=False) if first.is_final() else None
    while isinstance(error, UpstreamFailed) and error.__cause__ is not None:
        # What did not run is not what went wrong.
        first_name, error = error.args[1], error.__cause__
    count = f"{len(failed)} task runs failed, first " if len(failed) > 1 else "Task run "
    message = f"{count}{first_name!r}: {in_words(error) if error else first.name}"
    if error is not None and not isinstance(error, Exception):
        # sys.exit() in a thread must not end the process as if the flow had asked for it.
        error = FailedRun(message)
    return State(StateType.FAILED, None, message, data=error)


def _finish(run: OpenFlowRun, state: State[Any], seconds: float) -> State[Any]:
    """Record the end of a run. Gives the state it is in, if it is still ours to say."""
    # Its end is decided: nobody is to interrupt what brings it into the store.
    run.thread = run.loop_task = None
    run.process.end_broken()
    if run.pauses is not None:
        run.pauses.abandon()
    _change(run, state, state.data if not state.is_completed() else None)
    calls = next(run.indexes)
    called = _count(calls - run.nested, "task")
    if run.nested:
        called += f", {_count(run.nested, 'nested flow')}"
    if run.memo is not None and run.memo.reused:
        called += f" ({run.memo.reused} of them had finished before)"
    if state.is_completed():
        say(run, INFO, f"{state.name} in {_in_words(seconds)}, {called}")
    else:
        say(run, ERROR, f"{state.name} after {_in_words(seconds)}, {called}: {state.message}")
    if run.memo is not None and run.parent is not None and run.parent.memo is not None:
        run.parent.memo.learn(run.memo, run.parent_index or 0)
    if run.parent is None:
        # After the last line about the run: a reader of the store finds all of it.
        run.process.flush()
    elif state.is_completed():
        run.parent.origins.note(state.data, run.parent_index or 0)
    if run.stopped is not None and kind_of(run.stopped) == LOST:
        # Perhaps heard in the last flush: what this came to is in no store.
        error = error_of(run, run.stopped)
        return State(StateType.CANCELLED, None, words(run.stopped), data=error)
    return state


def _count(number: int, thing: str) -> str:
    return f"1 {thing}" if number == 1 else f"{number} {thing}s"


def _in_words(seconds: float) -> str:
    """Write a duration as people say it."""
    if seconds < 0.001:  # noqa: PLR2004 - a millisecond
        return "<1 ms"
    if seconds < 0.0995:  # noqa: PLR2004 - below that, milliseconds read better
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"  # noqa: PLR2004


def _hooks_for(run: OpenFlowRun, state: State[Any]) -> list[Any]:
    hooks = run.spec.hooks
    return {
        StateType.COMPLETED: hooks.completion,
        StateType.FAILED: hooks.failure,
        StateType.CRASHED: hooks.crashed,
        StateType.CANCELLED: hooks.cancellation,
    }.get(state.type, [])


def _record_creation(run: OpenFlowRun, upstreams: tuple[int, ...]) -> None:
    spec = run.spec
    run.process.emit(
        FlowRunCreated(
            FLOW_RUN_CREATED, run.id, run.process.now(), "flow", spec.name, spec.key, run.name,
            spec.version, run.tags, spec.public.describe_parameters(run.parameters),
            None if run.parent is None else run.parent.id, run.parent_index, upstreams,
            describe_entrypoint(spec.fn) if run.parent is None else None, run.fingerprint,
            _inputs(run),
        )
    )  # fmt: skip
    inside = "" if run.parent is None else f" in {run.parent.name!r}"
    say(run, INFO, f"Flow {spec.name!r} began{inside}")


def _inputs(run: OpenFlowRun) -> bytes | None:
    """Keep what a run was called with, for going on with it; a nested one is called again."""
    if run.parent is not None:
        return None
    try:
        return dump((run.args, run.kwargs), run.process.settings.inline_result_bytes)
    except NotStorable:
        return None


def _end_reused(run: OpenFlowRun, state: State[Any]) -> None:
    """Hand back what a nested run has given in an earlier attempt of its parent."""
    if run.own_runner is not None:
        run.own_runner.close()
    if run.parent is not None:
        run.parent.origins.note(state.data, run.parent_index or 0)


def _change(run: OpenFlowRun, state: State[Any], error: BaseException | None = None) -> None:
    """Record that the run enters a state."""
    traceback = describe(error)[1] if isinstance(error, BaseException) else None
    name = None if state.name == state.type.capitalize() else state.name
    run.process.emit(
        FlowRunStateChanged(
            FLOW_RUN_STATE_CHANGED, run.id, run.process.now(), run.attempt, str(state.type), name,
            state.message, traceback, _kept(run, state),
        )
    )  # fmt: skip


def _kept(run: OpenFlowRun, state: State[Any]) -> bytes | None:
    """Keep what a nested flow returned: a resumed parent hands it back."""
    if run.parent is None or not state.is_completed():
        return None
    try:
        return dump(state.data, run.process.settings.inline_result_bytes)
    except NotStorable:
        return None
