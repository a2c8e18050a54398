"""The service that indexes log lines beside those who write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock._server.services.indexing import make_indexing
from penstock.stores.sql import SqlStore
from penstock.testing.journal import Journal

if TYPE_CHECKING:
    from penstock.stores.protocol import Store


def _reach(store: Store) -> int:
    assert isinstance(store, SqlStore)
    index = store._dialect.line_index
    assert index is not None
    with store._dialect.reader() as connection:
        return index.reach(connection)


def test_lines_are_indexed_a_few_at_a_look_until_none_is_left(store: Store) -> None:
    journal = Journal(store)
    run = journal.flow_run()
    for number in range(3_000):
        journal.log(run, None, f"line {number}")
    journal.send()
    tick = make_indexing(store)

    pauses = [tick(0), tick(0)]
    assert pauses == [0.05, 5.0]
    assert _reach(store) == 3_000


def test_it_looks_again_when_something_was_written(store: Store) -> None:
    other = Journal(store)
    tick = make_indexing(store)
    assert tick(0) == 5.0
    assert tick(0) == 5.0

    other.log(other.flow_run(), None, "something")
    other.send()
    while tick(0) < 1.0:
        pass
    assert _reach(store) == 1
