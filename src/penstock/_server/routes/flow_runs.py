"""Flow runs: lists, pictures, and what is known of one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from penstock._schemas.common import Page
from penstock._schemas.flow_runs import FlowRun, FlowRunDetail, History, Stats
from penstock._schemas.queries import FlowRunQuery, FlowRunSelection, HistoryQuery
from penstock._schemas.task_runs import Graph, StateChange, Timeline

router = APIRouter(prefix="/flow-runs", tags=["flow runs"])


@router.get("")
def find_flow_runs(query: Annotated[FlowRunQuery, Query()]) -> Page[FlowRun]:
    """List flow runs."""
    raise NotImplementedError


@router.get("/history")
def flow_run_history(query: Annotated[HistoryQuery, Query()]) -> History:
    """Count all flow runs that match, in buckets of time."""
    raise NotImplementedError


@router.get("/stats")
def flow_run_stats(query: Annotated[FlowRunSelection, Query()]) -> Stats:
    """Count all flow runs that match, by state."""
    raise NotImplementedError


@router.get("/{flow_run_id}")
def get_flow_run(flow_run_id: str) -> FlowRunDetail:
    """Give a flow run whole."""
    raise NotImplementedError


@router.get("/{flow_run_id}/states")
def flow_run_states(flow_run_id: str) -> list[StateChange]:
    """List the states that a flow run has entered."""
    raise NotImplementedError


@router.get("/{flow_run_id}/timeline")
def flow_run_timeline(flow_run_id: str, after: int | None = None) -> Timeline:
    """Give the task runs of a flow run in columns, all or what has changed."""
    raise NotImplementedError


@router.get("/{flow_run_id}/graph")
def flow_run_graph(flow_run_id: str) -> Graph:
    """Give the shape of a flow run."""
    raise NotImplementedError
