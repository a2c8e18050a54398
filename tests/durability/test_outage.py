"""A store that is away holds no flow up, and loses nothing."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from penstock._engine.process import open_recovered
from penstock._platform import lock_file
from penstock.settings import load_settings
from penstock.stores.filters import FlowRunFilter
from tests.durability.ledger import ALL, integrity, tasks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.durability.children import Nursery

#: Longer than SQLite waits by itself.
OUTAGE_SECONDS = 3.0
CALLS = 3_000

PROGRAM = """
import os
import sys

from penstock import flow, task

@task
def add_one(number):
    return number + 1

@flow
def outer():
    add_one(0)
    print("begun")
    while not os.path.exists(sys.argv[1]):
        pass
    for number in range({calls} // 2):
        add_one(number)
    add_one.map(range({calls} // 2)).result()
    print("body done")

outer()
print("all done")
"""


@contextmanager
def gate_held(path: Path) -> Iterator[None]:
    """Hold what Penstock's processes queue for."""
    descriptor = os.open(f"{path}.gate", os.O_RDWR | os.O_CREAT)
    try:
        lock_file(descriptor, wait=True)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def database_locked(path: Path) -> Iterator[None]:
    """Lock the database as a foreign tool does."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


@pytest.mark.parametrize("outage", [gate_held, database_locked])
def test_a_flow_goes_on_while_the_store_is_away(
    outage: Callable[[Path], AbstractContextManager[None]], children: Nursery, home: Path
) -> None:
    database = home / "penstock.db"
    go = home / "go"
    child = children.start_code(PROGRAM.format(calls=CALLS), go)
    child.wait_for("begun")

    with outage(database):
        go.touch()
        child.wait_for("body done")
        threading.Event().wait(OUTAGE_SECONDS)
        assert "all done" not in child.said

    assert child.end() == 0, child.said
    assert "all done" in child.said
    assert "locked" not in child.said
    store = open_recovered(load_settings())
    (run,) = store.find_flow_runs(FlowRunFilter(), ALL)
    states = [task.state_type for task in tasks_of(store, run.id)]
    store.close()
    assert run.state_type == "COMPLETED"
    assert states == ["COMPLETED"] * (CALLS + 1)
    assert integrity(database) == "ok"
