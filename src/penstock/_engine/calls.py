"""How a run begins: a task called, awaited, gone over, or submitted.

Everything that user code does to a task comes through here. The four ways share
one life (`life.task_life`); they differ in who carries its steps out, and where.
"""

from __future__ import annotations

import contextvars
import threading
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

from penstock._engine.drive import adrive, drive
from penstock._engine.inputs import find_futures
from penstock._engine.iterate import aiterate, iterate
from penstock._engine.life import announce, end, final_state, take_inputs, task_life
from penstock._engine.process import get_process
from penstock._engine.report import trim
from penstock._engine.reserve import spend
from penstock._engine.runs import GRAPH, OpenFlowRun, TaskRun, named
from penstock._fingerprint.stable import ATOMS
from penstock.context import current, current_tags, current_transaction
from penstock.errors import Stopped
from penstock.futures import TaskFuture
from penstock.states import State, StateType

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Coroutine, Iterable, Iterator

    from penstock._engine.spec import TaskSpec

__all__ = [
    "acall_task",
    "aiterate_task",
    "call_task",
    "cancel_waiting",
    "execute",
    "iterate_task",
    "sources_of",
    "submit_task",
]


def call_task(
    spec: TaskSpec, args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: Any
) -> TaskRun:
    """Run a sync task in the calling thread, to its end."""
    run, upstreams = _begin(spec, args, kwargs, wait_for)
    try:
        drive(task_life(run, upstreams))
    except BaseException as error:
        run.flow_run.process.broken.append((run, error))
        raise
    return run


def acall_task(
    spec: TaskSpec,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    wait_for: Any,
    return_state: bool,
) -> Coroutine[Any, Any, Any]:
    """Give the coroutine that runs an async task in the loop it is awaited in."""
    call = _acall_task(spec, args, kwargs, wait_for, return_state)
    scope = current.get()
    if scope is not None:
        scope.flow_run.watch_awaited(f"task {spec.name!r}", scope, call)
    return call


async def _acall_task(
    spec: TaskSpec,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    wait_for: Any,
    return_state: bool,
) -> Any:
    run, upstreams = _begin(spec, args, kwargs, wait_for)
    try:
        await adrive(task_life(run, upstreams))
    except BaseException as error:
        run.flow_run.process.broken.append((run, error))
        raise
    if return_state:
        return final_state(run)
    if run.error is not None:
        raise run.error.with_traceback(trim(run.error.__traceback__))
    return run.value


def submit_task(
    spec: TaskSpec,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    wait_for: Any = None,
    sources: tuple[int, ...] = (),
) -> TaskFuture[Any]:
    """Give a task to the flow's runner, to run when its inputs are there.

    `sources` are runs that its arguments come from, where the arguments do not tell.
    """
    scope = current.get()
    flow_run: OpenFlowRun = get_process().session if scope is None else scope.flow_run
    run = TaskRun(flow_run, spec, args, kwargs, None if scope is None else scope.index)
    _adorn(run)
    run.context = contextvars.copy_context()
    upstreams = _connect(run, wait_for)
    if sources:
        upstreams = tuple(sorted({*upstreams, *sources}))
    if flow_run.memo is not None and _is_recalled(run, upstreams):
        future = run.future = TaskFuture(run, run.name)
        _hand_over(run, final_state(run))
        return future
    future = run.future = TaskFuture(run, run.name)
    flow_run.open_futures.add(future)
    announce(run, upstreams)
    if run.futures is None or GRAPH.add(run, run.futures, TaskFuture.done):
        _start(run)
    return future


def sources_of(values: Iterable[Any]) -> tuple[int, ...]:
    """List the runs of the current flow run that these values came from."""
    scope = current.get()
    if scope is None:
        return ()
    return tuple(scope.flow_run.origins.find(values))


def execute(run: TaskRun) -> None:
    """Run a submitted task whose inputs are there, in the calling thread.

    Whatever happens, its future ends: somebody waits for it.
    """
    executing, ident = run.flow_run.executing, threading.get_ident()
    outside = executing.get(ident)
    executing[ident] = run
    try:
        run.context.run(drive, task_life(run, None))
    except Exception as error:  # noqa: BLE001 - the journal may be full, for one
        if isinstance(error, MemoryError):
            spend(in_thread=True)
        run.error = error
        run.flow_run.process.broken.append((run, error))
    if outside is None:
        del executing[ident]
    else:
        executing[ident] = outside
    _conclude(run)


async def aexecute(run: TaskRun) -> None:
    """Run a submitted async task whose inputs are there, in the running loop."""
    try:
        await adrive(task_life(run, None))
    except Exception as error:  # noqa: BLE001 - as above
        run.error = error
        run.flow_run.process.broken.append((run, error))
    _conclude(run)


def cancel_waiting(
    flow_run: OpenFlowRun, only: Collection[TaskFuture[Any]] | None = None, what: str = "flow"
) -> None:
    """End what a flow run has submitted and what has not started yet.

    Args:
        flow_run: whose.
        only: the futures of those to be ended; None: all.
        what: has ended before they could start.
    """
    if flow_run.process.is_abandoned:
        return
    waiting = {future.run for future in list(flow_run.open_futures if only is None else only)}
    for run in [*GRAPH.drop(waiting), *flow_run.runner.withdraw(flow_run)]:
        if only is not None and run not in waiting:
            flow_run.runner.submit(run)
            continue
        message = f"The {what} ended before this task could start."
        end(run, StateType.CANCELLED, None, message)
        _hand_over(run, State(StateType.CANCELLED, message=message))


