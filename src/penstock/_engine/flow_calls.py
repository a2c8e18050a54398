"""How a flow run begins: a flow called, or awaited."""

from __future__ import annotations

from contextlib import aclosing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from penstock._engine.cancel import stop, take_signal
from penstock._engine.changes import note_code
from penstock._engine.drive import adrive, drive
from penstock._engine.flow_life import flow_life
from penstock._engine.inputs import allow_failure, find_futures, replace
from penstock._engine.interrupt import guarded, take_termination
from penstock._engine.iterate import aiterate, iterate
from penstock._engine.memo import print_call
from penstock._engine.process import get_process, set_pulse
from penstock._engine.pulse import Pulse
from penstock._engine.report import show_users_frames, trim
from penstock._engine.resume import open_resumed, recall_nested
from penstock._engine.runs import OpenFlowRun, named
from penstock._engine.stops import SIGNAL
from penstock._ids import new_id, run_name
from penstock.context import Loaded, current, current_tags, is_loading
from penstock.errors import Stopped
from penstock.futures import wait

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator

    from penstock._engine.spec import FlowSpec
    from penstock.states import State

__all__ = [
    "acall_flow",
    "aiterate_flow",
    "aresume_flow",
    "call_flow",
    "iterate_flow",
    "resume_flow",
    "what_to_raise",
]


# The pulse stops runs, so it stands above what they are made of.
set_pulse(Pulse)

#: What a program exits with that SIGTERM has ended, as shells count.
_TERMINATED: Final = 143


def call_flow(spec: FlowSpec, args: tuple[Any, ...], kwargs: dict[str, Any]) -> State[Any]:
    """Run a sync flow in the calling thread; give its final state."""
    return _drive(*_begin(spec, args, kwargs))


def _drive(run: OpenFlowRun, upstreams: tuple[int, ...]) -> State[Any]:
    try:
        if run.parent is not None:
            state: State[Any] = drive(flow_life(run, upstreams))
        else:
            terminated = Stopped("SIGTERM", SIGNAL, _TERMINATED)
            with guarded(terminated, partial(take_signal, run)):
                state = drive(flow_life(run, upstreams))
    except BaseException as broken:
        run.process.broken.append((run, broken))
        raise
    return state


def acall_flow(
    spec: FlowSpec, args: tuple[Any, ...], kwargs: dict[str, Any], return_state: bool
) -> Coroutine[Any, Any, Any]:
    """Give the coroutine that runs an async flow in the loop it is awaited in."""
    inputs = (*args, *kwargs.values())
    call = _carry(partial(_begin, spec, args, kwargs), inputs, return_state)
    scope = current.get()
    if scope is not None:
        scope.flow_run.watch_awaited(f"flow {spec.name!r}", scope, call)
    return call


def resume_flow(spec: FlowSpec, flow_run_id: str, how: dict[str, Any]) -> State[Any]:
    """Go on with a run of a sync flow in the calling thread; give its final state."""
    return _drive(open_resumed(spec, flow_run_id, **how), ())


def aresume_flow(
    spec: FlowSpec, flow_run_id: str, how: dict[str, Any], return_state: bool
) -> Coroutine[Any, Any, Any]:
    """Give the coroutine that goes on with a run of an async flow."""
    return _carry(lambda: (open_resumed(spec, flow_run_id, **how), ()), (), return_state)


@contextmanager
def _in_loop(run: OpenFlowRun) -> Iterator[None]:
    """Let a run be stopped where it awaits, and by SIGTERM as a sync one is."""
    import asyncio  # noqa: PLC0415 - async code has it loaded

    loop = asyncio.get_running_loop()
    run.loop_task = (loop, asyncio.current_task())
    undo: Callable[[], object] = run.process.now
    if run.parent is not None:
        yield
        return
    terminated = Stopped("SIGTERM", SIGNAL, _TERMINATED)
    undo = take_termination(loop, partial(stop, run, terminated))
    try:
        yield
    finally:
        undo()


