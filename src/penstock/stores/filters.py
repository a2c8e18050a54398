"""What may be asked for: filters as values. A field left at None does not filter."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ArtifactFilter", "FlowRunFilter", "LogFilter", "TaskRunFilter"]


class FlowRunFilter(NamedTuple):
    """Which flow runs."""

    flow_name: str | None = None
    state_types: tuple[str, ...] | None = None
    name_contains: str | None = None  #: case-insensitive (ASCII letters)
    tags: tuple[str, ...] | None = None  #: must have all of them
    parent_flow_run_id: str | None = None
    owner: str | None = None  #: incarnation of the process that runs (or ran) it
    created_from: int | None = None  #: microseconds, inclusive
    created_before: int | None = None  #: microseconds, exclusive
    before_id: str | None = None  #: keyset page: older than this flow run
    sessions: bool = False


class TaskRunFilter(NamedTuple):
    """Which task runs."""

    flow_run_id: str | None = None
    state_types: tuple[str, ...] | None = None
    name_contains: str | None = None  #: case-insensitive (ASCII letters)
    task_key: str | None = None
    after_index: int | None = None  #: keyset page within a flow run: higher indexes only
    before_id: str | None = None  #: keyset page where the newest come first
    newest_first: bool = False  #: also within a flow run
    with_result: bool = False  #: load the inline result too


class LogFilter(NamedTuple):
    """Which log lines."""

    flow_run_id: str | None = None
    #: one task run of it
    index: int | None = None  # type: ignore[assignment] # nobody uses tuple.index here
    level_from: int | None = None
    loggers: tuple[str, ...] | None = None
    contains: tuple[str, ...] | None = None  #: all of them, case-insensitive (ASCII letters)
    after_id: int | None = None  #: keyset page; with newest_first: before this one
    newest_first: bool = False
    nested: bool = True  #: with the lines of flow runs nested in the one asked for
    task_names: tuple[str, ...] | None = None  #: of functions, without module and class
    at_from: int | None = None  #: microseconds, inclusive
    at_before: int | None = None  #: microseconds, exclusive


class ArtifactFilter(NamedTuple):
    """Which artifacts."""

    flow_run_id: str | None = None  #: with nested flow runs
    #: those of one task run of it
    index: int | None = None  # type: ignore[assignment] # nobody uses tuple.index here
    key: str | None = None
    kinds: tuple[str, ...] | None = None
    contains: str | None = None  #: in key or description; case-insensitive (ASCII letters)
    before_id: str | None = None  #: keyset page: older than this artifact
