"""What is kept: cached values, log lines and artifacts."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import sys
from typing import TYPE_CHECKING

from bench.calling import insert_rows
from bench.figures import Figure, clock, repeat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Effort


def measure(effort: Effort) -> Iterator[Figure]:
    count = effort.size(2_000)
    here, stored, floor = repeat(effort, cache, count)
    floors = ("joblib Memory hit", floor) if min(floor) else ("", ())
    yield Figure("cache hit, computed in this process", "µs", here, *floors, 60)
    yield Figure("cache hit, out of the store", "µs", stored, *floors, 60)
    count = effort.size(10_000)
    quiet, floor = repeat(effort, log, count, False)
    name = "log line, in the store"
    yield Figure(name, "µs", quiet, "logging to a file", floor, 15)
    shown, floor = repeat(effort, log, count, True)
    yield Figure(f"{name}, and shown (to a file)", "µs", shown, "logging to a file", floor)
    count = effort.size(5_000)
    numbers, updates, floor = repeat(effort, save, count)
    name = "artifact (a number with a key), in the store"
    yield Figure(name, "µs", numbers, "sqlite3 insert + commit", floor)
    yield Figure("progress of an artifact, in the store", "µs", updates)
    count = effort.size(200)
    tables, floor = repeat(effort, tabulate, count)
    yield Figure("artifact (100 rows of 4 columns)", "µs", tables, "json.dumps of the rows", floor)


def cache(count: int) -> tuple[float, ...]:
    from penstock import flow, task  # noqa: PLC0415 - measured in a process of its own
    from penstock._engine.process import close_process  # noqa: PLC0415 - as above
    from penstock.tasks import task_input_hash  # noqa: PLC0415 - as above

    @task(cache_key_fn=task_input_hash)
    def add_one(number: int) -> int:
        return number + 1

    @flow
    def calls(count: int) -> None:
        for number in range(count):
            add_one(number)

    calls(count)
    began = clock()
    calls(count)
    here = clock() - began
    # What the next process would find: nothing in memory, everything in the store.
    close_process()
    calls(1)
    began = clock()
    calls(count)
    stored = clock() - began
    return here / count * 1e6, stored / count * 1e6, _joblib(count // 10) * 1e6


def _joblib(count: int) -> float:
    """Measure the best peer, which keeps files only; 0 where it is not installed."""
    if importlib.util.find_spec("joblib") is None:
        return 0.0
    from joblib import Memory  # noqa: PLC0415 - it may not be there

    folder = os.path.join(os.environ["PENSTOCK_HOME"], "joblib")  # noqa: PTH118 - no more imports
    remembered = Memory(folder, verbose=0).cache(_add_one)
    for number in range(count):
        remembered(number)
    began = clock()
    for number in range(count):
        remembered(number)
    return (clock() - began) / count


def _add_one(number: int) -> int:
    return number + 1


def log(count: int, shown: bool) -> tuple[float, ...]:
    os.environ["PENSTOCK_LOG_CONSOLE"] = "1" if shown else "0"
    from penstock import flow  # noqa: PLC0415 - as above
    from penstock.logging import get_run_logger  # noqa: PLC0415 - as above

    @flow
    def lines(count: int) -> None:
        logger = get_run_logger()
        for number in range(count):
            logger.info("line %d of %d", number, count)

    folder = os.environ["PENSTOCK_HOME"]
    screen, sys.stderr = sys.stderr, open(f"{folder}.err", "w")  # noqa: SIM115, PTH123 - closed below
    try:
        lines(100)
        began = clock()
        lines(count)
        ours = clock() - began
    finally:
        sys.stderr.close()
        sys.stderr = screen
        os.unlink(f"{folder}.err")  # noqa: PTH108 - no more imports
    logger = logging.getLogger("floor")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    handler = logging.FileHandler(os.path.join(folder, "floor.log"))  # noqa: PTH118 - as above
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger.addHandler(handler)
    began = clock()
    for number in range(count):
        logger.info("line %d of %d", number, count)
    return ours / count * 1e6, (clock() - began) / count * 1e6


def save(count: int) -> tuple[float, ...]:
    from penstock import flow  # noqa: PLC0415 - measured in a process of its own
    from penstock.artifacts import (  # noqa: PLC0415 - as above
        create_progress_artifact,
        save_number,
        update_progress_artifact,
    )

    @flow
    def numbers(count: int) -> None:
        for number in range(count):
            save_number(number, key="bench")

    @flow
    def progress(count: int) -> None:
        artifact_id = create_progress_artifact(0)
        for number in range(count):
            update_progress_artifact(artifact_id, number / count * 100)

    numbers(100)
    took = []
    for saves in (numbers, progress):
        began = clock()
        saves(count)
        took.append(clock() - began)
    return *(seconds / count * 1e6 for seconds in took), insert_rows(count) / count * 1e6


def tabulate(count: int) -> tuple[float, ...]:
    from penstock import flow  # noqa: PLC0415 - as above
    from penstock.artifacts import save_table  # noqa: PLC0415 - as above

    rows = [
        {"id": number, "name": f"row {number}", "share": number / 7, "is_odd": number % 2 == 1}
        for number in range(100)
    ]

    @flow
    def tables(count: int) -> None:
        for _ in range(count):
            save_table(rows, key="bench")

    tables(10)
    began = clock()
    tables(count)
    took = clock() - began
    began = clock()
    for _ in range(count):
        json.dumps(rows)
    return took / count * 1e6, (clock() - began) / count * 1e6
