"""Fills a store with many runs, as the processes of a busy month would have.

    python -m bench.crowd [--runs 100000] [--tasks 10] [sqlite:///path/to/store.db]

Every row goes through `Store.write`, in the store's own schema: what is drawn from it
is what would be drawn from real runs. One seed gives one store.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from itertools import count
from typing import TYPE_CHECKING, Final, NamedTuple

from penstock.events import (
    FLOW_RUN_CREATED,
    FLOW_RUN_STATE_CHANGED,
    LOG_WRITTEN,
    TASK_RUN_CREATED,
    TASK_RUN_FINISHED,
    TASK_RUN_RETRYING,
    TASK_RUN_STARTED,
    FlowRunCreated,
    FlowRunStateChanged,
    LogWritten,
    TaskRunCreated,
    TaskRunFinished,
    TaskRunRetrying,
    TaskRunStarted,
)
from penstock.settings import load_settings
from penstock.stores import open_store
from penstock.stores.protocol import Batch, Owner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.events import Event
    from penstock.stores.protocol import Store

__all__ = ["NEEDLE", "Crowd", "fill"]

#: What only the very first run has: to look for something that is found at the end.
NEEDLE: Final = "needle"

_BATCH: Final = 20_000
_SECOND: Final = 1_000_000
_FLOWS: Final = 50
_TASKS: Final = ("load", "clean", "describe", "score", "report")
_OWNER: Final = Owner("c" * 32, "crowd", 4711, 12.5, "boot")
_RESULT: Final = b"\x80\x05\x95\x0c\x00\x00\x00\x00\x00\x00\x00\x8c\x08a result\x94."
_ERROR: Final = "ValueError: could not convert string to float: 'n/a'"


class Crowd(NamedTuple):
    """How many runs, and how they are spread over time."""

    flow_runs: int
    task_runs: int = 10  #: in each
    wide: int = 0  #: task runs of one more flow run, the last: a map and what sums it up
    days: float = 30.0
    until: int = 1_790_000_000 * _SECOND  #: when the last begins


def fill(store: Store, crowd: Crowd, seed: int = 4) -> str:
    """Put the runs into a store; give the id of the last, which is the wide one if any."""
    batch: list[tuple[int, Event]] = []
    lsns = count(100, 100)
    last = b""
    for event in _events(crowd, random.Random(seed)):
        batch.append((next(lsns), event))
        last = event.flow_run
        if len(batch) >= _BATCH:
            store.write(Batch(_OWNER, batch))
            batch = []
    store.write(Batch(_OWNER, batch))
    text = last.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _events(crowd: Crowd, chance: random.Random) -> Iterator[Event]:
    step = int(crowd.days * 86_400 * _SECOND) // max(crowd.flow_runs, 1)
    start = crowd.until - step * crowd.flow_runs
    for number in range(crowd.flow_runs):
        yield from _flow_run(number, start + number * step, crowd, chance)
    if crowd.wide:
        yield from _wide_run(crowd.until, crowd.wide, chance)


def _id(at: int, chance: random.Random) -> bytes:
    """Make an id that carries an instant, as `penstock._ids.new_id` does."""
    milliseconds, rest = divmod(at, 1_000)
    number = milliseconds << 80 | 0x7000 << 64 | rest << 64 | 1 << 63 | chance.getrandbits(62)
    return number.to_bytes(16, "big")


def _created(run: bytes, at: int, number: int, name: str, tags: tuple[str, ...]) -> Event:
    flow = f"flow_{number % _FLOWS:02}"
    day = f"2026-03-{number % 28 + 1:02}"
    parameters = {"day": day, "limit": number % 1_000, "source": NEEDLE if not number else "s3"}
    return FlowRunCreated(
        FLOW_RUN_CREATED, run, at, "flow", flow, f"flows.{flow}", name, f"v{number % 1_000 // 250}",
        tags, json.dumps(parameters), None, None, (),
        json.dumps(
            {"module": "flows", "flow": flow, "file": f"/srv/flows/{flow}.py", "is_main": True,
             "folder": "/srv", "arguments": []}
        ),
    )  # fmt: skip


def _changed(run: bytes, at: int, state: str, name: str | None, message: str | None) -> Event:
    return FlowRunStateChanged(
        FLOW_RUN_STATE_CHANGED, run, at, 1, state, name, message, None, None, None
    )


def _flow_run(number: int, at: int, crowd: Crowd, chance: random.Random) -> Iterator[Event]:
    run = _id(at, chance)
    tags = ("nightly",) if number % 3 else ("hourly", f"team-{number % 7}")
    name = f"{NEEDLE if not number else 'run'}-{number}"
    yield _created(run, at, number, name, (NEEDLE, *tags) if not number else tags)
    yield _changed(run, at + 500, "RUNNING", None, None)
    fails = number % 10 == 0
    is_open = number > crowd.flow_runs - 5
    for index in range(crowd.task_runs):
        at += chance.randrange(1_000, 3 * _SECOND)
        upstreams = (index - 1,) if index else ()
        key = f"flows.{_TASKS[index % len(_TASKS)]}"
        yield _task_created(run, at, index, key, upstreams)
        if index % 50 == 49 or (number % 20 == 5 and index == 1):
            yield TaskRunRetrying(TASK_RUN_RETRYING, run, at + 100, index, 1, 0.5, _ERROR, None)
            at += _SECOND
            yield TaskRunStarted(TASK_RUN_STARTED, run, at, index, 2, None)
        if index == crowd.task_runs - 1 and is_open:
            return
        if index == crowd.task_runs - 1 and fails:
            yield TaskRunFinished(
                TASK_RUN_FINISHED, run, at + 900, index, "FAILED",
                "TimedOut" if number % 100 == 0 else None, _ERROR, None, None, None,
            )  # fmt: skip
        else:
            name = "Cached" if number % 4 == 3 and index == 0 else None
            yield _task_finished(run, at + 900, index, name)
    yield LogWritten(LOG_WRITTEN, run, at, None, 20, "flow", f"looked at {number} of them")
    at += 1_000
    if fails:
        yield _changed(run, at, "FAILED", None, f"task 'report' failed: {_ERROR}")
    else:
        yield _changed(run, at, "COMPLETED", None, None)


def _wide_run(at: int, size: int, chance: random.Random) -> Iterator[Event]:
    """A map over many, some of them tried twice, and a task that takes them all."""
    run = _id(at, chance)
    yield _created(run, at, 1, "wide", ())
    yield _changed(run, at, "RUNNING", None, None)
    for index in range(size):
        at += 700
        yield _task_created(run, at, index, "flows.score", ())
        if index % 10 == 0:
            yield TaskRunRetrying(TASK_RUN_RETRYING, run, at + 50, index, 1, 0.1, _ERROR, None)
            yield TaskRunStarted(TASK_RUN_STARTED, run, at + 200, index, 2, None)
        yield _task_finished(run, at + chance.randrange(300, _SECOND), index, None)
    yield _task_created(run, at, size, "flows.report", tuple(range(size)))
    yield _task_finished(run, at + _SECOND, size, None)
    yield _changed(run, at + 2 * _SECOND, "COMPLETED", None, None)


def _task_created(run: bytes, at: int, index: int, key: str, upstreams: tuple[int, ...]) -> Event:
    name = f"{key.rpartition('.')[2]}-{index}"
    return TaskRunCreated(
        TASK_RUN_CREATED, run, at, index, True, key, name, None, upstreams, (), b"f" * 24
    )


def _task_finished(run: bytes, at: int, index: int, name: str | None) -> Event:
    return TaskRunFinished(
        TASK_RUN_FINISHED, run, at, index, "COMPLETED", name, None, None, _RESULT, None
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.crowd", description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000, help="flow runs")
    parser.add_argument("--tasks", type=int, default=10, help="task runs in each")
    parser.add_argument("--wide", type=int, default=10_000, help="task runs of the last flow run")
    parser.add_argument("url", nargs="?", default=load_settings().store_url)
    options = parser.parse_args()
    store = open_store(options.url)
    began = time.perf_counter()
    until = time.time_ns() // 1_000
    last = fill(store, Crowd(options.runs, options.tasks, options.wide, until=until))
    store.close()
    print(f"{options.url}: the last flow run is {last}; {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
