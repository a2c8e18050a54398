"""Log lines."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from penstock._schemas.common import Model

__all__ = ["LogLine", "LogMatches", "LogPage", "LogWindow"]


class LogLine(Model):
    """A log line."""

    id: int
    timestamp: datetime
    level: int = Field(description="As in the standard library: 20 is INFO.")
    logger: str
    message: str = Field(description="Cut at 10,000 characters; `/api/logs/{id}` has all.")
    length: int = Field(description="Characters of the whole message.")
    is_cut: bool
    flow_run_id: str
    flow_run_name: str
    task_run_id: str | None
    task_run_name: str | None


class LogWindow(Model):
    """A part of a flow run's log, by position among the lines that match."""

    offset: int = Field(description="Position of the first line given.")
    total: int = Field(description="How many lines match.")
    items: list[LogLine]
    last_id: int = Field(description="Id of the newest line in the store; for `after_id`.")


class LogMatches(Model):
    """Where a text occurs among the lines that match."""

    total: int
    positions: list[int] = Field(description="Of the first 2,000.")
    ids: list[int]


class LogPage(Model):
    """Lines of any run that contain a text, newest first."""

    items: list[LogLine]
    next_cursor: str | None
    took: float = Field(description="Seconds the search took.")
