"""A clock that stands still drives waits, expiry and time limits, and nobody waits."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from typing import TYPE_CHECKING

import pytest

from penstock import flow, task
from penstock.errors import TimedOut, UsageError
from penstock.tasks import task_input_hash
from penstock.testing import FakeClock, isolated_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

HOUR = 3_600.0
#: A generous bound on a busy machine; the bodies say that they take hours.
SOON = 5.0
NOON = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> Iterator[FakeClock]:
    """Give the engine a clock that stands still; nothing may take its time for real."""
    fake = FakeClock(NOON)
    began = time.monotonic()
    with isolated_store(clock=fake):
        yield fake
    assert time.monotonic() - began < SOON


def test_it_stands_still_until_it_is_moved() -> None:
    clock = FakeClock(NOON)

    assert clock.now == clock.now == NOON
    assert clock.monotonic() == 0
    clock.move(1.5)
    assert clock.now == NOON + dt.timedelta(seconds=1.5)
    assert clock.now_us() == round(NOON.timestamp() * 1_000_000) + 1_500_000
    assert clock.monotonic() == 1.5
    assert clock.sleeps == []


def test_sleeping_moves_it_and_is_noted() -> None:
    clock = FakeClock(NOON)

    clock.sleep(HOUR)
    asyncio.run(clock.asleep(60))

    assert clock.sleeps == [HOUR, 60]
    assert clock.now == NOON + dt.timedelta(hours=1, minutes=1)


def test_it_shows_the_time_of_now_unless_told_otherwise() -> None:
    assert abs((FakeClock().now - dt.datetime.now(dt.UTC)).total_seconds()) < SOON


@pytest.mark.parametrize("call", [FakeClock(NOON).move, FakeClock(NOON).sleep])
def test_it_does_not_go_back(call: object) -> None:
    assert callable(call)
    with pytest.raises(UsageError, match="does not go back"):
        call(-1)


def test_it_does_not_guess_a_time_zone() -> None:
    with pytest.raises(UsageError, match="in no time zone"):
        FakeClock(NOON.replace(tzinfo=None))


@pytest.mark.parametrize("how", ["called", "submitted", "awaited"])
def test_waits_between_attempts_take_no_time(how: str, clock: FakeClock) -> None:
    calls: list[dt.datetime] = []

    def fetch() -> str:
        calls.append(clock.now)
        if len(calls) < 3:
            raise ConnectionError
        return "page"

    async def afetch() -> str:
        return fetch()

    options = task(retries=2, retry_delay_seconds=[60, HOUR])
    fetched, afetched = options(fetch), options(afetch)

    @flow
    def sync() -> str:
        return fetched() if how == "called" else fetched.submit().result()

    @flow
    async def not_sync() -> str:
        return await afetched()

    assert (asyncio.run(not_sync()) if how == "awaited" else sync()) == "page"
    assert clock.sleeps == [60, HOUR]
    assert [at - NOON for at in calls] == [
        dt.timedelta(),
        dt.timedelta(minutes=1),
        dt.timedelta(hours=1, minutes=1),
    ]


def test_cached_results_expire_when_the_clock_is_moved(clock: FakeClock) -> None:
    calls: list[int] = []

    @task(cache_key_fn=task_input_hash, cache_expiration=dt.timedelta(hours=1))
    def rate(day: int) -> int:
        calls.append(day)
        return day

    @flow
    def report() -> int:
        return rate(3)

    report()
    clock.move(HOUR - 1)
    report()
    assert calls == [3]
    clock.move(2)
    report()
    assert calls == [3, 3]


def test_a_body_that_takes_too_long_by_the_clock_is_timed_out(clock: FakeClock) -> None:
    @task(timeout_seconds=60)
    def slow() -> str:
        clock.sleep(61)
        return "too late"

    @task(timeout_seconds=60)
    def quick() -> str:
        clock.sleep(59)
        return "in time"

    assert quick() == "in time"
    with pytest.raises(TimedOut, match="slow-1 exceeded its timeout of 60"):
        slow()


def test_an_async_body_that_takes_too_long_by_the_clock_is_timed_out(clock: FakeClock) -> None:
    @task(timeout_seconds=60)
    async def slow() -> str:
        await clock.asleep(61)
        return "too late"

    @flow
    async def etl() -> str:
        return await slow()

    with pytest.raises(TimedOut):
        asyncio.run(etl())


def test_an_error_of_an_overdue_body_is_the_cause(clock: FakeClock) -> None:
    @task(timeout_seconds=60, retries=1, retry_delay_seconds=5)
    def slow() -> str:
        clock.sleep(61)
        raise ConnectionError("reset by peer")

    with pytest.raises(TimedOut) as caught:
        slow()

    assert isinstance(caught.value.__cause__, ConnectionError)
    assert clock.sleeps == [61, 5, 61]


def test_waits_between_attempts_count_for_the_time_limit_of_the_flow(clock: FakeClock) -> None:
    @task(retries=1, retry_delay_seconds=HOUR)
    def fails_once() -> str:
        if not clock.sleeps:
            raise ConnectionError
        return "late"

    @flow(timeout_seconds=60)
    def etl() -> str:
        return fails_once()

    assert etl(return_state=True).name == "TimedOut"


def test_a_generator_may_take_its_time_in_parts(clock: FakeClock) -> None:
    @flow(timeout_seconds=60)
    def numbers() -> Iterator[int]:
        for number in range(3):
            clock.sleep(25)
            yield number

    @flow(timeout_seconds=60)
    async def anumbers() -> AsyncIterator[int]:
        for number in range(3):
            await clock.asleep(25)
            yield number

    async def collect(found: list[int]) -> None:
        async for number in anumbers():
            found.append(number)  # noqa: PERF401 - what came before the end is asked for

    found: list[int] = []
    with pytest.raises(TimedOut):
        found.extend(numbers())
    assert clock.sleeps == [25, 25, 25]
    afound: list[int] = []
    with pytest.raises(TimedOut):
        asyncio.run(collect(afound))
    assert afound == [0, 1]
