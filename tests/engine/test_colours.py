"""One table of scenarios through both drivers: sync and async record the same events."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from penstock import allow_failure, flow, task
from penstock._engine.process import close_process
from penstock.states import Completed, Failed
from penstock.testing.clock import FakeClock
from tests.engine.clock import open_process
from tests.engine.recorded import recorded

if TYPE_CHECKING:
    from pathlib import Path

#: A flow's body: yields calls, and is sent what they give.
Body = Generator[Callable[[], Any], Any, Any]


class Story(NamedTuple):
    """What came of a scenario."""

    outcome: str
    events: list[tuple[Any, ...]]
    sleeps: list[float]


class Tools:
    """Makes tasks and flows of one colour out of plain functions."""

    def __init__(self, *, is_async: bool) -> None:
        self.is_async = is_async

    def paint(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        if not self.is_async:
            return fn

        async def painted(*args: Any, **kwargs: Any) -> Any:
            return fn(*args, **kwargs)

        painted.__name__ = fn.__name__
        painted.__qualname__ = fn.__qualname__
        return painted

    def task(self, fn: Callable[..., Any], **options: Any) -> Any:
        return task(**options)(self.paint(fn))

    def run(self, body: Callable[[], Body], **options: Any) -> str:
        """Run a body as a flow of this colour; tell what it gave or raised."""

        def sync_flow() -> Any:
            return _drive(body())

        async def async_flow() -> Any:
            return await _adrive(body())

        made: Any = flow(name="scenario", **options)(async_flow if self.is_async else sync_flow)
        try:
            value = asyncio.run(made()) if self.is_async else made()
        except BaseException as error:  # noqa: BLE001 - told, whatever it is
            return f"raised {error!r}"
        return f"gave {value!r}"


def _drive(body: Body) -> Any:
    try:
        step = next(body)
        while True:
            try:
                given = step()
                given = given.result() if hasattr(given, "add_done_callback") else given
            except Exception as error:  # noqa: BLE001 - the body decides
                step = body.throw(error)
            else:
                step = body.send(given)
    except StopIteration as stop:
        return stop.value


async def _adrive(body: Body) -> Any:
    try:
        step = next(body)
        while True:
            try:
                given = await step()
            except Exception as error:  # noqa: BLE001 - the body decides
                step = body.throw(error)
            else:
                step = body.send(given)
    except StopIteration as stop:
        return stop.value


class FailsTimes:
    """A body that fails so many times before it succeeds."""

    def __init__(self, failures: int) -> None:
        self.left = failures
        self.__name__ = self.__qualname__ = "flaky"

    def __call__(self) -> str:
        self.left -= 1
        if self.left >= 0:
            raise ValueError(f"{self.left} left")
        return "done"


def fail() -> None:
    raise ValueError("no")


def success(tools: Tools) -> str:
    add = tools.task(lambda a, b: a + b, name="add")

    def body() -> Body:
        first = yield lambda: add(1, 2)
        return (yield lambda: add(first, b=3))

    return tools.run(body)


def submitted(tools: Tools) -> str:
    add = tools.task(lambda a, b: a + b, name="add")

    def body() -> Body:
        first = add.submit(1, 2)
        yield lambda: first
        second = add.submit(first, 3)
        return (yield lambda: second)

    return tools.run(body)


def retry_then_success(tools: Tools) -> str:
    flaky = tools.task(FailsTimes(2), name="flaky", retries=3, retry_delay_seconds=[5, 7])

    def body() -> Body:
        return (yield flaky)

    return tools.run(body)


def retries_run_out(tools: Tools) -> str:
    flaky = tools.task(FailsTimes(9), name="flaky", retries=2, retry_delay_seconds=5)

    def body() -> Body:
        return (yield flaky)

    return tools.run(body)


def flow_retries(tools: Tools) -> str:
    flaky = tools.task(FailsTimes(1), name="flaky")

    def body() -> Body:
        return (yield flaky)

    return tools.run(body, retries=1, retry_delay_seconds=11)


def flow_retries_run_out(tools: Tools) -> str:
    def body() -> Body:
        if False:
            yield
        raise ValueError("no")

    return tools.run(body, retries=2, retry_delay_seconds=[1, 2])


def timeout(tools: Tools) -> str:
    def linger() -> None:
        wakeless = threading.Event()
        while True:
            wakeless.wait(0.005)

    async def alinger() -> None:
        await asyncio.Event().wait()

    slow: Any = task(name="slow", timeout_seconds=0.05)(alinger if tools.is_async else linger)

    def body() -> Body:
        return (yield slow)

    return tools.run(body)


def returned_state(tools: Tools) -> str:
    good = tools.task(lambda: Completed(data=5), name="good")
    bad = tools.task(lambda: Failed("it rained"), name="bad")

    def body() -> Body:
        five = yield good
        try:
            yield bad
        except Exception as error:  # noqa: BLE001 - told, whatever it is
            return five, repr(error)

    return tools.run(body)


def returned_state_is_retried(tools: Tools) -> str:
    left = [Failed("first"), Completed(data="second")]
    moody = tools.task(lambda: left.pop(0), name="moody", retries=1)

    def body() -> Body:
        return (yield moody)

    return tools.run(body)


def returned_future(tools: Tools) -> str:
    inner = tools.task(lambda: 5, name="inner")

    def hand_on() -> Any:
        return inner.submit()

    outer = tools.task(hand_on, name="outer")

    def body() -> Body:
        return (yield outer)

    return tools.run(body)


def hook_fails(tools: Tools) -> str:
    def broken(_task: Any, _run: Any, _state: Any) -> None:
        raise RuntimeError("broken hook")

    hook = [tools.paint(broken)]
    good = tools.task(lambda: 1, name="good", on_completion=hook, on_running=hook)
    bad = tools.task(fail, name="bad", on_failure=hook)

    def body() -> Body:
        yield good
        yield bad

    return tools.run(body, on_failure=hook, on_running=hook)


def condition_says_no(tools: Tools) -> str:
    def only_keys(_task: Any, _run: Any, state: Any) -> bool:
        return isinstance(state.result(raise_on_failure=False), KeyError)

    flaky = tools.task(
        FailsTimes(1), name="flaky", retries=5, retry_condition_fn=tools.paint(only_keys)
    )

    def body() -> Body:
        return (yield flaky)

    return tools.run(body)


def condition_says_yes(tools: Tools) -> str:
    flaky = tools.task(
        FailsTimes(1), name="flaky", retries=5, retry_condition_fn=tools.paint(lambda *_: True)
    )

    def body() -> Body:
        return (yield flaky)

    return tools.run(body)


def condition_fails(tools: Tools) -> str:
    def broken(*_: Any) -> bool:
        raise RuntimeError("broken condition")

    flaky = tools.task(FailsTimes(1), name="flaky", retries=5, retry_condition_fn=broken)

    def body() -> Body:
        return (yield flaky)

    return tools.run(body)


def cache_hit(tools: Tools) -> str:
    calls: list[int] = []
    count = tools.task(
        lambda: calls.append(1) or len(calls), name="count", cache_key_fn=lambda *_: "key"
    )

    def body() -> Body:
        first = yield count
        second = yield count
        return first, second

    return tools.run(body)


def upstream_failed(tools: Tools) -> str:
    bad = tools.task(fail, name="bad")
    after = tools.task(lambda x: x, name="after")

    def body() -> Body:
        broken = bad.submit()
        try:
            yield lambda: broken
        except ValueError:
            return (yield lambda: after(broken))

    return tools.run(body)


def failure_allowed(tools: Tools) -> str:
    bad = tools.task(fail, name="bad")
    after = tools.task(repr, name="after")

    def body() -> Body:
        broken = bad.submit()
        broken.wait()
        return (yield lambda: after(allow_failure(broken)))

    return tools.run(body)


def failure_that_nobody_looked_at(tools: Tools) -> str:
    bad = tools.task(fail, name="bad")

    def body() -> Body:
        bad.submit().wait()
        return "fine"
        yield

    return tools.run(body)


def failure_caught(tools: Tools) -> str:
    bad = tools.task(fail, name="bad")

    def body() -> Body:
        try:
            yield bad
        except ValueError:
            return "fine"

    return tools.run(body)


def cancelled(tools: Tools) -> str:
    def interrupt() -> None:
        raise KeyboardInterrupt

    stop = tools.task(interrupt, name="stop")

    def body() -> Body:
        yield stop

    return tools.run(body)


def nested(tools: Tools) -> str:
    add = tools.task(lambda a, b: a + b, name="add")

    def inner(a: int) -> Any:
        return add.fn(a, 1) if not tools.is_async else a + 1

    child = flow(name="child")(tools.paint(inner))

    def body() -> Body:
        return (yield lambda: child(1))

    return tools.run(body)


SCENARIOS = {
    made.__name__: made
    for made in (
        success,
        submitted,
        retry_then_success,
        retries_run_out,
        flow_retries,
        flow_retries_run_out,
        timeout,
        returned_state,
        returned_state_is_retried,
        returned_future,
        hook_fails,
        condition_says_no,
        condition_says_yes,
        condition_fails,
        cache_hit,
        upstream_failed,
        failure_allowed,
        failure_that_nobody_looked_at,
        failure_caught,
        cancelled,
        nested,
    )
}

#: What the flow gives or raises, the names of its tasks' states, and the engine's sleeps.
EXPECTED: dict[str, tuple[str, list[str], list[float]]] = {
    "success": ("gave 6", ["Completed", "Completed"], []),
    "submitted": ("gave 6", ["Completed", "Completed"], []),
    "retry_then_success": ("gave 'done'", ["Completed"], [5, 7]),
    "retries_run_out": ("raised ValueError('6 left')", ["Failed"], [5, 5]),
    "flow_retries": ("gave 'done'", ["Completed"], [11]),
    "flow_retries_run_out": ("raised ValueError('no')", [], [1, 2]),
    "timeout": (
        "raised TimedOut('slow-0 exceeded its timeout of 0.05 second(s)')",
        ["TimedOut"],
        [],
    ),
    "returned_state": ("gave (5, \"FailedRun('it rained')\")", ["Completed", "Failed"], []),
    "returned_state_is_retried": ("gave 'second'", ["Completed"], []),
    "returned_future": ("gave 5", ["Completed", "Completed"], []),
    "hook_fails": ("raised ValueError('no')", ["Completed", "Failed"], []),
    "condition_says_no": ("raised ValueError('0 left')", ["Failed"], []),
    "condition_says_yes": ("gave 'done'", ["Completed"], []),
    "condition_fails": ("raised ValueError('0 left')", ["Failed"], []),
    "cache_hit": ("gave (1, 1)", ["Completed", "Cached"], []),
    "upstream_failed": (
        "raised UpstreamFailed('after-1', 'bad-0', 'ValueError: no')",
        ["Failed", "UpstreamFailed"],
        [],
    ),
    "failure_allowed": ("gave \"ValueError('no')\"", ["Failed", "Completed"], []),
    "failure_that_nobody_looked_at": ("raised ValueError('no')", ["Failed"], []),
    "failure_caught": ("gave 'fine'", ["Failed"], []),
    "cancelled": ("raised KeyboardInterrupt()", ["Cancelled"], []),
    "nested": ("gave 2", [], []),
}


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_scenario_ends_as_it_should(name: str, is_async: bool, clock: FakeClock) -> None:
    outcome, states, sleeps = EXPECTED[name]

    came = SCENARIOS[name](Tools(is_async=is_async))

    assert came == outcome
    assert [row.state_name for row in recorded().tasks] == states
    assert clock.sleeps == sleeps


@pytest.mark.parametrize("name", SCENARIOS)
def test_both_colours_record_the_same_events(
    name: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    for is_async in (False, True):
        monkeypatch.setenv("PENSTOCK_HOME", str(home / str(is_async)))
        open_process(FakeClock())
        SCENARIOS[name](Tools(is_async=is_async))
        told.append(recorded().events())
        close_process()

    assert told[0] == told[1]
    assert told[0]
