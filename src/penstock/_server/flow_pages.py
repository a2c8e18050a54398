"""Flows: what is known of them from their runs."""

from __future__ import annotations

import json
from statistics import median
from typing import Any, Final

from penstock._schemas.common import moment
from penstock._schemas.flows import Flow, FlowDetail, FlowVersion, Point
from penstock._server.details import entrypoint_of
from penstock._server.listed import list_flow_runs, state_counts
from penstock.errors import NotFound
from penstock.states import FINAL, StateType
from penstock.stores.filters import FlowRunFilter
from penstock.stores.protocol import Store
from penstock.stores.rows import FlowRow, FlowRunRow

__all__ = ["flow_detail", "list_flows"]

_RECENT: Final = 20
_TIMED: Final = 50
_TREND: Final = 100
_SECOND: Final = 1_000_000


def list_flows(store: Store, q: str | None, limit: int, now: int) -> list[Flow]:
    """Describe the flows that have run, the one that ran last first."""
    where = FlowRunFilter(flows=(f"*{q}*",) if q else None)
    found = [_fields(store, flow, now) for flow in store.find_flows(where, limit)]
    return [Flow(**fields) for fields, newest in found if newest is not None]


def flow_detail(store: Store, flow_name: str, now: int) -> FlowDetail:
    """Describe a flow whole.

    Raises:
        NotFound: there is no run of it.
    """
    flows = store.find_flows(FlowRunFilter(flow_name=flow_name), 1)
    fields, newest = _fields(store, flows[0], now) if flows else ({}, None)
    if newest is None:
        raise NotFound("flow", flow_name)
    whole = store.get_flow_run(newest.id)
    parameters: dict[str, Any] = json.loads(whole.parameters or "{}")
    return FlowDetail(
        **fields,
        key=whole.flow_key,
        entrypoint=entrypoint_of(whole),
        versions=[
            FlowVersion(
                version=row.version,
                run_count=row.count,
                first=moment(row.first),
                last=moment(row.last),
            )
            for row in store.flow_versions(flow_name)
        ],
        trend=_trend(store, flow_name),
        parameters=list(parameters),
    )


def _fields(store: Store, flow: FlowRow, now: int) -> tuple[dict[str, Any], FlowRunRow | None]:
    """Give what lists show of a flow, and its newest run; None: they were deleted meanwhile."""
    where = FlowRunFilter(flow_name=flow.name)
    recent = store.find_flow_runs(where, _RECENT)
    if not recent:
        return {}, None
    completed = where._replace(state_types=(StateType.COMPLETED,))
    times = store.run_times(completed, _TIMED)
    ended = sum(tally.count for tally in flow.states if tally.state_type in FINAL)
    good = sum(tally.count for tally in flow.states if tally.state_type == StateType.COMPLETED)
    fields = {
        "name": flow.name,
        "run_count": sum(tally.count for tally in flow.states),
        "states": state_counts(flow.states),
        "last_run": list_flow_runs(store, recent[:1], now)[0],
        "recent": [row.state_type for row in reversed(recent)],
        "median_run_time": median(times) / _SECOND if times else None,
        "success_rate": good / ended if ended else None,
    }
    return fields, recent[0]


def _trend(store: Store, flow_name: str) -> list[Point]:
    """List how long its last runs took, oldest first."""
    where = FlowRunFilter(flow_name=flow_name, state_types=tuple(FINAL))
    return [
        Point(
            flow_run_id=row.id,
            name=row.name,
            state_type=row.state_type,
            start_time=moment(row.started),
            seconds=(row.ended - row.started) / _SECOND,
        )
        for row in reversed(store.find_flow_runs(where, _TREND))
        if row.started is not None and row.ended is not None
    ]
