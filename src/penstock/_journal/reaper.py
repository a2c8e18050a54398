"""Ends the runs of dead processes, once a second, in every process that lives.

There may be any number of reapers, and none is special. The invariant: what a reaper
does is right at whatever moment it dies itself, and doing it twice changes nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from penstock._journal.endings import end_by_claim, find_endings, reason_for
from penstock._journal.liveness import RENEW_SECONDS, Watch
from penstock._journal.recorder import make_owner
from penstock._journal.recovery import Recovered, recover
from penstock._platform import boot_id, host_name
from penstock._processes import process_is_gone
from penstock.stores.protocol import Owner

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock._journal.liveness import Death
    from penstock.stores.protocol import Store

__all__ = ["Reaper"]


class Reaper:
    """Looks for dead processes on behalf of a living one."""

    def __init__(
        self,
        store: Store,
        folder: str | None,
        me: str = "",
        *,
        here: tuple[str, str] | None = None,
        is_gone: Callable[[int, float], bool | None] = process_is_gone,
        name: Callable[[], Owner] = make_owner,
    ) -> None:
        """Make a reaper.

        Args:
            store: whose runs it ends.
            folder: where journals for this store lie on this machine.
            me: incarnation of the process it serves, which it leaves alone.
            here: name and boot of this machine.
            is_gone: tells whether a process of this machine has ended.
            name: makes a new owner, for runs that are taken from the dead.
        """
        self._store = store
        self._folder = folder
        self._me = me
        #: journals to leave alone: ours, and those that a newer version wrote
        self._left = {me}
        self._watch = Watch(*(here or (host_name(), boot_id())))
        self._is_gone = is_gone
        self._name = name
        #: when (monotonic) the store last took something of ours for a proof
        self._proved: float | None = None
        #: the last look found nobody else who runs flows
        self._found_nobody = False

    def is_idle(self) -> bool:
        """Tell whether nobody ran flows at the last look, and nobody has begun here since.

        Asks the folder of journals alone, not the store.
        """
        return self._found_nobody and not _journals(self._folder) - self._left

    def tick(self, now_us: int, monotonic: float) -> list[Recovered]:
        """Look once, and end what dead processes left. Cheap when there is nothing.

        The first look knows only what is certain; that processes elsewhere are silent
        shows in looks that follow each other every second.

        Raises:
            StoreError: the store cannot be used now. Nothing is lost; look again.
        """
        # In this order: a process has its journal before it has a run in the store.
        owners = [row for row in self._store.unfinished_owners() if row.incarnation != self._me]
        journals = _journals(self._folder)
        found: list[Recovered] = []
        if self._folder is not None and journals - self._left:
            found = recover(self._folder, self._store, leave=self._left, now_us=now_us)
        self._found_nobody = not owners and not journals - self._left
        others = [row for row in owners if row.incarnation not in journals]
        for death in self._watch.look(others, monotonic, self._is_gone):
            found += self._end(death, now_us, monotonic)
        return found

    def _end(self, death: Death, now_us: int, monotonic: float) -> list[Recovered]:
        """End what a process left whose journal is not here; say nothing when it was nothing."""
        owner = Owner(*death.process[:5])
        reason = reason_for(owner, death.fate, is_certain=death.is_certain)
        endings = [
            ending
            for ending in find_endings(self._store, owner.incarnation, reason)
            if ending.state is not None
        ]
        if not endings or not (death.is_certain or self._prove(now_us, monotonic)):
            return []
        name = self._name()
        lsn = 0
        for ending in endings:
            lsn = end_by_claim(self._store, name, lsn, ending, now_us)
        return [Recovered(owner, 0, death.fate)]

    def _prove(self, now_us: int, monotonic: float) -> bool:
        """Tell whether the store takes what is written to it, since at least a look ago.

        While it does not, nobody's sign of life gets through, and silence means nothing.
        """
        proved = self._proved
        if proved is not None and 0 < monotonic - proved <= RENEW_SECONDS:
            return True
        self._store.renew(self._name(), now_us)
        self._proved = monotonic
        return False


def _journals(folder: str | None) -> set[str]:
    """Name the processes whose journals lie in a folder."""
    if folder is None:
        return set()
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return set()
    return {name.removesuffix(".lock") for name in names if name.endswith(".lock")}
