"""Where a flow's submitted tasks execute: `@flow(task_runner=...)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock._engine.process import get_process
from penstock.errors import OptionError
from penstock.runners.thread import ThreadRunner

if TYPE_CHECKING:
    from penstock._engine.runner import Runner

__all__ = [
    "ConcurrentTaskRunner",
    "SequentialTaskRunner",
    "TaskRunner",
    "ThreadPoolTaskRunner",
]


class TaskRunner:
    """A choice of runner; each flow run gets a fresh one."""

    def make_runner(self) -> Runner:
        """Make the runner for one flow run."""
        raise TypeError(f"{type(self).__name__} does not say what it runs tasks with.")

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({values})"


class ThreadPoolTaskRunner(TaskRunner):
    """Threads of this process: the default.

    `max_workers` counts task bodies that execute; one that waits for another task
    does not count, so nested waits never lock up.
    """

    def __init__(self, max_workers: int | None = None, **_: Any) -> None:
        """Choose threads.

        Args:
            max_workers: bodies at a time; None takes the setting PENSTOCK_THREADS.

        Raises:
            OptionError: `max_workers` is below 1.
        """
        if max_workers is not None and (type(max_workers) is not int or max_workers < 1):
            raise OptionError(type(self).__name__, "max_workers", max_workers, "1 or more")
        self.max_workers = max_workers

    def make_runner(self) -> Runner:
        """Make the runner for one flow run."""
        return ThreadRunner(self.max_workers or get_process().settings.threads)


#: The name that older scripts know it by.
ConcurrentTaskRunner = ThreadPoolTaskRunner


class SequentialTaskRunner(TaskRunner):
    """One task at a time, in the order of their submission."""

    def make_runner(self) -> Runner:
        """Make the runner for one flow run."""
        return ThreadRunner(1)
