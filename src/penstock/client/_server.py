"""Calls on the server itself, and on its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock._schemas.home import Home
from penstock._schemas.server import Event, EventPage, Health, SettingValue, UIConfig, Version
from penstock.client._asking import get
from penstock.client._calls import call, stream
from penstock.client._steps import Give

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.client._steps import Exchange, Supply

__all__ = ["ServerCalls"]


class ServerCalls:
    """What is known of the server, and what has happened in its store."""

    @call
    def get_health(self) -> Exchange[Health]:
        """Say that the server answers. Needs no key.

        Raises:
            Unreachable: it does not.
        """
        return get("/health", Health)

    @call
    def get_readiness(self) -> Exchange[Health]:
        """Say that the server's store answers, too. Needs no key."""
        return get("/ready", Health)

    @call
    def get_version(self) -> Exchange[Version]:
        """Say which versions run there, and on which store."""
        return get("/version", Version)

    @call
    def find_settings(self) -> Exchange[list[SettingValue]]:
        """Give the settings of the server, and where each comes from."""
        return get("/settings", list[SettingValue])

    @call
    def get_ui_config(self) -> Exchange[UIConfig]:
        """Give what the dashboard asks for first: base path, time, whether a key is needed."""
        return get("/ui-config", UIConfig)

    @call
    def get_home(
        self, *, since: datetime | None = None, buckets: int | None = None
    ) -> Exchange[Home]:
        """Give all that the dashboard's first page shows.

        Args:
            since: stats, history and trouble are of flow runs from here on; None: of all.
            buckets: the most buckets of the history.

        Example:
            home = client.get_home(since=datetime.now(UTC) - timedelta(days=1))
            print(home.stats.success_rate, [run.name for run in home.trouble.items])
        """
        return get("/home", Home, {"since": since, "buckets": buckets})

    @call
    def read_events(self, *, after: int = 0, limit: int = 200) -> Exchange[EventPage]:
        """Give changes of state, in the order in which the store took them in.

        Args:
            after: the `cursor` of the page before; 0: from the beginning.
            limit: how many.
        """
        return get("/events", EventPage, {"after": after, "limit": limit})

    @stream
    def iterate_events(self, *, after: int = 0) -> Supply[Event]:
        """Go through all changes of state that there are by now, oldest first."""
        cursor = after
        while True:
            page = yield from get("/events", EventPage, {"after": cursor})
            if not page.items:
                return
            for item in page.items:
                yield Give(item)
            cursor = page.cursor
