"""Turns rows of the store into what the API shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from penstock._clock import SYSTEM
from penstock._schemas.common import StateCount, instant
from penstock._schemas.flow_runs import FlowRun
from penstock.errors import NotFound
from penstock.states import StateType, default_name
from penstock.stores.protocol import Store
from penstock.stores.rows import FlowRunRow

__all__ = ["find_shown"]

_TYPES: Final = {default_name(state): str(state) for state in StateType}


def find_shown(store: Store, flow_run_ids: Sequence[str]) -> list[FlowRun]:
    """Give flow runs by their ids; those that are gone are left out."""
    found = []
    for flow_run_id in flow_run_ids:
        try:
            found.append(_shown(store, store.get_flow_run(flow_run_id)))
        except NotFound:
            continue
    return found


def _shown(store: Store, row: FlowRunRow) -> FlowRun:
    end = SYSTEM.now_us() if row.ended is None else row.ended
    counts = store.count_task_runs(row.id)
    return FlowRun(
        id=row.id,
        name=row.name,
        flow_name=row.flow_name,
        version=row.version,
        state_type=row.state_type,
        state_name=row.state_name,
        message=row.message,
        created=instant(row.created),
        start_time=instant(row.started),
        end_time=instant(row.ended),
        total_run_time=None if row.started is None else (end - row.started) / 1_000_000,
        attempt=row.attempt,
        tags=list(row.tags),
        parent_flow_run_id=row.parent_flow_run_id,
        parent_index=row.parent_index,
        host=row.host,
        pid=row.pid,
        task_counts=[
            StateCount(state_type=_TYPES.get(name, "FAILED"), state_name=name, count=count)
            for name, count in counts.items()
        ],
    )
