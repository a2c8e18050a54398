"""What can be done to flow runs, and saved views."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from penstock._schemas.actions import (
    Action,
    Bulk,
    BulkResult,
    Outcome,
    Resume,
    Retry,
    Reuse,
    View,
    ViewIn,
)
from penstock._schemas.common import Answer, instant
from penstock._server.deps import TheClock, TheDoer, TheSettings, TheStore
from penstock._server.ids import FlowRunId, RowId
from penstock._server.reuse import plan_reuse
from penstock.errors import NotFound
from penstock.stores.rows import ViewRow

router = APIRouter(tags=["actions"])

Rerun = Annotated[
    tuple[str, ...],
    Query(
        max_length=100,
        description="Names of tasks to execute again, with all that depends on them.",
    ),
]


@router.get("/flow-runs/{flow_run_id}/reuse")
def reuse(
    flow_run_id: FlowRunId,
    store: TheStore,
    settings: TheSettings,
    action: Action = Action.RETRY,
    rerun: Rerun = (),
) -> Reuse:
    """Say what going on with a flow run would do."""
    return plan_reuse(store, settings, store.get_flow_run(flow_run_id), action, rerun)


@router.post("/flow-runs/{flow_run_id}/cancel")
def cancel(flow_run_id: FlowRunId, doer: TheDoer) -> Outcome:
    """Ask the process of a flow run to cancel it."""
    return doer.cancel(doer.store.get_flow_run(flow_run_id))


@router.post("/flow-runs/{flow_run_id}/retry")
def retry(flow_run_id: FlowRunId, how: Retry, doer: TheDoer) -> Outcome:
    """Try a flow run again, in a process of its own: what has completed is not executed."""
    return doer.retry(doer.store.get_flow_run(flow_run_id), how)


@router.post("/flow-runs/{flow_run_id}/resume")
def resume(flow_run_id: FlowRunId, how: Resume, doer: TheDoer) -> Outcome:
    """Go on with a flow run that crashed, was cancelled or waits."""
    return doer.resume(doer.store.get_flow_run(flow_run_id), how)


@router.delete("/flow-runs/{flow_run_id}")
def delete(flow_run_id: FlowRunId, doer: TheDoer) -> Outcome:
    """Delete a flow run with all that belongs to it."""
    return doer.delete(doer.store.get_flow_run(flow_run_id))


@router.post("/flow-runs/bulk")
def bulk(what: Bulk, doer: TheDoer) -> BulkResult:
    """Do the same to many flow runs, at most 10,000."""
    return doer.many(what)


@router.get("/views")
def find_views(store: TheStore) -> list[View]:
    """List the saved views."""
    return [_view(row) for row in store.find_views()]


@router.post("/views")
def save_view(view: ViewIn, store: TheStore, clock: TheClock) -> View:
    """Keep a view under a name; one of that name is replaced."""
    return _view(store.save_view(view.name, view.query, clock.now_us()))


@router.delete("/views/{view_id}")
def delete_view(view_id: RowId, store: TheStore) -> Answer:
    """Forget a saved view."""
    if not store.delete_view(view_id):
        raise NotFound("saved view", str(view_id))
    return Answer(message="The view is forgotten.")


def _view(row: ViewRow) -> View:
    return View(id=row.id, name=row.name, query=row.query, created=instant(row.created))
