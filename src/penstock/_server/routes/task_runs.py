"""Task runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from penstock._schemas.common import Page
from penstock._schemas.queries import TaskRunQuery
from penstock._schemas.task_runs import StateChange, TaskRun, TaskRunDetail

router = APIRouter(prefix="/task-runs", tags=["task runs"])


@router.get("")
def find_task_runs(query: Annotated[TaskRunQuery, Query()]) -> Page[TaskRun]:
    """List task runs."""
    raise NotImplementedError


@router.get("/{task_run_id}")
def get_task_run(task_run_id: str) -> TaskRunDetail:
    """Give a task run whole; `task_run_id` is the flow run's id, a hyphen, the index."""
    raise NotImplementedError


@router.get("/{task_run_id}/states")
def task_run_states(task_run_id: str) -> list[StateChange]:
    """List the states that a task run has entered."""
    raise NotImplementedError
