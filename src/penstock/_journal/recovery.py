"""Finishes what dead processes left: their journals go into the store.

A journal whose lock can be taken has no living owner. Its events are sent (those
the store has are skipped), flow runs it left open are ended (`endings`), and its
files are deleted. Any number of processes may try at once: one gets the lock.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from penstock._clock import SYSTEM
from penstock._journal.endings import RESTARTED, end_as_itself, reason_for
from penstock._journal.recorder import FORMAT
from penstock._journal.segment import read_segment
from penstock._platform import boot_id, folder_gate, host_name, lock_file
from penstock.events import KINDS, from_tuple
from penstock.stores.protocol import Batch, Owner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.stores.protocol import Store

__all__ = ["Recovered", "drain_living", "find_journals", "recover"]

_IN_BATCH: Final = 5_000


class Recovered(NamedTuple):
    """What was found of one dead process."""

    owner: Owner
    events: int  #: read from its journal, known ones included
    fate: str = ""  #: what is known of its death


def recover(
    folder: str,
    store: Store,
    *,
    leave: set[str] | None = None,
    fates: Mapping[int, str] | None = None,
    now_us: int | None = None,
) -> list[Recovered]:
    """Drain the journals of dead processes into the store, and end what they left open.

    Args:
        folder: where the journals lie.
        store: where to.
        leave: incarnations to leave alone. Those that a newer version wrote are added.
        fates: by pid, what is known of a death: "killed by signal 9 (SIGKILL)".
        now_us: when their runs are said to have ended; None: now.

    Raises:
        StoreError: the store did not take them. The journals stay as they are.
    """
    if not os.path.isdir(folder):
        return []
    leave = set() if leave is None else leave
    now_us = SYSTEM.now_us() if now_us is None else now_us
    found = []
    taken = _take_dead(folder, leave)
    try:
        while taken:
            incarnation, descriptor = taken[0]
            try:
                found += _finish(folder, incarnation, store, fates or {}, now_us)
            except _WrittenByNewer:
                leave.add(incarnation)
            del taken[0]
            os.close(descriptor)
    finally:
        for _, descriptor in taken:
            os.close(descriptor)
    return found


def drain_living(folder: str, incarnation: str, store: Store) -> Recovered | None:
    """Bring into the store what the journal of a process holds that may still live.

    For a person who takes a run from a process that stands still. The journal stays as
    it is, and whatever the process sends itself later is skipped. None when there is no
    such journal here, or a newer version wrote it.

    Raises:
        StoreError: the store did not take it.
    """
    # Listed before any is read: nothing is missing of a file that has a successor now,
    # but a file that is begun later may follow on what was not read.
    try:
        owner, count, _ = _drain(_segments(folder, incarnation), store)
    except _WrittenByNewer:
        return None
    return None if owner is None else Recovered(owner, count)


def find_journals(folder: str, pid: int) -> list[str]:
    """Name the incarnations that a process with this pid had and has left a journal of."""
    found = []
    for name in sorted(os.listdir(folder)):
        incarnation, suffix = os.path.splitext(name)
        if suffix != ".lock":
            continue
        for path in _segments(folder, incarnation)[:1]:
            with suppress(FileNotFoundError):  # somebody else has brought it in
                header, _ = read_segment(path)
                if header and header[0] == FORMAT and Owner(*header[1:6]).pid == pid:
                    found.append(incarnation)
    return found


def _take_dead(folder: str, leave: set[str]) -> list[tuple[str, int]]:
    """Lock every journal nobody holds."""
    names = sorted(name for name in os.listdir(folder) if name.endswith(".lock"))
    names = [name for name in names if name.removesuffix(".lock") not in leave]
    taken: list[tuple[str, int]] = []
    if not names:
        return taken
    # Inside the gate no process stands between making its lock file and locking it.
    with folder_gate(folder):
        for name in names:
            try:
                descriptor = os.open(
                    os.path.join(folder, name), os.O_RDWR | getattr(os, "O_CLOEXEC", 0)
                )
            except OSError:
                # Taken away meanwhile, or not a file of ours to open.
                continue
            if lock_file(descriptor, wait=False):
                taken.append((name.removesuffix(".lock"), descriptor))
            else:
                os.close(descriptor)
    return taken


class _WrittenByNewer(Exception):
    """A newer version wrote a journal, and will read it."""


def _finish(
    folder: str, incarnation: str, store: Store, fates: Mapping[int, str], now_us: int
) -> list[Recovered]:
    """Drain a dead process's journal, end what it left open, and delete its files."""
    paths = _segments(folder, incarnation)
    owner, count, last = _drain(paths, store)
    fate = ""
    if owner is not None:
        fate = fates.get(owner.pid, "") or _restarted(owner)
        _end(store, owner, last, reason_for(owner, fate), now_us)
    for path in paths:
        os.unlink(path)
    # Whoever drained it between our opening of the lock and our taking it has done the same.
    with suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, f"{incarnation}.lock"))
    return [] if owner is None else [Recovered(owner, count, fate)]


def _drain(paths: list[str], store: Store) -> tuple[Owner | None, int, int]:
    """Send what stands in a journal's files.

    Gives whose they are (None: there was nothing in them), how many events, and the
    LSN of the last.
    """
    owner: Owner | None = None
    count = 0
    last = 0
    batch: list[tuple[int, Any]] = []
    for path in paths:
        try:
            header, frames = read_segment(path)
        except FileNotFoundError:
            continue  # its process lives, and the store has all of it
        if not header:
            continue
        if header[0] != FORMAT or any(values[0] not in KINDS for _, values in frames):
            raise _WrittenByNewer
        owner = Owner(*header[1:6])
        for lsn, values in frames:
            batch.append((lsn, from_tuple(values)))
            last = lsn
            count += 1
            if len(batch) >= _IN_BATCH:
                store.write(Batch(owner, batch))
                batch = []
    if owner is not None and batch:
        store.write(Batch(owner, batch))
    return owner, count, last


def _restarted(owner: Owner) -> str:
    boot = boot_id().partition("+")[0]
    theirs = owner.boot.partition("+")[0]
    known = boot and theirs and owner.host == host_name()
    return RESTARTED if known and boot != theirs else ""


def _end(store: Store, owner: Owner, last: int, reason: str, now_us: int) -> None:
    """End what the dead process left open. No run stays Running without a process."""
    process = next(
        (row for row in store.unfinished_owners() if row.incarnation == owner.incarnation), None
    )
    if process is not None:
        end_as_itself(store, owner, max(last, process.last_lsn), reason, now_us)


def _segments(folder: str, incarnation: str) -> list[str]:
    prefix, suffix = f"{incarnation}-", ".journal"
    names = [n for n in os.listdir(folder) if n.startswith(prefix) and n.endswith(suffix)]
    names = [n for n in names if n[len(prefix) : -len(suffix)].isdecimal()]
    names.sort(key=lambda name: int(name[len(prefix) : -len(suffix)]))
    paths = [os.path.join(folder, name) for name in names]
    return [path for path in paths if os.path.isfile(path)]
