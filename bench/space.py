"""Memory and disk: what a task run leaves behind."""

from __future__ import annotations

import gc
import os
import resource
from typing import TYPE_CHECKING, Any

from bench.figures import Figure, fresh, repeat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Effort


def measure(effort: Effort) -> Iterator[Figure]:
    count = effort.size(50_000)
    (dropped,) = repeat(effort, memory, count, False)
    (kept,) = repeat(effort, memory, count, True)
    yield Figure("memory for a finished task run, called", "B", dropped, target=1_000)
    yield Figure("memory for a finished task run, future held", "B", kept, target=1_000)
    count = effort.size(20_000)
    (direct,) = repeat(effort, disk, count, False)
    (mapped,) = repeat(effort, disk, count, True)
    yield Figure("bytes on disk for a task run, called", "B", direct, target=600)
    yield Figure("bytes on disk for a task run, mapped", "B", mapped, target=600)
    count = effort.size(10_000)
    (grown,) = repeat(effort, map_growth, count)
    yield Figure(f"RSS growth of a .map of {count:,}, at its peak", "MB", grown, target=150)
    name = "RSS slope of 1 MB results, per 1,000 tasks"
    if effort.full:
        yield Figure(name, "MB", fresh(slope, 20_000), target=1, note="20,000 tasks")
    else:
        yield Figure(name, "MB", [], target=1, note="only with --full")


def _rss() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - nothing new in memory
        return int(file.read().split()[1]) * resource.getpagesize()


def add_one(number: int) -> int:
    return number + 1


def memory(count: int, held: bool) -> tuple[float]:
    from penstock import flow, task  # noqa: PLC0415 - measured in a process of its own
    from penstock._engine.process import get_process  # noqa: PLC0415 - as above

    ours = task(add_one)
    futures: list[Any] = []

    def call() -> None:
        if held:
            futures.append(ours.map(range(count)))
            futures[-1].wait()
        else:
            for number in range(count):
                ours(number)
        # What waits for the store is not what a finished run costs.
        get_process().flush()
        gc.collect()

    @flow
    def calls() -> float:
        # Twice, so that threads, buffers and the allocator have their size.
        call()
        call()
        before = _rss()
        call()
        call()
        return (_rss() - before) / (2 * count)

    return (calls(),)


def disk(count: int, mapped: bool) -> tuple[float]:
    from penstock import flow, task  # noqa: PLC0415 - as above
    from penstock._engine.process import close_process  # noqa: PLC0415 - as above

    ours = task(add_one)

    @flow
    def calls(count: int) -> None:
        if mapped:
            ours.map(range(count)).wait()
        else:
            for number in range(count):
                ours(number)

    path = os.path.join(os.environ["PENSTOCK_HOME"], "penstock.db")  # noqa: PTH118 - no more imports
    calls(1)
    close_process()
    before = os.stat(path).st_size  # noqa: PTH116 - as above
    calls(count)
    close_process()
    return ((os.stat(path).st_size - before) / count,)  # noqa: PTH116 - as above


def map_growth(count: int) -> tuple[float]:
    from penstock import flow, task  # noqa: PLC0415 - as above

    ours = task(add_one)

    @flow
    def calls(count: int) -> int:
        return sum(ours.map(range(count)).result())

    calls(100)
    before = _rss()
    calls(count)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return ((peak - before) / 1e6,)


def slope(count: int) -> list[float]:
    """Give the growth per 1,000 tasks after the first quarter, which warms up."""
    from penstock import flow, task  # noqa: PLC0415 - as above

    @task
    def load(number: int) -> bytes:
        return bytes([number % 256]) * 1_000_000

    seen: list[int] = []

    @flow
    def calls() -> None:
        for number in range(count):
            load(number)
            if number % 1_000 == 0:
                seen.append(_rss())

    calls()
    late = seen[len(seen) // 4 :]
    return [(late[-1] - late[0]) / 1e6 / (len(late) - 1)]
