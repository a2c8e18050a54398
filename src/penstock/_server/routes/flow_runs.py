"""Flow runs: lists, pictures, and what is known of one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from penstock._schemas.common import Page
from penstock._schemas.flow_runs import FlowRun, FlowRunDetail, History, Stats
from penstock._schemas.queries import FlowRunQuery, FlowRunSelection, HistoryQuery
from penstock._schemas.task_runs import Graph, StateChange, Timeline
from penstock._server.asked import flow_run_filter
from penstock._server.buckets import make_history, make_stats
from penstock._server.deps import TheClock, TheSettings, TheStore
from penstock._server.details import flow_run_detail
from penstock._server.listed import state_change
from penstock._server.paging import page_of_flow_runs
from penstock._server.timeline import make_graph, make_timeline

router = APIRouter(prefix="/flow-runs", tags=["flow runs"])


@router.get("")
def find_flow_runs(
    query: Annotated[FlowRunQuery, Query()], store: TheStore, clock: TheClock
) -> Page[FlowRun]:
    """List flow runs."""
    return page_of_flow_runs(store, query, clock.now_us())


@router.get("/history")
def flow_run_history(
    query: Annotated[HistoryQuery, Query()], store: TheStore, clock: TheClock
) -> History:
    """Count all flow runs that match, in buckets of time."""
    return make_history(store, flow_run_filter(query, store), query.buckets, clock.now_us())


@router.get("/stats")
def flow_run_stats(query: Annotated[FlowRunSelection, Query()], store: TheStore) -> Stats:
    """Count all flow runs that match, by state."""
    return make_stats(store, flow_run_filter(query, store))


@router.get("/{flow_run_id}")
def get_flow_run(
    flow_run_id: str, store: TheStore, settings: TheSettings, clock: TheClock
) -> FlowRunDetail:
    """Give a flow run whole."""
    return flow_run_detail(store, settings, flow_run_id, clock.now_us())


@router.get("/{flow_run_id}/states")
def flow_run_states(flow_run_id: str, store: TheStore) -> list[StateChange]:
    """List the states that a flow run has entered."""
    row = store.get_flow_run(flow_run_id)
    return [state_change(event) for event in store.flow_run_history(row.id)]


@router.get("/{flow_run_id}/timeline", response_model=Timeline)
def flow_run_timeline(
    flow_run_id: str,
    store: TheStore,
    clock: TheClock,
    after: Annotated[int | None, Query(ge=0, le=2**62)] = None,
) -> Response:
    """Give the task runs of a flow run in columns, all or what has changed."""
    row = store.get_flow_run(flow_run_id)
    timeline = make_timeline(store, row.id, after, clock.now_us())
    # As text at once: of 10,000 task runs, checking it again would take longer than all else.
    return Response(timeline.model_dump_json(), media_type="application/json")


@router.get("/{flow_run_id}/graph")
def flow_run_graph(flow_run_id: str, store: TheStore) -> Graph:
    """Give the shape of a flow run."""
    return make_graph(store, store.get_flow_run(flow_run_id).id)
