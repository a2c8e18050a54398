"""Finishes what dead processes left: their journals go into the store.

A journal whose lock can be taken has no living owner. Its events are sent (those
the store has are skipped), flow runs it left open are marked Crashed, and its
files are deleted. Any number of processes may try at once: one gets the lock.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from penstock._clock import SYSTEM
from penstock._ids import parse_id
from penstock._journal.recorder import FORMAT
from penstock._journal.segment import read_segment
from penstock._platform import folder_gate, lock_file
from penstock.events import (
    FLOW_RUN_STATE_CHANGED,
    KINDS,
    TASK_RUN_FINISHED,
    FlowRunStateChanged,
    TaskRunFinished,
    from_tuple,
)
from penstock.states import FINAL, StateType
from penstock.stores.filters import FlowRunFilter, TaskRunFilter
from penstock.stores.protocol import Batch, Owner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.stores.protocol import Store
    from penstock.stores.rows import FlowRunRow

__all__ = ["Recovered", "drain_living", "recover"]

_IN_BATCH: Final = 5_000
_UNFINISHED: Final = tuple(state for state in StateType if state not in FINAL)


class Recovered(NamedTuple):
    """What was found of one dead process."""

    owner: Owner
    events: int  #: read from its journal, known ones included


def recover(folder: str, store: Store) -> list[Recovered]:
    """Drain the journals of dead processes into the store.

    Raises:
        StoreError: the store did not take them. The journals stay as they are.
    """
    if not os.path.isdir(folder):
        return []
    found = []
    for incarnation, descriptor in _take_dead(folder):
        try:
            drained = _drain(folder, incarnation, store)
            if drained is not None:
                found.append(drained)
        finally:
            os.close(descriptor)
    return found


def drain_living(folder: str, incarnation: str, store: Store) -> None:
    """Send what the journal of a living process holds. Its files stay as they are.

    It will send the same again, which the store skips.
    """
    for path in _segments(folder, incarnation):
        header, frames = read_segment(path)
        if not header or header[0] != FORMAT or any(values[0] not in KINDS for _, values in frames):
            return
        batch = [(lsn, from_tuple(values)) for lsn, values in frames]
        for at in range(0, len(batch), _IN_BATCH):
            store.write(Batch(Owner(*header[1:6]), batch[at : at + _IN_BATCH]))


def _take_dead(folder: str) -> list[tuple[str, int]]:
    """Lock every journal nobody holds."""
    names = sorted(name for name in os.listdir(folder) if name.endswith(".lock"))
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


def _drain(folder: str, incarnation: str, store: Store) -> Recovered | None:
    paths = _segments(folder, incarnation)
    owner: Owner | None = None
    count = 0
    last = 0
    batch: list[tuple[int, Any]] = []
    for path in paths:
        header, frames = read_segment(path)
        if not header:
            continue
        if header[0] != FORMAT or any(values[0] not in KINDS for _, values in frames):
            return None  # a newer version wrote it, and will read it
        owner = Owner(*header[1:6])
        for lsn, values in frames:
            batch.append((lsn, from_tuple(values)))
            last = lsn
            count += 1
            if len(batch) >= _IN_BATCH:
                store.write(Batch(owner, batch))
                batch = []
    if owner is not None:
        if batch:
            store.write(Batch(owner, batch))
        _mark_crashed(store, owner, last)
    for path in paths:
        os.unlink(path)
    # Whoever drained it between our opening of the lock and our taking it has done the same.
    with suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, f"{incarnation}.lock"))
    return None if owner is None else Recovered(owner, count)


def _segments(folder: str, incarnation: str) -> list[str]:
    prefix, suffix = f"{incarnation}-", ".journal"
    names = [n for n in os.listdir(folder) if n.startswith(prefix) and n.endswith(suffix)]
    names = [n for n in names if n[len(prefix) : -len(suffix)].isdecimal()]
    names.sort(key=lambda name: int(name[len(prefix) : -len(suffix)]))
    paths = [os.path.join(folder, name) for name in names]
    return [path for path in paths if os.path.isfile(path)]


def _mark_crashed(store: Store, owner: Owner, last: int) -> None:
    """End what the dead process left open. No run stays Running without a process."""
    process = next(
        (row for row in store.unfinished_owners() if row.incarnation == owner.incarnation), None
    )
    if process is None:
        return
    lsn = max(last, process.last_lsn)
    where = FlowRunFilter(owner=owner.incarnation, state_types=_UNFINISHED, sessions=True)
    while runs := store.find_flow_runs(where, limit=_IN_BATCH):
        events: list[tuple[int, Any]] = []
        for run in runs:
            for event in _crash_events(store, owner, run):
                lsn += 1
                events.append((lsn, event))
        store.write(Batch(owner, events))


def _crash_events(store: Store, owner: Owner, run: FlowRunRow) -> Iterator[Any]:
    now = SYSTEM.now_us()
    flow_run = parse_id(run.id)
    reason = f"Process {owner.pid} on {owner.host} died."
    open_tasks = 0
    where = TaskRunFilter(flow_run_id=run.id, state_types=_UNFINISHED)
    while tasks := store.find_task_runs(where, limit=_IN_BATCH):
        for task in tasks:
            open_tasks += 1
            yield TaskRunFinished(
                TASK_RUN_FINISHED,
                flow_run,
                now,
                task.index,
                StateType.CRASHED,
                None,
                reason,
                None,
                None,
                None,
            )
        where = where._replace(after_index=tasks[-1].index)
    crashed = run.kind == "flow" or open_tasks
    yield FlowRunStateChanged(
        FLOW_RUN_STATE_CHANGED,
        flow_run,
        now,
        run.attempt,
        StateType.CRASHED if crashed else StateType.COMPLETED,
        None,
        _last_words(store, run, reason) if crashed else None,
        None,
        None,
    )


def _last_words(store: Store, run: FlowRunRow, reason: str) -> str:
    """Say what died, and which task finished last."""
    finished = [
        task
        for task in store.find_task_runs(
            TaskRunFilter(
                flow_run_id=run.id, state_types=(StateType.COMPLETED,), newest_first=True
            ),
            limit=100,
        )
        if task.ended is not None
    ]
    if not finished:
        return f"{reason} No task of this run had finished."
    last = max(finished, key=lambda task: task.ended or 0)
    return f"{reason} The last task to finish was {last.name!r}."
