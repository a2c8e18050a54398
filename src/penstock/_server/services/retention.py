"""Deletes flow runs that ended long ago, or that are too many, a slice at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from penstock.settings import Settings
from penstock.stores.protocol import Store

__all__ = ["make_retention"]

_log = logging.getLogger(__name__)

_DAY: Final = 86_400 * 1_000_000
#: Flow runs deleted at a time; writers get in between.
_SLICE: Final = 100
#: Between slices while there is more, and between looks while there is not.
_SOON: Final = 1.0
_LATER: Final = 3_600.0


def make_retention(
    store: Store, settings: Settings, forget_result: Callable[[str], object]
) -> Callable[[int], float]:
    """Make the service that prunes.

    What has not ended is never pruned, however old it is.
    """
    seen = False

    def tick(now: int) -> float:
        nonlocal seen
        if not seen:
            # Not while the first page of the dashboard is being asked for.
            seen = True
            return 10 * _SOON
        deleted = 0
        if settings.keep_days:
            deleted = store.prune(now - settings.keep_days * _DAY, _SLICE, forget_result)
        if not deleted and settings.keep_runs:
            too_many = store.stats().flow_runs - settings.keep_runs
            if too_many > 0:
                deleted = store.prune(now, min(too_many, _SLICE), forget_result)
        if deleted:
            _log.info("Deleted %d flow runs that were to be kept no longer", deleted)
        return _SOON if deleted else _LATER

    return tick
