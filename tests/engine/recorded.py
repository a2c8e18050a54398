"""Reads back what the engine has recorded, through the store's own reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from penstock._engine.process import get_process
from penstock.results import load
from penstock.states import FINAL
from penstock.stores.filters import FlowRunFilter, LogFilter, TaskRunFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.stores.protocol import Store
    from penstock.stores.rows import FlowRunRow, LogRow, TaskRunRow

_ALL = 100_000


class Recorded:
    """Everything in a store, flow runs in the order of their making."""

    def __init__(self, store: Store) -> None:
        self.store = store
        found = store.find_flow_runs(FlowRunFilter(sessions=True), limit=_ALL)
        rows = [store.get_flow_run(row.id) for row in reversed(found)]
        self.flows = [row for row in rows if row.kind == "flow"]
        self.sessions = [row for row in rows if row.kind == "session"]

    @property
    def flow(self) -> FlowRunRow:
        """The one flow run there is."""
        (row,) = self.flows
        return row

    def flow_called(self, name: str) -> FlowRunRow:
        """The one run of a flow."""
        (row,) = [row for row in self.flows if row.flow_name == name]
        return row

    @property
    def tasks(self) -> Sequence[TaskRunRow]:
        """The task runs, of flow runs and of sessions, in the order of their calls."""
        return [
            row
            for flow in (*self.flows, *self.sessions)
            for row in self.store.find_task_runs(
                TaskRunFilter(flow_run_id=flow.id, with_result=True), limit=_ALL
            )
        ]

    def task(self, name: str) -> TaskRunRow:
        """The one run of a task, by the task's name or the run's own."""
        (row,) = [row for row in self.tasks if name in {row.name, row.name.rpartition("-")[0]}]
        return row

    def task_states(self) -> dict[str, str]:
        """The state's name of each task run, by the run's name."""
        return {row.name: row.state_name for row in self.tasks}

    def upstreams(self, name: str) -> set[str]:
        """Names of the task runs that a task run depends on."""
        row = self.task(name)
        named = {
            task.index: task.name for task in self.tasks if task.flow_run_id == row.flow_run_id
        }
        return {named[index] for index in row.upstreams}

    def value(self, name: str) -> Any:
        """What a task run has left in the store."""
        blob = self.task(name).result
        assert blob is not None, f"{name} left nothing"
        return load(blob)

    @property
    def logs(self) -> Sequence[LogRow]:
        """The log lines."""
        return self.store.find_logs(LogFilter(), limit=_ALL)

    def lines(self, logger: str | None = None) -> list[str]:
        """The texts of the log lines, or of those that a logger wrote."""
        return [row.message for row in self.logs if logger in {None, row.logger}]

    def history(self, flow_run_id: str, index: int | None = None) -> list[str]:
        """The names of the states a run went through."""
        events = self.store.flow_run_history(flow_run_id, index)
        return [event.state_name for event in events if event.state_name is not None]

    def events(self) -> list[tuple[Any, ...]]:
        """The state changes, without what differs from run to run: ids and times."""
        ids = {row.id: no for no, row in enumerate((*self.flows, *self.sessions))}
        return [
            (
                ids[event.flow_run_id],
                event.index,
                event.kind,
                event.state_type,
                event.state_name,
                self._same_for_all(event.body),
            )
            for event in self.store.read_events(0, _ALL)
        ]

    def _same_for_all(self, body: str | None) -> str | None:
        """Take out of an event what differs from run to run: lines of files, random names."""
        if body is None:
            return None
        values = json.loads(body)
        values.pop("traceback", None)
        text = json.dumps(values, sort_keys=True)
        for row in self.flows:
            text = text.replace(repr(row.name), f"'{row.flow_name}'")
        return text

    def unfinished(self) -> list[str]:
        """Names of runs that have not ended, sessions aside."""
        rows = (*self.flows, *self.tasks)
        return [row.name for row in rows if row.state_type not in FINAL]


def recorded() -> Recorded:
    """Read back everything recorded so far."""
    process = get_process()
    process.flush()
    return Recorded(process.store)
