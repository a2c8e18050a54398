"""The run that the calling code belongs to: `penstock.runtime.flow_run.id` and its like.

Outside of a run every attribute is None (or empty), so code that reads them can
also be called plainly.
"""

from __future__ import annotations

from typing import Any, Final

from penstock.context import current

__all__ = ["deployment", "flow_run", "task_run"]


class _FlowRun:
    """The flow run around the calling code."""

    _EMPTY: Final[dict[str, Any]] = {"parameters": {}, "tags": []}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        run = _flow_run()
        reader = _FLOW_RUN.get(name)
        if reader is None:
            known = ", ".join(sorted(_FLOW_RUN))
            message = f"penstock.runtime.flow_run has no {name!r}; it has {known}."
            raise AttributeError(message)
        return self._EMPTY.get(name) if run is None else reader(run)

    def get_id(self) -> str | None:
        """Give the id, as `flow_run.id` does."""
        found: str | None = self.id
        return found

    def __dir__(self) -> list[str]:
        return sorted(_FLOW_RUN)


class _TaskRun:
    """The task run around the calling code."""

    _EMPTY: Final[dict[str, Any]] = {"parameters": {}, "tags": []}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        run = current.get()
        reader = _TASK_RUN.get(name)
        if reader is None:
            known = ", ".join(sorted(_TASK_RUN))
            message = f"penstock.runtime.task_run has no {name!r}; it has {known}."
            raise AttributeError(message)
        return self._EMPTY.get(name) if run is None or run.index is None else reader(run)

    def __dir__(self) -> list[str]:
        return sorted(_TASK_RUN)


class _Deployment:
    """The deployment that the flow run came from; nothing yet, as there are none."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return {} if name == "parameters" else None


def _flow_run() -> Any:
    run = current.get()
    if run is None or run.flow_run.is_session:
        return None
    return run.flow_run


def _root(run: Any) -> Any:
    while run.parent is not None:
        run = run.parent
    return run


_FLOW_RUN: Final[dict[str, Any]] = {
    "api_url": lambda _: None,
    "deployment_id": lambda _: None,
    "flow_name": lambda run: run.spec.name,
    "flow_version": lambda run: run.spec.version,
    "id": lambda run: run.text_id,
    "job_variables": lambda _: {},
    "name": lambda run: run.name,
    "parameters": lambda run: dict(run.parameters),
    "parent_flow_run_id": lambda run: None if run.parent is None else run.parent.text_id,
    "root_flow_run_id": lambda run: _root(run).text_id,
    "run_count": lambda run: run.attempt,
    "tags": lambda run: list(run.tags),
    "ui_url": lambda _: None,
}
_TASK_RUN: Final[dict[str, Any]] = {
    "id": lambda run: run.text_id,
    "name": lambda run: run.name,
    "parameters": lambda run: run.parameters,
    "run_count": lambda run: run.attempt,
    "tags": lambda run: list(run.tags),
    "task_name": lambda run: run.spec.name,
}

#: The flow run around the calling code.
flow_run = _FlowRun()
#: The task run around the calling code.
task_run = _TaskRun()
#: The deployment that the flow run came from.
deployment = _Deployment()
