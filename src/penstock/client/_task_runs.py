"""Calls on task runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from penstock._schemas.common import Page
from penstock._schemas.task_runs import StateChange, TaskRun, TaskRunDetail
from penstock.client._asking import get, pages, path
from penstock.client._calls import call, stream

if TYPE_CHECKING:
    from penstock.client._steps import Exchange, Supply
    from penstock.client._words import TaskRunWords

__all__ = ["TaskRunCalls"]


class TaskRunCalls:
    """What is known of task runs."""

    @call
    def find_task_runs(
        self, *, cursor: str | None = None, **which: Unpack[TaskRunWords]
    ) -> Exchange[Page[TaskRun]]:
        """Give a page of task runs: of one flow run in the order of their calls.

        Example:
            page = client.find_task_runs(flow_run_id=run.id, state="FAILED")
        """
        return get("/task-runs", Page[TaskRun], {**which, "cursor": cursor})

    @stream
    def iterate_task_runs(self, **which: Unpack[TaskRunWords]) -> Supply[TaskRun]:
        """Go through all task runs that match, asking for page after page."""
        return pages("/task-runs", Page[TaskRun], which)

    @call
    def get_task_run(self, task_run_id: str) -> Exchange[TaskRunDetail]:
        """Give a task run whole; its id is the flow run's, a hyphen, the index."""
        return get(path("task-runs", task_run_id), TaskRunDetail)

    @call
    def get_task_run_states(self, task_run_id: str) -> Exchange[list[StateChange]]:
        """Give the states that a task run has entered, the first one first."""
        return get(path("task-runs", task_run_id, "states"), list[StateChange])
