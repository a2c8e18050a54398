"""Runs flows until it is killed, and writes down what it was told is safe.

A line goes to the witness file, which is no file of Penstock's, as soon as a call
has returned: a task's, a future's, a nested flow's, a logger's. What `write` has
returned for is in the hands of the system, so no kill takes it back.

    python victim.py SHAPE WITNESS
"""

from __future__ import annotations

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from penstock import flow, task
from penstock.artifacts import create_progress_artifact, save_html, update_progress_artifact
from penstock.futures import as_completed
from penstock.logging import get_run_logger
from penstock.runtime import flow_run

#: Calls in one flow run: some runs end, and some are cut.
CALLS = 1_500

_numbers = count()
_witness = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def acknowledged(kind: str, name: str) -> None:
    """Write down that something is safe."""
    os.write(_witness, f"{kind} {flow_run.id} {name}\n".encode())


@task(task_run_name="square-{number}")
def square(number: int) -> tuple[int, str]:
    """Return what anybody can compute again, and some bulk so that files fill up."""
    return number * number, "x" * (number % 500)


@task(task_run_name="square-{number}")
async def asquare(number: int) -> tuple[int, str]:
    return number * number, "x" * (number % 500)


@flow
def direct() -> None:
    for number in range(CALLS):
        square(number)
        acknowledged("task", f"square-{number}")


@flow
def submitted() -> None:
    futures = square.map(range(CALLS))
    for future in as_completed(futures):
        future.result()
        acknowledged("task", future.task_run_name)


@flow
async def awaited() -> None:
    async def one(number: int) -> None:
        await asquare(number)
        acknowledged("task", f"square-{number}")

    for start in range(0, CALLS, 50):
        await asyncio.gather(*(one(number) for number in range(start, start + 50)))


@flow(flow_run_name="inner-{number}")
def inner(number: int) -> str:
    square(number)
    acknowledged("task", f"square-{number}")
    assert flow_run.id is not None
    return flow_run.id


@flow
def nested() -> None:
    for number in range(CALLS // 10):
        done = inner(number)
        os.write(_witness, f"flow {done} COMPLETED\n".encode())


@task(task_run_name="say-{number}")
def say(number: int) -> tuple[int, str]:
    get_run_logger().info("in task %d", number)
    return number * number, "x" * (number % 500)


@flow
def logged() -> None:
    logger = get_run_logger()
    for number in range(CALLS):
        logger.info("line %d", number)
        acknowledged("log", f"line {number}")
        if number % 10 == 0:
            say(number)
            acknowledged("log", f"in task {number}")
            acknowledged("task", f"say-{number}")


@task(task_run_name="save-{number}")
def save(number: int) -> tuple[int, str]:
    # Every third one goes into a file.
    save_html(f"page {number} " + "x" * (70_000 if number % 3 == 0 else 0), key=f"page-{number}")
    acknowledged("artifact", f"page-{number}")
    return number * number, "x" * (number % 500)


@flow
def saving() -> None:
    progress = create_progress_artifact(0, key="progress")
    for number in range(CALLS // 10):
        save(number)
        acknowledged("task", f"save-{number}")
        update_progress_artifact(progress, number / CALLS * 1_000)
        acknowledged("progress", str(number / CALLS * 1_000))


def threads() -> None:
    """Run flows side by side in one process: one journal takes it all."""

    def run(_: int) -> None:
        while True:
            direct()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))


SHAPES = {
    "direct": direct,
    "submitted": submitted,
    "awaited": lambda: asyncio.run(awaited()),
    "nested": nested,
    "logged": logged,
    "saving": saving,
    "threads": threads,
}

if __name__ == "__main__":
    shape = SHAPES[sys.argv[1]]
    while True:
        shape()
