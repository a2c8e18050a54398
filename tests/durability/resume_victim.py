"""Runs one flow that is killed and gone on with, and writes down what its bodies do.

A line goes to the witness file, which is no file of Penstock's: when a body starts, when
it ends, and when its caller in the flow (or in another body) was told so. One file takes
the lines of all processes, so their order is the order in which things happened.

    python resume_victim.py SHAPE WITNESS [SECONDS]
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock import flow, task
from penstock.futures import as_completed
from penstock.runtime import flow_run, task_run
from penstock.task_runners import ThreadPoolTaskRunner

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Calls in one flow run: it lasts about as long as the latest kill lets it.
CALLS = 60
#: What a body takes.
_SECONDS = float(sys.argv[3]) if sys.argv[3:] else 0.004
_PAUSE = threading.Event()
_witness = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def note(kind: str, key: object) -> None:
    """Write down what happens. A kill may cut a line, and then spoils no other."""
    os.write(_witness, f"\n{kind} {key} {os.getpid()} .\n".encode())


@contextmanager
def body(key: str) -> Iterator[None]:
    note("start", key)
    yield
    note("end", key)


def told(key: str, value: Any, expected: Any) -> int:
    """Note that a caller has a value, and that it is the right one."""
    assert value == expected, f"{key} gave {value!r} and not {expected!r}"
    note("told", key)
    return int(value)


def began() -> None:
    note("began", flow_run.id)


@task(task_run_name="square-{number}")
def square(number: int, _after: int = 0) -> int:
    with body(f"square-{number}"):
        _PAUSE.wait(_SECONDS)
    return number * number


@task(task_run_name="asquare-{number}")
async def asquare(number: int) -> int:
    with body(f"asquare-{number}"):
        await asyncio.sleep(random.uniform(0.0, 25 * _SECONDS))  # noqa: TID251 - the work that it does
    return number * number


@task(task_run_name="branch-{number}")
def branch(number: int) -> int:
    """Map over more tasks in the pool that this one is in."""
    with body(f"branch-{number}"):
        numbers = range(10 * number, 10 * number + 10)
        futures = square.map(numbers)
        return sum(
            told(f"square-{n}", future.result(), n * n)
            for n, future in zip(numbers, futures, strict=True)
        )


@task
def alike() -> str:
    """Give what no other call gives, though all are called alike."""
    key = task_run.name
    with body(key):
        _PAUSE.wait(_SECONDS)
    return key


@flow
def direct() -> None:
    began()
    total = 0
    for n in range(CALLS):
        total = told(f"square-{n}", square(n, total), n * n)
    note("result", total)


@flow
def equal() -> None:
    """Call one task often, with nothing to tell the calls apart but their number."""
    began()
    for n in range(CALLS):
        key = f"alike-{n}"
        value = alike()
        assert value == key, (value, key)
        note("told", key)
    note("result", CALLS)


@flow
def chained() -> None:
    """Submit a chain in which each waits for the one before, and a map beside it."""
    began()
    future: Any = 0
    links = []
    for n in range(CALLS // 2):
        future = square.submit(n, future)
        links.append((n, future))
    for n, link in links:
        told(f"square-{n}", link.result(), n * n)
    note("result", sum(link.result() for _, link in links))


# Most items wait for a place when the process is stopped or killed.
@flow(task_runner=ThreadPoolTaskRunner(max_workers=8))
def mapped() -> None:
    began()
    futures = square.map(range(CALLS))
    for future in as_completed(futures):
        n = int(future.task_run_name.rpartition("-")[2])
        told(future.task_run_name, future.result(), n * n)
    note("result", sum(future.result() for future in futures))


@flow
async def gathered() -> None:
    """Gather calls in another order at each attempt."""
    began()

    async def one(n: int) -> int:
        return told(f"asquare-{n}", await asquare(n), n * n)

    total = 0
    for start in range(0, CALLS, 20):
        order = list(range(start, start + 20))
        random.shuffle(order)
        total += sum(await asyncio.gather(*map(one, order)))
    note("result", total)


@flow
def branched() -> None:
    began()
    futures = branch.map(range(CALLS // 10))
    total = 0
    for n, future in enumerate(futures):
        expected = sum(k * k for k in range(10 * n, 10 * n + 10))
        total += told(f"branch-{n}", future.result(), expected)
    note("result", total)


@flow(flow_run_name="inner-{number}")
def inner(number: int) -> int:
    with body(f"inner-{number}"):
        numbers = range(5 * number, 5 * number + 5)
        return sum(told(f"square-{n}", square(n), n * n) for n in numbers)


@flow(flow_run_name="inner-{number}")
async def ainner(number: int) -> int:
    with body(f"inner-{number}"):
        numbers = range(5 * number, 5 * number + 5)
        values = await asyncio.gather(*map(asquare, numbers))
        return sum(told(f"asquare-{n}", v, n * n) for n, v in zip(numbers, values, strict=True))


def _five_squares(number: int) -> int:
    return sum(n * n for n in range(5 * number, 5 * number + 5))


@flow
def nested() -> None:
    began()
    order = list(range(CALLS // 5))
    random.shuffle(order)
    total = sum(told(f"inner-{n}", inner(n), _five_squares(n)) for n in order)
    note("result", total)


@flow
async def anested() -> None:
    began()
    total = 0
    for start in range(0, CALLS // 5, 3):
        numbers = range(start, start + 3)
        values = await asyncio.gather(*map(ainner, numbers))
        for n, value in zip(numbers, values, strict=True):
            total += told(f"inner-{n}", value, _five_squares(n))
    note("result", total)


@flow(retries=2)
def retried() -> None:
    """Fail twice, somewhere in the middle."""
    began()
    for n in range(CALLS):
        told(f"square-{n}", square(n), n * n)
        mark = Path(f"{sys.argv[2]}.failed-at-{n}")
        if n in {CALLS // 3, CALLS // 2} and not mark.exists():
            mark.touch()
            raise ValueError(f"fails at {n}, once")
    note("result", CALLS)


@task
def gate() -> None:
    """Wait until somebody lets the run end."""
    with body("gate"):
        while not Path(f"{sys.argv[2]}.open").exists():
            _PAUSE.wait(0.01)


@flow
def gated() -> None:
    began()
    told("square-1", square(1), 1)
    gate()
    note("result", 1)


FLOWS = {
    "direct": direct,
    "equal": equal,
    "gated": gated,
    "chained": chained,
    "mapped": mapped,
    "gathered": gathered,
    "branched": branched,
    "nested": nested,
    "anested": anested,
    "retried": retried,
}

if __name__ == "__main__":
    chosen = FLOWS[sys.argv[1]]
    outcome: Any = chosen()
    if chosen.isasync:
        asyncio.run(outcome)
