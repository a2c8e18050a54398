"""A supervised flow goes on when its process dies, and a crash loop ends."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from penstock._engine.process import open_recovered
from penstock.settings import load_settings
from penstock.stores.filters import FlowRunFilter
from penstock.testing.children import eventually, nursery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from penstock.stores.rows import FlowRunRow
    from penstock.testing.children import Child, Nursery

FLOWS = """
import os, signal, sys, time
from penstock import flow, task

def witness(what):
    with open(sys.argv[1], "a") as file:
        file.write(f"{what}\\n")

def lines():
    with open(sys.argv[1]) as file:
        return file.read().split()

@task
def work(number):
    witness(number)
    return number

@task
def die():
    witness("die")
    os._exit(7)

@flow
def crash_loop():
    work(1)
    die()

@flow
def gets_further():
    for number in range(5):
        work(number)
        if f"killed-{number}" not in lines():
            witness(f"killed-{number}")
            os.kill(os.getpid(), signal.SIGKILL)

@flow
def waits():
    work(1)
    time.sleep(60)

@flow
def fails():
    work(1)
    raise ValueError("as flows do")

if __name__ == "__main__":
    globals()[sys.argv[2]]()
"""


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Nursery]:
    with nursery(tmp_path) as made:
        yield made


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "flows.py"
    path.write_text(FLOWS, "utf-8")
    return path


def supervised(children: Nursery, script: Path, flow: str) -> Child:
    """Run a flow of the script under supervision."""
    witness = script.with_name("witness")
    return children.start("-m", "penstock", "run", "--supervised", script, "--", witness, flow)


def seen(script: Path) -> list[str]:
    """Read what the bodies have written down."""
    path = script.with_name("witness")
    return path.read_text("utf-8").split() if path.exists() else []


def the_run() -> FlowRunRow:
    """Read the one flow run there is."""
    store = open_recovered(load_settings())
    try:
        (row,) = store.find_flow_runs(FlowRunFilter(), 9)
        assert store.check() == []
        return row
    finally:
        store.close()


def test_a_crash_loop_ends_after_three_starts(children: Nursery, script: Path) -> None:
    child = supervised(children, script, "crash_loop")

    assert child.end() == 7
    assert seen(script) == ["1", "die", "die", "die"]
    row = the_run()
    assert (row.state_name, row.attempt) == ("Crashed", 3)
    assert (row.message or "").count("exited with code 7") == 4
    assert "3 starts got no further (at " in (row.message or "")
    assert "got no further. Giving up." in child.said


def test_a_run_that_gets_further_is_started_as_often_as_it_takes(
    children: Nursery, script: Path
) -> None:
    child = supervised(children, script, "gets_further")

    assert child.end() == 0
    assert [line for line in seen(script) if line.isdecimal()] == list("01234")
    assert (the_run().state_name, the_run().attempt) == ("Completed", 6)
    assert child.said.count("killed by signal 9 (SIGKILL)") == 5


def test_a_flow_that_fails_is_not_started_again(children: Nursery, script: Path) -> None:
    child = supervised(children, script, "fails")

    assert child.end() == 1
    assert seen(script) == ["1"]
    assert the_run().state_name == "Failed"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_sigterm_is_handed_on_and_the_run_is_not_started_again(
    children: Nursery, script: Path
) -> None:
    child = supervised(children, script, "waits")
    eventually(lambda: seen(script), "the flow's first task")

    os.kill(child.pid, signal.SIGTERM)

    assert child.end() == 143
    assert the_run().state_name == "Cancelled"


def test_a_supervised_run_cannot_be_debugged(children: Nursery, script: Path) -> None:
    child = children.start("-m", "penstock", "run", "--supervised", "--pdb", script)

    assert child.end() == 2
    assert "leave out --supervised" in child.said
