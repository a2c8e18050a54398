"""What a memory store answers for lists and pictures of many runs."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING

from penstock.events import TASK_RUN_CREATED, TASK_RUN_FINISHED, TASK_RUN_STARTED
from penstock.states import StateType
from penstock.stores.filters import FlowRunFilter
from penstock.stores.matching import fits_flow_run, fits_task_run
from penstock.stores.rows import BarRow, FlowRow, FlowRunRow, StateTally, TaskRunRow, VersionRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

    from penstock.stores.filters import TaskRunFilter
    from penstock.stores.memory_rows import MemoryRows

__all__ = ["MemoryPictures"]


class MemoryPictures:
    """The part of a memory store that lists and pictures are drawn from."""

    _rows: MemoryRows

    def count_flow_runs(self, where: FlowRunFilter, at_most: int) -> int:
        """Count flow runs, and stop at a number."""
        return min(len(self._fitting(where)), at_most)

    def count_tasks(self, where: TaskRunFilter, at_most: int) -> int:
        """Count task runs, and stop at a number."""
        with self._open():
            found = [
                row
                for tasks in self._rows.tasks.values()
                for row in tasks.values()
                if fits_task_run(row, where)
            ]
        return min(len(found), at_most)

    def tally_flow_runs(self, where: FlowRunFilter) -> Sequence[StateTally]:
        """Count flow runs by state, most of them first."""
        return _tally(self._fitting(where))

    def tally_task_runs(self, flow_run_ids: Sequence[str]) -> dict[str, Sequence[StateTally]]:
        """Count the task runs of many flow runs by state."""
        with self._open():
            return {
                flow_run_id: _tally(self._rows.tasks[flow_run_id].values())
                for flow_run_id in flow_run_ids
                if flow_run_id in self._rows.tasks
            }

    def flow_run_span(self, where: FlowRunFilter) -> tuple[int, int] | None:
        """Tell when the first and the last of flow runs was created."""
        instants = [row.created for row in self._fitting(where)]
        return (min(instants), max(instants)) if instants else None

    def bucket_flow_runs(
        self, where: FlowRunFilter, start: int, width: int
    ) -> Sequence[tuple[int, str, int]]:
        """Count flow runs by span of time, from `start` on, and by state type."""
        rows = self._fitting(where)
        counts = Counter(((row.created - start) // width, row.state_type) for row in rows)
        return [(*at, count) for at, count in sorted(counts.items())]

    def run_times(self, where: FlowRunFilter, limit: int) -> Sequence[int]:
        """List how long flow runs that ended took, newest first, in microseconds."""
        rows = sorted(self._fitting(where), key=lambda row: row.id, reverse=True)
        return [
            row.ended - row.started
            for row in rows
            if row.ended is not None and row.started is not None
        ][:limit]

    def median_run_time(self, where: FlowRunFilter) -> float | None:
        """Give the time that half of the flow runs took at most, in microseconds."""
        times = self.run_times(where, len(self._rows.flows))
        return median(times) if times else None

    def newest_event(self) -> int:
        """Give the id of the newest event; 0: there is none."""
        with self._open():
            return self._rows.events[-1].id if self._rows.events else 0

    def find_bars(
        self, flow_run_id: str, after: int | None = None, below: int | None = None
    ) -> Sequence[BarRow]:
        """List the task runs of a flow run, and the flow runs nested directly in it."""
        with self._open():
            bars = [_task_bar(row) for row in self._rows.tasks.get(flow_run_id, {}).values()]
            changed = {
                (event.flow_run_id, event.index)
                for event in self._rows.events
                if after is not None and event.id > after
            }
            bars = [bar for bar in bars if after is None or (flow_run_id, bar.index) in changed] + [
                _flow_bar(row)
                for row in self._rows.flows.values()
                if row.parent_flow_run_id == flow_run_id
                and (after is None or (row.id, None) in changed)
            ]
        bars.sort(key=lambda bar: bar.index)
        return [bar for bar in bars if below is None or bar.index < below]

    def find_attempts(
        self, flow_run_id: str, indexes: Sequence[int]
    ) -> dict[int, list[tuple[int, int | None]]]:
        """Tell when each attempt at task runs of a flow run began and ended."""
        found: dict[int, list[tuple[int, int | None]]] = {}
        with self._open():
            for event in self._rows.events:
                index = event.index
                if event.flow_run_id != flow_run_id or index is None or index not in indexes:
                    continue
                if not TASK_RUN_CREATED <= event.kind <= TASK_RUN_FINISHED:
                    continue
                attempts = found.setdefault(index, [])
                is_created = event.kind == TASK_RUN_CREATED
                if event.kind == TASK_RUN_STARTED or (
                    is_created and event.state_type == StateType.RUNNING
                ):
                    attempts.append((event.at, None))
                elif attempts and attempts[-1][1] is None:
                    attempts[-1] = attempts[-1][0], event.at
        return found

    def find_flows(self, where: FlowRunFilter, limit: int) -> Sequence[FlowRow]:
        """List the flows that have runs which fit, the one that ran last first."""
        by_flow: dict[str, list[FlowRunRow]] = {}
        for row in self._fitting(where):
            by_flow.setdefault(row.flow_name, []).append(row)
        flows = [
            FlowRow(name, max(row.id for row in rows), _tally(rows))
            for name, rows in by_flow.items()
        ]
        return sorted(flows, key=lambda flow: flow.newest_id, reverse=True)[:limit]

    def flow_versions(self, flow_name: str) -> Sequence[VersionRow]:
        """List the versions of a flow, the one that ran last first."""
        by_version: dict[str | None, list[int]] = {}
        for row in self._fitting(FlowRunFilter(flow_name=flow_name)):
            by_version.setdefault(row.version, []).append(row.created)
        found = [
            VersionRow(version, len(instants), min(instants), max(instants))
            for version, instants in by_version.items()
        ]
        return sorted(found, key=lambda row: (-row.last, row.version or ""))

    def _fitting(self, where: FlowRunFilter) -> list[FlowRunRow]:
        with self._open():
            return [row for row in self._rows.flows.values() if fits_flow_run(row, where)]

    def _open(self) -> AbstractContextManager[object]:
        raise NotImplementedError


def _tally(rows: Iterable[FlowRunRow | TaskRunRow]) -> tuple[StateTally, ...]:
    counts = Counter((row.state_type, row.state_name) for row in rows)
    return tuple(
        StateTally(*state, count)
        for state, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def _task_bar(row: TaskRunRow) -> BarRow:
    return BarRow(
        row.index, row.task_key, row.name, None, None, row.state_type, row.state_name, row.message,
        row.attempt, row.created, row.started, row.ended, row.parent_index, row.upstreams,
        row.result is not None or row.result_ref is not None,
    )  # fmt: skip


def _flow_bar(row: FlowRunRow) -> BarRow:
    return BarRow(
        row.parent_index or 0, row.flow_key, row.name, row.id, row.flow_name, row.state_type,
        row.state_name, row.message, row.attempt, row.created, row.started, row.ended, None,
        row.upstreams, row.result is not None,
    )  # fmt: skip
