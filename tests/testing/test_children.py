"""A flow that must survive the death of its process is tested with one that dies."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from penstock.errors import UsageError
from penstock.testing import crashed, eventually, isolated_store, nursery, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from penstock.testing import Recorded

ETL = """
import sys

from penstock import flow, task

@task
def load(number):
    print("loading", number, flush=True)
    return number

@task(task_run_name="saved as {name}")
def save(name):
    return name

@flow
def etl(count):
    for number in range(count):
        load(number)
    save("total")

if __name__ == "__main__":
    etl(int(sys.argv[1]))
    print("done", __file__)
"""
WAITING = """
import threading

from penstock import flow, task

@task
def load(number):
    return number

@flow
def etl():
    for number in range(2):
        load(number)
    print("ready")
    load.map(range(3)).result()
    threading.Event().wait()

etl()
"""


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Recorded]:
    """Record in a file, where a process of its own is seen."""
    with isolated_store(tmp_path / "runs.db", log_console=False) as made:
        yield made


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "etl.py"
    path.write_text(ETL, "utf-8")
    return path


def test_a_script_dies_when_so_many_tasks_have_completed(recorded: Recorded, script: Path) -> None:
    said = crashed(script, "10", after="load", count=3)

    assert said.split() == ["loading", "0", "loading", "1", "loading", "2"]
    assert recorded.flow_run().state_name == "Crashed"
    assert recorded.states() == {f"load-{number}": "Completed" for number in range(3)}
    assert recorded.task_run("load-2").result == 2


def test_a_task_run_is_found_by_its_own_name(recorded: Recorded, script: Path) -> None:
    crashed(script, "2", after="saved as total")

    assert recorded.task_run("saved as total").state_name == "Completed"
    assert recorded.task_run("save").state_name == "Completed"
    assert recorded.flow_run().state_name == "Crashed"


def test_a_script_that_ends_before_its_death_fails_the_test(
    recorded: Recorded, script: Path
) -> None:
    with pytest.raises(AssertionError, match=r"code 0 before 3 runs of 'load' had completed:\n.*"):
        crashed(script, "2", after="load", count=3)

    assert recorded.flow_run().state_name == "Completed"


def test_a_process_is_killed_when_its_task_runs_are_in_the_store(
    recorded: Recorded, tmp_path: Path
) -> None:
    program = tmp_path / "waiting.py"
    program.write_text(WAITING, "utf-8")

    with running(program) as child:
        child.wait_for("ready")
        child.wait_for_task_runs("load", 5)
        assert recorded.flow_run().state_name == "Running"
        child.kill()

    assert recorded.flow_run().state_name == "Crashed"
    assert recorded.flow_run().row.pid == child.pid
    assert set(recorded.states().values()) == {"Completed"}


def test_no_process_outlives_its_block(recorded: Recorded, tmp_path: Path) -> None:
    program = tmp_path / "waiting.py"
    program.write_text(WAITING, "utf-8")

    with running(program) as child:
        child.wait_for("ready")

    assert child.process.poll() is not None


def test_waiting_for_what_never_comes_shows_what_was_said(
    recorded: Recorded, script: Path, tmp_path: Path
) -> None:
    with nursery(tmp_path) as children:
        child = children.start(script, "2")
        with pytest.raises(AssertionError, match="ended after 2 runs of 'load':\nloading 0"):
            child.wait_for_task_runs("load", 3)
        with pytest.raises(AssertionError, match="ended without 'sunrise':\nloading 0"):
            child.wait_for("sunrise")
        assert child.end() == 0


def test_a_process_that_does_not_end_is_killed_and_fails_the_test(tmp_path: Path) -> None:
    with nursery(tmp_path) as children:
        child = children.start_code("import threading; threading.Event().wait()")
        with pytest.raises(AssertionError, match=r"still running after 0\.1 s"):
            child.end(0.1)

    assert child.process.poll() is not None


def test_a_store_in_memory_is_refused(script: Path) -> None:
    with isolated_store(), pytest.raises(UsageError, match=r"Give the test a file: isolated_sto"):
        crashed(script, "2", after="load")


def test_eventually_names_what_did_not_come() -> None:
    come = threading.Event()
    threading.Timer(0.01, come.set).start()

    eventually(come.is_set, "a sign")
    with pytest.raises(AssertionError, match=r"not within 0\.01 s: the end of the world"):
        eventually(lambda: False, "the end of the world", 0.01)
