"""Flow runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from penstock._schemas.common import Model, StateCount

__all__ = ["Bucket", "FlowRun", "FlowRunDetail", "History", "Stats"]


class FlowRun(Model):
    """A flow run in a list."""

    id: str
    name: str
    flow_name: str
    version: str | None
    state_type: str
    state_name: str
    message: str | None
    created: datetime
    start_time: datetime | None
    end_time: datetime | None
    total_run_time: float | None = Field(description="Seconds, up to now for one that runs.")
    attempt: int
    tags: list[str]
    parent_flow_run_id: str | None
    parent_index: int | None
    host: str | None
    pid: int | None
    task_counts: list[StateCount] = Field(description="Its task runs by state, most telling first.")


class Pause(Model):
    """What a paused run waits for."""

    number: int
    key: str | None
    asked: datetime
    until: datetime | None
    form: dict[str, Any] | None = Field(description="JSON schema of what is to be entered.")


class Failure(Model):
    """The task run that explains why the run did not complete."""

    task_run_id: str
    name: str
    message: str | None
    traceback: str | None


class FlowRunDetail(FlowRun):
    """A flow run whole."""

    sentence: str = Field(description="What happened, in a sentence.")
    hint: str | None = Field(description="What to try.")
    parameters: dict[str, Any]
    traceback: str | None
    failure: Failure | None
    pause: Pause | None
    owner_is_alive: bool | None = Field(description="Null: it has ended.")
    entrypoint: str | None = Field(description="Where its code is: `file.py:flow`.")
    command: str | None = Field(description="Shell command that goes on with it or runs it again.")
    parents: list[FlowRunLink] = Field(description="The runs it is nested in, outermost first.")
    nested: list[FlowRunLink] = Field(description="The runs nested directly in it, at most 200.")
    artifact_count: int
    log_count: int
    cursor: int = Field(description="Id of the newest event it takes in: for `timeline?after=`.")


class FlowRunLink(Model):
    """Enough of a flow run to link to it."""

    id: str
    name: str
    flow_name: str
    state_type: str
    state_name: str
    parent_index: int | None


class Bucket(Model):
    """How many of the runs that match were created in a span of time, by state type."""

    start: datetime
    end: datetime
    counts: dict[str, int]


class History(Model):
    """All runs that match, in buckets of time: none is left out, however many."""

    start: datetime
    end: datetime
    buckets: list[Bucket] = Field(description="At most 120, without gaps, oldest first.")
    total: int


class Stats(Model):
    """All runs that match, by state, with the time they took."""

    total: int
    states: list[StateCount]
    median_run_time: float | None = Field(description="Seconds, of those completed.")
    success_rate: float | None = Field(description="Completed among those ended; 0 to 1.")


FlowRunDetail.model_rebuild()
