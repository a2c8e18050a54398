"""What every store must answer for lists and pictures of many runs."""

# ruff: noqa: PLR2004 - expected values are numbers

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from penstock._ids import format_id
from penstock.errors import UsageError
from penstock.stores.filters import FlowRunFilter, ParameterWord, StateWord, TaskRunFilter

if TYPE_CHECKING:
    from penstock.stores.protocol import Store
    from penstock.testing.journal import Journal

__all__ = ["Choosing", "Counting", "Drawing"]

_ONE, _TWO, _THREE = (bytes([number]) * 16 for number in (1, 2, 3))


def _states(*words: str) -> tuple[StateWord, ...]:
    return tuple(map(StateWord.read, words))


def _with(*words: str) -> FlowRunFilter:
    return FlowRunFilter(parameters=tuple(map(ParameterWord.read, words)))


class Choosing:
    """Everything that runs may be chosen by."""

    @pytest.fixture
    def three(self, store: Store, journal: Journal) -> Store:
        """Give a store with three runs: one that completed, one that timed out, one open."""
        parameters = {"day": "2026-03-01", "n": 3, "deep": {"a": [1, 2.5]}, "on": True, "no": None}
        journal.flow_run(
            _ONE, name="calm-otter", flow_name="etl_daily", tags=("a", "b"),
            parameters=json.dumps(parameters),
        )  # fmt: skip
        journal.state(_ONE, "COMPLETED")
        journal.flow_run(
            _TWO, name="Brisk-Teal", flow_name="ETL*weekly", parent=_ONE, tags=("b",),
            parameters='{"n": 3.5, "day": "3"}',
        )  # fmt: skip
        journal.state(_TWO, "FAILED", "TimedOut")
        journal.flow_run(_THREE, name="bold-eel", flow_name="report")
        journal.send()
        return store

    @pytest.mark.parametrize(
        ("where", "names"),
        [
            (FlowRunFilter(states=_states("FAILED")), "2"),
            (FlowRunFilter(states=_states("failed")), "2"),
            (FlowRunFilter(states=_states("Failed")), ""),
            (FlowRunFilter(states=_states("TimedOut")), "2"),
            (FlowRunFilter(states=_states("Completed", "Running")), "31"),
            (FlowRunFilter(states=_states("TimedOut", "COMPLETED")), "21"),
            (FlowRunFilter(states=_states("Nothing")), ""),
            (FlowRunFilter(states=_states("Nothing", "RUNNING")), "3"),
            (FlowRunFilter(states=()), ""),
            (FlowRunFilter(not_states=_states("TimedOut")), "31"),
            (FlowRunFilter(not_states=_states("Completed", "RUNNING")), "2"),
            (FlowRunFilter(not_states=_states("Failed", "Nothing")), "321"),
            (FlowRunFilter(flows=("report", "etl_daily")), "31"),
            (FlowRunFilter(flows=("report",)), "3"),
            (FlowRunFilter(flows=("etl*",)), "21"),
            (FlowRunFilter(flows=("*_*",)), "1"),
            (FlowRunFilter(flows=("*daily", "rep*t")), "31"),
            (FlowRunFilter(flows=("etl",)), ""),
            (FlowRunFilter(flows=("%",)), ""),
            (FlowRunFilter(flows=()), ""),
            (FlowRunFilter(not_flows=("etl*",)), "3"),
            (FlowRunFilter(not_flows=("report", "nothing")), "21"),
            (FlowRunFilter(not_tags=("a",)), "32"),
            (FlowRunFilter(tags=("b",), not_tags=("a",)), "2"),
            (_with("n=3"), "1"),
            (_with("n=3.0"), "1"),
            (_with("n=3.5"), "2"),
            (_with("day=3"), "2"),
            (_with("day=2026-03-01", "on=true"), "1"),
            (_with("on=1"), ""),
            (_with("no=null"), "1"),
            (_with('deep={"a":[1,2.5]}'), "1"),
            (_with("other=3"), ""),
            (_with("n="), ""),
            (FlowRunFilter(contains="TEAL"), "2"),
            (FlowRunFilter(contains="etl"), "21"),
            (FlowRunFilter(contains="0303-0303"), "3"),
            (FlowRunFilter(contains="%"), ""),
            (FlowRunFilter(is_nested=True), "2"),
            (FlowRunFilter(is_nested=False), "31"),
            (FlowRunFilter(ids=(format_id(_ONE), format_id(_THREE), "x")), "31"),
            (FlowRunFilter(ids=()), ""),
            (FlowRunFilter(oldest_first=True), "123"),
            (FlowRunFilter(oldest_first=True, after_id=format_id(_ONE)), "23"),
            (FlowRunFilter(states=_states("COMPLETED"), flows=("etl*",), tags=("a",)), "1"),
        ],
    )
    def test_flow_runs_are_chosen_by_what_people_ask_for(
        self, three: Store, where: FlowRunFilter, names: str
    ) -> None:
        found = [row.id[1] for row in three.find_flow_runs(where, 9)]

        assert found == list(names)
        assert three.count_flow_runs(where, 9) == len(names)
        assert sum(tally.count for tally in three.tally_flow_runs(where)) == len(names)

    def test_a_parameter_without_name_or_value_is_refused(self) -> None:
        for word in ("n", "=3", ""):
            with pytest.raises(UsageError, match="name=value"):
                ParameterWord.read(word)

    @pytest.mark.parametrize(
        ("where", "indexes"),
        [
            (TaskRunFilter(states=_states("FAILED")), [1]),
            (TaskRunFilter(states=_states("TimedOut")), [1]),
            (TaskRunFilter(states=_states("Completed")), [2]),
            (TaskRunFilter(states=_states("COMPLETED")), [2, 0]),
            (TaskRunFilter(states=_states("Cached", "Running")), [3, 0]),
            (TaskRunFilter(not_states=_states("Cached", "failed")), [3, 2]),
            (TaskRunFilter(tasks=("load",)), [2, 1, 0]),
            (TaskRunFilter(tasks=("oad",)), []),
            (TaskRunFilter(tasks=("plain", "clean")), [3]),
            (TaskRunFilter(tasks=()), []),
        ],
    )
    def test_task_runs_are_chosen_by_what_people_ask_for(
        self, store: Store, journal: Journal, where: TaskRunFilter, indexes: list[int]
    ) -> None:
        run = journal.flow_run()
        for index in range(3):
            journal.task_run(run, index, key="flows.main.<locals>.load")
        journal.task_run(run, 3, key="plain")
        journal.finish(run, 0, "COMPLETED", "Cached")
        journal.finish(run, 1, "FAILED", "TimedOut")
        journal.finish(run, 2)
        journal.send()

        assert [row.index for row in store.find_task_runs(where, 9)] == indexes
        inside = where._replace(flow_run_id=format_id(run))
        assert [row.index for row in store.find_task_runs(inside, 9)] == indexes[::-1]
        assert store.count_tasks(where, 9) == store.count_tasks(inside, 9) == len(indexes)
        elsewhere = where._replace(flow_run_id=format_id(_ONE))
        assert store.count_tasks(elsewhere, 9) == 0


