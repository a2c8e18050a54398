"""A forked child has its own journal and leaves its parent's alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock._engine.process import open_recovered
from penstock.settings import load_settings
from penstock.stores.filters import FlowRunFilter
from tests.durability.ledger import ALL, tasks_of

if TYPE_CHECKING:
    from penstock.testing.children import Nursery

CALLS = 300

PROGRAM = """
import multiprocessing
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from penstock import flow, task

@task
def add_one(number):
    return number + 1

@flow
def inner():
    for number in range({calls}):
        add_one(number)

def fork(end):
    pid = os.fork()
    if pid == 0:
        end()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) in (0, 1)

def leave():
    inner()
    os._exit(0)

def fail():
    inner()
    raise ValueError("in the child")

def exit_():
    inner()
    sys.exit(0)

def plain():
    inner()

def start(method, target=plain):
    process = multiprocessing.get_context(method).Process(target=target)
    process.start()
    process.join()
    assert process.exitcode == 0

WAYS = dict(
    fork=lambda: fork(leave),
    exit=lambda: fork(exit_),
    error=lambda: fork(fail),
    multiprocessing_fork=lambda: start("fork"),
    multiprocessing_spawn=lambda: start("spawn"),
    spawned_flow=lambda: start("spawn", inner),
)

@flow
def outer(way):
    add_one.map(range({calls})).result()
    inner()
    WAYS[way]()
    add_one.map(range({calls})).result()
    inner()

if __name__ == "__main__":
    outer(sys.argv[1])
    print("done")
"""

THREADS = """
from threading import Barrier, Thread

from penstock import flow, task

ready = Barrier({threads})

@task
def add_one(number):
    return number + 1

@flow
def each():
    for number in range({calls}):
        add_one(number)
    add_one.map(range({calls})).result()

def run():
    # The very first call in the process opens the store: all make it at once.
    ready.wait()
    each()

threads = [Thread(target=run) for _ in range({threads})]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def runs_of(flow_name: str) -> list[tuple[str, int]]:
    """Recover, and give the state of each run of a flow, and how many tasks completed in it."""
    store = open_recovered(load_settings())
    try:
        assert store.check() == []
        return [
            (
                row.state_type,
                sum(task.state_type == "COMPLETED" for task in tasks_of(store, row.id)),
            )
            for row in store.find_flow_runs(FlowRunFilter(flow_name=flow_name), ALL)
        ]
    finally:
        store.close()


@pytest.mark.parametrize(
    "way",
    [
        "fork",
        "exit",
        "error",
        "multiprocessing_fork",
        "multiprocessing_spawn",
        "spawned_flow",
    ],
)
def test_a_fork_inside_of_a_flow_leaves_the_flow_alone(way: str, children: Nursery) -> None:
    child = children.start_code(PROGRAM.format(calls=CALLS), way)

    assert child.end() == 0, child.said
    assert child.said.rstrip().endswith("done")
    assert runs_of("outer") == [("COMPLETED", 2 * CALLS)]
    assert runs_of("inner") == [("COMPLETED", CALLS)] * 3


def test_flows_that_begin_in_many_threads_at_once_are_all_kept(children: Nursery) -> None:
    child = children.start_code(THREADS.format(calls=CALLS, threads=8))

    assert child.end() == 0, child.said
    assert "Traceback" not in child.said
    assert runs_of("each") == [("COMPLETED", 2 * CALLS)] * 8