async def _carry(
    begin: Callable[[], tuple[OpenFlowRun, tuple[int, ...]]],
    waits_for: Iterable[Any],
    return_state: bool,
) -> Any:
    for future in find_futures(waits_for)[0]:
        await future.await_done()
    run, upstreams = begin()
    try:
        with _in_loop(run):
            state = await adrive(flow_life(run, upstreams))
    except BaseException as broken:
        run.process.broken.append((run, broken))
        raise
    if return_state:
        return state
    error = what_to_raise(state)
    if error is not None:
        raise error
    return state.data


def _begin(
    spec: FlowSpec, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[OpenFlowRun, tuple[int, ...]]:
    """Make the run: resolve and check what it was called with, and name it.

    Raises:
        ParameterError: the call does not fit the signature. No run is made.
    """
    futures, stands_for_other = find_futures((*args, *kwargs.values()))
    scope = current.get()
    if scope is None and is_loading.get():
        raise Loaded
    parent = None if scope is None or scope.flow_run.is_session else scope
    upstreams: list[int] = []
    if parent is not None:
        upstreams = parent.flow_run.origins.find((*args, *kwargs.values()))
        upstreams += [f.run.index for f in futures if f.run.flow_run is parent.flow_run]
    if stands_for_other:
        wait(futures)
        args = tuple(replace(value, _resolve) for value in args)
        kwargs = {name: replace(value, _resolve) for name, value in kwargs.items()}
    args, kwargs, parameters = spec.public.prepare(args, kwargs)
    run = OpenFlowRun(get_process(), new_id(), spec, run_name(), parent)
    run.args, run.kwargs, run.parameters = args, kwargs, parameters
    run.tags = tuple(sorted(spec.tags | current_tags.get()))
    if spec.run_name is not None:
        run.name = named(run, parameters)
    if spec.make_runner is not None:
        run.own_runner = spec.make_runner()
    depends_on = tuple(sorted(set(upstreams)))
    if parent is not None:
        _nest(run, parent.flow_run, depends_on)
    return run, depends_on


def _nest(run: OpenFlowRun, parent: OpenFlowRun, upstreams: tuple[int, ...]) -> None:
    """Give a nested run its place among its parent's calls: an earlier one's, or a new one."""
    parent.nested += 1
    code = run.spec.code.digest()
    if run.process.codes.get(run.spec) is not code:
        note_code(parent, run.spec, code)
    run.fingerprint = print_call(run.spec, run.args, run.kwargs)
    if parent.memo is None:
        run.parent_index = next(parent.indexes)
    else:
        recall_nested(run, parent, upstreams)


def _resolve(found: Any) -> Any:
    if isinstance(found, allow_failure):
        return replace(found.value, lambda inner: inner.result(raise_on_failure=False))
    return found.result()


def what_to_raise(state: State[Any]) -> BaseException | None:
    """Give the exception that a caller must see, its traceback beginning in their code."""
    if isinstance(state.data, SystemExit):
        return state.data
    if state.is_completed():
        return None
    error: BaseException = state.result(raise_on_failure=False)
    show_users_frames()
    return error.with_traceback(trim(error.__traceback__))


def iterate_flow(spec: FlowSpec, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Any]:
    """Run a generator flow in the calling thread, handing on its items."""
    run, upstreams = _begin(spec, args, kwargs)
    state = yield from iterate(flow_life(run, upstreams), run)
    error = what_to_raise(state)
    if error is not None and not isinstance(error, Stopped):
        raise error


async def aiterate_flow(
    spec: FlowSpec, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> AsyncGenerator[Any, None]:
    """Run an async generator flow in the running loop, handing on its items."""
    run, upstreams = _begin(spec, args, kwargs)
    states: list[State[Any]] = []
    # Closed with this generator, and not when somebody collects it.
    async with aclosing(aiterate(flow_life(run, upstreams), run, states.append)) as items:
        async for item in items:
            yield item
    error = what_to_raise(states[0])
    if error is not None and not isinstance(error, Stopped):
        raise error
