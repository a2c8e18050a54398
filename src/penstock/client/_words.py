"""The words that lists are asked for with, as keywords of the calls.

They are the fields of `penstock._schemas.queries`; a test compares the two. Where
several words may be given, one alone may stand by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = [
    "ArtifactWords",
    "FlowRunListWords",
    "FlowRunWords",
    "LogSearchWords",
    "LogWindowWords",
    "LogWords",
    "TaskRunWords",
]

Words: TypeAlias = "str | Sequence[str]"


class FlowRunWords(TypedDict, total=False):
    """Which flow runs."""

    #: state types or names: any of them
    state: Words
    not_state: Words
    #: names of flows; `*` stands for anything
    flow: Words
    not_flow: Words
    #: all of them
    tag: Words
    not_tag: Words
    #: `name=value`: all of them
    parameter: Words
    #: part of the run's name, its id, or its flow's name
    q: str
    #: created at or after this instant
    since: datetime
    #: created before this instant
    until: datetime
    #: id of the run they are nested in; `none`: in none
    parent: str


class FlowRunListWords(FlowRunWords, total=False):
    """Which flow runs, and in what order."""

    order: Literal["newest", "oldest"]
    #: how many a page has
    limit: int


class TaskRunWords(TypedDict, total=False):
    """Which task runs, and in what order."""

    flow_run_id: str
    #: state types or names: any of them
    state: Words
    not_state: Words
    #: names of tasks: any of them
    task: Words
    #: part of the run's name
    q: str
    #: by default, those of one flow run as they were called, and others newest first
    order: Literal["newest", "oldest"]
    #: how many a page has
    limit: int


class LogWords(TypedDict, total=False):
    """Which lines of a flow run's log."""

    #: names of tasks: any of them
    task: Words
    task_run_id: str
    #: lowest level, as in the standard library: 30 is WARNING
    level: int
    #: names of loggers: any of them
    logger: Words
    #: only lines that contain it
    q: str
    #: with the lines of nested flow runs
    nested: bool


class LogWindowWords(LogWords, total=False):
    """Which lines, and where among them."""

    #: position of the first line
    offset: int
    #: id of a line to have in the middle
    around: int
    #: how many lines
    limit: int


class LogSearchWords(TypedDict, total=False):
    """Which lines of all runs."""

    #: lowest level
    level: int
    flow_run_id: str
    since: datetime
    until: datetime
    #: how many a page has
    limit: int


class ArtifactWords(TypedDict, total=False):
    """Which artifacts."""

    flow_run_id: str
    task_run_id: str
    key: str
    #: `table`, `markdown` and so on: any of them
    kind: Words
    #: part of the key or of the description
    q: str
    #: with the last numbers under the key of each number
    trend: bool
    #: how many a page has
    limit: int
