"""Task runs, their history, and the two pictures of a flow run: timeline and graph."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from penstock._schemas.common import Model, StateCount

__all__ = ["Edge", "Graph", "Node", "StateChange", "TaskRun", "TaskRunDetail", "Timeline"]


class TaskRun(Model):
    """A task run in a list."""

    id: str
    name: str
    task_name: str = Field(description="The function's own name.")
    task_key: str = Field(description="Module and qualified name of the function.")
    flow_run_id: str
    flow_run_name: str
    index: int = Field(description="Its place among the calls of its flow run, from 0.")
    state_type: str
    state_name: str
    message: str | None
    created: datetime
    start_time: datetime | None
    end_time: datetime | None
    total_run_time: float | None = Field(description="Seconds, up to now for one that runs.")
    attempt: int
    tags: list[str]
    parent_index: int | None
    upstreams: list[int]


class TaskRunDetail(TaskRun):
    """A task run whole."""

    traceback: str | None
    hint: str | None = Field(description="What to try.")
    reason: str | None = Field(description="Why it was executed in a later attempt of the run.")
    result_size: int | None = Field(description="Bytes kept of its result; never shown.")
    result_ref: str | None
    log_count: int
    artifact_count: int


class StateChange(Model):
    """A state that a run has entered."""

    id: int
    timestamp: datetime
    state_type: str | None
    state_name: str | None
    message: str | None
    traceback: str | None
    attempt: int | None
    retry_delay: float | None = Field(description="Seconds until the next attempt.")
    reason: str | None


class Timeline(Model):
    """The task runs of a flow run and the flow runs nested directly in it, in columns.

    Place `i` of every column belongs to one run. With `after`, only those that have
    changed since; put them in by `index`. Instants are microseconds since the epoch.
    """

    cursor: int = Field(description="Give it as `after` for what changes next.")
    is_delta: bool
    now: int
    names: list[str] = Field(description="Dictionary for `name`: names of tasks, not of runs.")
    states: list[str] = Field(description="Dictionary for `state`: `FAILED/TimedOut`: type/name.")
    index: list[int]
    name: list[int]
    run_name: list[str | None] = Field(description="Null: the task's name, a hyphen, the index.")
    state: list[int]
    created: list[int]
    start: list[int | None]
    end: list[int | None]
    attempt: list[int]
    parent: list[int | None] = Field(description="Index of the run in whose body it was called.")
    flow_run_id: list[str | None] = Field(description="Of a nested flow run; null: a task run.")
    attempts: dict[str, list[tuple[int, int | None]]] = Field(
        description="By index, where there is more than one attempt: start and end of each."
    )
    upstreams: dict[str, list[int]] = Field(
        default_factory=dict,
        description="By index, of those that used results of others: the indexes of these.",
    )
    messages: dict[str, str] = Field(
        description="By index, of those that went wrong, the first 200."
    )
    left_out: int = Field(
        default=0, description="Task runs that are not drawn: those after the first 100,000."
    )


class Node(Model):
    """A task, or a nested flow, and all its runs in one flow run."""

    id: str
    name: str
    kind: str = Field(description="`task` or `flow`.")
    count: int
    states: list[StateCount]
    run_time: float | None = Field(description="Seconds, all its runs added up.")
    flow_run_id: str | None = Field(description="Of a nested flow run, when there is one only.")


class Edge(Model):
    """Runs of one used results of another's."""

    source: str
    target: str
    count: int


class Graph(Model):
    """The shape of a flow run: one node a task, however often it ran."""

    nodes: list[Node]
    edges: list[Edge]
    left_out: int = Field(
        default=0, description="Task runs that are not drawn: those after the first 100,000."
    )
