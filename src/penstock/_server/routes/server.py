"""The server itself: health, versions, settings, events."""

from __future__ import annotations

from fastapi import APIRouter

from penstock._schemas.server import EventPage, Health, SettingValue, UIConfig, Version

router = APIRouter(tags=["server"])


@router.get("/health")
def health() -> Health:
    """Say that the server answers. Needs no key."""
    raise NotImplementedError


@router.get("/ready")
def ready() -> Health:
    """Say that the store answers too. Needs no key."""
    raise NotImplementedError


@router.get("/version")
def version() -> Version:
    """Say what runs here."""
    raise NotImplementedError


@router.get("/settings")
def settings() -> list[SettingValue]:
    """List the settings of the server and where each comes from."""
    raise NotImplementedError


@router.get("/ui-config")
def ui_config() -> UIConfig:
    """Say what the page needs to begin."""
    raise NotImplementedError


@router.get("/events")
def read_events(after: int = 0, limit: int = 200) -> EventPage:
    """List changes of state, oldest first."""
    raise NotImplementedError
