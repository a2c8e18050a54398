"""Sixteen processes on one database file, each committing fifty times a second, at least."""

from __future__ import annotations

import multiprocessing
import time
from typing import TYPE_CHECKING, Any

from bench.figures import Figure, clock, fresh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Effort

PROCESSES = 16
#: Each process asks for a commit so often; together that is 842 a second.
EVERY_SECONDS = 0.019
#: Task runs in a commit: created and finished, two events each.
TASKS = 10


def measure(effort: Effort) -> Iterator[Figure]:
    seconds = 20.0 if effort.divisor == 1 else 3.0
    rate, p99, errors = fresh(commit, seconds)
    note = f"{seconds:g} s, asked for {PROCESSES / EVERY_SECONDS:,.0f}, {2 * TASKS} events each"
    yield Figure(
        "16 processes on one file: commits", "1/s", [rate], target=800, at_least=True, note=note
    )
    yield Figure("16 processes on one file: p99 of a commit", "ms", [p99], target=25)
    yield Figure("16 processes on one file: errors", "", [errors], target=0)


def commit(seconds: float) -> tuple[float, float, int]:
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(PROCESSES)
    answers: Any = context.Queue()
    processes = [
        context.Process(target=_commit, args=(number, seconds, ready, answers))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    found = [answers.get() for _ in processes]
    for process in processes:
        process.join()
    waits = sorted(wait for waits, _ in found for wait in waits)
    errors = sum(errors for _, errors in found) + sum(bool(p.exitcode) for p in processes)
    return len(waits) / seconds, waits[len(waits) * 99 // 100] * 1000, errors


def _commit(number: int, seconds: float, ready: Any, answers: Any) -> None:
    from penstock.errors import StoreError  # noqa: PLC0415 - in a process of its own
    from penstock.settings import load_settings  # noqa: PLC0415 - as above
    from penstock.stores import open_store  # noqa: PLC0415 - as above
    from penstock.testing.journal import Journal  # noqa: PLC0415 - as above

    ready.wait()
    # All open the new file at once.
    store = open_store(load_settings().store_url)
    journal = Journal(store, incarnation=f"{number:032x}")
    run = journal.flow_run(name=f"run-{number}")
    journal.send()
    ready.wait()
    waits: list[float] = []
    errors = index = 0
    began = clock()
    due = began + EVERY_SECONDS * number / PROCESSES
    while due < began + seconds and clock() < began + seconds:
        time.sleep(max(0.0, due - clock()))
        due += EVERY_SECONDS
        for _ in range(TASKS):
            journal.task_run(run, index)
            journal.finish(run, index, result=b"P12345678")
            index += 1
        asked = clock()
        try:
            journal.send()
        except StoreError as error:
            errors += 1
            print(error, flush=True)
        waits.append(clock() - asked)
    answers.put((waits, errors))
    store.close()
