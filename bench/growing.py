"""Does a task cost more when there are many: in its run, or in the store?"""

from __future__ import annotations

import os
from statistics import median
from typing import TYPE_CHECKING

from bench.calling import direct
from bench.figures import Figure, fresh, in_home, repeat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Effort


def measure(effort: Effort) -> Iterator[Figure]:
    sizes = (1_000, 10_000, 100_000, 1_000_000) if effort.full else (1_000, 10_000, 100_000)
    floor: tuple[float, ...] = ()
    few = effort._replace(repeats=min(effort.repeats, 3))
    for size in sizes:
        count = effort.size(size)
        stored = repeat(effort if size <= 10_000 else few, direct, count)[0]
        name = f"direct call, {count:,} tasks in one run"
        if floor:
            yield Figure(name, "µs", stored, "the smallest run", floor, ratio_target=1.25)
        else:
            floor = stored
            yield Figure(name, "µs", stored)
    yield from _crowded(effort)


def _crowded(effort: Effort) -> Iterator[Figure]:
    """Compare an empty store with one that holds many runs."""
    earlier = effort.size(100_000)
    count = effort.size(10_000)
    empty, crowded = [], []
    with in_home() as home:
        fresh(fill, earlier, home=home)
        for _ in range(effort.repeats):
            empty.append(fresh(direct, count)[0])
            crowded.append(fresh(direct_again, count, home=home))
    yield Figure(
        f"direct call, {earlier:,} earlier runs in the store", "µs", crowded,
        "empty store", empty, ratio_target=1.25,
        note=f"the empty one costs {median(empty):.1f} µs",
    )  # fmt: skip


def direct_again(count: int) -> float:
    """Measure the direct call in a data folder that is used several times."""
    found = direct(count)[0]
    os.unlink(os.path.join(os.environ["PENSTOCK_HOME"], "floor.db"))  # noqa: PTH108, PTH118 - few imports
    return found


def fill(count: int) -> None:
    """Put flow runs with one task run each into the store, as a process would have."""
    from penstock.settings import load_settings  # noqa: PLC0415 - in a process of its own
    from penstock.stores import open_store  # noqa: PLC0415 - as above
    from penstock.testing.journal import Journal  # noqa: PLC0415 - as above

    store = open_store(load_settings().store_url)
    journal = Journal(store)
    for number in range(count):
        run = journal.flow_run(name=f"run-{number}")
        journal.task_run(run, 0)
        journal.finish(run, 0, result=b"P12345678")
        journal.state(run, "COMPLETED")
        if number % 1_000 == 999:
            journal.send()
    journal.send()
    store.close()
