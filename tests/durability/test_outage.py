"""A store that is away holds no flow up, and loses nothing."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from penstock._engine.process import open_recovered
from penstock._journal.recorder import MOST_EVENTS, Recorder, make_owner
from penstock._journal.writer import Writer
from penstock._platform import lock_file
from penstock.errors import StoreFull
from penstock.events import LOG_WRITTEN, LogWritten
from penstock.settings import load_settings
from penstock.stores.filters import FlowRunFilter
from penstock.testing.children import eventually
from tests.durability.ledger import ALL, Dead, assert_nothing_lost, integrity, tasks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from penstock.stores.protocol import Batch
    from penstock.testing.children import Nursery

VICTIM = Path(__file__).with_name("victim.py")
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


class Away:
    """A store that takes nothing."""

    def write(self, batch: Batch) -> NoReturn:
        raise StoreFull("/far/away", "there is no room.")

    def read_events(self, after: int, limit: int) -> NoReturn:
        raise NotImplementedError


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


def test_a_store_that_refuses_does_not_slow_the_flow_down() -> None:
    recorder = Recorder(None, make_owner(), "memory:")
    said: list[str] = []
    writer = Writer(recorder, Away(), said.append, lambda _: None)
    line = LogWritten(LOG_WRITTEN, bytes(16), 1, None, 20, "flow", "a line")
    for _ in range(2 * MOST_EVENTS):
        recorder.emit(line)

    began = time.monotonic()
    for _ in range(100):
        recorder.emit(line)
    took = time.monotonic() - began
    writer.stop(0.0)

    assert took < 1.0
    assert len(said) == 1


KILLED = """
import os, runpy, sys
from penstock._engine.process import get_process

get_process()
print("open")
while not os.path.exists(sys.argv[3]):
    pass
runpy.run_path({victim!r}, run_name="__main__")
"""


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


def test_a_kill_while_the_store_is_away_loses_nothing(
    children: Nursery, home: Path, tmp_path: Path
) -> None:
    witness = tmp_path / "witness"
    go = tmp_path / "go"
    child = children.start_code(KILLED.format(victim=str(VICTIM)), "direct", witness, go)
    child.wait_for("open")

    with gate_held(home / "penstock.db"):
        go.touch()
        eventually(lambda: witness.exists() and witness.stat().st_size > 40_000, "many results")
        child.kill()

    assert assert_nothing_lost([Dead(child.pid, witness)]) > 500
