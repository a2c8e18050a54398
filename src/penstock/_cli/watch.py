"""What happens in the runs of this process, as events tell it, for `penstock run`."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from penstock._ids import format_id
from penstock.events import (
    FLOW_RUN_CREATED,
    TASK_RUN_CREATED,
    TASK_RUN_FINISHED,
    TASK_RUN_RETRYING,
    TASK_RUN_STARTED,
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
        self._open: dict[tuple[bytes, int], tuple[str, str]] = {}
        self._counts: Counter[str] = Counter()
        self._first: tuple[str, str] = ("", "")
        #: ids of the flow runs that no other flow run has called
        self.flow_run_ids: list[str] = []
        process.emit = self._listen

    def close(self) -> None:
        """Listen no more."""
        self._process.emit = self._emit

    def snapshot(self) -> Snapshot:
        """Tell how things stand."""
        with self._lock:
            counts = Counter(self._counts)
            running: list[str] = []
            for name, state in self._open.values():
                counts[state] += 1
                if state == StateType.RUNNING and len(running) < _NAMES:
                    running.append(name)
            return Snapshot(*self._first, dict(counts), running)

    def _listen(self, event: Event) -> None:
        self._emit(event)
        kind = event[0]
        if kind == FLOW_RUN_CREATED:
            self._flow_run_created(event)
        elif TASK_RUN_CREATED <= kind <= TASK_RUN_FINISHED:
            with self._lock:
                self._task_run_changed(kind, event)

    def _flow_run_created(self, event: Any) -> None:
        if event.parent is None and event.run_kind == "flow":
            self._first = (event.flow_name, event.name)
            self.flow_run_ids.append(format_id(event.flow_run))

    def _task_run_changed(self, kind: int, event: Any) -> None:
        key = (event.flow_run, event.index)
        if kind == TASK_RUN_CREATED:
            state = StateType.RUNNING if event.started else StateType.PENDING
            self._open[key] = (event.name, state)
        elif kind == TASK_RUN_STARTED and key in self._open:
            self._open[key] = (self._open[key][0], StateType.RUNNING)
        elif kind == TASK_RUN_RETRYING and key in self._open:
            self._open[key] = (self._open[key][0], StateType.SCHEDULED)
        elif kind == TASK_RUN_FINISHED and self._open.pop(key, None) is not None:
            self._counts[event.state_type] += 1
