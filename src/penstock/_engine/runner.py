"""What the engine asks of a runner: a place for task bodies to execute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from penstock._engine.runs import OpenFlowRun, TaskRun

__all__ = ["Runner"]


class Runner(Protocol):
    """Executes task runs that are ready: their inputs are there.

    A runner calls `calls.execute(task_run)` once for each run it was given, in any
    thread, and counts places, not threads: a body that waits has lent its own.
    """

    def submit(self, task_run: TaskRun) -> None:
        """Take a ready run. Returns at once."""
        ...

    def withdraw(self, flow_run: OpenFlowRun) -> list[TaskRun]:
        """Give back the runs of a flow run that have not begun. They will not begin."""
        ...

    def close(self) -> None:
        """Let go of threads and processes. Nothing is submitted afterwards."""
        ...
