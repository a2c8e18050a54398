"""Many processes and threads on one database file: nobody is refused, and nothing is lost."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from penstock.testing.children import Child, Nursery, eventually
from tests.durability.ledger import integrity

if TYPE_CHECKING:
    from pathlib import Path

CROWD = """
import json
import sys
import time
from threading import Thread

from penstock import flow, task
from penstock.logging import get_run_logger

deadline = time.monotonic() + float(sys.argv[1])
done = []

@task
def add_one(number):
    return number + 1

@flow
def each():
    for number in range(5):
        add_one(number)
    add_one.map(range(5)).result()
    get_run_logger().info("done")

def work():
    while time.monotonic() < deadline:
        each()
        done.append(1)

threads = [Thread(target=work) for _ in range({threads})]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(len(done)))
"""
HELLO = """
import os
import sys
import time

from penstock import flow, task

@task
def load():
    return 1

@flow
def hello():
    return load()

print("ready")
while not os.path.exists(sys.argv[1]):
    time.sleep(0.001)
hello()
"""
TASKS_IN_EACH = 10


def rows(home: Path) -> dict[str, int]:
    """Count what is in the store, without the help of Penstock."""
    connection = sqlite3.connect(home / "penstock.db")
    counts = {
        "flow_runs": "SELECT count(*) FROM flow_run WHERE state_type = 'COMPLETED'",
        "other_flow_runs": "SELECT count(*) FROM flow_run WHERE state_type <> 'COMPLETED'",
        "task_runs": "SELECT count(*) FROM task_run WHERE state_type = 'COMPLETED'",
        "other_task_runs": "SELECT count(*) FROM task_run WHERE state_type <> 'COMPLETED'",
        "lines": "SELECT count(*) FROM log WHERE logger <> 'penstock'",
    }
    try:
        return {name: connection.execute(text).fetchone()[0] for name, text in counts.items()}
    finally:
        connection.close()


def crowd(children: Nursery, home: Path, seconds: float) -> None:
    """Run 8 processes with 16 threads each, and count."""
    started = [children.start_code(CROWD.format(threads=16), str(seconds)) for _ in range(8)]
    codes = [child.end(seconds + 120) for child in started]

    assert_nobody_was_refused(started, codes)
    flows = sum(json.loads(child.said) for child in started)
    assert flows > 0
    assert rows(home) == {
        "flow_runs": flows,
        "other_flow_runs": 0,
        "task_runs": flows * TASKS_IN_EACH,
        "other_task_runs": 0,
        "lines": flows,
    }
    assert integrity(home / "penstock.db") == "ok"


def assert_nobody_was_refused(started: list[Child], codes: list[int]) -> None:
    said = "".join(child.said for child in started)
    assert "locked" not in said, said
    assert "Traceback" not in said, said
    assert codes == [0] * len(started), said


def test_processes_and_threads_share_one_database(children: Nursery, home: Path) -> None:
    crowd(children, home, 20.0)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_processes_and_threads_share_one_database_for_long(children: Nursery, home: Path) -> None:
    crowd(children, home, 600.0)


def open_at_once(children: Nursery, home: Path, rounds: int) -> None:
    """Have 16 processes open a database that is not there yet, again and again."""
    for number in range(rounds):
        go = home.parent / f"go-{number}"
        started = [children.start_code(HELLO, go) for _ in range(16)]
        eventually(lambda started=started: all(c.has_said("ready") for c in started), "all ready")

        go.touch()

        codes = [child.end() for child in started]
        assert_nobody_was_refused(started, codes)
        counted = rows(home)
        assert (counted["flow_runs"], counted["task_runs"]) == (16, 16)
        home.rename(home.parent / f"home-{number}")


def test_many_processes_open_a_new_database_at_once(children: Nursery, home: Path) -> None:
    open_at_once(children, home, 3)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_many_processes_open_a_new_database_at_once_often(children: Nursery, home: Path) -> None:
    open_at_once(children, home, 40)
