"""A journal that is on the disk before a caller goes on: `PENSTOCK_DURABILITY=power`.

Elsewhere a fact is with the system when `emit` returns, which outlives the process and
not the machine. Here the ends of runs are on the disk by then. Whoever comes while a
sync is going on waits for the next one, and shares it with all who wait with them.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from penstock._journal.recorder import Recorder
from penstock._platform import sync_file, sync_folder
from penstock.errors import JournalError
from penstock.events import (
    ARTIFACT_SAVED,
    CACHE_STORED,
    FLOW_RUN_STATE_CHANGED,
    PAUSE_ASKED,
    TASK_RUN_FINISHED,
)

if TYPE_CHECKING:
    from penstock._journal.segment import Segment
    from penstock.events import Event
    from penstock.stores.protocol import Owner

__all__ = ["SyncedRecorder"]

#: What somebody may rely on as soon as it is recorded.
_RELIED_ON: Final = frozenset(
    {TASK_RUN_FINISHED, FLOW_RUN_STATE_CHANGED, CACHE_STORED, PAUSE_ASKED, ARTIFACT_SAVED}
)


class SyncedRecorder(Recorder):
    """The journal of one process, synced to the disk."""

    def __init__(self, folder: str | None, owner: Owner, store_url: str) -> None:
        """Open the journal, as `Recorder` does."""
        self._syncing = threading.Lock()
        self._synced = -1
        super().__init__(folder, owner, store_url)

    def emit(self, event: Event) -> None:
        """Record an event. When this returns, no power failure loses it, if it ends a run.

        Raises:
            StoreFull: the journal needs a new file and there is no room for one.
            JournalError: the disk did not take it.
        """
        super().emit(event)
        if event[0] in _RELIED_ON and self._folder is not None:
            self._sync(self.lsn)

    def _sync(self, lsn: int) -> None:
        with self._syncing:
            if self._synced >= lsn:
                return
            # All that has come up to now goes with it.
            reached = self.lsn
            for segment in list(self._segments):
                if segment.base + segment.size > self._synced:
                    self._sync_segment(segment)
            self._synced = reached

    def _sync_segment(self, segment: Segment) -> None:
        try:
            segment.flush()
            sync_file(segment.path)
        except FileNotFoundError:
            return  # the store has all of it, and it was deleted
        except OSError as error:
            problem = f"the disk did not take the journal ({error})."
            raise JournalError(segment.path, problem) from None

    def _rotate(self, length: int, *, smallest: bool = False) -> Segment:
        segment = super()._rotate(length, smallest=smallest)
        sync_folder(str(self._folder))
        return segment
