"""What runs here now: the flow run and task run that the calling code belongs to.

One context variable holds the innermost open run. It follows threads of the
runner and asyncio tasks, as context variables do.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from penstock.errors import MissingContext

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "FlowRunContext",
    "TaskRunContext",
    "current",
    "current_tags",
    "get_run_context",
    "tags",
]

#: The innermost open run (an `_engine.runs.TaskRun` or `OpenFlowRun`), or None.
current: ContextVar[Any] = ContextVar("penstock_run", default=None)

#: Tags that `with tags(...)` has put around the calling code.
current_tags: ContextVar[frozenset[str]] = ContextVar("penstock_tags", default=frozenset())


@contextmanager
def tags(*names: str) -> Iterator[frozenset[str]]:
    """Tag every flow run and task run that begins inside of the block.

    Example:
        with tags("nightly", "eu"):
            report()
    """
    combined = current_tags.get() | frozenset(names)
    token = current_tags.set(combined)
    try:
        yield combined
    finally:
        current_tags.reset(token)


class FlowRunContext:
    """The flow run that the calling code belongs to."""

    __slots__ = ("flow", "flow_run", "parameters")

    def __init__(self, run: Any) -> None:
        #: the flow that was called
        self.flow = run.spec.public
        #: what is known of the run: id, name, tags
        self.flow_run = run.view()
        #: what it was called with, by name
        self.parameters = run.parameters

    @classmethod
    def get(cls) -> FlowRunContext | None:
        """Give the flow run around the calling code, or None."""
        run = current.get()
        if run is None or run.flow_run.is_session:
            return None
        return cls(run.flow_run)


class TaskRunContext:
    """The task run that the calling code belongs to."""

    __slots__ = ("parameters", "task", "task_run")

    def __init__(self, run: Any) -> None:
        #: the task that was called
        self.task = run.spec.public
        #: what is known of the run: id, name, tags
        self.task_run = run.view()
        #: what it was called with, by name
        self.parameters = run.parameters

    @classmethod
    def get(cls) -> TaskRunContext | None:
        """Give the task run around the calling code, or None."""
        run = current.get()
        if run is None or run.index is None:
            return None
        return cls(run)


def get_run_context() -> FlowRunContext | TaskRunContext:
    """Give the task run around the calling code, or else the flow run.

    Raises:
        MissingContext: the calling code is in neither.
    """
    found = TaskRunContext.get() or FlowRunContext.get()
    if found is None:
        message = "There is no run here. Call this from inside of a flow or a task."
        raise MissingContext(message)
    return found
