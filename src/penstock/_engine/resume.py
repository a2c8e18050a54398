"""How a flow run goes on: a new attempt under the same id, that does nothing twice.

The same for a flow's own retry, for a nested run whose parent goes on, and for a run
that somebody resumes in another process. The last must first claim the run: the claim
is in the store before any of the user's code is executed, and of several processes that
claim at once one wins (`stores.projection.may_claim`).
"""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from penstock._engine.memo import Memo
from penstock._engine.origins import Origins
from penstock._engine.process import get_process, journal_folder
from penstock._engine.report import INFO, WARNING, console, say
from penstock._engine.rollback import roll_back_open
from penstock._engine.runs import OpenFlowRun
from penstock._ids import parse_id
from penstock._journal.endings import task_ends
from penstock._journal.liveness import LEASE_SECONDS
from penstock.errors import MissingResult, NotResumable, StillRunning, StoreBusy
from penstock.events import FLOW_RUN_STATE_CHANGED, FlowRunStateChanged
from penstock.results import load
from penstock.states import State, StateType
from penstock.stores.filters import FlowRunFilter, TaskRunFilter

if TYPE_CHECKING:
    from collections.abc import Collection

    from penstock._engine.process import Process
    from penstock._engine.spec import FlowSpec
    from penstock.settings import Settings
    from penstock.stores.protocol import Store
    from penstock.stores.rows import FlowRunRow

__all__ = [
    "begin_again",
    "find_obstacle",
    "has_living_owner",
    "has_owner",
    "open_resumed",
    "recall_nested",
    "still_running",
]

_TAKEN_OVER: Final = "Another process has taken the flow run over."
#: How often a process that is about to lose a run is looked at.
_LOOK_SECONDS: Final = 0.25
#: More rows than one flow run has.
_MANY: Final = 1 << 40


def begin_again(run: OpenFlowRun) -> None:
    """Begin the next attempt at a run of this process, which knows what the last one has done."""
    process = run.process
    while not process.writer.flush(process.settings.flush_seconds):
        why = "The next attempt waits for the store: it must know what has finished."
        console(process.now(), WARNING, run.name, why)
    _remember(run, run.attempt, ())


def recall_nested(run: OpenFlowRun, parent: OpenFlowRun, upstreams: tuple[int, ...]) -> None:
    """Give a nested run its place: that of an earlier run, with its result or going on with it."""
    memo = parent.memo
    if memo is None or run.fingerprint is None:
        run.parent_index = next(parent.indexes)
        return
    past, result = memo.match_flow(run.spec, run.fingerprint, upstreams)
    if past is None:
        run.parent_index = next(parent.indexes)
        return
    run.parent_index = past.index
    if result is not None and not run.spec.is_generator:
        try:
            run.reused = State(StateType.COMPLETED, data=load(result), has_data=True)
        except MissingResult as error:
            say(parent, INFO, f"Flow {run.spec.name!r} is called again: {error}")
        else:
            return
    row = run.process.store.get_flow_run(str(past.flow_run_id))
    run.id, run.name = parse_id(row.id), row.name
    _claim(run, row.attempt + 1)
    _remember(run, row.attempt, memo.rerun_in(run.spec.name))


def open_resumed(
    spec: FlowSpec,
    flow_run_id: str,
    *,
    rerun: Collection[str] = (),
    parameters: dict[str, Any] | None = None,
    take_over: bool = False,
) -> OpenFlowRun:
    """Claim a flow run for this process, ready to be carried on.

    Args:
        spec: the flow whose run it is.
        flow_run_id: as `RunStore.get_flow_run` takes it.
        rerun: names of tasks to execute again, with all that depends on them.
        parameters: what to call the flow with, where that could not be stored.
        take_over: also from a process that lives, if it shows no sign of that.

    Raises:
        NotFound: there is no such run.
        StillRunning: a living process has it.
        NotResumable: there is nothing to go on with; the message says why.
        StoreBusy: the store did not take the claim. Nothing was executed.
    """
    process = get_process()
    process.reap()
    row = process.store.get_flow_run(flow_run_id)
    _check(row, spec, rerun)
    if row.ended is None and has_living_owner(process, row):
        if not take_over:
            raise still_running(row, process.now())
        row = _outwait(row)
        _check(row, spec, rerun)
    if rerun:
        _check_names(process.store, row, rerun)
    run = OpenFlowRun(process, parse_id(row.id), spec, row.name)
    run.tags = row.tags
    _take_inputs(run, row, parameters)
    if take_over and row.owner is not None:
        process.drain(row.owner)
        row = process.store.get_flow_run(row.id)
    _claim(run, row.attempt + 1)
    flushed = process.writer.flush(process.settings.flush_seconds)
    if run.id in process.lost:
        process.lost.discard(run.id)
        raise still_running(process.store.get_flow_run(row.id), process.now())
    if not flushed:
        _change(run, StateType.CRASHED, "The store did not take the claim in time.")
        where = process.settings.store_url
        raise StoreBusy(where, f"did not take the claim of flow run {row.name!r}. Try again.")
    # What the one who lost it was in the middle of has ended; the dead have nothing open.
    for event in task_ends(process.store, row.id, StateType.CRASHED, _TAKEN_OVER, process.now()):
        process.emit(event)
    process.writer.flush(process.settings.flush_seconds)
    _remember(run, row.attempt, rerun)
    if run.memo is not None:
        done = f"{run.memo.completed} of {run.memo.next_index}"
        say(run, INFO, f"Goes on after attempt {row.attempt}: {done} calls had finished.")
    if spec.make_runner is not None:
        run.own_runner = spec.make_runner()
    return run


def has_living_owner(process: Process, row: FlowRunRow) -> bool:
    """Tell whether the process that has an open run lives. What the dead left is in the store."""
    return row.owner == process.recorder.owner.incarnation or has_owner(process.settings, row)


