"""What lists may be asked for: the words of a query, alike in routes and in saved views."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from penstock._schemas.common import Order, Question

__all__ = [
    "ArtifactQuery",
    "FlowRunQuery",
    "FlowRunSelection",
    "HistoryQuery",
    "HomeQuery",
    "LogMatchQuery",
    "LogQuery",
    "LogSearch",
    "LogWindowQuery",
    "TaskRunQuery",
]

#: A list is given in pages of at most so many.
MOST: int = 200
#: A list of words to choose by.
_Words: Any = Field(default_factory=list, max_length=50)


class FlowRunSelection(Question):
    """Which flow runs. Nested ones count too, unless `parent` says otherwise."""

    state: list[str] = Field(
        default_factory=list, max_length=50, description="State types or names: any of them."
    )
    not_state: list[str] = _Words
    flow: list[str] = Field(
        default_factory=list, max_length=50, description="Flow names; `*` stands for anything."
    )
    not_flow: list[str] = _Words
    tag: list[str] = Field(default_factory=list, max_length=50, description="All of them.")
    not_tag: list[str] = _Words
    parameter: list[str] = Field(
        default_factory=list, max_length=50, description="`name=value`: all of them."
    )
    q: str | None = Field(
        default=None, max_length=200, description="Part of the run's name, its id, or its flow's."
    )
    since: datetime | None = Field(default=None, description="Created at or after this instant.")
    until: datetime | None = Field(default=None, description="Created before this instant.")
    parent: str | None = Field(
        default=None,
        max_length=64,
        description="Id of the run they are nested in; `none`: in none.",
    )


class FlowRunQuery(FlowRunSelection):
    """A page of flow runs."""

    order: Order = Order.NEWEST
    cursor: str | None = Field(default=None, max_length=200)
    limit: int = Field(default=50, ge=1, le=MOST)


class HistoryQuery(FlowRunSelection):
    """Flow runs in buckets of time."""

    buckets: int = Field(default=60, ge=1, le=120)


class HomeQuery(Question):
    """What the first page of the dashboard is about."""

    since: datetime | None = Field(
        default=None, description="Stats, history and trouble are of flow runs from here on."
    )
    buckets: int = Field(default=60, ge=1, le=120)


class TaskRunQuery(Question):
    """A page of task runs: of one flow run in the order of their calls, else newest first."""

    flow_run_id: str | None = Field(default=None, max_length=64)
    state: list[str] = _Words
    not_state: list[str] = _Words
    task: list[str] = Field(default_factory=list, max_length=50, description="Names of tasks.")
    q: str | None = Field(default=None, max_length=200, description="Part of the run's name.")
    order: Order | None = None
    cursor: str | None = Field(default=None, max_length=200)
    limit: int = Field(default=50, ge=1, le=MOST)


class LogQuery(Question):
    """Which lines of a flow run's log."""

    task: list[str] = Field(default_factory=list, max_length=50, description="Names of tasks.")
    task_run_id: str | None = Field(default=None, max_length=80)
    level: int = Field(default=0, ge=0, le=100, description="Lowest level.")
    logger: list[str] = _Words
    q: str | None = Field(default=None, max_length=200, description="Only lines that contain it.")
    nested: bool = Field(default=True, description="With the lines of nested flow runs.")


class LogWindowQuery(LogQuery):
    """A window of a flow run's log, by position; with none, the last lines."""

    offset: int | None = Field(default=None, ge=0, le=1_000_000_000)
    around: int | None = Field(
        default=None, ge=0, le=2**62, description="Id of a line to have in the middle."
    )
    limit: int = Field(default=200, ge=1, le=1_000)


class LogMatchQuery(LogQuery):
    """A text to be found among the lines that match."""

    find: str = Field(min_length=1, max_length=200)


class LogSearch(Question):
    """Lines of all runs."""

    q: str = Field(min_length=1, max_length=200)
    level: int = Field(default=0, ge=0, le=100)
    flow_run_id: str | None = Field(default=None, max_length=64)
    since: datetime | None = None
    until: datetime | None = None
    cursor: str | None = Field(default=None, max_length=200)
    limit: int = Field(default=50, ge=1, le=MOST)


class ArtifactQuery(Question):
    """A page of artifacts, newest first."""

    flow_run_id: str | None = Field(default=None, max_length=64)
    task_run_id: str | None = Field(default=None, max_length=80)
    key: str | None = Field(default=None, max_length=200)
    kind: list[str] = _Words
    q: str | None = Field(default=None, max_length=200)
    trend: bool = Field(default=False, description="With the last numbers under each key.")
    cursor: str | None = Field(default=None, max_length=200)
    limit: int = Field(default=50, ge=1, le=MOST)
