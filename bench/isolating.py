"""Calls of tasks that have a process of their own, beside the standard library's pool."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from bench.figures import Figure, clock, repeat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.figures import Effort


def measure(effort: Effort) -> Iterator[Figure]:
    count = effort.size(1_000)
    first, warm, first_floor, floor = repeat(effort, call, count)
    pool = "ProcessPoolExecutor, spawned"
    yield Figure("isolated task, first call", "ms", first, pool, first_floor)
    yield Figure("isolated task, called", "µs", warm, pool, floor)


def add_one(number: int) -> int:
    return number + 1


def call(count: int) -> tuple[float, ...]:
    from penstock import flow, task  # noqa: PLC0415 - measured in a process of its own

    ours = task(isolate=True)(add_one)

    @flow
    def calls(count: int) -> tuple[float, float]:
        return _time(ours, count)

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        floor = _time(lambda number: pool.submit(add_one, number).result(), count)
    return (*calls(count), *floor)


def _time(call_one: Callable[[int], int], count: int) -> tuple[float, float]:
    """Give milliseconds of the first call, and microseconds of the others."""
    began = clock()
    call_one(0)
    first = clock() - began
    began = clock()
    for number in range(count):
        call_one(number)
    return first * 1e3, (clock() - began) / count * 1e6
