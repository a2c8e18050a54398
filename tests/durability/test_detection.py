"""A run does not stay Running when its process is dead, and a healthy one is never ended."""

from __future__ import annotations

import random
import statistics
import threading
import time
from typing import TYPE_CHECKING

import pytest

from penstock.settings import load_settings
from penstock.states import StateType
from penstock.stores import open_store
from penstock.stores.filters import FlowRunFilter
from penstock.testing.children import PATIENCE, eventually

if TYPE_CHECKING:
    from penstock.stores.protocol import Store
    from penstock.testing.children import Child, Nursery

VICTIM = """
import time
from penstock import flow, task

@task
def step(number):
    time.sleep(0.01)

@flow(flow_run_name="victim")
def victim():
    for number in range(100_000):
        step(number)

victim()
"""

#: Another process of Penstock's, with nothing to do but to be there.
BYSTANDER = """
import time
from penstock import flow

@flow(flow_run_name="bystander")
def bystander():
    print("there", flush=True)
    time.sleep(3_000)

bystander()
"""

#: One on another machine, as far as it knows.
ELSEWHERE = """
import time
from penstock._journal.reaper import Reaper
from penstock.settings import load_settings
from penstock.stores import open_store

reaper = Reaper(open_store(load_settings().store_url), None, here=("elsewhere", "boot"))
print("there", flush=True)
while True:
    reaper.tick(time.time_ns() // 1000, time.monotonic())
    time.sleep(1.0)
"""

#: Holds the interpreter for so many seconds: no thread of it runs.
HOLDS_ON = """
import ctypes, sys
from penstock import flow, task

@task
def call_into_c():
    print("held", flush=True)
    ctypes.PyDLL(None).sleep(int(sys.argv[1]))
    return "let go"

@flow(flow_run_name="holder")
def holder():
    return call_into_c()

print(holder())
"""


def states(store: Store, name: str) -> dict[str, str]:
    """Read the states of the runs of that name, by their ids."""
    rows = store.find_flow_runs(FlowRunFilter(name_contains=name), 1_000)
    return {row.id: row.state_type for row in rows}


def start(children: Nursery, store: Store, count: int) -> list[tuple[Child, str]]:
    """Start processes that run the flow of a victim; give them, each with the id of its run."""
    before = states(store, "victim").keys()
    started = {child.pid: child for child in (children.start_code(VICTIM) for _ in range(count))}
    eventually(lambda: len(states(store, "victim").keys() - before) == count, "every victim runs")
    rows = store.find_flow_runs(FlowRunFilter(name_contains="victim"), 1_000)
    return [(started[row.pid], row.id) for row in rows if row.pid in started]


def kill_and_measure(store: Store, victims: list[list[tuple[Child, str]]]) -> list[float]:
    """Kill processes, those of an inner list at once; give for how long each stayed Running."""
    took: list[float] = []
    for wave in victims:
        threading.Event().wait(random.uniform(0.0, 0.3))
        for child, _ in wave:
            child.process.kill()
        killed = time.monotonic()
        open_runs = {run for _, run in wave}
        while open_runs:
            now = states(store, "victim")
            gone = {run for run in open_runs if now[run] == StateType.CRASHED}
            took += [time.monotonic() - killed] * len(gone)
            open_runs -= gone
            assert time.monotonic() < killed + PATIENCE, "a run stays Running"
            threading.Event().wait(0.01)
    return took


def say(what: str, took: list[float]) -> None:
    """Print what was measured; `pytest -s` shows it."""
    middle, most = statistics.median(took), max(took)
    print(f"\n{what}: {len(took)} kills, median {middle:.2f} s, max {most:.2f} s")  # noqa: T201


@pytest.fixture
def store() -> Store:
    """Open the store as it is: nobody but the processes of the test looks for the dead."""
    return open_store(load_settings().store_url)


def test_a_process_on_this_machine_ends_the_runs_of_a_killed_one(
    children: Nursery, store: Store
) -> None:
    children.start_code(BYSTANDER).wait_for("there")

    took = kill_and_measure(store, [[one] for one in start(children, store, 3)])

    say("with a process on the same machine", took)
    assert states(store, "bystander").popitem()[1] == StateType.RUNNING
    assert store.check() == []


@pytest.mark.soak
@pytest.mark.timeout(1_200)
def test_a_killed_run_is_crashed_within_two_seconds_100_times(
    children: Nursery, store: Store
) -> None:
    children.start_code(BYSTANDER).wait_for("there")

    took = []
    for _ in range(25):
        took += kill_and_measure(store, [[one] for one in start(children, store, 4)])

    say("with a process on the same machine", took)
    assert max(took) <= 2.0
    assert states(store, "bystander").popitem()[1] == StateType.RUNNING


@pytest.mark.soak
@pytest.mark.timeout(1_200)
def test_a_killed_run_is_crashed_within_thirty_seconds_by_its_lease_alone(
    children: Nursery, store: Store
) -> None:
    children.start_code(ELSEWHERE).wait_for("there")

    took = []
    for _ in range(5):
        # All at once: one that lives would know of the others by their locks.
        took += kill_and_measure(store, [start(children, store, 4)])

    say("with a process on another machine only", took)
    assert min(took) > 10.0
    assert max(took) <= 30.0


@pytest.mark.parametrize(
    "seconds",
    [3, pytest.param(125, marks=[pytest.mark.soak, pytest.mark.timeout(300)])],
    ids=["3 s", "125 s"],
)
def test_code_that_holds_the_interpreter_is_no_death(
    seconds: int, children: Nursery, store: Store
) -> None:
    children.start_code(BYSTANDER).wait_for("there")
    children.start_code(BYSTANDER).wait_for("there")
    holder = children.start_code(HOLDS_ON, str(seconds))
    holder.wait_for("held")

    assert holder.end(seconds + 60) == 0, holder.said
    assert "let go" in holder.said
    assert list(states(store, "holder").values()) == [StateType.COMPLETED]
    history = store.flow_run_history(
        store.find_flow_runs(FlowRunFilter(name_contains="holder"), 1)[0].id
    )
    assert [event.state_name for event in history] == ["Pending", "Running", "Completed"]
