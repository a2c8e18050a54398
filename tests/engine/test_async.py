"""Async and sync, in every place a flow may be called from: 40 cells.

In each cell the right value comes out, or one clear error: an async task called
in a sync flow needs somebody to await it, and there is nobody.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import textwrap
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, task
from penstock.errors import AsyncMisuse, UsageError
from penstock.testing.children import PATIENCE
from tests.engine.recorded import recorded
from tests.engine.scripts import run_script

if TYPE_CHECKING:
    from pathlib import Path

CELLS = """
import json
from penstock import flow, task
from penstock.errors import AsyncMisuse

@task
def sync_task(n): return n + 1

@task
async def async_task(n): return n + 1

@flow
def sync_called(kind):
    return (async_task if kind == "async" else sync_task)(1)

@flow
def sync_submitted(kind):
    return (async_task if kind == "async" else sync_task).submit(1).result()

@flow
async def async_called(kind):
    return (await async_task(1)) if kind == "async" else sync_task(1)

@flow
async def async_submitted(kind):
    return await (async_task if kind == "async" else sync_task).submit(1)

found = {}

def note(cell, call):
    try:
        found[cell] = call()
    except Exception as error:
        found[cell] = type(error).__name__

async def anote(cell, call):
    try:
        found[cell] = await call()
    except Exception as error:
        found[cell] = type(error).__name__

def sync_cells():
    for kind in ("sync", "async"):
        note(f"sync {kind} called", lambda: sync_called(kind))
        note(f"sync {kind} submitted", lambda: sync_submitted(kind))

async def async_cells():
    for kind in ("sync", "async"):
        await anote(f"async {kind} called", lambda: async_called(kind))
        await anote(f"async {kind} submitted", lambda: async_submitted(kind))
