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
from penstock._schemas.common import Answer
from penstock._server.deps import TheSettings, TheStore
from penstock._server.reuse import plan_reuse

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
    flow_run_id: str,
    store: TheStore,
    settings: TheSettings,
    action: Action = Action.RETRY,
    rerun: Rerun = (),
) -> Reuse:
    """Say what going on with a flow run would do."""
    return plan_reuse(store, settings, store.get_flow_run(flow_run_id), action, rerun)


@router.post("/flow-runs/{flow_run_id}/cancel")
def cancel(flow_run_id: str) -> Outcome:
    """Ask the process of a flow run to cancel it."""
    raise NotImplementedError


@router.post("/flow-runs/{flow_run_id}/retry")
def retry(flow_run_id: str, how: Retry) -> Outcome:
    """Try a flow run again, in a process of its own: what has completed is not executed."""
    raise NotImplementedError


@router.post("/flow-runs/{flow_run_id}/resume")
def resume(flow_run_id: str, how: Resume) -> Outcome:
    """Go on with a flow run that crashed, was cancelled or waits."""
    raise NotImplementedError


@router.delete("/flow-runs/{flow_run_id}")
def delete(flow_run_id: str) -> Outcome:
    """Delete a flow run with all that belongs to it."""
    raise NotImplementedError


@router.post("/flow-runs/bulk")
def bulk(what: Bulk) -> BulkResult:
    """Do the same to many flow runs."""
    raise NotImplementedError


@router.get("/views")
def find_views() -> list[View]:
    """List the saved views."""
    raise NotImplementedError


@router.post("/views")
def save_view(view: ViewIn) -> View:
    """Keep a view under a name; one of that name is replaced."""
    raise NotImplementedError


@router.delete("/views/{view_id}")
def delete_view(view_id: int) -> Answer:
    """Forget a saved view."""
    raise NotImplementedError
