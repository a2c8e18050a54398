"""Calls that runners execute: submit and map."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import TYPE_CHECKING

from bench.figures import Figure, clock, repeat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.figures import Effort

MAPS = (1_000, 10_000, 50_000)


def measure(effort: Effort) -> Iterator[Figure]:
    count = effort.size(10_000)
    burst, floor = repeat(effort, submit, count, True)
    yield Figure(
        "submit + result, burst", "µs", burst, "ThreadPoolExecutor", floor, 80, ratio_target=5
    )
    single, floor = repeat(effort, submit, count, False)
    yield Figure("submit + result, one by one", "µs", single, "ThreadPoolExecutor", floor)
    each: list[float] = []
    for size in MAPS:
        count = effort.size(size)
        mapped, floor = repeat(effort, map_, count)
        each.append(median(mapped))
        name = f".map of {count:,}, per task"
        yield Figure(name, "µs", mapped, "executor.map", floor, 80)
    away = (max(each) / min(each) - 1) * 100
    yield Figure(
        "  dearest over cheapest of these sizes", "%", [away], target=25, note="linear: 0 %"
    )


def add_one(number: int) -> int:
    return number + 1


def submit(count: int, burst: bool) -> tuple[float, ...]:
    from penstock import flow, task  # noqa: PLC0415 - measured in a process of its own

    ours = task(add_one)
    run = _burst if burst else _singly

    @flow
    def calls(count: int) -> None:
        run(ours.submit, count)

    calls(100)
    began = clock()
    calls(count)
    mine = clock() - began
    with ThreadPoolExecutor() as pool:
        run(lambda number: pool.submit(add_one, number), 100)
        began = clock()
        run(lambda number: pool.submit(add_one, number), count)
        floor = clock() - began
    return mine / count * 1e6, floor / count * 1e6


def _burst(start: Callable[..., object], count: int) -> None:
    futures = [start(number) for number in range(count)]
    for future in futures:
        future.result()  # type: ignore[attr-defined] # of either kind


def _singly(start: Callable[..., object], count: int) -> None:
    for number in range(count):
        start(number).result()  # type: ignore[attr-defined] # as above


def map_(count: int) -> tuple[float, ...]:
    from penstock import flow, task  # noqa: PLC0415 - as above

    ours = task(add_one)

    @flow
    def calls(count: int) -> None:
        ours.map(range(count)).result()

    calls(100)
    began = clock()
    calls(count)
    mine = clock() - began
    with ThreadPoolExecutor() as pool:
        list(pool.map(add_one, range(100)))
        began = clock()
        list(pool.map(add_one, range(count)))
        floor = clock() - began
    return mine / count * 1e6, floor / count * 1e6