"""

PLACES = {
    "script": """
        import asyncio
        sync_cells()
        asyncio.run(async_cells())
    """,
    "running loop": """
        # As in Jupyter: code runs in a loop that is going on already.
        import asyncio

        async def cell():
            sync_cells()
            await async_cells()

        loop = asyncio.new_event_loop()
        loop.run_until_complete(cell())
        loop.close()
    """,
    "fastapi": """
        import asyncio, warnings
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import httpx
            from fastapi import FastAPI

        app = FastAPI()

        @app.get("/sync")
        def sync_handler():
            sync_cells()

        @app.get("/async")
        async def async_handler():
            sync_cells()
            await async_cells()

        async def ask():
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
                for path in ("/sync", "/async"):
                    answer = await client.get(path)
                    assert answer.status_code == 200, answer.text

        asyncio.run(ask())
    """,
    "thread": """
        import asyncio, threading

        def work():
            sync_cells()
            asyncio.run(async_cells())

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """,
}

EXPECTED = {
    f"{flow_kind} {task_kind} {way}": 2
    for flow_kind, task_kind, way in itertools.product(
        ("sync", "async"), ("sync", "async"), ("called", "submitted")
    )
} | {"sync async called": "AsyncMisuse"}


@pytest.mark.parametrize("place", PLACES)
def test_each_cell_gives_the_value_or_one_clear_error(place: str, tmp_path: Path) -> None:
    text = CELLS + textwrap.dedent(PLACES[place]) + "\nprint(json.dumps(found))\n"

    ran = run_script(tmp_path, text, "-W", "error", PENSTOCK_LOG_CONSOLE="0")

    assert ran.code == 0, ran.err
    assert json.loads(ran.out) == EXPECTED
    assert ran.err == ""


@task
def sync_task(n: int) -> int:
    return n + 1


@task
async def async_task(n: int) -> int:
    return n + 1


@flow
def sync_called(kind: str) -> Any:
    return (async_task if kind == "async" else sync_task)(1)


@flow
def sync_submitted(kind: str) -> Any:
    return (async_task if kind == "async" else sync_task).submit(1).result()


@flow
async def async_called(kind: str) -> int:
    return await async_task(1) if kind == "async" else sync_task(1)


@flow
async def async_submitted(kind: str) -> int:
    return await (async_task if kind == "async" else sync_task).submit(1)


@pytest.mark.parametrize("cell", EXPECTED)
async def test_each_cell_gives_the_same_under_pytest_asyncio(cell: str) -> None:
    flow_kind, task_kind, way = cell.split()
    called = {
        "sync called": sync_called,
        "sync submitted": sync_submitted,
        "async called": async_called,
        "async submitted": async_submitted,
    }[f"{flow_kind} {way}"]

    try:
        found: Any = called(task_kind)
        found = await found if flow_kind == "async" else found
    except AsyncMisuse as error:
        found = type(error).__name__

    assert found == EXPECTED[cell]


def test_the_error_for_an_unawaited_task_says_what_to_write_instead() -> None:
    @flow
    def etl() -> Any:
        async_task(1)

    with pytest.raises(AsyncMisuse, match=r"'etl' called async task 'async_task'.*async def"):
        etl()
    assert recorded().flow.state_type == "FAILED"


def test_an_unawaited_task_whose_coroutine_is_used_is_the_same_error() -> None:
    @flow
    def etl() -> Any:
        return async_task(1) + 1  # type: ignore[operator] # that is the mistake

    with pytest.raises(AsyncMisuse, match="async_task"):
        etl()


def test_a_sync_flow_may_await_in_a_loop_of_its_own() -> None:
    @flow
    def etl() -> Any:
        async def both() -> list[int]:
            return list(await asyncio.gather(async_task(1), async_task(2)))

        return asyncio.run(both()), asyncio.run(async_task(3))

    assert etl() == ([2, 3], 4)


def test_an_async_flow_called_in_a_sync_flow_is_an_error_that_says_so() -> None:
    @flow
    async def inner() -> int:
        return 1

    @flow
    def outer() -> Any:
        return inner()

    with pytest.raises(AsyncMisuse, match="inner"):
        outer()


async def test_an_async_task_that_blocks_for_another_is_told_to_await_it() -> None:
    """Both live in one loop: blocking it would wait for ever."""

    @task
    async def blocks() -> int:
        return async_task.submit(1).result()

    @flow
    async def etl() -> int:
        return await blocks.submit()

    with pytest.raises(UsageError, match="await"):
        await asyncio.wait_for(etl(), 20)


async def test_an_async_task_may_submit_and_await() -> None:
    @task
    async def outer(n: int) -> int:
        return await async_task.submit(n) + await sync_task.submit(n)

    @flow
    async def etl() -> list[int]:
        return [await future for future in outer.map([1, 2])]

    assert await etl() == [4, 6]


async def test_a_loop_goes_on_while_an_async_flow_waits_for_its_tasks() -> None:
    enough = threading.Event()
    stopped = asyncio.Event()

    async def beat() -> None:
        for number in itertools.count(1):
            if number == 5:
                enough.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), 0.005)
                return

    @task
    def slow() -> None:
        assert enough.wait(PATIENCE), "the loop stands still"

    @flow
    async def etl() -> None:
        slow.submit()

    beating = asyncio.ensure_future(beat())
    await etl()
    stopped.set()
    await beating


async def test_two_flows_in_one_loop_keep_their_runs_apart() -> None:
    both = asyncio.Barrier(2)

    @task
    async def step(name: str, n: int) -> str:
        await both.wait()
        return f"{name}{n}"

    @flow
    async def etl(name: str) -> list[str]:
        return [await step(name, n) for n in range(5)]

    first, second = await asyncio.wait_for(asyncio.gather(etl("a"), etl("b")), 20)

    assert first == [f"a{n}" for n in range(5)]
    assert second == [f"b{n}" for n in range(5)]
    found = recorded()
    for row in found.flows:
        tasks = [t for t in found.tasks if t.flow_run_id == row.id]
        assert [t.index for t in tasks] == list(range(5))


async def test_calls_gathered_in_a_flow_are_its_task_runs() -> None:
    @flow
    async def etl() -> list[int]:
        return list(await asyncio.gather(*(async_task(n) for n in range(10))))

    assert await etl() == list(range(1, 11))
    assert len(recorded().tasks) == 10


async def test_an_async_flow_that_is_cancelled_ends_as_cancelled() -> None:
    started = asyncio.Event()

    @task
    async def wait_for_ever() -> None:
        started.set()
        await asyncio.Event().wait()

    @flow
    async def etl() -> None:
        await wait_for_ever()

    running = asyncio.ensure_future(etl())
    await asyncio.wait_for(started.wait(), 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    found = recorded()
    assert found.flow.state_type == "CANCELLED"
    assert found.task_states() == {"wait_for_ever-0": "Cancelled"}
