"""Rows of runs in the words of the API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from penstock._schemas.common import StateCount, instant, moment
from penstock._schemas.flow_runs import FlowRun, FlowRunLink
from penstock._schemas.task_runs import StateChange, TaskRun
from penstock.states import StateType
from penstock.stores.filters import FlowRunFilter
from penstock.stores.protocol import Store
from penstock.stores.rows import FlowRunRow, StateTally, StoredEvent, TaskRunRow

__all__ = [
    "flow_run_fields",
    "has_runs",
    "link",
    "list_flow_runs",
    "list_task_runs",
    "run_time",
    "state_change",
    "state_counts",
    "task_name",
    "task_run_fields",
]

#: What somebody wants to see first.
_TELLING: Final = {
    state: place
    for place, state in enumerate(
        (
            StateType.FAILED,
            StateType.CRASHED,
            StateType.CANCELLED,
            StateType.CANCELLING,
            StateType.PAUSED,
            StateType.RUNNING,
            StateType.SCHEDULED,
            StateType.PENDING,
            StateType.COMPLETED,
        )
    )
}


def has_runs(store: Store) -> bool:
    """Tell whether any flow has run yet."""
    return bool(store.find_flow_runs(FlowRunFilter(), 1))


def list_flow_runs(store: Store, rows: Sequence[FlowRunRow], now: int) -> list[FlowRun]:
    """Describe flow runs, with the counts of their task runs."""
    tallies = store.tally_task_runs([row.id for row in rows])
    return [FlowRun(**flow_run_fields(row, tallies.get(row.id, ()), now)) for row in rows]


def list_task_runs(store: Store, rows: Sequence[TaskRunRow], now: int) -> list[TaskRun]:
    """Describe task runs, with the names of their flow runs."""
    ids = tuple(dict.fromkeys(row.flow_run_id for row in rows))
    above = store.find_flow_runs(FlowRunFilter(ids=ids, sessions=True), len(ids))
    names = {row.id: row.name for row in above}
    # A flow run that is being deleted is gone before its task runs.
    return [
        TaskRun(**task_run_fields(row, names[row.flow_run_id], now))
        for row in rows
        if row.flow_run_id in names
    ]


def flow_run_fields(row: FlowRunRow, tallies: Iterable[StateTally], now: int) -> dict[str, Any]:
    """Give the fields of a flow run in a list."""
    return {
        "id": row.id,
        "name": row.name,
        "flow_name": row.flow_name,
        "version": row.version,
        "state_type": row.state_type,
        "state_name": row.state_name,
        "message": row.message,
        "created": instant(row.created),
        "start_time": instant(row.started),
        "end_time": instant(row.ended),
        "total_run_time": run_time(row, now),
        "attempt": row.attempt,
        "tags": list(row.tags),
        "parent_flow_run_id": row.parent_flow_run_id,
        "parent_index": row.parent_index,
        "host": row.host,
        "pid": row.pid,
        "task_counts": state_counts(tallies),
    }


def task_run_fields(row: TaskRunRow, flow_run_name: str, now: int) -> dict[str, Any]:
    """Give the fields of a task run in a list."""
    return {
        "id": row.id,
        "name": row.name,
        "task_name": task_name(row.task_key),
        "task_key": row.task_key,
        "flow_run_id": row.flow_run_id,
        "flow_run_name": flow_run_name,
        "index": row.index,
        "state_type": row.state_type,
        "state_name": row.state_name,
        "message": row.message,
        "created": instant(row.created),
        "start_time": instant(row.started),
        "end_time": instant(row.ended),
        "total_run_time": run_time(row, now),
        "attempt": row.attempt,
        "tags": list(row.tags),
        "parent_index": row.parent_index,
        "upstreams": list(row.upstreams),
    }


def link(row: FlowRunRow) -> FlowRunLink:
    """Give enough of a flow run to link to it."""
    return FlowRunLink(
        id=row.id,
        name=row.name,
        flow_name=row.flow_name,
        state_type=row.state_type,
        state_name=row.state_name,
        parent_index=row.parent_index,
    )


def state_counts(tallies: Iterable[StateTally]) -> list[StateCount]:
    """Give counts by state, most telling first."""
    ordered = sorted(tallies, key=lambda tally: _TELLING[StateType(tally.state_type)])
    return [
        StateCount(state_type=tally.state_type, state_name=tally.state_name, count=tally.count)
        for tally in ordered
    ]


def state_change(event: StoredEvent) -> StateChange:
    """Describe a state that a run has entered."""
    said: dict[str, Any] = {} if event.body is None else json.loads(event.body)
    return StateChange(
        id=event.id,
        timestamp=moment(event.at),
        state_type=event.state_type,
        state_name=event.state_name,
        message=said.get("message"),
        traceback=said.get("traceback"),
        attempt=said.get("attempt"),
        retry_delay=said.get("delay"),
        reason=said.get("reason"),
    )


def run_time(row: FlowRunRow | TaskRunRow, now: int) -> float | None:
    """Tell how many seconds a run took, or has taken so far; None: it has not begun."""
    if row.started is None:
        return None
    ended = now if row.ended is None else row.ended
    return max(ended - row.started, 0) / 1_000_000


def task_name(key: str) -> str:
    """Give the own name of a task's function."""
    return key.rpartition(".")[2]
