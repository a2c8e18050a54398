"""Penstock: plain Python functions, run as flows and tasks that are watched and kept.

    from penstock import flow, task

    @task(retries=3)
    def load(day): ...

    @flow
    def nightly(day):
        load(day)

What has no underscore here is the public API. Heavy parts load when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from penstock.flows import Flow, flow
from penstock.tasks import Task, task

if TYPE_CHECKING:
    from penstock import runtime
    from penstock._engine.inputs import allow_failure, quote, unmapped
    from penstock._engine.transactions import Transaction
    from penstock.context import get_run_context, tags
    from penstock.futures import TaskFuture, as_completed, wait
    from penstock.logging import get_run_logger
    from penstock.pauses import pause_flow_run, resume_flow_run
    from penstock.states import State

    #: Version of the installed package.
    __version__: str

__all__ = [
    "Flow",
    "State",
    "Task",
    "TaskFuture",
    "Transaction",
    "__version__",
    "allow_failure",
    "as_completed",
    "flow",
    "get_run_context",
    "get_run_logger",
    "pause_flow_run",
    "quote",
    "resume_flow_run",
    "runtime",
    "tags",
    "task",
    "unmapped",
    "wait",
]

#: Where each lazily loaded name is defined.
_HOMES: Final = {
    "State": "penstock.states",
    "TaskFuture": "penstock.futures",
    "Transaction": "penstock._engine.transactions",
    "allow_failure": "penstock._engine.inputs",
    "as_completed": "penstock.futures",
    "get_run_context": "penstock.context",
    "get_run_logger": "penstock.logging",
    "pause_flow_run": "penstock.pauses",
    "quote": "penstock._engine.inputs",
    "resume_flow_run": "penstock.pauses",
    "tags": "penstock.context",
    "unmapped": "penstock._engine.inputs",
    "wait": "penstock.futures",
}
#: Public modules that `import penstock` reaches as attributes.
_MODULES: Final = frozenset(
    {
        "cache_policies",
        "context",
        "exceptions",
        "futures",
        "input",
        "logging",
        "pauses",
        "runtime",
        "serializers",
        "states",
        "task_runners",
        "tasks",
        "transactions",
    }
)


def __getattr__(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415 - the point of being lazy

    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    elif name in _MODULES:
        value = import_module(f"penstock.{name}")
    elif name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - 20 ms

        value = version("penstock")
    else:
        message = f"module 'penstock' has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *_MODULES})
