"""What routes are given: the store, the settings and the clock of this server.

As `async def` they run where the request arrives, without a thread of their own.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from penstock._clock import Clock
from penstock._server.doing import Doer
from penstock.settings import Settings
from penstock.stores.protocol import Store

__all__ = [
    "TheClock",
    "TheDoer",
    "TheSettings",
    "TheStore",
    "get_clock",
    "get_doer",
    "get_settings",
    "get_store",
]


async def get_store(request: Request) -> Store:
    """Give the store that the server reads."""
    store: Store = request.app.state.store
    return store


async def get_settings(request: Request) -> Settings:
    """Give the settings that the server was started with."""
    settings: Settings = request.app.state.settings
    return settings


async def get_clock(request: Request) -> Clock:
    """Give the clock."""
    clock: Clock = request.app.state.clock
    return clock


async def get_doer(request: Request) -> Doer:
    """Give what does things to flow runs."""
    state = request.app.state
    return Doer(state.store, state.settings, state.clock, state.launcher, state.hub)


TheStore = Annotated[Store, Depends(get_store)]
TheSettings = Annotated[Settings, Depends(get_settings)]
TheClock = Annotated[Clock, Depends(get_clock)]
TheDoer = Annotated[Doer, Depends(get_doer)]