def _start(run: TaskRun) -> None:
    """Hand a ready run to what executes it."""
    try:
        if run.spec.is_async:
            run.flow_run.process.bridge.start(aexecute(run), run.context, run.flow_run)
        else:
            run.flow_run.runner.submit(run)
    except Exception as error:  # noqa: BLE001 - no thread can be started, for one
        run.error = error
        run.flow_run.process.broken.append((run, error))
        _conclude(run)


def _conclude(run: TaskRun) -> None:
    state = final_state(run)
    future = run.future
    if future is not None and run.error is not None and not state.is_cancelled():
        failures = run.flow_run.failures
        failures[future] = run
        future.unseen = partial(_saw_failure, failures, future)
        transaction = None if run.context is None else run.context.get(current_transaction)
        if transaction is not None:
            transaction.failures.append(future)
    _hand_over(run, state)


def _saw_failure(failures: dict[TaskFuture[Any], TaskRun], future: TaskFuture[Any]) -> None:
    """Take a failure that somebody looked at off the list, and the one it names as its cause."""
    run = failures.pop(future, None)
    cause = None if run is None or run.error is None else run.error.__cause__
    for other, upstream in list(failures.items()):
        if upstream.error is cause:
            other._saw()  # noqa: SLF001 - the engine's side of a future


def _hand_over(run: TaskRun, state: State[Any]) -> None:
    """Let the future end, and start what has waited for it."""
    # The inputs are of no use any more, and may be large.
    run.args, run.kwargs, run.context, run.value = (), {}, None, None
    future = run.future
    if future is None:
        return
    future.set_state(state)
    run.flow_run.open_futures.discard(future)
    for ready in GRAPH.finish(future):
        _start(ready)


def _begin(
    spec: TaskSpec, args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: Any
) -> tuple[TaskRun, tuple[int, ...] | None]:
    """Make the run of a direct call. Gives it, and its upstreams if nobody knows of it yet."""
    scope = current.get()
    flow_run: OpenFlowRun = get_process().session if scope is None else scope.flow_run
    run = TaskRun(flow_run, spec, args, kwargs, None if scope is None else scope.index)
    _adorn(run)
    upstreams = _connect(run, wait_for)
    if flow_run.memo is not None:
        flow_run.memo.place(run, upstreams)
    if run.futures is None:
        return run, upstreams
    announce(run, upstreams)
    return run, None


def _is_recalled(run: TaskRun, upstreams: tuple[int, ...]) -> bool:
    """Place a submitted run among earlier ones; tell whether its value is there already.

    So what depends on it finds it done, and its own inputs known, as they were before.
    """
    memo = run.flow_run.memo
    if memo is None:
        return False
    if run.futures is not None and all(_has_succeeded(future) for future in run.futures):
        run.error = take_inputs(run)
    memo.place(run, upstreams)
    return run.futures is None and run.error is None and memo.recall(run)


def _has_succeeded(future: TaskFuture[Any]) -> bool:
    state = future.peek()
    return state is not None and state.is_completed()


def _adorn(run: TaskRun) -> None:
    """Give a run its name and tags, where they are not the plain ones."""
    spec = run.spec
    if spec.run_name is not None:
        run.name = named(run, run.parameters)
    tags = current_tags.get()
    if spec.tags or tags:
        run.tags = tuple(sorted(spec.tags | tags))


def _connect(run: TaskRun, wait_for: Any) -> tuple[int, ...]:
    """Find what the run depends on: futures in its arguments, and values of earlier runs."""
    args = run.args
    kwargs = run.kwargs
    if wait_for is None:
        for value in args:
            if type(value) not in ATOMS:
                break
        else:
            if not kwargs:
                return ()
    values = [value for value in (*args, *kwargs.values()) if type(value) not in ATOMS]
    if not values and not wait_for:
        return ()
    flow_run = run.flow_run
    found = flow_run.origins.find(values)
    futures, stands_for_other = find_futures((*values, wait_for))
    if stands_for_other:
        run.futures = futures
        run.wait_for = wait_for
        found += [f.run.index for f in futures if f.run.flow_run is flow_run]
    return tuple(sorted(set(found)))


def iterate_task(
    spec: TaskSpec, args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: Any
) -> Iterator[Any]:
    """Run a generator task in the calling thread, handing on its items."""
    run, upstreams = _begin(spec, args, kwargs, wait_for)
    yield from iterate(task_life(run, upstreams, recalls=False), run)
    if run.error is not None and not isinstance(run.error, Stopped):
        raise run.error.with_traceback(trim(run.error.__traceback__))


async def aiterate_task(
    spec: TaskSpec, args: tuple[Any, ...], kwargs: dict[str, Any], wait_for: Any
) -> AsyncGenerator[Any, None]:
    """Run an async generator task in the running loop, handing on its items."""
    run, upstreams = _begin(spec, args, kwargs, wait_for)
    # Closed with this generator, and not when somebody collects it.
    life = task_life(run, upstreams, recalls=False)
    async with aclosing(aiterate(life, run, lambda _: None)) as items:
        async for item in items:
            yield item
    if run.error is not None and not isinstance(run.error, Stopped):
        raise run.error.with_traceback(trim(run.error.__traceback__))
