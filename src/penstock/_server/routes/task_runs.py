"""Task runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from penstock._schemas.common import Page
from penstock._schemas.queries import TaskRunQuery
from penstock._schemas.task_runs import StateChange, TaskRun, TaskRunDetail
from penstock._server.asked import task_run_page
from penstock._server.deps import TheClock, TheStore
from penstock._server.details import task_run_detail
from penstock._server.listed import MOST_COUNTED, list_task_runs, page_end, state_change

router = APIRouter(prefix="/task-runs", tags=["task runs"])


@router.get("")
def find_task_runs(
    query: Annotated[TaskRunQuery, Query()], store: TheStore, clock: TheClock
) -> Page[TaskRun]:
    """List task runs."""
    everything, page = task_run_page(query, store)
    rows = store.find_task_runs(page, query.limit + 1)  # one more tells whether it is the last
    shown = rows[: query.limit]
    total = page_end(len(rows), query.limit, is_first=query.cursor is None)
    if total is None:
        total = store.count_tasks(everything, MOST_COUNTED)
    return Page(
        items=list_task_runs(store, shown, clock.now_us()),
        next_cursor=shown[-1].id if len(rows) > query.limit else None,
        total=total,
        total_is_exact=total < MOST_COUNTED,
    )


@router.get("/{task_run_id}")
def get_task_run(task_run_id: str, store: TheStore, clock: TheClock) -> TaskRunDetail:
    """Give a task run whole; `task_run_id` is the flow run's id, a hyphen, the index."""
    return task_run_detail(store, task_run_id, clock.now_us())


@router.get("/{task_run_id}/states")
def task_run_states(task_run_id: str, store: TheStore) -> list[StateChange]:
    """List the states that a task run has entered."""
    row = store.get_task_run(task_run_id)
    return [state_change(event) for event in store.flow_run_history(row.flow_run_id, row.index)]
