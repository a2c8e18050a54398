"""Which services a server has."""

from __future__ import annotations

from penstock._clock import SYSTEM
from penstock._engine.process import journal_folder
from penstock._journal.reaper import Reaper
from penstock._server.services.indexing import make_indexing
from penstock._server.services.loop import Service, Services
from penstock._server.services.reaper import make_reaping
from penstock._server.services.retention import make_retention
from penstock._server.services.tidying import make_tidying
from penstock.results import forget_file
from penstock.settings import Settings
from penstock.stores.protocol import Store

__all__ = ["make_services"]


def make_services(store: Store, settings: Settings) -> Services:
    """Make all of them, not yet started."""
    reaper = Reaper(store, journal_folder(settings))
    return Services(
        [
            Service("reaper", make_reaping(reaper, SYSTEM.monotonic)),
            Service("retention", make_retention(store, settings, forget_file)),
            Service("indexing", make_indexing(store)),
            Service("tidying", make_tidying(store)),
        ],
        SYSTEM,
    )
