"""The server itself: health, versions, settings, events."""

from __future__ import annotations

import json
import platform
import sqlite3
from importlib.metadata import version as version_of
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request

from penstock._schemas.common import instant
from penstock._schemas.server import Event, EventPage, Health, SettingValue, UIConfig, Version
from penstock._server.deps import TheClock, TheSettings, TheStore
from penstock._server.listed import has_runs
from penstock.events import (
    FLOW_RUN_CREATED,
    FLOW_RUN_STATE_CHANGED,
    TASK_RUN_CREATED,
    TASK_RUN_FINISHED,
    TASK_RUN_RETRYING,
    TASK_RUN_STARTED,
)
from penstock.settings import SETTINGS, mask
from penstock.stores.rows import StoredEvent
from penstock.stores.sqlite.schema import NEWEST

router = APIRouter(tags=["server"])

#: What the kinds of events that a store hands out are called.
_KINDS: Final = {
    FLOW_RUN_CREATED: "flow_run.created",
    FLOW_RUN_STATE_CHANGED: "flow_run.state_changed",
    TASK_RUN_CREATED: "task_run.created",
    TASK_RUN_STARTED: "task_run.started",
    TASK_RUN_RETRYING: "task_run.retrying",
    TASK_RUN_FINISHED: "task_run.finished",
}


@router.get("/health")
async def health() -> Health:
    """Say that the server answers. Needs no key."""
    return Health(status="ok", version=version_of("penstock"))


@router.get("/ready")
def ready(store: TheStore) -> Health:
    """Say that the store answers too. Needs no key."""
    store.newest_ids()
    return Health(status="ok", version=version_of("penstock"))


@router.get("/version")
def version(settings: TheSettings) -> Version:
    """Say what runs here."""
    return Version(
        penstock=version_of("penstock"),
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        schema_version=NEWEST,
        store=mask("store", settings.store_url),
    )


@router.get("/settings")
def settings(settings: TheSettings) -> list[SettingValue]:
    """List the settings of the server and where each comes from."""
    return [
        SettingValue(
            name=setting.name,
            variable=setting.variable,
            value=_written(mask(setting.name, getattr(settings, setting.name))),
            origin=settings.sources[setting.name],
            meaning=setting.meaning,
        )
        for setting in SETTINGS
    ]


@router.get("/ui-config")
def ui_config(
    request: Request, store: TheStore, settings: TheSettings, clock: TheClock
) -> UIConfig:
    """Say what the page needs to begin."""
    return UIConfig(
        version=version_of("penstock"),
        base_path=request.app.state.base,
        server_time=instant(clock.now_us()),
        home=settings.home,
        has_runs=has_runs(store),
        needs_key=request.app.state.keys.is_needed,
    )


@router.get("/events")
def read_events(
    store: TheStore,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> EventPage:
    """List changes of state, oldest first."""
    found = store.read_events(after, limit)
    return EventPage(
        items=[_event(event) for event in found], cursor=found[-1].id if found else after
    )


def _event(event: StoredEvent) -> Event:
    task_run_id = None if event.index is None else f"{event.flow_run_id}-{event.index}"
    return Event(
        id=event.id,
        timestamp=instant(event.at),
        flow_run_id=event.flow_run_id,
        task_run_id=task_run_id,
        kind=_KINDS.get(event.kind, "other"),
        state_type=event.state_type,
        state_name=event.state_name,
    )


def _written(value: Any) -> str:
    """Write a value as one would set it in the environment."""
    match value:
        case bool():
            return "1" if value else "0"
        case tuple():
            return ",".join(map(str, value))
        case _:
            return value if isinstance(value, str) else json.dumps(value)
