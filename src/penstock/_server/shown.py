"""Flow runs by their ids, as the API shows them: for the live stream."""

from __future__ import annotations

from collections.abc import Sequence

from penstock._clock import Clock
from penstock._schemas.flow_runs import FlowRun
from penstock._server.listed import list_flow_runs
from penstock.stores.filters import FlowRunFilter
from penstock.stores.protocol import Store

__all__ = ["find_shown"]


def find_shown(store: Store, clock: Clock, flow_run_ids: Sequence[str]) -> list[FlowRun]:
    """Give them newest first; those that are gone are left out."""
    if not flow_run_ids:
        return []
    rows = store.find_flow_runs(FlowRunFilter(ids=tuple(flow_run_ids)), len(flow_run_ids))
    return list_flow_runs(store, rows, clock.now_us())
