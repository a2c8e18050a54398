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
    "Loaded",
    "TaskRunContext",
    "current",
    "current_tags",
    "current_transaction",
    "get_run_context",
    "is_loading",
    "loading",
    "tags",
]

#: The innermost open run (an `_engine.runs.TaskRun` or `OpenFlowRun`), or None.
current: ContextVar[Any] = ContextVar("penstock_run", default=None)

#: Tags that `with tags(...)` has put around the calling code.
current_tags: ContextVar[frozenset[str]] = ContextVar("penstock_tags", default=frozenset())

#: The innermost open transaction (an `_engine.blocks.Block`), or None.
current_transaction: ContextVar[Any] = ContextVar("penstock_transaction", default=None)


#: A file is being loaded for what it defines: calls of flows end the loading.
is_loading: ContextVar[bool] = ContextVar("penstock_loading", default=False)


class Loaded(BaseException):
    """Ends the loading of a file at its first call of a flow: what it defines is there."""


@contextmanager
def loading() -> Iterator[None]:
    """Load a file for what it defines: a flow that it calls is not run, but raises `Loaded`."""
    token = is_loading.set(True)
    try:
        yield
    finally:
        is_loading.reset(token)


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


class _RunContext:
    """What is known of a run around the calling code; looked up when asked for."""

    __slots__ = ("_run",)

    def __init__(self, run: Any) -> None:
        self._run = run

    @property
    def parameters(self) -> dict[str, Any]:
        """What was called with which values, by parameter name."""
        found: dict[str, Any] = self._run.parameters
        return found


class FlowRunContext(_RunContext):
    """The flow run that the calling code belongs to."""

    __slots__ = ()

    @property
    def flow(self) -> Any:
        """The flow that was called."""
        return self._run.spec.public

    @property
    def flow_run(self) -> Any:
        """What is known of the run: id, name, tags."""
        return self._run.view()

    @classmethod
    def get(cls) -> FlowRunContext | None:
        """Give the flow run around the calling code, or None."""
        run = current.get()
        if run is None or run.flow_run.is_session:
            return None
        return cls(run.flow_run)


class TaskRunContext(_RunContext):
    """The task run that the calling code belongs to."""

    __slots__ = ()

    @property
    def task(self) -> Any:
        """The task that was called."""
        return self._run.spec.public

    @property
    def task_run(self) -> Any:
        """What is known of the run: id, name, tags."""
        return self._run.view()

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
