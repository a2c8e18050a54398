"""What a person is asked, and what was answered, outlives the process that asked."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING

import pytest

from penstock import resume_flow_run
from penstock._engine.process import get_process, open_recovered
from penstock.errors import NotWaiting
from penstock.settings import load_settings
from penstock.stores.filters import FlowRunFilter
from penstock.testing.children import eventually
from tests.durability.ledger import integrity, tasks_of

if TYPE_CHECKING:
    from pathlib import Path

    from penstock.stores.rows import FlowRunRow
    from penstock.testing.children import Child, Nursery

_PROGRAM = """
import sys
from penstock import flow, pause_flow_run, task

@task
def work(what):
    print("does", what, flush=True)
    return what

@task
def approve(what):
    return pause_flow_run(str)

@flow
def main():
    done = [work("first"), approve("x"), work("second"), pause_flow_run(int, timeout=None)]
    print("entered", done, flush=True)
    return done

@flow
async def amain():
    done = [work("first"), await pause_flow_run(str), work("second"), await pause_flow_run(int)]
    print("entered", done, flush=True)

if __name__ == "__main__":
    if sys.argv[1] == "main":
        main()
    else:
        import asyncio
        asyncio.run(amain())
"""


@pytest.fixture
def script(tmp_path: Path, home: Path) -> Path:
    path = tmp_path / "flows.py"
    path.write_text(_PROGRAM, "utf-8")
    return path


def wait_for_pause(child: Child) -> None:
    """Wait until a flow in another process waits, and anybody can see it."""
    child.wait_for("To answer:")
    store = open_recovered(load_settings())
    paused = FlowRunFilter(state_types=("PAUSED",))
    try:
        eventually(lambda: store.find_flow_runs(paused, 1), "the run is Paused")
    finally:
        store.close()


def the_run() -> FlowRunRow:
    """Read the one flow run, after what the dead left is in the store."""
    store = open_recovered(load_settings())
    try:
        (row,) = store.find_flow_runs(FlowRunFilter(), 2)
        return store.get_flow_run(row.id)
    finally:
        store.close()


@pytest.mark.parametrize("flow", ["main", "amain"])
def test_a_killed_run_waits_on_and_nothing_is_asked_or_done_twice(
    children: Nursery, script: Path, flow: str
) -> None:
    first = children.start(script, flow)
    wait_for_pause(first)
    first.kill()
    killed = the_run()
    second = children.start("-m", "penstock", "flow-run", "resume", killed.id, "--input", "yes")
    wait_for_pause(second)
    second.kill()
    again = the_run()
    third = children.start("-m", "penstock", "flow-run", "resume", killed.id, "--input", "7")

    assert third.end() == 0, third.said
    assert [killed.state_name, again.state_name] == ["Paused", "Paused"]
    assert "does first" not in second.said
    assert "does second" in second.said
    assert "does" not in third.said
    assert "To answer" not in third.said
    assert "entered ['first', 'yes', 'second', 7]" in third.said
    ended = the_run()
    assert (ended.state_name, ended.attempt) == ("Completed", 3)
    assert integrity(load_settings().path("penstock.db")) == "ok"


def test_the_task_that_waited_is_ended_when_its_process_dies(
    children: Nursery, script: Path
) -> None:
    child = children.start(script, "main")
    wait_for_pause(child)
    child.kill()
    row = the_run()
    store = open_recovered(load_settings())

    states = [(task.name, task.state_name) for task in tasks_of(store, row.id)]
    store.close()

    assert states == [("work-0", "Completed"), ("approve-1", "Crashed")]


def test_without_an_answer_a_resumed_run_asks_again(children: Nursery, script: Path) -> None:
    first = children.start(script, "main")
    wait_for_pause(first)
    first.kill()
    row = the_run()

    second = children.start("-m", "penstock", "flow-run", "resume", row.id)
    wait_for_pause(second)

    (pause,) = get_process().store.find_pauses(row.id)
    assert (the_run().attempt, pause.number, pause.answered) == (2, 0, None)
    assert re.search(r"Waits for text\. To answer: penstock flow-run resume", second.said)


def test_an_answer_given_in_code_waits_for_whoever_goes_on(children: Nursery, script: Path) -> None:
    first = children.start(script, "main")
    wait_for_pause(first)
    first.kill()
    row = the_run()

    resume_flow_run(row.id, "yes")
    with pytest.raises(NotWaiting, match=r"answered already.*penstock flow-run resume"):
        resume_flow_run(row.id, "no")
    second = children.start("-m", "penstock", "flow-run", "resume", row.id)
    second.wait_for("Waits for a whole number")

    assert "Waits for text" not in second.said
    assert next(pause.answer for pause in get_process().store.find_pauses(row.id)) == '"yes"'


def test_a_paused_process_ends_at_once_when_it_is_told_to(children: Nursery, script: Path) -> None:
    child = children.start(script, "main")
    wait_for_pause(child)

    cancel = children.start("-m", "penstock", "flow-run", "cancel", the_run().id)

    assert cancel.end() == 0, cancel.said
    assert child.end() != 0
    assert the_run().state_name == "Cancelled"
    assert "killed" not in cancel.said


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for a single process")
@pytest.mark.parametrize("flow", ["main", "amain"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_a_pause(children: Nursery, script: Path, flow: str, name: str) -> None:
    child = children.start(script, flow)
    wait_for_pause(child)

    child.process.send_signal(getattr(signal, name))

    assert child.end() != 0
    assert the_run().state_name == "Cancelled"
