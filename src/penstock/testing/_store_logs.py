"""What every store must answer about log lines. The names of the tests are the sentences."""

# ruff: noqa: PLR2004 - expected values are numbers

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock._ids import format_id
from penstock.stores.filters import LogFilter

if TYPE_CHECKING:
    from penstock.stores.protocol import Store
    from penstock.testing.journal import Journal

__all__ = ["Logs"]

_RUN = "01010101-0101-0101-0101-010101010101"
_NESTED = "02020202-0202-0202-0202-020202020202"
_UNKNOWN = "09090909-0202-0202-0202-020202020202"
_T0 = 10**15

_FOUND = [
    (LogFilter(), "one, two 100%, Three, elsewhere"),
    (LogFilter(newest_first=True), "elsewhere, Three, two 100%, one"),
    (LogFilter(level_from=30), "two 100%, Three"),
    (LogFilter(loggers=("m",)), "Three"),
    (LogFilter(loggers=("m", "flow")), "one, two 100%, Three, elsewhere"),
    (LogFilter(loggers=()), ""),
    (LogFilter(contains=("0%",)), "two 100%"),
    (LogFilter(contains=("tHR",)), "Three"),
    (LogFilter(contains=("_",)), ""),
    (LogFilter(contains=("%",)), "two 100%"),
    (LogFilter(contains=("two", "100")), "two 100%"),
    (LogFilter(contains=("two", "three")), ""),
    (LogFilter(contains=("",)), "one, two 100%, Three, elsewhere"),
    (LogFilter(contains=("where", "lse")), "elsewhere"),
    (LogFilter(contains=('"two"',)), ""),
    (LogFilter(contains=("\ud800 two",)), ""),
    (LogFilter(after_id=2), "Three, elsewhere"),
    (LogFilter(after_id=3, newest_first=True), "two 100%, one"),
    (LogFilter(through_id=2), "one, two 100%"),
    (LogFilter(after_id=1, through_id=3), "two 100%, Three"),
    (LogFilter(task_names=("load",)), "two 100%"),
    (LogFilter(task_names=("clean", "load")), "two 100%, Three"),
    (LogFilter(task_names=("oad", "a.load")), ""),
    (LogFilter(task_names=()), ""),
    (LogFilter(at_from=_T0 + 8_000), "Three, elsewhere"),
    (LogFilter(at_from=_T0 + 6_000, at_before=_T0 + 7_001), "one, two 100%"),
    (LogFilter(flow_run_id=_RUN), "one, two 100%, Three"),
    (LogFilter(flow_run_id=_RUN, newest_first=True), "Three, two 100%, one"),
    (LogFilter(flow_run_id=_RUN, nested=False), "one, two 100%"),
    (LogFilter(flow_run_id=_RUN, index=0), "two 100%"),
    (LogFilter(flow_run_id=_RUN, contains=("E",)), "one, Three"),
    (LogFilter(flow_run_id=_NESTED), "Three"),
    (LogFilter(flow_run_id=_UNKNOWN), ""),
]


