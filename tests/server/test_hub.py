"""Who listens costs nobody else: the slow are let go, and without listeners nothing looks."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import pytest

from penstock._ids import format_id
from penstock._server.cursors import Cursor
from penstock._server.shown import find_shown
from penstock._server.stream import Hub
from penstock._server.watching import Look
from penstock.testing import FakeClock
from penstock.testing.journal import Journal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from penstock.stores.protocol import Store

LOOK = Look(Cursor(1, 1, 1), [], more=False, rows=(), artifacts=frozenset(), above={})


@pytest.fixture
def hub(store: Store) -> Hub:
    clock = FakeClock()
    return Hub(store, clock, partial(find_shown, store, clock))


async def named(events: AsyncGenerator[bytes, None], name: str) -> bytes:
    """Wait for the next event of a name."""
    async with asyncio.timeout(20):
        while True:
            text = await anext(events)
            if f"event: {name}\n".encode() in text:
                return text


async def test_whoever_goes_is_forgotten_and_nobody_looks_any_more(hub: Hub, store: Store) -> None:
    events = hub.listen(None, None)
    await named(events, "hello")
    assert hub.listener_count == 1

    await events.aclose()

    assert hub.listener_count == 0
    looking = hub._looking
    assert looking is not None
    async with asyncio.timeout(20):
        await looking
    run = Journal(store).flow_run()
    assert run
    again = hub.listen(None, None)
    await named(again, "hello")
    await again.aclose()


async def test_who_takes_nothing_is_let_go_and_others_hear_all(hub: Hub, store: Store) -> None:
    journal = Journal(store)
    slow, quick = hub.listen(None, None), hub.listen(None, None)
    await named(slow, "hello")
    await named(quick, "hello")
    heard = 0
    for _ in range(40):
        hub._tell(LOOK)
        await named(quick, "changes")
        heard += 1

    assert heard == 40
    assert hub.listener_count == 1
    with pytest.raises(StopAsyncIteration):
        await anext(slow)
    run = journal.flow_run()
    journal.send()
    assert format_id(run).encode() in await named(quick, "changes")
    await quick.aclose()


async def test_when_runs_are_deleted_lists_are_to_be_asked_for_again(hub: Hub) -> None:
    events = hub.listen(None, None)
    await named(events, "hello")

    await asyncio.to_thread(hub.tell_all_changed)

    assert b'"more":true' in await named(events, "changes")
    await events.aclose()


async def test_a_closed_hub_ends_its_streams_and_takes_none(hub: Hub) -> None:
    events = hub.listen(None, None)
    await named(events, "hello")

    hub.close()

    with pytest.raises(StopAsyncIteration):
        await anext(events)
    with pytest.raises(Exception, match="too_many_streams"):
        await anext(hub.listen(None, None))
