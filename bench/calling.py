"""Calls in the caller's own thread: direct, awaited, nested."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from typing import TYPE_CHECKING

from bench.figures import Figure, clock, repeat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Effort


def measure(effort: Effort) -> Iterator[Figure]:
    count = effort.size(10_000)
    stored, returned, plain, raw = repeat(effort, direct, count)
    yield Figure(
        "direct task call, in the store", "µs", stored, "sqlite3 insert + commit", raw, 40,
        note=f"{count:,} calls in a flow; plain call {min(plain):.2f} µs",
    )  # fmt: skip
    yield Figure("  of it, until the call returns", "µs", returned, "plain call", plain)
    awaited, floor = repeat(effort, one_by_one, count)
    yield Figure("async task, awaited", "µs", awaited, "asyncio task", floor, 50)
    gathered, floor = repeat(effort, gather, count)
    yield Figure("async tasks, gathered", "µs", gathered, "asyncio tasks", floor, 70)
    (nested,) = repeat(effort, nest, effort.size(1_000))
    yield Figure("nested flow call", "µs", nested, target=500)


def direct(count: int) -> tuple[float, float, float, float]:
    from penstock import flow, task  # noqa: PLC0415 - measured in a process of its own

    def plain(number: int) -> int:
        return number + 1

    add_one = task(plain)

    @flow
    def calls(count: int) -> float:
        began = clock()
        for number in range(count):
            add_one(number)
        return clock() - began

    calls(100)
    began = clock()
    returned = calls(count)
    stored = clock() - began
    began = clock()
    for number in range(count):
        plain(number)
    bare = clock() - began
    return _each(count, stored, returned, bare, insert_rows(count))


def insert_rows(count: int) -> float:
    """Commit one small row at a time, as fast as SQLite itself goes."""
    path = os.path.join(os.environ["PENSTOCK_HOME"], "floor.db")  # noqa: PTH118 - no more imports
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("CREATE TABLE run (id INTEGER PRIMARY KEY, name TEXT, value BLOB)")
    began = clock()
    for number in range(count):
        connection.execute("BEGIN")
        connection.execute("INSERT INTO run VALUES (?, ?, ?)", (number, "add_one", b"12345678"))
        connection.execute("COMMIT")
    took = clock() - began
    connection.close()
    return took


def one_by_one(count: int) -> tuple[float, ...]:
    from penstock import flow, task  # noqa: PLC0415 - as above

    async def plain(number: int) -> int:
        return number + 1

    add_one = task(plain)

    @flow
    async def calls(count: int) -> None:
        for number in range(count):
            await add_one(number)

    async def bare(count: int) -> None:
        for number in range(count):
            await asyncio.create_task(plain(number))

    return _each(count, *asyncio.run(_time_both(calls, bare, count)))


def gather(count: int) -> tuple[float, ...]:
    from penstock import flow, task  # noqa: PLC0415 - as above

    async def plain(number: int) -> int:
        return number + 1

    add_one = task(plain)

    @flow
    async def calls(count: int) -> None:
        await asyncio.gather(*(add_one(number) for number in range(count)))

    async def bare(count: int) -> None:
        await asyncio.gather(*(plain(number) for number in range(count)))

    return _each(count, *asyncio.run(_time_both(calls, bare, count)))


async def _time_both(calls, bare, count: int) -> tuple[float, float]:  # type: ignore[no-untyped-def] # noqa: ANN001 - two async functions
    await calls(100)
    await bare(100)
    began = clock()
    await calls(count)
    ours = clock() - began
    began = clock()
    await bare(count)
    return ours, clock() - began


def nest(count: int) -> tuple[float, ...]:
    from penstock import flow  # noqa: PLC0415 - as above

    @flow
    def child(number: int) -> int:
        return number + 1

    @flow
    def parent(count: int) -> None:
        for number in range(count):
            child(number)

    parent(20)
    began = clock()
    parent(count)
    return _each(count, clock() - began)


def _each(count: int, *seconds: float) -> tuple[float, ...]:
    return tuple(value / count * 1e6 for value in seconds)
