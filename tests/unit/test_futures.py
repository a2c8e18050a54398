"""Futures by themselves: waiting, timeouts, callbacks, awaiting."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from penstock.errors import TimedOut
from penstock.futures import TaskFuture, TaskFutureList, as_completed, here, wait
from penstock.states import State, StateType

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(20)


def make(name: str = "t-0") -> TaskFuture[Any]:
    return TaskFuture(SimpleNamespace(text_id=f"id-{name}"), name)


def completed(value: Any = None) -> State[Any]:
    return State(StateType.COMPLETED, data=value, has_data=True)


def failed(error: BaseException) -> State[Any]:
    return State(StateType.FAILED, data=error)


def ended(value: Any = None) -> TaskFuture[Any]:
    future = make()
    future.set_state(completed(value))
    return future


@pytest.fixture
def threads() -> Iterator[Any]:
    """Start threads that are waited for at the end."""
    started: list[threading.Thread] = []

    def start(target: Any, *args: Any) -> threading.Thread:
        thread = threading.Thread(target=target, args=args)
        started.append(thread)
        thread.start()
        return thread

    yield start
    for thread in started:
        thread.join(10)
        assert not thread.is_alive()


def test_a_future_is_pending_until_it_has_ended() -> None:
    future = make()

    assert not future.done()
    assert future.state.is_pending()
    assert future.peek() is None
    assert repr(future) == "TaskFuture('t-0', Pending)"

    future.set_state(completed(5))

    assert future.done()
    assert future.state.is_completed()
    assert future.result() == 5
    assert future.task_run_id == "id-t-0"


def test_a_failed_future_raises_what_the_run_raised_each_time() -> None:
    error = ValueError("no")
    future = make()
    future.set_state(failed(error))

    for _ in range(2):
        with pytest.raises(ValueError, match="no") as caught:
            future.result()
        assert caught.value is error
    assert future.result(raise_on_failure=False) is error


def test_waiting_does_not_raise() -> None:
    future = make()
    future.set_state(failed(ValueError("no")))

    future.wait()
    future.wait(0)


def test_a_result_that_does_not_come_in_time_is_an_error_that_names_the_run() -> None:
    with pytest.raises(TimedOut, match=r"'t-0' has not ended after 0\.01 s") as caught:
        make().result(timeout=0.01)

    assert isinstance(caught.value, TimeoutError)


def test_a_timeout_of_nothing_looks_once() -> None:
    with pytest.raises(TimedOut):
        make().result(timeout=0)
    assert ended(3).result(timeout=0) == 3


def test_a_future_that_was_waited_for_in_vain_keeps_no_trace_of_it() -> None:
    future = make()

    for _ in range(5):
        future.wait(0)

    assert future._callbacks == ()


def test_a_wait_ends_when_another_thread_ends_the_future(threads: Any) -> None:
    future = make()
    threads(future.set_state, completed(7))

    assert future.result(timeout=10) == 7


def test_callbacks_are_called_once_in_the_order_they_came() -> None:
    future = make()
    called: list[Any] = []
    future.add_done_callback(lambda f: called.append((1, f)))
    future.add_done_callback(lambda f: called.append((2, f)))

    future.set_state(completed())

    assert called == [(1, future), (2, future)]


def test_a_callback_added_after_the_end_is_called_at_once() -> None:
    called: list[Any] = []

    ended().add_done_callback(called.append)

    assert len(called) == 1


def test_a_callback_taken_back_is_not_called() -> None:
    future = make()
    called: list[Any] = []
    future.add_done_callback(called.append)
    future.forget(called.append)
    future.forget(called.append)

    future.set_state(completed())

    assert called == []


def test_a_callback_that_raises_keeps_nobody_from_hearing_of_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    future = make()
    called: list[Any] = []

    def broken(_: Any) -> None:
        raise RuntimeError("broken callback")

    future.add_done_callback(broken)
    future.add_done_callback(called.append)

    future.set_state(completed(1))

    assert future.result() == 1
    assert called == [future]
    assert "broken callback" in caplog.text


def test_each_of_many_callbacks_is_called_once_whatever_the_timing(threads: Any) -> None:
    for _ in range(50):
        future = make()
        called: list[int] = []
        barrier = threading.Barrier(3)

        def add(
            future: TaskFuture[Any] = future,
            called: list[int] = called,
            barrier: threading.Barrier = barrier,
        ) -> None:
            barrier.wait(10)
            for number in range(20):
                future.add_done_callback(lambda _, n=number: called.append(n))

        adders = [threads(add), threads(add)]
        barrier.wait(10)
        future.set_state(completed())
        for adder in adders:
            adder.join(10)

        assert sorted(called) == sorted([*range(20), *range(20)])


def test_wait_sorts_futures_into_done_and_not_done() -> None:
    first, second = ended(), make()

    done, not_done = wait([first, second], timeout=0)

    assert (done, not_done) == ({first}, {second})


def test_wait_without_a_timeout_returns_when_all_have_ended(threads: Any) -> None:
    futures = [make(str(n)) for n in range(5)]
    threads(lambda: [future.set_state(completed()) for future in reversed(futures)])

    assert wait(futures).done == set(futures)


def test_wait_takes_the_same_future_twice(threads: Any) -> None:
    future = make()
    threads(future.set_state, completed())

    assert wait([future, future], timeout=10).done == {future}


def test_wait_takes_any_iterable_also_an_empty_one() -> None:
    assert wait(iter([ended()])).not_done == set()
    assert wait([]) == (set(), set())


def test_as_completed_hands_out_in_the_order_of_ending() -> None:
    futures = [make(str(n)) for n in range(4)]
    futures[2].set_state(completed())
    found = as_completed(futures, timeout=10)
    order = [next(found)]

    for n in (3, 0, 1):
        futures[n].set_state(completed())
        order.append(next(found))

    assert order == [futures[n] for n in (2, 3, 0, 1)]
    with pytest.raises(StopIteration):
        next(found)


def test_as_completed_gives_each_future_once() -> None:
    future = ended()

    assert list(as_completed([future, future])) == [future]


def test_as_completed_says_how_many_have_not_ended_in_time() -> None:
    found = as_completed([ended(), make(), make()], timeout=0.01)
    next(found)

    with pytest.raises(TimedOut, match=r"2 of the task runs have not ended after 0\.01 s"):
        next(found)


def test_as_completed_does_not_wait_for_those_nobody_asks_for() -> None:
    for future in as_completed([ended(), make()]):
        assert future.done()
        break


def test_a_list_of_futures_gives_results_in_its_own_order() -> None:
    futures = TaskFutureList([make(str(n)) for n in range(3)])
    for n in (2, 0, 1):
        futures[n].set_state(completed(n))

    assert futures.result() == [0, 1, 2]
    futures.wait()


def test_a_list_of_futures_raises_the_first_failure_in_its_order() -> None:
    futures = TaskFutureList([make(str(n)) for n in range(3)])
    futures[2].set_state(failed(ValueError("third")))
    futures[1].set_state(failed(ValueError("second")))
    futures[0].set_state(completed())

    with pytest.raises(ValueError, match="second"):
        futures.result()
    assert [type(found) for found in futures.result(raise_on_failure=False)[1:]] == [ValueError] * 2


def test_a_list_of_futures_has_one_time_limit_for_all() -> None:
    with pytest.raises(TimedOut):
        TaskFutureList([make(), make()]).result(timeout=0.01)


async def test_awaiting_gives_the_value_or_raises() -> None:
    bad = make()
    bad.set_state(failed(ValueError("no")))

    assert await ended(4) == 4
    with pytest.raises(ValueError, match="no"):
        await bad


async def test_awaiting_lets_the_loop_go_on_until_another_thread_ends_it(threads: Any) -> None:
    future = make()
    waiting = asyncio.ensure_future(future._aresult())
    started = threading.Event()
    asyncio.get_running_loop().call_soon(started.set)

    def end() -> None:
        assert started.wait(10)  # set by the loop, so the loop is not blocked
        future.set_state(completed(8))

    threads(end)

    assert await waiting == 8


async def test_many_may_await_the_same_future(threads: Any) -> None:
    future = make()
    threads(future.set_state, completed(2))

    assert await asyncio.gather(*(future._aresult() for _ in range(10))) == [2] * 10


async def test_an_awaiter_that_was_cancelled_hinders_nobody() -> None:
    future = make()
    waiting = asyncio.ensure_future(future._aresult())
    await asyncio.wait([waiting], timeout=0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    future.set_state(completed(1))

    assert await future == 1


def test_a_future_awaited_by_a_loop_that_is_gone_still_ends() -> None:
    future = make()

    async def give_up() -> None:
        await asyncio.wait([asyncio.ensure_future(future._aresult())], timeout=0)

    asyncio.run(give_up())

    future.set_state(completed(6))

    assert future.result() == 6


class Place:
    """A place that notes what is done with it."""

    def __init__(self) -> None:
        self.story: list[str] = []

    def lend(self) -> None:
        self.story.append("lend")

    def reclaim(self) -> None:
        self.story.append("reclaim")


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    """Let this thread hold a place in a runner."""
    made = Place()
    monkeypatch.setattr(here, "place", made)
    return made


def test_a_place_is_lent_while_its_holder_waits(place: Place) -> None:
    with pytest.raises(TimedOut):
        make().result(timeout=0.01)
    wait([make()], timeout=0)
    with pytest.raises(TimedOut):
        next(as_completed([make()], timeout=0.01))

    assert place.story == ["lend", "reclaim"] * 3


def test_a_place_is_kept_when_there_is_nothing_to_wait_for(place: Place) -> None:
    ended().result()
    wait([ended()])
    list(as_completed([ended()]))

    assert place.story == []


def test_a_look_at_a_failure_is_reported_once_and_peeking_is_no_look() -> None:
    future = make()
    seen: list[int] = []
    future.unseen = lambda: seen.append(1)
    future.set_state(failed(ValueError("no")))

    future.peek()
    future.wait()
    list(as_completed([future]))
    assert seen == []

    future.result(raise_on_failure=False)
    _ = future.state
    assert seen == [1]
