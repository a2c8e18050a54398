"""The index of what log lines contain: what SQLite alone has."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock._ids import format_id
from penstock.stores import open_store
from penstock.stores.filters import LogFilter
from penstock.stores.sql import SqlStore
from penstock.stores.sqlite.dialect import SqliteDialect
from penstock.stores.sqlite.lines import TrigramIndex, has_trigrams
from penstock.stores.where_logs import Lines, log_ids
from penstock.testing._store_logs import Logs
from penstock.testing.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from penstock.stores.protocol import Store

pytestmark = pytest.mark.skipif(
    not has_trigrams(), reason="the linked SQLite has no FTS5 with trigrams"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite://{path}")
    yield store
    store.close()


@pytest.fixture
def journal(store: Store) -> Journal:
    return Journal(store)


class TestIndexedLines(Logs):
    """The contract again, with the index for every run, however few lines it has."""

    @pytest.fixture
    def store(self, path: Path) -> Iterator[Store]:
        store = open_store(f"sqlite://{path}")
        assert isinstance(store, SqlStore)
        store.few_lines = 0
        yield store
        store.close()


class WithoutTrigrams(SqliteDialect):
    """What a Python has whose SQLite knows no trigrams."""

    line_index = None


class TestLinesWithoutAnIndex(Logs):
    """The contract again, where SQLite can keep no index."""

    @pytest.fixture
    def store(self, path: Path) -> Iterator[Store]:
        store = SqlStore(WithoutTrigrams(str(path)), f"sqlite://{path}")
        assert store.index_logs() == 0
        yield store
        store.close()


def _ask(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def _in_index(path: Path, three: str) -> list[int]:
    found = _ask(path, f"SELECT rowid FROM log_text WHERE log_text MATCH '\"{three}\"'")
    return [int(str(row[0])) for row in found]


def test_a_store_that_nobody_indexes_has_no_index(store: Store, path: Path) -> None:
    Journal(store).busy_flow_run()

    assert not _ask(path, "SELECT name FROM sqlite_master WHERE name LIKE 'log_text%'")


def test_an_index_holds_the_lines_it_has_reached_and_no_deleted_one(
    store: Store, journal: Journal, path: Path
) -> None:
    gone = journal.flow_run()
    kept = journal.flow_run()
    for run in (gone, kept, gone):
        journal.log(run, None, "needle")
    journal.state(gone, "COMPLETED")
    journal.send()
    store.index_logs(2)
    assert _in_index(path, "eed") == [1, 2]

    store.delete_flow_run(format_id(gone))
    assert _in_index(path, "eed") == [2]
    journal.log(kept, None, "needle again")
    journal.send()
    while store.index_logs():
        pass

    assert _in_index(path, "eed") == [2, 4]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO log_text (log_text) VALUES ('integrity-check')")


def test_long_lines_are_indexed_one_at_a_time(store: Store, journal: Journal) -> None:
    run = journal.flow_run()
    for text in ("a short one", "first " + "x" * 200_000, "second " + "y" * 200_000, "at last"):
        journal.log(run, None, text)
    journal.send()

    taken = []
    while count := store.index_logs():
        taken.append(count)
    assert taken == [1, 1, 1, 1]
    assert [row.id for row in store.find_logs(LogFilter(contains=("xxxy", "y")), 9)] == []
    assert [row.id for row in store.find_logs(LogFilter(contains=("second y",)), 9)] == [3]


def test_what_stands_behind_a_zero_in_a_line_is_found(store: Store, journal: Journal) -> None:
    journal.log(journal.flow_run(), None, "before\0behind")
    journal.send()
    store.index_logs()

    (line,) = store.find_logs(LogFilter(contains=("behind",)), 9)
    assert line.message == "before␀behind"
    assert store.find_logs(LogFilter(contains=("e\0b",)), 9) == [line]


def test_two_who_index_take_each_line_once(path: Path, store: Store, journal: Journal) -> None:
    run = journal.flow_run()
    for number in range(100):
        journal.log(run, None, f"line {number}")
    journal.send()
    other = open_store(f"sqlite://{path}")

    taken = 0
    while count := store.index_logs(7) + other.index_logs(5):
        taken += count
    other.close()
    assert taken == 100
    assert _in_index(path, "lin") == list(range(1, 101))


def test_an_index_is_read_by_who_may_only_read(path: Path, store: Store, journal: Journal) -> None:
    journal.log(journal.flow_run(), None, "a needle")
    journal.send()
    store.index_logs()

    reader = open_store(f"sqlite://{path}", read_only=True)
    assert [row.message for row in reader.find_logs(LogFilter(contains=("needle",)), 9)]
    reader.close()


def test_a_search_by_index_reads_no_whole_table(store: Store, journal: Journal, path: Path) -> None:
    journal.log(journal.flow_run(), None, "a needle")
    journal.send()
    store.index_logs()
    index = TrigramIndex()
    where = LogFilter(contains=("needle",), newest_first=True)
    lines = Lines(index.source, index.key, index.words, index.term(("needle",)), 0, 1)
    text, values = log_ids(where, [1], (50, 0), SqliteDialect.words, lines)

    plan = [str(row[3]) for row in _explain(path, text, values)]
    assert "VIRTUAL TABLE" in plan[0]
    assert "SEARCH log USING INTEGER PRIMARY KEY (rowid=?)" in plan[1]
    assert not [line for line in plan if "TEMP B-TREE" in line]


def _explain(path: Path, text: str, values: list[object]) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()


_TEXTS = st.text(st.sampled_from("abAB\"'%_\\ *äÄß\n"), max_size=8)


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(_TEXTS, max_size=12), part=_TEXTS, indexed=st.integers(0, 12))
def test_a_search_by_index_finds_what_reading_finds(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], part: str, indexed: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "store.db"
    stores = [open_store(f"sqlite://{path}"), open_store("memory:")]
    for store in stores:
        journal = Journal(store)
        run = journal.flow_run(b"\x01" * 16)
        for line in lines:
            journal.log(run, None, line)
        journal.send()
    if indexed:
        stores[0].index_logs(indexed)

    for newest_first in (False, True):
        where = LogFilter(contains=(part,), newest_first=newest_first)
        by_index, by_reading = (list(store.find_log_ids(where, 99)) for store in stores)
        assert by_index == by_reading
    for store in stores:
        store.close()
