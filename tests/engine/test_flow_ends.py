"""What a flow returns or raises decides the state it ends in."""

from __future__ import annotations

import threading
import traceback
from pathlib import Path
from typing import Any

import pytest

from penstock import flow, task
from penstock.errors import CancelledRun, FailedRun, Stopped
from penstock.futures import wait
from penstock.states import Cancelled, Completed, Crashed, Failed, Running, State
from penstock.task_runners import ThreadPoolTaskRunner
from tests.engine.recorded import recorded

SRC = str(Path(__file__).parents[2] / "src")


@task
def good(n: int = 1) -> int:
    return n


@task
def bad(n: int = 0) -> int:
    raise ValueError(f"no {n}")


def run(body: Any) -> State[Any]:
    state: State[Any] = flow(body)(return_state=True)
    return state


@pytest.mark.parametrize("value", [1, "text", None, [1, 2], {"a": 1}, (), False], ids=repr)
def test_a_value_completes_the_flow_and_is_given_back(value: Any) -> None:
    state = run(lambda: value)

    assert state.is_completed()
    assert state.result() == value
    assert recorded().flow.state_name == "Completed"


def test_an_exception_fails_the_flow_and_reaches_the_caller_itself() -> None:
    error = ValueError("no")

    @flow
    def broken() -> None:
        raise error

    with pytest.raises(ValueError, match="no") as caught:
        broken()

    assert caught.value is error
    row = recorded().flow
    assert row.state_type == "FAILED"
    assert row.message == "ValueError: no"
    assert "raise error" in (row.traceback or "")


def test_a_returned_future_decides_and_its_value_is_the_flows() -> None:
    assert run(lambda: good.submit(5)).result() == 5
    state = run(lambda: bad.submit(5))
    assert state.is_failed()
    with pytest.raises(ValueError, match="no 5"):
        state.result()


def test_returned_futures_decide_together() -> None:
    completed = run(lambda: [good.submit(1), good.submit(2)])
    failed = run(lambda: [good.submit(1), bad.submit(2), bad.submit(3)])

    assert [state.result() for state in completed.result()] == [1, 2]
    assert failed.is_failed()
    assert "2 task runs failed, first 'bad-" in (failed.message or "")


@pytest.mark.parametrize("hold", [dict, list, tuple], ids=lambda kind: kind.__name__)
def test_a_failed_future_in_any_structure_fails_the_flow(hold: Any) -> None:
    def body() -> Any:
        futures = {"a": good.submit(), "b": bad.submit()}
        wait(futures.values())
        return futures if hold is dict else hold(futures.values())

    assert run(body).is_failed()


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (Completed(data=3), "COMPLETED"),
        (Completed(name="Odd"), "COMPLETED"),
        (Failed("it rained"), "FAILED"),
        (Cancelled("enough"), "CANCELLED"),
        (Crashed("bang"), "CRASHED"),
    ],
    ids=lambda made: getattr(made, "name", made),
)
def test_a_returned_state_is_the_state(made: State[Any], kind: str) -> None:
    state = run(lambda: made)

    assert state is made
    row = recorded().flow
    assert (row.state_type, row.state_name, row.message) == (kind, made.name, made.message)


def test_a_flow_called_gives_or_raises_what_its_returned_state_carries() -> None:
    assert flow(lambda: Completed(data=3), name="f")() == 3
    with pytest.raises(FailedRun, match="it rained"):
        flow(lambda: Failed("it rained"), name="f")()
    with pytest.raises(CancelledRun, match="enough"):
        flow(lambda: Cancelled("enough"), name="f")()
    with pytest.raises(KeyError):
        flow(lambda: Failed(data=KeyError("k")), name="f")()


def test_a_returned_state_that_is_not_an_end_does_not_leave_the_run_open() -> None:
    state = run(Running)

    assert state.is_final()
    assert recorded().unfinished() == []


def test_returned_states_decide_together() -> None:
    completed = run(lambda: [Completed(), Completed()])
    failed = run(lambda: [Completed(), Failed("second")])

    assert completed.is_completed()
    assert failed.is_failed()


