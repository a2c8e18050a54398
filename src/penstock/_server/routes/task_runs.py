"""Task runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from penstock._schemas.common import Page
from penstock._schemas.queries import TaskRunQuery
from penstock._schemas.task_runs import StateChange, TaskRun, TaskRunDetail
from penstock._server.deps import TheClock, TheStore
from penstock._server.details import task_run_detail
from penstock._server.listed import state_change
from penstock._server.paging import page_of_task_runs

router = APIRouter(prefix="/task-runs", tags=["task runs"])


@router.get("")
def find_task_runs(
    query: Annotated[TaskRunQuery, Query()], store: TheStore, clock: TheClock
) -> Page[TaskRun]:
    """List task runs."""
    return page_of_task_runs(store, query, clock.now_us())


@router.get("/{task_run_id}")
def get_task_run(task_run_id: str, store: TheStore, clock: TheClock) -> TaskRunDetail:
    """Give a task run whole; `task_run_id` is the flow run's id, a hyphen, the index."""
    return task_run_detail(store, task_run_id, clock.now_us())


@router.get("/{task_run_id}/states")
def task_run_states(task_run_id: str, store: TheStore) -> list[StateChange]:
    """List the states that a task run has entered."""
    row = store.get_task_run(task_run_id)
    return [state_change(event) for event in store.flow_run_history(row.flow_run_id, row.index)]
