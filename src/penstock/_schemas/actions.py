"""What can be done to flow runs, and what becomes of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from penstock._schemas.common import Model, Question
from penstock._schemas.queries import FlowRunSelection

__all__ = ["Action", "Bulk", "BulkResult", "Outcome", "Resume", "Retry", "Reuse", "View", "ViewIn"]


class Action(StrEnum):
    """What can be done to many runs at once."""

    CANCEL = "cancel"
    RETRY = "retry"
    RESUME = "resume"
    DELETE = "delete"


class Retry(Question):
    """How to go on with a run that ended."""

    rerun: list[str] = Field(
        default_factory=list,
        max_length=100,
        description="Names of tasks to execute again, with all that depends on them.",
    )


class Resume(Retry):
    """How to go on with a run that crashed or waits."""

    input: Any = Field(
        default=None,
        description="What a paused run is given, as its form asks: fields, or one value.",
    )
    key: str | None = Field(
        default=None, max_length=200, description="Which pause is meant, where it has several."
    )


class Reuse(Model):
    """What going on with a run would do, before it is done."""

    is_possible: bool
    why_not: str | None
    reused: int = Field(description="Task runs whose value is handed back.")
    again: int = Field(description="Task runs known so far that execute.")
    tasks: list[ReuseOfTask]
    command: str | None


class ReuseOfTask(Model):
    """The same for one task."""

    name: str
    reused: int
    again: int


class Outcome(Model):
    """What became of an action on one run."""

    flow_run_id: str
    name: str | None
    done: bool
    message: str


class Bulk(Question):
    """An action on many runs: those named, or all that match."""

    action: Action
    ids: list[str] | None = Field(default=None, max_length=1_000)
    where: FlowRunSelection | None = None


class BulkResult(Model):
    """What became of it. At most 10,000 runs are taken at once."""

    done: int
    refused: int
    outcomes: list[Outcome] = Field(description="The first 200, those refused first.")


class ViewIn(Question):
    """A saved view to be kept: a name for a search of the runs page."""

    name: str = Field(min_length=1, max_length=80)
    query: str = Field(max_length=2_000, description="Query of the address, without `?`.")


class View(Model):
    """A saved view."""

    id: int
    name: str
    query: str
    created: datetime


Reuse.model_rebuild()