def test_a_failure_elsewhere_fails_a_flow_that_returns_a_value() -> None:
    def body() -> int:
        bad.submit(7)
        return 1

    state = run(body)

    assert state.is_failed()
    assert "no 7" in (state.message or "")


def test_a_flow_ends_after_everything_it_submitted() -> None:
    ended: list[int] = []

    @task
    def slow(n: int) -> None:
        ended.append(n)

    @flow
    def etl() -> None:
        slow.map(range(20))

    etl()

    assert sorted(ended) == list(range(20))
    found = recorded()
    kinds = [(e.index, e.state_type) for e in found.store.read_events(0, 10_000)]
    assert kinds[-1] == (None, "COMPLETED")


def test_a_returned_generator_is_not_used_up() -> None:
    state = run(lambda: (n for n in range(3)))

    assert list(state.result()) == [0, 1, 2]


def test_a_flow_body_that_fails_takes_back_what_has_not_started() -> None:
    began, opened = threading.Event(), threading.Event()

    @task
    def hold() -> None:
        began.set()
        assert opened.wait(10)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def etl() -> None:
        gate = hold.submit()
        good.submit()
        good.submit(wait_for=[gate])
        assert began.wait(10)
        threading.Timer(0.1, opened.set).start()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        etl()

    assert recorded().task_states() == {
        "hold-0": "Completed",
        "good-1": "Cancelled",
        "good-2": "Cancelled",
    }


def test_keyboard_interrupt_cancels_the_flow_and_reaches_the_caller() -> None:
    @flow
    def stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()

    row = recorded().flow
    assert (row.state_type, row.message) == ("CANCELLED", "Stopped by KeyboardInterrupt.")


def test_keyboard_interrupt_in_a_task_cancels_both() -> None:
    @task
    def stopped() -> None:
        raise KeyboardInterrupt

    @flow
    def etl() -> None:
        stopped()

    with pytest.raises(KeyboardInterrupt):
        etl()

    found = recorded()
    assert found.flow.state_type == "CANCELLED"
    assert found.task_states() == {"stopped-0": "Cancelled"}


@pytest.mark.parametrize(("code", "kind"), [(0, "COMPLETED"), (None, "COMPLETED"), (3, "FAILED")])
def test_sys_exit_ends_the_flow_by_its_code(code: int | None, kind: str) -> None:
    @flow
    def leaves() -> None:
        raise SystemExit(code)

    with pytest.raises(SystemExit) as caught:
        leaves()

    assert caught.value.code == code
    assert recorded().flow.state_type == kind


def test_sys_exit_in_a_task_is_a_crash_of_the_task() -> None:
    @task
    def leaves() -> None:
        raise SystemExit(3)

    @flow
    def etl() -> None:
        leaves()

    with pytest.raises(SystemExit):
        etl()

    found = recorded()
    assert found.task_states() == {"leaves-0": "Crashed"}
    assert found.flow.state_type == "FAILED"


@pytest.mark.parametrize("error", [StopIteration("done"), StopAsyncIteration()])
@pytest.mark.parametrize("where", ["flow", "task", "submitted"])
def test_exceptions_that_python_uses_itself_reach_the_caller(
    where: str, error: BaseException
) -> None:
    def body() -> None:
        raise error

    raises = task(body, name="raises")

    def through() -> Any:
        if where == "flow":
            body()
        return raises() if where == "task" else raises.submit().result()

    with pytest.raises(type(error)) as caught:
        flow(through)()

    assert caught.value is error
    assert recorded().flow.state_type in {"FAILED", "CANCELLED"}


@pytest.mark.parametrize("where", ["flow", "task", "submitted"])
def test_a_body_that_raises_generator_exit_is_stopped(where: str) -> None:
    def body() -> None:
        raise GeneratorExit

    raises = task(body, name="raises")

    def through() -> Any:
        if where == "flow":
            body()
        return raises() if where == "task" else raises.submit().result()

    with pytest.raises(Stopped, match="GeneratorExit"):
        flow(through)()

    row = recorded().flow
    assert (row.state_type, row.message) == ("CANCELLED", "Stopped by GeneratorExit.")


