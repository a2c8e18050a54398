"""What happens in the runs of this process, as events tell it, for `penstock run`."""

from __future__ import annotations

import threading
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from penstock._ids import format_id
from penstock.events import (
    FLOW_RUN_CREATED,
    TASK_RUN_CREATED,
    TASK_RUN_FINISHED,
    TASK_RUN_RETRYING,
)
from penstock.states import FINAL, StateType

if TYPE_CHECKING:
    from penstock._engine.process import Process
    from penstock.events import Event

__all__ = ["Snapshot", "Watch"]

#: Names of running task runs that are handed out.
_NAMES = 8


class Snapshot(NamedTuple):
    """How far the runs of this process have come."""

    flow_name: str
    run_name: str
    counts: dict[str, int]  #: task runs by state type
    running: list[str]  #: names of some that are running

    @property
    def total(self) -> int:
        """Count the task runs there are."""
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """Count those that have ended."""
        return sum(count for state, count in self.counts.items() if state in FINAL)


class Watch:
    """Listens to the events that a process emits.

    It remembers task runs only while they are open, so a run may have a million.
    """

    def __init__(self, process: Process) -> None:
        """Begin to listen."""
        self._process = process
        self._emit = process.emit
        self._lock = threading.Lock()
        #: name and state of every task run that is open, and the names of those running
        self._open: dict[tuple[bytes, int], tuple[str, str]] = {}
        self._running: dict[tuple[bytes, int], str] = {}
        self._counts: Counter[str] = Counter()
        self._first: tuple[str, str] = ("", "")
        #: ids of the flow runs that no other flow run has called
        self.flow_run_ids: list[str] = []
        #: whether somebody wants snapshots; else task runs are not worth a look
        self.counts_tasks = False
        process.emit = self._listen

    def expect(self, flow_run_id: str, flow_name: str, run_name: str) -> None:
        """Know of a run that was made before: it is gone on with."""
        self._first = (flow_name, run_name)
        self.flow_run_ids.append(flow_run_id)

    def close(self) -> None:
        """Listen no more."""
        self._process.emit = self._emit

    def snapshot(self) -> Snapshot:
        """Tell how things stand."""
        with self._lock:
            running = list(islice(self._running.values(), _NAMES))
            return Snapshot(*self._first, dict(self._counts), running)

    def _listen(self, event: Event) -> None:
        self._emit(event)
        kind = event[0]
        if kind == FLOW_RUN_CREATED:
            self._flow_run_created(event)
        elif self.counts_tasks and TASK_RUN_CREATED <= kind <= TASK_RUN_FINISHED:
            with self._lock:
                self._task_run_changed(kind, event)

    def _flow_run_created(self, event: Any) -> None:
        if event.parent is None and event.run_kind == "flow":
            self._first = (event.flow_name, event.name)
            self.flow_run_ids.append(format_id(event.flow_run))

    def _task_run_changed(self, kind: int, event: Any) -> None:
        key = (event.flow_run, event.index)
        name, before = self._open.get(key, (None, None))
        if kind == TASK_RUN_CREATED:
            name = event.name
            after = StateType.RUNNING if event.started else StateType.PENDING
        elif name is None:
            return
        elif kind == TASK_RUN_FINISHED:
            after = event.state_type
        else:
            after = StateType.SCHEDULED if kind == TASK_RUN_RETRYING else StateType.RUNNING
        self._counts[after] += 1
        if before is not None:
            self._counts[before] -= 1
        if after in FINAL:
            self._open.pop(key, None)
        else:
            self._open[key] = (name, after)
        if after == StateType.RUNNING:
            self._running[key] = name
        else:
            self._running.pop(key, None)