class Logs:
    """Lines are found by their run, writer, level, time and text, and by their position."""

    @pytest.mark.parametrize(("where", "messages"), _FOUND)
    def test_log_lines_are_listed_in_order_however_many_are_indexed(
        self, store: Store, journal: Journal, where: LogFilter, messages: str
    ) -> None:
        _write_four(journal)
        expected = [message for message in messages.split(", ") if message]
        for _ in range(3):
            assert [line.message for line in store.find_logs(where, 9)] == expected
            assert [line.message for line in store.find_logs(where, 1)] == expected[:1]
            ids = list(store.find_log_ids(where, 9))
            assert [line.message for line in store.get_log_lines(ids)] == (
                expected[::-1] if where.newest_first else expected
            )
            for skip in range(5):
                assert list(store.find_log_ids(where, 2, skip)) == ids[skip : skip + 2]
            assert store.count_logs(where) == len(expected)
            store.index_logs(2)

    def test_positions_count_the_lines_before(self, store: Store, journal: Journal) -> None:
        _write_four(journal)
        everything = store.find_log_ids(LogFilter(), 9)

        assert list(store.rank_logs(LogFilter(), everything)) == [0, 1, 2, 3]
        assert list(store.rank_logs(LogFilter(level_from=30), everything)) == [0, 0, 1, 2]
        with_e = LogFilter(contains=("e",))
        assert list(store.rank_logs(with_e, everything)) == [0, 1, 1, 2]
        assert list(store.rank_logs(LogFilter(flow_run_id=_NESTED), everything[1:3])) == [0, 0]
        assert list(store.rank_logs(LogFilter(flow_run_id=_UNKNOWN), everything)) == [0] * 4
        assert list(store.rank_logs(LogFilter(), [])) == []

    @pytest.mark.parametrize("between", [0, 1, 50])
    def test_lines_of_a_run_are_found_among_those_of_others(
        self, store: Store, journal: Journal, between: int
    ) -> None:
        run = journal.flow_run(b"\x01" * 16)
        nested = journal.flow_run(b"\x02" * 16, parent=run)
        other = journal.flow_run(b"\x03" * 16)
        expected = []
        for number in range(8):
            journal.log(nested if number % 2 else run, None, f"line {number}", 20 + number)
            expected.append(number * (between + 1) + 1)
            for _ in range(between):
                journal.log(other, None, "line of another run", 50)
        journal.send()

        where = LogFilter(flow_run_id=_RUN)
        assert list(store.find_log_ids(where, 99)) == expected
        assert list(store.find_log_ids(where._replace(nested=False), 99)) == expected[::2]
        high = where._replace(level_from=23)
        assert list(store.find_log_ids(high, 2, 1)) == expected[4:6]
        assert list(store.rank_logs(high, expected)) == [0, 0, 0, 0, 1, 2, 3, 4]
        found = where._replace(contains=("LINE", "5"), newest_first=True)
        assert list(store.find_log_ids(found, 99)) == [expected[5]]
        assert (store.count_logs(where), store.count_logs(high)) == (8, 5)

    def test_a_line_names_its_runs_and_says_how_long_it_is(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run(name="calm-otter")
        journal.task_run(run, 3)
        journal.log(run, 3, "ünder" * 1_000, level=35, logger="m")
        journal.log(run, None, "short")
        journal.send()

        long, short = store.get_log_lines([2, 1, 77], longest=7)
        assert (long.message, long.length) == ("ünderün", 5_000)
        assert (long.flow_run_id, long.flow_run_name) == (format_id(run), "calm-otter")
        assert (long.index, long.task_run_name) == (3, "load-3")
        assert (long.level, long.logger) == (35, "m")
        assert (short.message, short.length, short.task_run_name) == ("short", 5, None)
        (whole,) = store.get_log_lines([1])
        assert whole.message == "ünder" * 1_000
        assert store.get_log_lines([77]) == []

    def test_loggers_are_named_once_with_those_of_nested_runs(
        self, store: Store, journal: Journal
    ) -> None:
        _write_four(journal)

        assert list(store.find_loggers(_RUN)) == ["flow", "m"]
        assert list(store.find_loggers(_NESTED)) == ["m"]
        assert list(store.find_loggers(_UNKNOWN)) == []

    def test_an_index_comes_to_an_end(self, store: Store, journal: Journal) -> None:
        _write_four(journal)
        rounds = 0
        while store.index_logs(1):
            rounds += 1
            assert rounds <= 4

        assert store.index_logs() == 0
        found = store.find_logs(LogFilter(contains=("Three",)), 9)
        assert [line.message for line in found] == ["Three"]

    def test_deleted_lines_are_found_no_more(self, store: Store, journal: Journal) -> None:
        gone = journal.flow_run()
        kept = journal.flow_run()
        journal.log(gone, None, "a needle that goes")
        journal.log(kept, None, "a needle that stays")
        journal.log(gone, None, "a needle that goes too")
        journal.state(gone, "COMPLETED")
        journal.send()
        store.index_logs(2)

        store.delete_flow_run(format_id(gone))
        store.index_logs()
        found = store.find_logs(LogFilter(contains=("needle",)), 9)
        assert [line.message for line in found] == ["a needle that stays"]
        assert store.count_logs(LogFilter(contains=("needle",))) == 1
        assert store.check() == []


def _write_four(journal: Journal) -> None:
    run = journal.flow_run(b"\x01" * 16, running=False)
    nested = journal.flow_run(b"\x02" * 16, parent=run, running=False)
    other = journal.flow_run(b"\x03" * 16, running=False)
    journal.task_run(run, 0, key="flows.load")
    journal.task_run(nested, 0, key="flows.report.<locals>.clean")
    journal.log(run, None, "one")
    journal.log(run, 0, "two 100%", level=30)
    journal.log(nested, 0, "Three", level=40, logger="m")
    journal.log(other, None, "elsewhere")
    journal.send()
