"""What `GET /api/stream` sends, one model for each kind of event.

An event's id is `event:log:artifact`, the newest of each that the listener knows of
then; as `Last-Event-ID` it lets a listener go on where it stopped.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from penstock._schemas.common import Model
from penstock._schemas.flow_runs import FlowRun

__all__ = ["Changes", "Hello", "Reset", "RunChanges", "Tick"]


class Hello(Model):
    """`hello`, the first event of a connection."""

    cursor: int = Field(description="Id of the newest event of the store.")
    server_time: datetime
    version: str


class Tick(Model):
    """`tick`, at least every 15 seconds: the server is there."""

    server_time: datetime


class Reset(Model):
    """`reset`: too much has happened meanwhile; what is known must be asked for anew."""

    cursor: int


class RunChanges(Model):
    """What has changed in the run asked for."""

    id: str
    tasks: bool
    logs: bool
    artifacts: bool


class Changes(Model):
    """`changes`, at most four times a second."""

    cursor: int = Field(description="Id of the newest event they take in.")
    flow_runs: list[FlowRun] = Field(description="Those that changed, at most 50, as they are now.")
    more: bool = Field(description="More have changed than are listed.")
    run: RunChanges | None = Field(description="Null: nothing of it, or no run was asked for.")
    artifacts: bool = Field(description="There are new ones, of whatever run.")
