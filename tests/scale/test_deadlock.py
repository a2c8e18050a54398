"""Tasks that wait for tasks, with two places in the runner, never lock each other out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from penstock.testing.children import Nursery

#: One repetition may take so long on any machine; then the stacks are shown.
SECONDS = 10

PROGRAM = """
import faulthandler
import multiprocessing
import sys

from penstock import flow, task, wait
from penstock.task_runners import ThreadPoolTaskRunner

depth, fan, repetitions = map(int, sys.argv[1:])
two = ThreadPoolTaskRunner(max_workers=2)

@task
def node(depth, fan):
    if depth == 0:
        return 1
    futures = [node.submit(depth - 1, fan) for _ in range(fan)]
    return sum(future.result() for future in reversed(futures))

@task
def link(number):
    return number

@task
def collect(futures):
    return sum(future.result() for future in reversed(futures))

@task
def square_in_pool(numbers):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map(square, numbers)

def square(number):
    return number * number

@flow(task_runner=two)
def nested():
    assert node.submit(depth, fan).result() == fan**depth

@flow(task_runner=two)
def chain():
    # Each waits for the one after it, so the last to be submitted has to run first.
    futures = []
    for number in range(50):
        futures.append(link.submit(number, wait_for=futures[-1:]))
    assert [future.result() for future in reversed(futures)] == list(reversed(range(50)))

@task
def follow(number):
    return number if number == 0 else follow.submit(number - 1).result() + 1

@flow(task_runner=two)
def each_submits_the_next():
    assert follow.submit(50).result() == 50

@flow(task_runner=two)
def pools():
    futures = [square_in_pool.submit(range(10)) for _ in range(2)]
    for future in futures:
        assert future.result() == [number * number for number in range(10)]

for number in range(repetitions):
    for shape in (nested, chain, each_submits_the_next, pools):
        faulthandler.dump_traceback_later({seconds}, exit=True)
        shape()
faulthandler.cancel_dump_traceback_later()
print("done")
"""


def repeat(children: Nursery, depth: int, fan: int, repetitions: int) -> None:
    """Run every shape so many times in one process."""
    child = children.start_code(
        PROGRAM.replace("{seconds}", str(SECONDS)), str(depth), str(fan), str(repetitions)
    )
    assert child.end(SECONDS * repetitions * 4) == 0, child.said
    assert child.said == "done\n"


def test_nested_waits_never_lock_up(children: Nursery) -> None:
    # As deep as users go; the fan-out of 5 at this depth is in the long form.
    repeat(children, depth=6, fan=2, repetitions=10)


@pytest.mark.soak
@pytest.mark.timeout(2_400)
def test_nested_waits_never_lock_up_in_many_repetitions(children: Nursery) -> None:
    repeat(children, depth=4, fan=5, repetitions=200)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_nested_waits_of_the_fullest_tree_never_lock_up(children: Nursery) -> None:
    repeat(children, depth=6, fan=5, repetitions=3)