class Counting:
    """Counts and sums over all runs that fit."""

    def test_counting_stops_at_a_number(self, store: Store, journal: Journal) -> None:
        run, *_ = (journal.flow_run() for _ in range(5))
        for index in range(5):
            journal.task_run(run, index)
        journal.send()

        assert [store.count_flow_runs(FlowRunFilter(), most) for most in (3, 9)] == [3, 5]
        assert [store.count_tasks(TaskRunFilter(), most) for most in (3, 9)] == [3, 5]

    def test_runs_are_counted_by_state_most_of_them_first(
        self, store: Store, journal: Journal
    ) -> None:
        for state in (("COMPLETED", None), ("FAILED", "TimedOut"), ("FAILED", "TimedOut")):
            journal.state(journal.flow_run(), *state)
        run = journal.flow_run(run_kind="session")
        for index, name in enumerate((None, "Cached", None)):
            journal.task_run(run, index)
            journal.finish(run, index, "COMPLETED", name)
        journal.send()

        assert store.tally_flow_runs(FlowRunFilter()) == (
            ("FAILED", "TimedOut", 2),
            ("COMPLETED", "Completed", 1),
        )
        assert store.tally_task_runs([format_id(run), format_id(_ONE)]) == {
            format_id(run): (("COMPLETED", "Completed", 2), ("COMPLETED", "Cached", 1))
        }

    def test_task_runs_are_counted_anew_after_each_attempt(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        counts = []
        for attempt, state in ((1, "FAILED"), (2, "COMPLETED")):
            journal.state(run, "RUNNING", attempt=attempt)
            if attempt == 1:
                journal.task_run(run, 0)
            else:
                journal.start(run, 0, attempt=2)
            journal.send()
            counts.append(store.tally_task_runs([format_id(run)])[format_id(run)])
            journal.finish(run, 0, state)
            journal.state(run, state, attempt=attempt)
            journal.send()
            counts.append(store.tally_task_runs([format_id(run)])[format_id(run)])

        assert [tally for tallies in counts for tally in tallies] == [
            ("RUNNING", "Running", 1),
            ("FAILED", "Failed", 1),
            ("RUNNING", "Retrying", 1),
            ("COMPLETED", "Completed", 1),
        ]

    def test_a_task_run_that_ends_after_its_flow_run_is_counted_anew(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.task_run(run, 0)
        journal.state(run, "CRASHED")
        journal.send()
        before = store.tally_task_runs([format_id(run)])
        journal.finish(run, 0, "CRASHED")
        journal.send()

        assert before == {format_id(run): (("RUNNING", "Running", 1),)}
        after = store.tally_task_runs([format_id(run)])
        assert after == {format_id(run): (("CRASHED", "Crashed", 1),)}

    def test_times_and_their_middle(self, store: Store, journal: Journal) -> None:
        assert store.median_run_time(FlowRunFilter()) is None
        for steps in (9, 2, 4, 3):
            run = journal.flow_run(flow_name=f"of {steps}")
            journal.now += (steps - 1) * journal.STEP
            journal.state(run, "COMPLETED")
        journal.flow_run(flow_name="open")
        journal.send()

        assert store.run_times(FlowRunFilter(), 3) == [3_000, 4_000, 2_000]
        assert store.median_run_time(FlowRunFilter()) == 3_500
        assert store.median_run_time(FlowRunFilter(not_flows=("of 2",))) == 4_000
        assert store.median_run_time(FlowRunFilter(flow_name="open")) is None

    def test_runs_are_counted_in_spans_of_time(self, store: Store, journal: Journal) -> None:
        assert store.flow_run_span(FlowRunFilter()) is None
        for minute in (0, 0, 1, 3):
            journal.now = 10**15 + minute * 60_000_000
            journal.state(journal.flow_run(), "COMPLETED" if minute else "FAILED")
        journal.send()
        first, last = 10**15 + 1_000, 10**15 + 180_000_000 + 1_000

        assert store.flow_run_span(FlowRunFilter()) == (first, last)
        buckets = store.bucket_flow_runs(FlowRunFilter(), 10**15, 60_000_000)
        assert buckets == [(0, "FAILED", 2), (1, "COMPLETED", 1), (3, "COMPLETED", 1)]
        later = FlowRunFilter(created_from=first + 1_000_000)
        assert store.bucket_flow_runs(later, 10**15, 120_000_000) == [
            (0, "COMPLETED", 1),
            (1, "COMPLETED", 1),
        ]

    def test_flows_are_known_from_their_runs(self, store: Store, journal: Journal) -> None:
        for number, (flow, version) in enumerate(
            (("etl", "1"), ("report", None), ("etl", "2"), ("etl", "1"), ("other", None))
        ):
            run = journal.flow_run(bytes([number + 1]) * 16, flow_name=flow, version=version)
            journal.state(run, "COMPLETED" if number else "FAILED")
        journal.flow_run(run_kind="session", flow_name="etl")
        journal.send()

        flows = store.find_flows(FlowRunFilter(flows=("e*", "report")), 9)
        assert [flow.name for flow in flows] == ["etl", "report"]
        assert flows[0].newest_id == format_id(b"\x04" * 16)
        assert flows[0].states == (("COMPLETED", "Completed", 2), ("FAILED", "Failed", 1))
        assert [flow.name for flow in store.find_flows(FlowRunFilter(), 1)] == ["other"]
        found = store.flow_versions("etl")
        assert [(row.version, row.count) for row in found] == [("1", 2), ("2", 1)]
        assert found[0].first < found[1].first < found[0].last
        assert store.flow_versions("nothing") == []


class Drawing:
    """Pictures of one flow run."""

    def test_a_picture_has_task_runs_and_nested_flow_runs_in_order(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.task_run(run, 2, key="flows.sum_up", upstreams=(0, 1), parent_index=0)
        journal.task_run(run, 0, started=False)
        nested = journal.flow_run(parent=run, parent_index=1, name="inner", upstreams=(0,))
        journal.task_run(nested, 0)
        journal.finish(run, 2, "FAILED", "TimedOut", message="late")
        journal.state(nested, "COMPLETED", result=b"v")
        journal.send()

        bars = store.find_bars(format_id(run))
        assert [bar.index for bar in bars] == [0, 1, 2]
        assert [bar.state_name for bar in bars] == ["Pending", "Completed", "TimedOut"]
        assert [bar.flow_run_id for bar in bars] == [None, format_id(nested), None]
        assert [bar.key for bar in bars] == ["flows.load", "flows.etl", "flows.sum_up"]
        assert [bar.upstreams for bar in bars] == [(), (0,), (0, 1)]
        assert [bar.is_stored for bar in bars] == [False, True, False]
        assert (bars[2].parent_index, bars[2].message, bars[1].name) == (0, "late", "inner")
        assert bars[0].started is None
        assert store.find_bars(format_id(_ONE)) == []

    def test_a_picture_is_brought_up_to_date_by_what_has_changed(
        self, store: Store, journal: Journal
    ) -> None:
        assert store.newest_event() == 0
        run, other = journal.flow_run(), journal.flow_run()
        nested = [journal.flow_run(parent=run, parent_index=index) for index in (3, 4)]
        for index in range(3):
            journal.task_run(run, index)
            journal.task_run(other, index)
        journal.send()
        cursor = store.newest_event()
        assert store.find_bars(format_id(run), cursor) == []

        journal.finish(run, 1)
        journal.finish(other, 2)
        journal.task_run(nested[0], 0)
        journal.state(nested[1], "FAILED")
        journal.task_run(run, 5)
        journal.send()

        changed = store.find_bars(format_id(run), cursor)
        assert [bar.index for bar in changed] == [1, 4, 5]
        everything = store.find_bars(format_id(run))
        assert changed == [bar for bar in everything if bar.index in {1, 4, 5}]
        assert store.find_bars(format_id(run), store.newest_event()) == []
        assert store.find_bars(format_id(run), 0) == everything
        assert [bar.index for bar in store.find_bars(format_id(run), below=4)] == [0, 1, 2, 3]
        assert [bar.index for bar in store.find_bars(format_id(run), cursor, 5)] == [1, 4]

    def test_attempts_have_a_beginning_and_most_an_end(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        for index in (0, 1):
            journal.task_run(run, index, started=index == 1)  # 3 s, 4 s after the start
        journal.start(run, 0)  # 5
        journal.retry(run, 0, attempt=1)  # 6
        journal.retry(run, 1, attempt=1)  # 7
        journal.start(run, 0, attempt=2)  # 8
        journal.start(run, 1, attempt=2)  # 9
        journal.finish(run, 0)  # 10
        journal.send()

        steps: dict[int, list[Any]] = {
            index: [
                tuple(at and (at - 10**15) // journal.STEP for at in attempt)
                for attempt in attempts
            ]
            for index, attempts in store.find_attempts(format_id(run), [0, 1, 9]).items()
        }
        assert steps == {0: [(5, 6), (8, 10)], 1: [(4, 7), (9, None)]}
        assert store.find_attempts(format_id(run), []) == {}
        assert store.find_attempts(format_id(_ONE), [0]) == {}

    def test_a_picture_of_many_task_runs_is_whole(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        for index in range(700):
            journal.task_run(run, index)
        journal.send()
        cursor = store.newest_event()
        for index in range(600):
            journal.retry(run, index, attempt=1)
            journal.start(run, index, attempt=2)
        journal.send()

        assert len(store.find_bars(format_id(run))) == 700
        assert len(store.find_bars(format_id(run), cursor)) == 600
        attempts = store.find_attempts(format_id(run), range(600))
        assert {len(times) for times in attempts.values()} == {2}
        assert len(attempts) == 600
