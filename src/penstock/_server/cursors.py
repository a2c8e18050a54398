"""Where a listener of the live stream stands: `event:log:artifact`, the newest it knows."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from penstock.stores.protocol import Store

__all__ = ["Cursor", "newest_cursor", "read_cursor"]

_FORM: Final = re.compile(r"([0-9]{1,18}):([0-9]{1,18}):([0-9]{1,18})", re.ASCII)


class Cursor(NamedTuple):
    """Ids of the newest event and log line, and the number of the last change of an artifact."""

    event: int
    log: int
    artifact: int

    def __str__(self) -> str:
        return f"{self.event}:{self.log}:{self.artifact}"

    def joined(self, other: Cursor) -> Cursor:
        """Give what is newer of each; ids fall when the newest runs are deleted."""
        return Cursor(*map(max, self, other))


def newest_cursor(store: Store) -> Cursor:
    """Ask a store where it stands."""
    return Cursor(*store.newest_ids(), store.artifact_cursor())


def read_cursor(text: str) -> Cursor | None:
    """Read what a listener says it knows; None: no such thing."""
    found = _FORM.fullmatch(text)
    return None if found is None else Cursor(*map(int, found.groups()))
