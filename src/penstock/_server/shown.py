"""Flow runs by their ids, as the API shows them: for the live stream."""

from __future__ import annotations

from collections.abc import Sequence

from penstock._clock import Clock
from penstock._schemas.common import StateCount, instant
from penstock._schemas.flow_runs import FlowRun
from penstock.stores.filters import FlowRunFilter
from penstock.stores.protocol import Store
from penstock.stores.rows import FlowRunRow, StateTally

__all__ = ["find_shown"]


def find_shown(store: Store, clock: Clock, flow_run_ids: Sequence[str]) -> list[FlowRun]:
    """Give them newest first; those that are gone are left out."""
    if not flow_run_ids:
        return []
    rows = store.find_flow_runs(FlowRunFilter(ids=tuple(flow_run_ids)), len(flow_run_ids))
    tallies = store.tally_task_runs([row.id for row in rows])
    now = clock.now_us()
    return [_shown(row, tallies.get(row.id, ()), now) for row in rows]


def _shown(row: FlowRunRow, tallies: Sequence[StateTally], now: int) -> FlowRun:
    end = now if row.ended is None else row.ended
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
            StateCount(state_type=one.state_type, state_name=one.state_name, count=one.count)
            for one in tallies
        ],
    )
