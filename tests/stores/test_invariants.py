"""What `check` must notice: each invariant, broken behind the store's back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from penstock._ids import format_id
from penstock.stores import open_store
from penstock.stores.invariants import broken_histories
from penstock.stores.memory import MemoryStore
from penstock.stores.rows import StoredEvent
from penstock.testing.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from penstock.stores.protocol import Store

RUN = b"\x01" * 16
FLOW = f"Flow run {format_id(RUN)}"
TASK = f"Task run {format_id(RUN)}-0"

_TASK_ENTRY = "INSERT INTO event (flow_run, idx, at, kind, state_type) VALUES (1, 0, 5, {}, '{}');"
_FLOW_ENTRY = """
INSERT INTO event (flow_run, at, kind, state_type, body)
VALUES (1, 5, 2, '{}', '{{"attempt": {}}}');
"""

#: One sentence, and the statement that makes it true of a store in which all is well.
BROKEN = [
    (
        f"{TASK} ended as COMPLETED, but its history goes on with COMPLETED.",
        _TASK_ENTRY.format(6, "COMPLETED"),
    ),
    (
        f"{TASK} began attempt 1 after attempt 1.",
        _TASK_ENTRY.format(4, "RUNNING") + _TASK_ENTRY.format(6, "COMPLETED"),
    ),
    (
        f"{FLOW} ended as FAILED, but its history goes on with RUNNING.",
        _FLOW_ENTRY.format("FAILED", 2) + _FLOW_ENTRY.format("RUNNING", 2),
    ),
    (
        f"{FLOW} began attempt 2 after attempt 3.",
        _FLOW_ENTRY.format("RUNNING", 3) + _FLOW_ENTRY.format("RUNNING", 2),
    ),
    (
        f"{FLOW} is asked to cancel attempt 7, but has begun no more than 2.",
        "INSERT INTO command (flow_run, kind, attempt, at, sender) VALUES (1, 'cancel', 7, 5, 'a')",
    ),
    (
        "Requests wait for flow run number 9, which is not there.",
        "INSERT INTO command (flow_run, kind, attempt, at, sender) VALUES (9, 'cancel', 1, 5, 'a')",
    ),
    (
        "Pauses belong to flow run number 9, which is not there.",
        "INSERT INTO pause (flow_run, number, asked) VALUES (9, 0, 5)",
    ),
    (
        "Cached values belong to flow run number 9, which is not there.",
        "UPDATE cache_entry SET flow_run = 9",
    ),
    (
        "What the code of task flows.load consisted of cannot be read.",
        "UPDATE code SET parts = '[['",
    ),
    (
        f"{FLOW} belongs to process {'a' * 32}, which is not there.",
        "DELETE FROM process",
    ),
]


def well(store: Store) -> Journal:
    """Leave a run behind that was tried twice, with all that can belong to one."""
    journal = Journal(store)
    journal.flow_run(RUN)
    journal.task_run(RUN, 0)
    journal.code(RUN, b"d" * 8, "flows.load", "[]")
    journal.cache(RUN, 0, "k")
    journal.pause(RUN, 0)
    journal.finish(RUN, 0)
    journal.task_run(RUN, 1, started=False)
    journal.start(RUN, 1)
    journal.retry(RUN, 1, 1)
    journal.start(RUN, 1, 2)
    journal.send()
    store.send_command(format_id(RUN), "cancel", "anna", 5)
    journal.finish(RUN, 1, "CRASHED")
    journal.state(RUN, "CRASHED")
    journal.state(RUN, "RUNNING", attempt=2)
    journal.start(RUN, 1, 3)
    journal.send()
    return journal


def test_a_run_that_was_tried_again_breaks_nothing() -> None:
    memory = MemoryStore()
    well(memory)

    assert memory.check() == []


@pytest.mark.parametrize(("sentence", "statements"), BROKEN, ids=[text for text, _ in BROKEN])
def test_check_says_what_is_broken(tmp_path: Path, sentence: str, statements: str) -> None:
    path = tmp_path / "store.db"
    with closing(open_store(f"sqlite://{path}")) as store:
        well(store)
        assert store.check() == []

        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(statements)

        assert sentence in store.check()


def test_a_run_that_ended_before_it_began_may_begin_later() -> None:
    memory = MemoryStore()
    journal = Journal(memory)
    journal.flow_run(RUN, running=False)
    journal.state(RUN, "CRASHED", attempt=0)
    journal.state(RUN, "RUNNING", attempt=1)
    journal.send()

    assert [event.state_type for event in memory.flow_run_history(format_id(RUN))] == [
        "PENDING",
        "CRASHED",
        "RUNNING",
    ]
    assert memory.check() == []


def test_only_the_first_mistake_of_a_run_is_told() -> None:
    entries = [
        StoredEvent(number, "run", 0, 5, 6, "COMPLETED", "Completed", None) for number in range(9)
    ]

    assert list(broken_histories(entries)) == [
        "Task run run-0 ended as COMPLETED, but its history goes on with COMPLETED."
    ]
