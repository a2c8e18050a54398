"""Tells dead processes from living ones. Pure: it opens nothing and asks no clock.

Three things tell, and which one counts depends on where the process ran:

- Its journal lies in our folder: the lock of the journal, which the system frees at
  its death (`recovery`). Such a process is never looked at here.
- It ran on this machine: its pid and when it began. Exact too, so a process that
  stands still, for however long and for whatever reason, is alive.
- It ran elsewhere: its sign of life in the store. What counts is that the sign has not
  changed while *we* were looking; no instant of one machine is compared with one of
  another, so clocks may be wrong, and may be set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from penstock._journal.endings import RESTARTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from penstock.stores.rows import ProcessRow

__all__ = ["LEASE_SECONDS", "RENEW_SECONDS", "Death", "Watch"]

#: How long a process may give no sign of life. It gives three in that time.
LEASE_SECONDS: Final = 15.0
RENEW_SECONDS: Final = 5.0

#: Who looks less often than this has stood still itself, as after the machine was
#: asleep, or while nobody could write to the store: what was not seen proves nothing.
_LONGEST_GAP: Final = 5.0


class Death(NamedTuple):
    """A process that is taken for dead."""

    process: ProcessRow
    fate: str  #: what is known of it; may be ""
    is_certain: bool  #: False: only its silence tells


class Watch:
    """What one onlooker has seen of the processes of others."""

    def __init__(self, host: str, boot: str) -> None:
        self._host = host
        self._boot = boot
        #: by incarnation: the last sign of life, and since when (monotonic) it is the last
        self._signs: dict[str, tuple[int, float]] = {}
        self._looked: float | None = None

    def look(
        self,
        processes: Iterable[ProcessRow],
        monotonic: float,
        is_gone: Callable[[int, float], bool | None],
    ) -> list[Death]:
        """Name those of the processes that are dead.

        Args:
            processes: those that own an open run, without those whose journal is known.
            monotonic: seconds on any scale of the onlooker's own that only grows.
            is_gone: tells of a pid, and when it began, whether its process has ended;
                None when nobody may know.
        """
        if self._looked is not None and monotonic - self._looked > _LONGEST_GAP:
            self._signs.clear()
        self._looked = monotonic
        before, self._signs = self._signs, {}
        deaths = []
        for row in processes:
            known = self._known(row, is_gone)
            if known is None:
                sign = before.get(row.incarnation)
                if sign is None or sign[0] != row.seen:
                    sign = row.seen, monotonic
                self._signs[row.incarnation] = sign
                if monotonic - sign[1] >= LEASE_SECONDS:
                    fate = f"no sign of life from host {row.host} for {LEASE_SECONDS:g} s"
                    deaths.append(Death(row, fate, is_certain=False))
            elif known[0]:
                deaths.append(Death(row, known[1], is_certain=True))
        return deaths

    def _known(
        self, row: ProcessRow, is_gone: Callable[[int, float], bool | None]
    ) -> tuple[bool, str] | None:
        """Say for certain whether a process is dead, and what is known of it.

        None where only its silence tells.
        """
        if row.host != self._host:
            return None
        if row.boot == self._boot:
            gone = is_gone(row.pid, row.process_started)
            return None if gone is None else (gone, "")
        theirs, ours = row.boot.partition("+")[0], self._boot.partition("+")[0]
        if theirs and ours and theirs != ours:
            return True, RESTARTED
        return None  # a container: the same boot, but pids that nobody here sees
