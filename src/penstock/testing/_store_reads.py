"""What every store must answer. The names of the tests are the sentences."""

# ruff: noqa: PLR2004 - expected values are numbers

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from penstock._ids import format_id
from penstock.errors import NotFound, UsageError
from penstock.stores.filters import FlowRunFilter, LogFilter, TaskRunFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.stores.protocol import Store
    from penstock.stores.rows import FlowRunRow, StoredEvent
    from penstock.testing.journal import Journal

__all__ = ["Deleting", "Lists", "Reading"]


class Reading:
    """One run, one history, one value."""

    def test_a_result_is_loaded_only_on_demand(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        for index, state in enumerate(("COMPLETED", "FAILED", "COMPLETED")):
            journal.task_run(run, index)
            journal.finish(run, index, state, result=b"big")
        journal.send()
        where = TaskRunFilter(flow_run_id=format_id(run))

        assert {row.result for row in store.find_task_runs(where, 10)} == {None}
        with_result = where._replace(with_result=True)
        assert {row.result for row in store.find_task_runs(with_result, 10)} == {b"big"}

    def test_history_tells_each_state_in_order(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        journal.task_run(run, 0, started=False)
        journal.start(run, 0)
        journal.retry(run, 0, attempt=1)
        journal.start(run, 0, attempt=2)
        journal.finish(run, 0, "FAILED", message="no", traceback="tb")
        journal.state(run, "FAILED")
        journal.send()

        events = store.flow_run_history(format_id(run), 0)
        names = [event.state_name for event in events]
        assert names == ["Pending", "Running", "AwaitingRetry", "Retrying", "Failed"]
        assert json.loads(events[2].body or "") == {
            "attempt": 1,
            "delay": 0.5,
            "message": "oh",
            "traceback": "tb",
        }
        assert json.loads(events[4].body or "") == {"message": "no", "traceback": "tb"}
        own = store.flow_run_history(format_id(run))
        assert [event.state_name for event in own] == ["Pending", "Running", "Failed"]
        assert [e.id for e in store.read_events(0, 99)] == sorted(e.id for e in [*events, *own])

    def test_events_are_read_on_from_a_cursor(self, store: Store, journal: Journal) -> None:
        journal.busy_flow_run()
        journal.send()
        everything_at_once = store.read_events(0, 1000)
        cursor = 0
        found: list[StoredEvent] = []
        while page := store.read_events(cursor, 3):
            found += page
            cursor = page[-1].id

        assert found == list(everything_at_once)
        assert [event.id for event in found] == sorted({event.id for event in found})

    def test_a_cache_entry_is_there_until_it_expires(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        journal.cache(run, 0, "k", result=b"old")
        journal.cache(run, 1, "k", result=b"new", expires=5_000)
        journal.cache(run, 2, "for ever", result_ref="file:y")
        journal.send()

        entry = store.get_cache_entry("k", 4_999)
        assert entry is not None
        assert (entry.result, entry.index, entry.flow_run_id) == (b"new", 1, format_id(run))
        assert store.get_cache_entry("k", 5_000) is None
        assert store.get_cache_entry("other", 0) is None
        kept = store.get_cache_entry("for ever", 1 << 60)
        assert kept is not None
        assert kept.result_ref == "file:y"

    def test_a_run_is_found_by_id_name_or_beginning(self, store: Store, journal: Journal) -> None:
        one = journal.flow_run(bytes.fromhex("01" * 16), name="calm-otter")
        two = journal.flow_run(bytes.fromhex("01" * 15 + "02"), name="brisk-teal")
        journal.flow_run(bytes.fromhex("02" * 16), name="brisk-teal")
        journal.send()

        for text in (format_id(one), format_id(one).upper(), "calm-otter", one.hex()):
            assert store.get_flow_run(text).id == format_id(one)
        assert store.get_flow_run("0202").name == "brisk-teal"
        for text in ("0101", "brisk-teal"):
            with pytest.raises(NotFound, match=format_id(two)):
                store.get_flow_run(text)
        for text in ("nothing", "", "03", "calm", "%"):
            with pytest.raises(NotFound):
                store.get_flow_run(text)
        for text in ("nothing", f"{format_id(one)}-0", format_id(one)):
            with pytest.raises(NotFound):
                store.get_task_run(text)

    def test_a_closed_store_says_so(self, store: Store) -> None:
        store.close()
        store.close()

        with pytest.raises(UsageError, match="closed"):
            store.find_flow_runs(FlowRunFilter(), 1)


class Lists:
    """Filters and pages."""

    def test_flow_runs_are_listed_newest_first_and_by_pages(
        self, store: Store, journal: Journal
    ) -> None:
        runs = [format_id(journal.flow_run()) for _ in range(7)]
        journal.send()
        where = FlowRunFilter()
        pages = []
        while page := store.find_flow_runs(where, 3):
            pages.append([row.id for row in page])
            where = where._replace(before_id=page[-1].id)

        assert pages == [runs[:3:-1], runs[3:0:-1], runs[:1]]

    def test_sessions_are_listed_only_when_asked_for(self, store: Store, journal: Journal) -> None:
        journal.flow_run(name="flow")
        journal.flow_run(run_kind="session", name="session")
        journal.send()

        assert _names(store.find_flow_runs(FlowRunFilter(), 9)) == ["flow"]
        assert _names(store.find_flow_runs(FlowRunFilter(sessions=True), 9)) == ["session", "flow"]

    @pytest.mark.parametrize(
        ("where", "names"),
        [
            (FlowRunFilter(flow_name="load"), ["Bold-Eel"]),
            (FlowRunFilter(state_types=("FAILED",)), ["bold-eel"]),
            (FlowRunFilter(state_types=("FAILED", "COMPLETED")), ["bold-eel", "100%"]),
            (FlowRunFilter(state_types=()), []),
            (FlowRunFilter(name_contains="OLD-e"), ["bold-eel", "Bold-Eel"]),
            (FlowRunFilter(name_contains="0%"), ["100%"]),
            (FlowRunFilter(name_contains="_"), []),
            (FlowRunFilter(tags=("a",)), ["bold-eel", "Bold-Eel"]),
            (
                FlowRunFilter(
                    tags=("a", 'b"c'),
                ),
                ["bold-eel"],
            ),
            (FlowRunFilter(tags=("A",)), []),
            (
                FlowRunFilter(parent_flow_run_id="01010101-0101-0101-0101-010101010101"),
                ["Bold-Eel"],
            ),
            (FlowRunFilter(created_from=10**15 + 5_000), ["bold-eel"]),
            (FlowRunFilter(created_before=10**15 + 4_000), ["100%"]),
            (FlowRunFilter(owner="a" * 32, flow_name="etl"), ["bold-eel", "100%"]),
            (FlowRunFilter(owner="nobody"), []),
        ],
    )
    def test_flow_runs_are_filtered(
        self, store: Store, journal: Journal, where: FlowRunFilter, names: list[str]
    ) -> None:
        first = journal.flow_run(b"\x01" * 16, name="100%")
        journal.state(first, "COMPLETED")
        journal.flow_run(b"\x02" * 16, name="Bold-Eel", flow_name="load", tags=("a",), parent=first)
        journal.state(journal.flow_run(b"\x03" * 16, name="bold-eel", tags=("a", 'b"c')), "FAILED")
        journal.send()

        assert _names(store.find_flow_runs(where, 9)) == names

    def test_task_runs_of_a_flow_run_are_listed_in_the_order_of_calls(
        self, store: Store, journal: Journal
    ) -> None:
        run, other = journal.flow_run(), journal.flow_run()
        for index in (3, 0, 2, 1):
            journal.task_run(run, index)
            journal.task_run(other, index)
        journal.send()
        where = TaskRunFilter(flow_run_id=format_id(run))

        assert [row.index for row in store.find_task_runs(where, 9)] == [0, 1, 2, 3]
        page = where._replace(after_index=1)
        assert [row.index for row in store.find_task_runs(page, 1)] == [2]
        newest = where._replace(newest_first=True)
        assert [row.index for row in store.find_task_runs(newest, 2)] == [3, 2]
        older = newest._replace(before_id=f"{format_id(run)}-2")
        assert [row.index for row in store.find_task_runs(older, 9)] == [1, 0]
        assert store.find_task_runs(TaskRunFilter(flow_run_id=format_id(b"\x00" * 16)), 9) == []

    def test_task_runs_of_all_flow_runs_are_listed_newest_first(
        self, store: Store, journal: Journal
    ) -> None:
        run, other = journal.flow_run(), journal.flow_run()
        for one in (run, other):
            for index in range(2):
                journal.task_run(one, index)
        journal.send()
        expected = [f"{format_id(one)}-{index}" for one in (other, run) for index in (1, 0)]

        assert [row.id for row in store.find_task_runs(TaskRunFilter(), 9)] == expected
        older = TaskRunFilter(before_id=expected[1])
        assert [row.id for row in store.find_task_runs(older, 9)] == expected[2:]

    @pytest.mark.parametrize(
        ("where", "indexes"),
        [
            (TaskRunFilter(state_types=("FAILED",)), [1]),
            (TaskRunFilter(state_types=("FAILED", "RUNNING")), [2, 1]),
            (TaskRunFilter(state_types=("COMPLETED",)), [0]),
            (TaskRunFilter(name_contains="AD-1"), [1]),
            (TaskRunFilter(task_key="flows.clean"), [2]),
            (TaskRunFilter(task_key="nothing"), []),
        ],
    )
    def test_task_runs_are_filtered(
        self, store: Store, journal: Journal, where: TaskRunFilter, indexes: list[int]
    ) -> None:
        run = journal.flow_run()
        for index, key in enumerate(("flows.load", "flows.load", "flows.clean")):
            journal.task_run(run, index, key=key)
        journal.finish(run, 0)
        journal.finish(run, 1, "FAILED")
        journal.send()

        assert [row.index for row in store.find_task_runs(where, 9)] == indexes
        inside = where._replace(flow_run_id=format_id(run))
        assert [row.index for row in store.find_task_runs(inside, 9)] == indexes[::-1]

    def test_task_runs_are_counted_by_state_name(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        for index, name in enumerate((None, None, "Cached")):
            journal.task_run(run, index)
            journal.finish(run, index, "COMPLETED", name)
        journal.task_run(run, 3)
        journal.send()

        counts = store.count_task_runs(format_id(run))
        assert counts == {"Completed": 2, "Cached": 1, "Running": 1}
        assert store.count_task_runs(format_id(b"\x00" * 16)) == {}


class Deleting:
    """Deleting leaves nothing behind, and nothing else is touched."""

    def test_deleting_a_flow_run_takes_all_that_belongs_to_it(
        self, store: Store, journal: Journal
    ) -> None:
        kept = journal.busy_flow_run()
        run = journal.busy_flow_run()
        nested = journal.flow_run(parent=run)
        journal.log(nested, None, "nested")
        journal.state(nested, "COMPLETED")
        journal.send()
        before = store.stats()

        assert store.delete_flow_run(format_id(run)) == 2
        after = store.stats()
        assert (after.flow_runs, after.task_runs, after.logs, after.cache_entries) == (1, 4, 1, 1)
        assert after.events < before.events / 2
        assert store.check() == []
        assert [row.id for row in store.find_flow_runs(FlowRunFilter(), 9)] == [format_id(kept)]
        with pytest.raises(NotFound):
            store.get_flow_run(format_id(run))
        with pytest.raises(NotFound):
            store.delete_flow_run(format_id(run))

    def test_a_flow_run_that_has_not_ended_is_not_deleted(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run(name="outer")
        nested = journal.flow_run(parent=run, name="inner")
        journal.state(run, "COMPLETED")
        journal.send()

        for name in ("outer", "inner"):
            with pytest.raises(UsageError, match=r"inner.*Running"):
                store.delete_flow_run(name)
        assert store.prune(1 << 60, 9) == 0
        assert store.stats().flow_runs == 2

        journal.state(nested, "COMPLETED")
        journal.send()
        assert store.delete_flow_run("outer") == 2

    def test_late_events_of_a_deleted_run_are_refused(self, store: Store, journal: Journal) -> None:
        run = journal.busy_flow_run()
        journal.send()
        store.delete_flow_run(format_id(run))
        journal.task_run(run, 9)
        journal.log(run, None, "late")

        assert journal.send().stale == (run,)
        assert store.stats()[:4] == (0, 0, 0, 0)

    def test_a_run_created_after_a_deletion_inherits_nothing(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.busy_flow_run()
        journal.send()
        seen = store.read_events(0, 999)[-1].id
        store.delete_flow_run(format_id(run))
        new = journal.flow_run()
        journal.send()

        assert store.find_task_runs(TaskRunFilter(flow_run_id=format_id(new)), 9) == []
        assert store.find_logs(LogFilter(flow_run_id=format_id(new)), 9) == []
        assert len(store.read_events(seen, 999)) == 2

    def test_pruning_deletes_the_oldest_until_nothing_is_left(
        self, store: Store, journal: Journal
    ) -> None:
        runs = [format_id(journal.busy_flow_run()) for _ in range(3)]
        border = journal.now + 1
        runs += [format_id(journal.busy_flow_run()) for _ in range(2)]
        journal.flow_run(name="open")
        journal.send()

        assert [store.prune(border, 2) for _ in range(3)] == [2, 1, 0]
        left = [row.id for row in store.find_flow_runs(FlowRunFilter(), 9)]
        assert left[1:] == [runs[4], runs[3]]
        assert store.prune(1 << 60, 9) == 2
        assert store.check() == []
        assert [row.name for row in store.find_flow_runs(FlowRunFilter(), 9)] == ["open"]

    def test_pruning_takes_sessions_and_expired_cache_entries(
        self, store: Store, journal: Journal
    ) -> None:
        session = journal.flow_run(run_kind="session")
        run = journal.flow_run()
        journal.cache(run, 0, "old", expires=100)
        journal.cache(run, 0, "kept", expires=200)
        journal.state(session, "COMPLETED")
        journal.send()

        assert store.prune(100, 9) == 0
        assert store.stats().cache_entries == 1
        assert store.prune(1 << 60, 9) == 1
        assert store.stats().cache_entries == 0

    def test_stored_results_are_named_when_no_row_needs_them_any_more(
        self, store: Store, journal: Journal
    ) -> None:
        run, other = journal.flow_run(), journal.flow_run()
        for index, ref in enumerate(("mine", "shared", "cached", None)):
            journal.task_run(run, index)
            journal.finish(run, index, result_ref=ref)
        journal.task_run(other, 0)
        journal.finish(other, 0, result_ref="shared")
        journal.cache(other, 0, "key", result_ref="cached")
        for one in (run, other):
            journal.state(one, "COMPLETED")
        journal.send()
        gone: list[str] = []

        store.delete_flow_run(format_id(run), gone.append)
        assert gone == ["mine"]
        store.prune(1 << 60, 9, gone.append)
        assert sorted(gone) == ["cached", "mine", "shared"]

    def test_stats_count_what_is_there(self, store: Store, journal: Journal) -> None:
        assert store.stats()._replace(size_bytes=0) == (0, 0, 0, 0, 0, 0, None)
        journal.busy_flow_run()
        journal.send()

        counts = store.stats()
        assert (counts.flow_runs, counts.task_runs, counts.logs) == (1, 4, 1)
        assert counts.cache_entries == 1
        assert counts.events == len(store.read_events(0, 999))
        assert counts.oldest == journal.events[0][1].at

    def test_check_names_an_open_task_run_of_an_ended_flow_run(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.task_run(run, 7)
        journal.send()
        assert store.check() == []

        journal.state(run, "COMPLETED")
        journal.send()
        (sentence,) = store.check()
        assert format_id(run) in sentence
        assert "7" in sentence


def _names(rows: Sequence[FlowRunRow]) -> list[str]:
    return [row.name for row in rows]