class Mute(Exception):
    """An exception that cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


@pytest.mark.parametrize("where", ["flow", "task", "submitted", "never looked at", "upstream"])
def test_an_exception_that_cannot_be_shown_ends_the_run_like_any_other(where: str) -> None:
    @task(retries=1)
    def mute() -> None:
        raise Mute

    def body() -> Any:
        if where == "flow":
            raise Mute
        if where == "task":
            return mute()
        if where == "upstream":
            return good.submit(mute.submit())
        future = mute.submit()
        return future.result() if where == "submitted" else None

    state = run(body)

    assert state.is_failed()
    assert "Mute" in (recorded().flow.message or "")


def test_an_exception_with_a_lone_surrogate_in_its_text_is_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """File names that are not UTF-8 come as such texts."""
    monkeypatch.setenv("PENSTOCK_LOG_CONSOLE", "0")  # pytest-xdist cannot carry them

    @task
    def opens() -> None:
        raise FileNotFoundError("no such file: caf\udce9.csv")

    state = run(opens)

    assert state.is_failed()
    assert "no such file: caf" in (recorded().flow.message or "")


def test_an_exception_whose_notes_and_args_are_odd_is_recorded() -> None:
    class Odd(Exception):
        __notes__ = None  # type: ignore[assignment] # somebody wrote it

    def body() -> None:
        raise Odd(b"\xff", object())

    assert run(body).is_failed()


def test_a_huge_error_text_is_kept_short() -> None:
    def body() -> None:
        raise ValueError("x" * 5_000_000)

    assert run(body).is_failed()
    assert len(recorded().flow.message or "") < 100_000


def frames_of(error: BaseException) -> list[tuple[bool, str]]:
    return [
        (frame.filename.startswith(SRC), frame.name)
        for frame in traceback.extract_tb(error.__traceback__)
    ]


def deep() -> None:
    deeper()


def deeper() -> None:
    raise ValueError("deep")


@task
def calls_deep() -> None:
    deep()


@flow
def calls_task() -> None:
    calls_task_function()


def calls_task_function() -> None:
    calls_deep()


@flow
def submits() -> None:
    calls_deep.submit().result()


@flow
def forgets() -> None:
    calls_deep.submit()


@flow
def flow_in_flow() -> None:
    calls_task()


@flow
async def async_flow() -> None:
    await async_task()


@task
async def async_task() -> None:
    deep()


def run_async_flow() -> None:
    import asyncio

    asyncio.run(async_flow())


@pytest.mark.parametrize(
    "call", [calls_deep, calls_task, submits, forgets, flow_in_flow, async_flow], ids=repr
)
def test_a_traceback_shows_at_most_one_frame_of_ours_and_the_users_first(call: Any) -> None:
    with pytest.raises(ValueError, match="deep") as caught:
        run_async_flow() if call is async_flow else call()

    frames = frames_of(caught.value)
    assert frames[0][0] is False
    assert sum(ours for ours, _ in frames) <= 1, frames
    assert [name for _, name in frames][-2:] == ["deep", "deeper"]


@pytest.mark.parametrize("call", [calls_task, submits, flow_in_flow], ids=repr)
def test_the_traceback_that_is_kept_shows_no_frame_of_ours(call: Any) -> None:
    with pytest.raises(ValueError, match="deep"):
        call()

    for row in (*recorded().flows, *recorded().tasks):
        assert "deeper" in (row.traceback or "")
        assert SRC not in (row.traceback or "")


def test_the_error_names_the_task_run_once_however_deep_it_was() -> None:
    with pytest.raises(ValueError, match="deep") as caught:
        flow_in_flow()

    assert len(caught.value.__notes__) == 1
    assert "calls_deep-0" in caught.value.__notes__[0]