def has_owner(settings: Settings, row: FlowRunRow) -> bool:
    """Tell the same to one who is no owner of runs."""
    if row.state_type != StateType.PAUSED:
        return True  # any other run of a dead process has ended by now
    folder = journal_folder(settings)
    return folder is not None and os.path.exists(os.path.join(folder, f"{row.owner}.lock"))


def _outwait(row: FlowRunRow) -> FlowRunRow:
    """Wait until a living process cannot take a run for its own any more; give the run.

    A process that was stopped and wakes up goes on where it was. It asks the store before
    it begins a task if it has not heard from it for a while (`Pulse.trusted_until`), and
    after this wait that while is over.

    Raises:
        StillRunning: the process has shown a sign of life.
    """
    process = get_process()
    if row.owner == process.recorder.owner.incarnation:
        raise still_running(row, process.now())
    if process.settings.log_console:
        who = f"Process {row.pid} on {row.host}"
        what = f"{who} loses the run if it shows no sign of life for {LEASE_SECONDS:g} s."
        console(process.now(), INFO, row.name, what)
    until = process.clock.monotonic() + LEASE_SECONDS
    while row.ended is None and process.clock.monotonic() < until:
        process.clock.sleep(_LOOK_SECONDS)
        process.reap()
        before, row = row, process.store.get_flow_run(row.id)
        if row.ended is None and (row.owner, row.seen) != (before.owner, before.seen):
            raise still_running(row, process.now())
    return row


def still_running(row: FlowRunRow, now: int) -> StillRunning:
    """Say who has a run."""
    quiet = None if row.seen is None else max(0, now - row.seen) / 1_000_000
    return StillRunning(row.name, row.id, row.state_name, row.pid, row.host, quiet)


def _check(row: FlowRunRow, spec: FlowSpec, rerun: Collection[str]) -> None:
    """Refuse what cannot be resumed.

    Raises:
        NotResumable: says why, and what to do.
    """
    why = find_obstacle(row, rerun)
    if why is None and row.flow_key != spec.key:
        why = f"it is a run of {row.flow_key}, and this is {spec.key}"
    if why is not None:
        raise NotResumable(row.name, row.id, why)


def find_obstacle(row: FlowRunRow, rerun: Collection[str]) -> str | None:
    """Say why there is nothing to go on with in a flow run, whatever its code is."""
    if row.kind != "flow":
        return "it holds tasks that no flow has called"
    if row.parent_flow_run_id is not None:
        return f"another has called it; resume that one, {row.parent_flow_run_id}"
    if row.state_type == StateType.COMPLETED and not rerun:
        return "it has completed; name a task to run it and all that follows again (--from TASK)"
    return None


def _check_names(store: Store, row: FlowRunRow, rerun: Collection[str]) -> None:
    """Refuse names that nothing has in a flow run and in those nested in it.

    Raises:
        NotResumable: names the one, and those there are.
    """
    known: dict[str, None] = {}
    singles: set[str] = set()
    family = [row]
    for member in family:
        nested = store.find_flow_runs(FlowRunFilter(parent_flow_run_id=member.id), _MANY)
        family += nested
        known.update(dict.fromkeys(flow.flow_name for flow in nested))
        for task in store.find_task_runs(TaskRunFilter(flow_run_id=member.id), _MANY):
            known[task.task_key.rpartition(".")[2]] = None
            base, _, number = task.name.rpartition("-")
            singles |= {task.name, base if number == str(task.index) else task.name}
    for name in rerun:
        if name not in known and name not in singles:
            there = ", ".join(map(repr, sorted(known)))
            raise NotResumable(row.name, row.id, f"there is no task {name!r} in it; it has {there}")


def _take_inputs(run: OpenFlowRun, row: FlowRunRow, parameters: dict[str, Any] | None) -> None:
    """Call the flow with what it was called with.

    Raises:
        NotResumable: that was not stored, or cannot be read.
        ParameterError: `parameters` do not fit.
    """
    public = run.spec.public
    if parameters is not None:
        run.args, run.kwargs, run.parameters = public.prepare((), parameters)
        return
    if row.inputs is None:
        why = "what it was called with could not be stored; hand it over as `parameters`"
        raise NotResumable(row.name, row.id, why)
    try:
        run.args, run.kwargs = load(row.inputs)
    except MissingResult as error:
        why = f"what it was called with cannot be read; hand it over as `parameters` ({error})"
        raise NotResumable(row.name, row.id, why) from None
    run.parameters = public.bind(run.args, run.kwargs)


def _claim(run: OpenFlowRun, attempt: int) -> None:
    """Take a run over, to begin an attempt at it."""
    run.attempt = attempt
    run.process.emit(
        FlowRunStateChanged(
            FLOW_RUN_STATE_CHANGED, run.id, run.process.now(), attempt, str(StateType.RUNNING),
            "Retrying" if attempt > 1 else None, None, None, None, True,
        )
    )  # fmt: skip
    run.is_claimed = True


def _change(run: OpenFlowRun, state: StateType, message: str) -> None:
    run.process.emit(
        FlowRunStateChanged(
            FLOW_RUN_STATE_CHANGED, run.id, run.process.now(), run.attempt, str(state),
            None, message, None, None,
        )
    )  # fmt: skip


def _remember(run: OpenFlowRun, before: int, rerun: Collection[str]) -> None:
    """Let a run know what its attempts up to `before` have done."""
    run.attempt = before + 1
    store = run.process.store
    run.memo = Memo(store, run.text_id, rerun, roll_back_open(run, store))
    run.indexes = count(run.memo.next_index)
    run.origins = Origins()
    run.nested = 0
    run.failures.clear()
