"""What an SQL store answers for lists and pictures of many runs: counts, sums, bars.

As in reads.py, every method fetches a bounded page at once. Counts are made by the
database from rows, when somebody asks: nothing is counted while runs are written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from penstock.events import TASK_RUN_CREATED, TASK_RUN_STARTED
from penstock.states import FINAL, StateType
from penstock.stores import where as build
from penstock.stores import where_counts as counting
from penstock.stores.reads import DEFAULT_NAMES, SqlReads
from penstock.stores.rows import BarRow, FlowRow, StateTally, VersionRow
from penstock.stores.statements import ROW_COUNTS, repeat

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from penstock.stores.filters import FlowRunFilter, TaskRunFilter

__all__ = ["SqlPictures"]

#: Values that one statement looks for.
_MOST_VALUES: Final = 256
#: Flow runs of which the counts of the task runs are remembered.
_MOST_TALLIES: Final = 20_000
_RUNNING: Final = str(StateType.RUNNING)


class SqlPictures(SqlReads):
    """The part of an SQL store that lists and pictures are drawn from."""

    #: counts of the task runs of flow runs that have ended, by number, attempt and end
    _tallies: dict[tuple[int, int, int], tuple[StateTally, ...]]

    def count_flow_runs(self, where: FlowRunFilter, at_most: int) -> int:
        """Count flow runs, and stop at a number."""
        return self._number(*counting.flow_run_count(where, at_most, self._dialect.words))

    def count_tasks(self, where: TaskRunFilter, at_most: int) -> int:
        """Count task runs, and stop at a number."""
        no = None
        if where.flow_run_id is not None:
            no = self._no_or_none(where.flow_run_id)
            if no is None:
                return 0
        return self._number(*build.task_run_count(where, no, at_most, self._dialect.words))

    def tally_flow_runs(self, where: FlowRunFilter) -> Sequence[StateTally]:
        """Count flow runs by state, most of them first."""
        return _tallies(self._fetch(*counting.flow_run_tally(where, self._dialect.words)))

    def tally_task_runs(self, flow_run_ids: Sequence[str]) -> dict[str, Sequence[StateTally]]:
        """Count the task runs of many flow runs by state."""
        found: dict[str, Sequence[StateTally]] = {}
        for flow_run_id, no, attempt, ended in self._some("numbers_of", flow_run_ids):
            tallies = None if ended is None else self._tallies.get((no, attempt, ended))
            if tallies is None:
                rows = self._named("count_task_runs", *build.task_run_span(no))
                tallies = _tallies(rows)
                if ended is not None and all(tally.state_type in FINAL for tally in tallies):
                    # Until another attempt begins nothing is added to it. Who is taken for
                    # dead may have a task run that ends after its flow run.
                    if len(self._tallies) >= _MOST_TALLIES:
                        self._tallies.clear()
                    self._tallies[no, attempt, ended] = tallies
            found[flow_run_id] = tallies
        return found

    def flow_run_span(self, where: FlowRunFilter) -> tuple[int, int] | None:
        """Tell when the first and the last of flow runs was created."""
        ((first, last),) = self._fetch(*counting.flow_run_span(where, self._dialect.words))
        return None if first is None else (first, last)

    def bucket_flow_runs(
        self, where: FlowRunFilter, start: int, width: int
    ) -> Sequence[tuple[int, str, int]]:
        """Count flow runs by span of time, from `start` on, and by state type."""
        return self._fetch(*counting.flow_run_buckets(where, start, width, self._dialect.words))

    def run_times(self, where: FlowRunFilter, limit: int) -> Sequence[int]:
        """List how long flow runs that ended took, newest first, in microseconds."""
        query = counting.flow_run_times(where, limit, self._dialect.words)
        return [row[0] for row in self._fetch(*query)]

    def median_run_time(self, where: FlowRunFilter) -> float | None:
        """Give the time that half of the flow runs took at most, in microseconds."""
        words = self._dialect.words
        count = self._number(*counting.flow_run_timed(where, words))
        if not count:
            return None
        before = (count - 1) // 2
        rows = self._fetch(*counting.flow_run_middle(where, before, 2 - count % 2, words))
        # None when the last of them was deleted in between.
        return sum(row[0] for row in rows) / len(rows) if rows else None

    def newest_event(self) -> int:
        """Give the id of the newest event; 0: there is none."""
        return self._number(self._statements["newest_event"], [])

    def find_bars(
        self, flow_run_id: str, after: int | None = None, below: int | None = None
    ) -> Sequence[BarRow]:
        """List the task runs of a flow run, and the flow runs nested directly in it."""
        no = self._no_or_none(flow_run_id)
        if no is None:
            return []
        first, behind = build.task_run_span(no)
        if below is not None:
            behind = first + below
        if after is None:
            rows = self._named("bars", first, behind)
            rows += self._named("nested_bars", no)
        else:
            changed = set(self._named("changed_bars", after, no, no))
            tasks = [first + index for _, index in changed if index is not None]
            nested = [number for number, index in changed if index is None]
            rows = [*self._some("some_bars", tasks), *self._some("some_nested_bars", nested)]
        return [bar for bar in _bars(rows) if below is None or bar.index < below]

    def find_attempts(
        self, flow_run_id: str, indexes: Sequence[int]
    ) -> dict[int, list[tuple[int, int | None]]]:
        """Tell when each attempt at task runs of a flow run began and ended."""
        found: dict[int, list[tuple[int, int | None]]] = {}
        no = self._no_or_none(flow_run_id)
        if no is None:
            return found
        for index, at, kind, state_type in self._some("attempts", indexes, no):
            attempts = found.setdefault(index, [])
            if kind == TASK_RUN_STARTED or (kind == TASK_RUN_CREATED and state_type == _RUNNING):
                attempts.append((at, None))
            elif attempts and attempts[-1][1] is None:
                attempts[-1] = attempts[-1][0], at
        return found

    def find_flows(self, where: FlowRunFilter, limit: int) -> Sequence[FlowRow]:
        """List the flows that have runs which fit, the one that ran last first."""
        newest: dict[str, str] = {}
        counts: dict[str, list[Any]] = {}
        for name, *tally, last in self._fetch(*counting.flows(where, self._dialect.words)):
            newest[name] = max(newest.get(name, ""), last)
            counts.setdefault(name, []).append(tally)
        names = sorted(newest, key=newest.__getitem__, reverse=True)[:limit]
        return [FlowRow(name, newest[name], _tallies(counts[name])) for name in names]

    def flow_versions(self, flow_name: str) -> Sequence[VersionRow]:
        """List the versions of a flow, the one that ran last first."""
        return [VersionRow(*row) for row in self._named("flow_versions", flow_name)]

    def _number(self, text: str, values: Sequence[Any]) -> int:
        ((number,),) = self._fetch(text, values)
        return int(number)

    def _some(self, name: str, values: Sequence[Any], *before: Any) -> Iterator[Any]:
        """Execute a repeated statement over all values."""
        for at in range(0, len(values), _MOST_VALUES):
            part = values[at : at + _MOST_VALUES]
            # Of few sizes, so that each is prepared once; what is missing is asked for again.
            size = min(count for count in ROW_COUNTS if count >= len(part))
            padded = [*part, *([part[-1]] * (size - len(part)))]
            yield from self._fetch(repeat(self._statements[name], size), [*before, *padded])


def _tallies(rows: Sequence[Any]) -> tuple[StateTally, ...]:
    """Put names to states, and most runs first."""
    counts: dict[tuple[str, str], int] = {}
    for state_type, name, count in rows:
        state = state_type, name or DEFAULT_NAMES[state_type]
        counts[state] = counts.get(state, 0) + count
    return tuple(
        StateTally(*state, count)
        for state, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def _bars(rows: Sequence[Any]) -> list[BarRow]:
    """Make bars of rows, in the order of their calls. A list of 10,000 in 20 ms."""
    import json  # noqa: PLC0415 - 3 ms; who runs flows draws no pictures

    make = BarRow._make
    bars = []
    for row in rows:
        values = list(row)
        values[6] = values[6] or DEFAULT_NAMES[values[5]]
        values[13] = () if values[13] is None else tuple(json.loads(values[13]))
        values[14] = bool(values[14])
        bars.append(make(values))
    bars.sort(key=lambda bar: bar.index)
    return bars
