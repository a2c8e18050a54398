"""The server itself, its events, and what the page needs to begin."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from penstock._schemas.common import Model, Question

__all__ = ["Event", "EventPage", "Health", "Login", "SettingValue", "UIConfig", "Version"]


class Health(Model):
    """That the server answers."""

    status: str
    version: str


class Login(Question):
    """What a browser is let in for."""

    key: str = Field(max_length=1_000, description="As `PENSTOCK_API_KEY` has it.")


class Version(Model):
    """Versions of what runs here."""

    penstock: str
    python: str
    sqlite: str
    schema_version: int
    store: str = Field(description="Where the runs are kept, without passwords.")


class SettingValue(Model):
    """A setting of the server, and where it comes from."""

    name: str
    variable: str
    value: str
    origin: str
    meaning: str


class UIConfig(Model):
    """What the page asks for first."""

    version: str
    base_path: str = Field(description="Begins and ends with a slash.")
    server_time: datetime
    home: str
    has_runs: bool
    needs_key: bool


class Event(Model):
    """A change of state, in the order of the store."""

    id: int
    timestamp: datetime
    flow_run_id: str
    task_run_id: str | None
    kind: str = Field(description="`flow_run.created`, `task_run.finished`, …")
    state_type: str | None
    state_name: str | None


class EventPage(Model):
    """Events, oldest first."""

    items: list[Event]
    cursor: int = Field(description="Give it as `after` for what comes next.")
