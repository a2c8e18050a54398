"""Ends what a dead process left open: which state each of its runs gets, and why.

Who is dead is decided elsewhere (`recovery`, `liveness`). The invariant: a run that
had ended, or that somebody else has by now, stays as it is.

A run that waits for a person goes on waiting: nothing was lost, and resuming it goes
on from there. Only its open task runs end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from penstock._ids import parse_id
from penstock.events import (
    FLOW_RUN_STATE_CHANGED,
    LOG_WRITTEN,
    TASK_RUN_FINISHED,
    FlowRunStateChanged,
    LogWritten,
    TaskRunFinished,
)
from penstock.states import FINAL, StateType
from penstock.stores.filters import FlowRunFilter, TaskRunFilter
from penstock.stores.protocol import Batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.events import Event
    from penstock.stores.protocol import Owner, Store
    from penstock.stores.rows import FlowRunRow

__all__ = [
    "RESTARTED",
    "Ending",
    "end_as_itself",
    "end_by_claim",
    "find_endings",
    "reason_for",
    "task_ends",
    "words_for_exit",
]

#: What is known of a process of an earlier boot.
RESTARTED: Final = "the machine was restarted"

_MANY: Final = 5_000
#: A level of the standard library's logging.
_ERROR: Final = 40
_UNFINISHED: Final = tuple(state for state in StateType if state not in FINAL)


class Ending(NamedTuple):
    """What becomes of a run whose process died."""

    run: FlowRunRow
    state: StateType | None  #: None: it goes on waiting
    task_state: StateType
    reason: str  #: what its task runs say


def words_for_exit(returncode: int) -> str:
    """Say how a child ended, from its return code as `subprocess` gives it."""
    if returncode >= 0:
        return f"it exited with code {returncode}"
    import signal  # noqa: PLC0415 - makes its enums at import

    try:
        name = f" ({signal.Signals(-returncode).name})"
    except ValueError:
        name = ""
    return f"killed by signal {-returncode}{name}"


def reason_for(owner: Owner, fate: str = "", *, is_certain: bool = True) -> str:
    """Say in a sentence that a process died, and what is known of it."""
    verb = "died" if is_certain else "is taken for dead"
    return f"Process {owner.pid} on {owner.host} {verb}{': ' if fate else ''}{fate}."


def find_endings(store: Store, incarnation: str, reason: str) -> list[Ending]:
    """Say what becomes of the open flow runs of a dead process, nested ones first."""
    runs: list[FlowRunRow] = []
    where = FlowRunFilter(owner=incarnation, state_types=_UNFINISHED, sessions=True)
    while page := store.find_flow_runs(where, limit=_MANY):
        runs += page
        where = where._replace(before_id=page[-1].id)
    if not runs:
        return []
    senders = {
        command.flow_run_id: command.sender
        for command in store.find_commands(incarnation, 0)
        if command.kind == "cancel"
    }
    # Oldest first: who cancels a run cancels what is nested in it.
    for run in reversed(runs):
        if run.id not in senders and run.parent_flow_run_id in senders:
            senders[run.id] = senders[run.parent_flow_run_id]
    return [_ending(run, senders.get(run.id), reason) for run in runs]


def end_as_itself(store: Store, owner: Owner, lsn: int, reason: str, now: int) -> None:
    """End the runs of a dead process in its own name, behind its last event.

    Only for whoever holds its journal: nobody else knows that all of it has been sent.
    """
    events: list[tuple[int, Any]] = []
    for ending in find_endings(store, owner.incarnation, reason):
        run = ending.run
        open_tasks = 0
        for event in _ends_of(store, ending, now):
            open_tasks += 1
            lsn += 1
            events.append((lsn, event))
        if ending.state is not None:
            if run.kind == "session" and not open_tasks:
                ending = ending._replace(state=StateType.COMPLETED)  # noqa: PLW2901 - the same
            for ended in _run_ends(store, ending, now, claims=None):
                lsn += 1
                events.append((lsn, ended))
        if len(events) >= _MANY:
            store.write(Batch(owner, events))
            events = []
    if events:
        store.write(Batch(owner, events))


def end_by_claim(store: Store, name: Owner, lsn: int, ending: Ending, now: int) -> int:
    """Take a run from a dead process, and end it, in the name of another owner.

    Should the process live after all, it has lost the run: its events are refused.
    Gives the LSN of the last event.
    """
    raw = parse_id(ending.run.id)
    # The claim stands first: without it the others are refused, and all are in one
    # transaction, so that no ended flow run has an open task run.
    events: list[Event] = [
        *_run_ends(store, ending, now, claims=True),
        *_ends_of(store, ending, now),
    ]
    while events:
        batch = list(enumerate(events, lsn + 1))
        lsn = batch[-1][0]
        if raw in store.write(Batch(name, batch)).stale:
            break  # it has ended meanwhile, or somebody was quicker
        # What the process began while its task runs were listed. It begins no more.
        events = list(_ends_of(store, ending, now))
    return lsn


def task_ends(
    store: Store, flow_run_id: str, state: StateType, reason: str, now: int
) -> Iterator[TaskRunFinished]:
    """Give the ends of all task runs of a flow run that are open.

    Whoever takes a run from a living process records them too, behind the claim: the new
    attempt may never come to a task that the old one was in the middle of.
    """
    raw = parse_id(flow_run_id)
    where = TaskRunFilter(flow_run_id=flow_run_id, state_types=_UNFINISHED)
    while tasks := store.find_task_runs(where, limit=_MANY):
        for task in tasks:
            yield TaskRunFinished(
                # Plain text: a journal holds no classes.
                TASK_RUN_FINISHED,
                raw,
                now,
                task.index,
                str(state),
                None,
                reason,
                None,
                None,
                None,
            )
        where = where._replace(after_index=tasks[-1].index)


def _ends_of(store: Store, ending: Ending, now: int) -> Iterator[TaskRunFinished]:
    return task_ends(store, ending.run.id, ending.task_state, ending.reason, now)


def _ending(run: FlowRunRow, sender: str | None, reason: str) -> Ending:
    if sender is not None:
        why = f"Cancelled by {sender}; its process had died."
        return Ending(run, StateType.CANCELLED, StateType.CANCELLED, why)
    if run.state_type == StateType.CANCELLING:
        return Ending(run, StateType.CANCELLED, StateType.CANCELLED, f"Being cancelled. {reason}")
    state = None if run.state_type == StateType.PAUSED else StateType.CRASHED
    return Ending(run, state, StateType.CRASHED, reason)


def _run_ends(
    store: Store, ending: Ending, now: int, *, claims: bool | None
) -> Iterator[FlowRunStateChanged | LogWritten]:
    """End a flow run, and its log: whoever reads that sees that more may have been to come."""
    message: str | None = ending.reason
    if ending.state is StateType.COMPLETED:
        message = None
    elif ending.state is StateType.CRASHED:
        message = f"{ending.reason} {_last_words(store, ending.run)}"
    raw = parse_id(ending.run.id)
    yield FlowRunStateChanged(
        FLOW_RUN_STATE_CHANGED,
        raw,
        now,
        ending.run.attempt,
        str(ending.state),
        None,
        message,
        None,
        None,
        claims,
    )
    if message is not None:
        text = f"{ending.state.capitalize()}: {message}" if ending.state else message
        yield LogWritten(LOG_WRITTEN, raw, now, None, _ERROR, "penstock", text)


def _last_words(store: Store, run: FlowRunRow) -> str:
    """Say which task finished last."""
    where = TaskRunFilter(flow_run_id=run.id, state_types=(StateType.COMPLETED,), newest_first=True)
    finished = [task for task in store.find_task_runs(where, limit=100) if task.ended is not None]
    if not finished:
        return "No task of this run had finished."
    last = max(finished, key=lambda task: task.ended or 0)
    return f"The last task to finish was {last.name!r}."
