"""A flow waits for a person, takes the answer, and loses neither."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, pause_flow_run, resume_flow_run, task
from penstock._engine.process import get_process
from penstock.errors import (
    CancelledRun,
    InvalidAnswer,
    MissingContext,
    NotWaiting,
    OptionError,
    PauseTimedOut,
    StillRunning,
    UsageError,
)
from penstock.states import StateType, check_transition
from penstock.task_runners import ThreadPoolTaskRunner
from tests.engine.recorded import recorded
from tests.engine.visitor import COLOURS, answer, asks, call, open_visited, pauses, the_run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.visitor import Visitor


@pytest.fixture
def clock(home: Path) -> Visitor:
    """Let somebody come by while the engine sleeps, which takes no time."""
    return open_visited()


@COLOURS
def test_a_flow_waits_for_a_go_ahead(clock: Visitor, colour: str) -> None:
    seen: list[tuple[str, str | None]] = []
    clock.visits = [
        lambda: seen.append((recorded().flow.state_name, recorded().flow.message)),
        answer(),
    ]

    assert call(colour) is None

    found = recorded()
    name = found.flow.name
    message = f"Waits for a go-ahead. To answer: penstock flow-run resume {name}"
    assert seen == [("Paused", message)]
    assert message in found.lines()
    assert found.history(the_run()) == ["Pending", "Running", "Paused", "Running", "Completed"]
    assert clock.sleeps == [0.5, 0.5]


@COLOURS
def test_patience_ends_at_the_instant(clock: Visitor, colour: str) -> None:
    with pytest.raises(PauseTimedOut, match=r"has waited 1\.2 s for text, and nobody"):
        call(colour, str, timeout=1.2)

    assert clock.sleeps == [0.5, 0.5, 0.2]
    found = recorded()
    assert found.history(the_run()) == ["Pending", "Running", "Paused", "Running", "Failed"]
    with pytest.raises(NotWaiting, match="it has ended, Failed"):
        resume_flow_run(the_run(), "x")


def test_an_answer_at_the_last_moment_counts(clock: Visitor) -> None:
    clock.visits = [answer("late")]

    assert asks(str, timeout=0.5) == "late"


def test_a_flow_may_go_on_without_an_answer(clock: Visitor) -> None:
    @flow
    def patient() -> str:
        try:
            pause_flow_run(timeout=1)
        except TimeoutError:
            return "went on"
        return "answered"

    assert patient() == "went on"


def test_a_pause_without_a_limit_waits_on(clock: Visitor) -> None:
    clock.visits = [lambda: clock.move(1e7), answer()]

    asks(timeout=None)

    assert pauses()[0].until is None


def test_how_often_to_look_can_be_chosen(clock: Visitor) -> None:
    clock.visits = [answer()]

    asks(poll_interval=10)

    assert clock.sleeps == [10]


def test_an_answer_is_given_once(clock: Visitor) -> None:
    def twice() -> None:
        resume_flow_run(the_run())
        with pytest.raises(NotWaiting, match="it has been answered already"):
            resume_flow_run(the_run())

    clock.visits = [twice]

    asks()

    assert clock.visits == []


def test_a_run_that_does_not_wait_takes_no_answer(clock: Visitor) -> None:
    @flow
    def busy() -> None:
        with pytest.raises(NotWaiting, match="it is Running"):
            resume_flow_run(the_run())

    busy()


def test_pauses_follow_one_another(clock: Visitor) -> None:
    clock.visits = [answer("a"), answer("b")]

    @flow
    def two() -> list[str]:
        return [pause_flow_run(str), pause_flow_run(str)]

    assert two() == ["a", "b"]
    assert [(pause.number, pause.key) for pause in pauses()] == [(0, "#0"), (1, "#1")]


def test_a_key_is_answered_once_in_a_run(clock: Visitor) -> None:
    clock.visits = [answer("a")]

    @flow
    def two() -> list[str]:
        return [pause_flow_run(str, key="who"), pause_flow_run(str, key="who")]

    assert two() == ["a", "a"]
    assert len(pauses()) == 1


def test_the_outermost_run_waits_for_those_in_it(clock: Visitor) -> None:
    states: list[dict[str, str]] = []

    @task
    def approve() -> Any:
        return pause_flow_run(bool)

    @flow
    def inner() -> Any:
        return approve()

    @flow
    def outer() -> Any:
        return inner()

    def visit() -> None:
        found = recorded()
        states.append({row.flow_name: row.state_name for row in found.flows})
        resume_flow_run(found.flow_called("inner").id, run_input=True)

    clock.visits = [visit]

    assert outer() is True
    assert states == [{"outer": "Paused", "inner": "Running"}]


def test_several_pauses_at_once_are_answered_by_their_keys() -> None:
    seen: list[str] = []
    waits = threading.Event()

    @task
    def approve(item: str) -> str:
        return str(pause_flow_run(str, key=item, poll_interval=0.01))

    @flow
    def two() -> list[str]:
        futures = approve.map(["a", "b"])
        while len(recorded().store.find_pauses(the_run())) < 2:
            waits.wait(0.01)
        with pytest.raises(InvalidAnswer, match=r"waits for 2 of them.*\('[ab]', '[ab]'\)"):
            resume_flow_run(the_run(), "x")
        with pytest.raises(InvalidAnswer, match="no open pause 'c'"):
            resume_flow_run(the_run(), "x", key="c")
        resume_flow_run(the_run(), "for b", key="b")
        futures[1].wait()
        seen.append(recorded().flow.state_name)
        resume_flow_run(the_run(), "for a", key="a")
        return futures.result()

    assert two() == ["for a", "for b"]
    assert seen == ["Paused"]


def test_a_waiting_task_gives_its_place_to_others() -> None:
    @task
    def approve() -> Any:
        return pause_flow_run(poll_interval=0.01)

    @task
    def gives_the_go_ahead(waits_for: threading.Event) -> None:
        while recorded().flow.state_name != "Paused":
            waits_for.wait(0.01)
        resume_flow_run(the_run())

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def narrow() -> None:
        futures = [approve.submit(), gives_the_go_ahead.submit(threading.Event())]
        for future in futures:
            future.result()

    narrow()

    assert set(recorded().task_states().values()) == {"Completed"}


def test_an_async_task_that_is_submitted_waits_in_its_loop() -> None:
    @task
    async def approve() -> Any:
        return await pause_flow_run(str, poll_interval=0.01)

    @flow
    def outer() -> Any:
        future = approve.submit()
        rest = threading.Event()
        while recorded().flow.state_name != "Paused":
            rest.wait(0.01)
        resume_flow_run(the_run(), "yes")
        return future.result()

    assert outer() == "yes"


def test_an_answer_may_be_awaited(clock: Visitor) -> None:
    @flow
    async def waits() -> Any:
        async def somebody() -> None:
            await paused.wait()
            await resume_flow_run(the_run(), 3)

        paused = asyncio.Event()
        clock.visits = [paused.set]
        answering = asyncio.create_task(somebody())
        entered = await pause_flow_run(int)
        await answering
        return entered

    assert asyncio.run(waits()) == 3


@COLOURS
def test_a_paused_run_can_be_cancelled(clock: Visitor, colour: str) -> None:
    def cancel() -> None:
        process = get_process()
        assert process.store.send_command(the_run(), "cancel", "anna", process.now())
        process.pulse.tick()

    clock.visits = [cancel]

    with pytest.raises(CancelledRun, match="was cancelled by anna"):
        call(colour)

    names = recorded().history(the_run())
    assert names[:4] == ["Pending", "Running", "Paused", "Cancelling"]
    assert set(names[4:]) <= {"Cancelling", "Cancelled"}
    assert names[-1] == "Cancelled"


def test_ctrl_c_ends_a_pause(clock: Visitor) -> None:
    def press() -> None:
        raise KeyboardInterrupt

    clock.visits = [press]

    with pytest.raises(KeyboardInterrupt):
        asks()

    assert recorded().flow.state_name == "Cancelled"


def test_a_task_that_gives_up_leaves_nothing_to_answer(clock: Visitor) -> None:
    @flow
    def hasty() -> str:
        with suppress(PauseTimedOut):
            pause_flow_run(str, timeout=1)
        return str(pause_flow_run(str))

    clock.visits = [lambda: None, lambda: None, answer("the second")]

    assert hasty() == "the second"
    assert [pause.answer for pause in pauses()] == [None, '"the second"']


def test_a_time_limit_ends_a_pause_and_the_run_ends_as_states_allow() -> None:
    @task(timeout_seconds=0.05)
    def hurried() -> None:
        pause_flow_run()

    @flow
    def outer() -> str:
        return hurried(return_state=True).name

    assert outer() == "TimedOut"

    history = recorded().store.flow_run_history(the_run())
    types = [StateType(event.state_type) for event in history if event.state_type is not None]
    assert types[-3:] == ["PAUSED", "RUNNING", "COMPLETED"]
    for before, after in pairwise(types):
        check_transition(the_run(), before, after)
    assert pauses()[0].answered is not None


def test_a_retry_does_not_ask_again(clock: Visitor) -> None:
    done: list[str] = []

    @task(retries=1)
    def approve() -> str:
        done.append(pause_flow_run(str))
        if len(done) == 1:
            raise ValueError("not yet")
        return done[-1]

    @flow(retries=1)
    def twice() -> list[str]:
        found = [approve(), pause_flow_run(str)]
        if len(done) == 2:
            done.append("failed once")
            raise ValueError("not yet")
        return found

    clock.visits = [answer("task"), answer("flow")]

    assert twice() == ["task", "flow"]
    assert [pause.key for pause in pauses()] == ["#0/0", "#0"]


def test_a_resumed_run_finds_its_answers_by_their_places(clock: Visitor) -> None:
    """A task that is handed back does not come to its pause, and must not shift the others."""
    broken = [True]

    @task
    def approve() -> Any:
        return pause_flow_run(str)

    @flow
    def outer() -> list[str]:
        found = [approve(), pause_flow_run(str)]
        if broken:
            raise ValueError("not yet")
        return [*found, pause_flow_run(str)]

    clock.visits = [answer("task"), answer("flow")]
    assert outer(return_state=True).is_failed()
    broken.clear()
    clock.visits = [answer("new")]

    assert outer.resume(the_run()) == ["task", "flow", "new"]
    assert [pause.key for pause in pauses()] == ["#0/0", "#0", "#1"]


def test_a_run_that_waits_here_cannot_be_resumed_here(clock: Visitor) -> None:
    def resume() -> None:
        with pytest.raises(StillRunning, match="is Paused in process"):
            asks.resume(the_run())

    clock.visits = [resume, answer()]

    asks()

    assert clock.visits == []


def test_outside_of_a_flow_nothing_can_pause() -> None:
    @task
    def alone() -> None:
        pause_flow_run()

    with pytest.raises(MissingContext):
        pause_flow_run()
    with pytest.raises(MissingContext):
        alone()


def test_a_task_in_a_process_of_its_own_says_where_to_pause() -> None:
    @task(isolate=True)
    def apart() -> None:
        pause_flow_run()

    @flow
    def outer() -> None:
        apart()

    with pytest.raises(UsageError, match=r"has isolate=True.*Call pause_flow_run in the flow"):
        outer()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"timeout": -1}, "timeout must be 0 or more seconds, or None"),
        ({"timeout": "1h"}, "timeout must be"),
        ({"poll_interval": 0}, "poll_interval must be seconds above 0"),
        ({"kind": threading.Lock}, "wait_for_input must be a pydantic model"),
    ],
)
def test_impossible_arguments_are_refused(clock: Visitor, how: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        asks(**how)
