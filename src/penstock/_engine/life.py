"""The life of a task run, from its call to its end: told once, for every colour.

`task_life` is a generator. It yields the steps that somebody must carry out
(`drive`), is told what came of them, and says what happened by emitting events.
It never blocks, sleeps or reads a clock of its own. In the end `run.value` or
`run.error` is set: a fact is in the journal before anybody can see the value.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

from penstock._engine.caching import Caching
from penstock._engine.changes import note_code
from penstock._engine.hooks import Ask, run_hooks
from penstock._engine.inputs import allow_failure, replace
from penstock._engine.isolate import Isolated
from penstock._engine.keep import keep
from penstock._engine.report import INFO, describe, in_words, name_task, say
from penstock._engine.reserve import spend
from penstock._engine.steps import Sleep, Wait
from penstock._engine.stops import words
from penstock._engine.timeouts import Timed
from penstock._fingerprint.stable import Unstable
from penstock._fingerprint.values import fingerprint_call, fingerprint_call_partly
from penstock.context import current_transaction
from penstock.errors import Stopped, TimedOut, UpstreamFailed
from penstock.events import (
    TASK_RUN_CREATED,
    TASK_RUN_FINISHED,
    TASK_RUN_RETRYING,
    TASK_RUN_STARTED,
    TaskRunCreated,
    TaskRunFinished,
    TaskRunRetrying,
    TaskRunStarted,
)
from penstock.futures import TaskFuture
from penstock.states import State, StateType

if TYPE_CHECKING:
    from collections.abc import Generator

    from penstock._engine.runs import TaskRun
    from penstock._engine.steps import Step

__all__ = ["announce", "end", "final_state", "take_inputs", "task_life"]

_COMPLETED: Final = str(StateType.COMPLETED)
_draw = random.Random().random  # noqa: S311 - spreads retries, guards nothing


def announce(run: TaskRun, upstreams: tuple[int, ...]) -> None:
    """Record a run that has to wait: for its upstreams, or for a place."""
    if run.earlier is not None and run.earlier.has_row:
        return
    process = run.flow_run.process
    process.emit(
        TaskRunCreated(
            TASK_RUN_CREATED, run.flow_run.id, process.now(), run.index, False, run.spec.key,
            run.name, run.parent_index, upstreams, run.tags, None,
        )
    )  # fmt: skip


def task_life(
    run: TaskRun, upstreams: tuple[int, ...] | None, *, recalls: bool = True
) -> Generator[Step, Any, None]:
    """Carry a task run from its call to its end.

    Args:
        run: not started.
        upstreams: the runs it depends on, when it has not been announced yet.
        recalls: what it gave in an earlier attempt of the flow run will do.
    """
    if run.futures is not None:
        yield Wait(run.futures)
        run.error = take_inputs(run)
    if run.error is not None:
        end(run, StateType.FAILED, "UpstreamFailed", str(run.error))
        return
    if not _may_begin(run, is_announced=upstreams is None):
        return
    memo = run.flow_run.memo
    if memo is not None:
        if recalls and memo.recall(run):
            return
        refusal = memo.refuse(run)
        if refusal is not None:
            run.error = refusal
            end(run, StateType.CRASHED, None, str(refusal))
            return
        if upstreams is not None:
            announce(run, upstreams)
            upstreams = None
    _start(run, upstreams)
    if run.spec.cache_policy is None:
        yield from _attempts(run, None)
        return
    caching = Caching(run)
    try:
        hit = yield from caching.look_up()
        if hit:
            end(run, StateType.COMPLETED, "Cached")
            yield from run_hooks(run, run.spec.hooks.completion, final_state(run))
        else:
            yield from _attempts(run, caching)
    finally:
        # Others wait for the key, in this process and in others.
        caching.let_go()


def take_inputs(run: TaskRun) -> UpstreamFailed | None:
    """Put results in the place of futures. Gives what is wrong if one has failed."""
    problem: UpstreamFailed | None = None

    def change(found: Any) -> Any:
        nonlocal problem
        if isinstance(found, allow_failure):
            return replace(found.value, _result_or_error)
        state = found.peek() if isinstance(found, TaskFuture) else found
        if state is None or state.is_completed():
            return found if state is None else state.result()
        error = state.result(raise_on_failure=False)
        name = found.task_run_name if isinstance(found, TaskFuture) else state.name
        if problem is None:
            problem = UpstreamFailed(run.name, name, in_words(error))
            problem.__cause__ = error
        if run.future is None and isinstance(found, TaskFuture):
            found._saw()  # noqa: SLF001 - whoever called hears of it now
        return found

    run.args = tuple([replace(value, change) for value in run.args])
    run.kwargs = {name: replace(value, change) for name, value in run.kwargs.items()}
    replace(run.wait_for, change)
    run.futures = run.wait_for = None
    return problem


def _result_or_error(found: Any) -> Any:
    """Take a failed input for its error: somebody has said that this is as good."""
    if isinstance(found, TaskFuture):
        return found.result(raise_on_failure=False)
    return found.result(raise_on_failure=False) if isinstance(found, State) else found


def _may_begin(run: TaskRun, *, is_announced: bool) -> bool:
    """Tell whether a run may begin: its flow run is not stopped."""
    stopped = run.flow_run.stopped
    if stopped is None:
        return True
    run.error = Stopped(*stopped.args)
    run.state_type = str(StateType.CANCELLED)
    if is_announced:
        end(run, StateType.CANCELLED, None, words(stopped))
    return False


def _may_execute(run: TaskRun) -> bool:
    """Tell whether a body may be executed: its flow run is still this process's.

    Asked last of all, when the beginning is recorded: a thread may stand for seconds
    anywhere before, and whatever wakes it up must not find the question answered.
    """
    process = run.flow_run.process
    pulse = process.pulse
    if process.monotonic() <= pulse.trusted_until and process.now() <= pulse.trusted_until_us:
        return True
    pulse.check()
    return _may_begin(run, is_announced=True)


def _start(run: TaskRun, upstreams: tuple[int, ...] | None) -> None:
    """Record that the first attempt begins."""
    flow_run = run.flow_run
    process = flow_run.process
    spec = run.spec
    earlier = run.earlier
    at = process.now()
    code = spec.code.digest()
    if process.codes.get(spec) is not code:
        note_code(flow_run, spec, code)
    if earlier is not None and earlier.print is not None:
        print_ = earlier.print
    else:
        try:
            print_ = fingerprint_call(run.args, run.kwargs) + code[:8]
        except Unstable:
            print_ = fingerprint_call_partly(run.args, run.kwargs) + code[:8]
    if upstreams is None:
        reason = None if earlier is None else earlier.reason
        process.emit(
            TaskRunStarted(
                TASK_RUN_STARTED, flow_run.id, at, run.index, run.attempt, print_, reason
            )
        )
    else:
        process.emit(
            TaskRunCreated(
                TASK_RUN_CREATED, flow_run.id, at, run.index, True, spec.key,
                run.name, run.parent_index, upstreams, run.tags, print_,
            )
        )  # fmt: skip


def _attempts(run: TaskRun, caching: Caching | None) -> Generator[Step, Any, None]:
    """Execute the body until it succeeds or may not be tried again."""
    spec = run.spec
    while True:
        if not _may_execute(run):
            return
        if spec.hooks.running:
            yield from run_hooks(run, spec.hooks.running, State(StateType.RUNNING))
        try:
            value = yield (run if spec.timeout is None and not spec.isolate else _guarded(run))
            if isinstance(value, (State, TaskFuture)):
                value = yield from _unwrap(value)
        except Exception as error:  # noqa: BLE001 - a user's body may raise anything
            if not (yield from _goes_on(run, error)):
                return
        except BaseException as error:  # noqa: BLE001 - Ctrl-C, cancellation, sys.exit
            yield from _stop(run, error)
            return
        else:
            _complete(run, value, caching)
            if spec.hooks.completion:
                yield from run_hooks(run, spec.hooks.completion, final_state(run))
            return


def _guarded(run: TaskRun) -> Step:
    """Make the step that executes a body which has a time limit, or a process of its own."""
    if run.spec.isolate:
        return Isolated(run)
    limit = run.spec.timeout
    return run if limit is None else Timed(run, limit)


def _goes_on(run: TaskRun, error: Exception) -> Generator[Step, Any, bool]:
    """Begin another attempt after one has failed. False: there is none, and the run has ended."""
    if isinstance(error, MemoryError):
        spend(in_thread=run.future is not None)
    delay = yield from _delay_after(run, error)
    if delay is None:
        yield from _fail(run, error)
        return False
    _record_retry(run, error, delay)
    if delay:
        yield Sleep(run.flow_run, delay)
    flow_run = run.flow_run
    if flow_run.stopped is not None:
        yield from _stop(run, Stopped(*flow_run.stopped.args))
        return False
    run.attempt += 1
    at = flow_run.process.now()
    flow_run.process.emit(
        TaskRunStarted(TASK_RUN_STARTED, flow_run.id, at, run.index, run.attempt, None)
    )
    return True


def _unwrap(value: Any) -> Generator[Step, Any, Any]:
    """Take what a body returned as a state or a future for what it stands for."""
    if isinstance(value, TaskFuture):
        yield Wait([value])
        return value.result()
    return value.result()


def _complete(run: TaskRun, value: Any, caching: Caching | None) -> None:
    flow_run = run.flow_run
    process = flow_run.process
    if caching is None:
        blob, ref = keep(run, value)
    else:
        blob, ref = caching.keep(value)
    transaction = current_transaction.get()
    if transaction is not None:
        # Before the end is recorded: what has a result must not be missing in a rollback.
        transaction.join(run, None if caching is None else caching.key)
    process.emit(
        TaskRunFinished(
            TASK_RUN_FINISHED, flow_run.id, process.now(), run.index, _COMPLETED,
            None, None, None, blob, ref,
        )
    )  # fmt: skip
    run.value = value
    run.state_type = _COMPLETED
    flow_run.origins.note(value, run.index)


def _delay_after(run: TaskRun, error: Exception) -> Generator[Step, Any, float | None]:
    """Say how long to wait before the next attempt, or None: there is none."""
    spec = run.spec
    attempt = run.attempt - run.attempts_before
    delay = None if run.committed else spec.retry.delay_after(attempt, _draw)
    if delay is None or spec.retry_condition is None:
        return delay
    state: State[Any] = State(StateType.FAILED, message=in_words(error), data=error)
    try:
        again = yield Ask(run, spec.retry_condition, state)
    except Exception as broken:  # noqa: BLE001 - a user's condition may raise anything
        say(run, INFO, f"retry_condition_fn failed, so there is no retry: {in_words(broken)}")
        return None
    return delay if again else None


def _record_retry(run: TaskRun, error: Exception, delay: float) -> None:
    process = run.flow_run.process
    message, traceback = describe(error)
    process.emit(
        TaskRunRetrying(
            TASK_RUN_RETRYING, run.flow_run.id, process.now(), run.index, run.attempt, delay,
            message, traceback,
        )
    )  # fmt: skip
    total = run.spec.retry.count + 1
    following = f"Next in {delay:g} s." if delay else "Trying again."
    attempt = run.attempt - run.attempts_before
    say(run, INFO, f"Attempt {attempt} of {total} failed: {message}. {following}")


def _fail(run: TaskRun, error: Exception) -> Generator[Step, Any, None]:
    name = "TimedOut" if isinstance(error, TimedOut) else None
    message, traceback = describe(error)
    name_task(error, run)
    run.error = error
    end(run, StateType.FAILED, name, message, traceback)
    if run.spec.hooks.failure:
        yield from run_hooks(run, run.spec.hooks.failure, final_state(run))


def _stop(run: TaskRun, error: BaseException) -> Generator[Step, Any, None]:
    """End a run that something other than an ordinary error has ended."""
    run.error = error
    if isinstance(error, SystemExit):
        end(run, StateType.CRASHED, None, f"The body called sys.exit({error.code!r}).")
        yield from run_hooks(run, run.spec.hooks.crashed, final_state(run))
        return
    end(run, StateType.CANCELLED, None, words(run.flow_run.stopped or error))
    yield from run_hooks(run, run.spec.hooks.cancellation, final_state(run))


def end(
    run: TaskRun,
    state_type: StateType,
    name: str | None = None,
    message: str | None = None,
    traceback: str | None = None,
) -> None:
    """Record the end of a run that has no value to keep."""
    process = run.flow_run.process
    run.state_type = str(state_type)
    run.state_name = name
    process.emit(
        TaskRunFinished(
            TASK_RUN_FINISHED, run.flow_run.id, process.now(), run.index, run.state_type,
            name, message, traceback, None, None,
        )
    )  # fmt: skip


def final_state(run: TaskRun) -> State[Any]:
    """Make the state that an ended run is in, with its value or error."""
    if run.error is None:
        return State(StateType.COMPLETED, run.state_name, data=run.value, has_data=True)
    kind = StateType(run.state_type or StateType.FAILED)
    return State(kind, run.state_name, in_words(run.error), data=run.error)
