"""The table of transitions, and the state that user code sees."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from penstock import states
from penstock.errors import (
    CancelledRun,
    CrashedRun,
    FailedRun,
    InvalidTransition,
    MissingResult,
    UnfinishedRun,
)
from penstock.states import ACTIVE, FINAL, TRANSITIONS, State, StateType, check_transition

S, P, R, Z, X = "SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING"
ENDS = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")

#: Every move there is, told a second time on purpose: a change must be made twice.
MOVES = {
    *product([S], (P, R, "CANCELLED", "CRASHED")),
    *product([P], (R, S, Z, X, *ENDS)),
    *product([R], (S, Z, X, *ENDS)),
    *product([Z], (R, S, X, "FAILED", "CRASHED", "CANCELLED")),
    *product([X], ENDS),
}


#: The names that user code calls to make a state.
CONSTRUCTORS = {name for name in states.__all__ if name[0].isupper() and not name.isupper()} - {
    "State",
    "StateType",
}


@pytest.mark.parametrize(("before", "after"), list(product(StateType, StateType)))
def test_a_move_is_listed_or_refused(before: StateType, after: StateType) -> None:
    if (before, after) in MOVES:
        check_transition("run-1", before, after)
        return

    with pytest.raises(InvalidTransition, match=f"run-1 cannot go from {before} to {after}"):
        check_transition("run-1", before, after)


def test_the_table_has_a_row_for_each_type() -> None:
    assert set(TRANSITIONS) == set(StateType)


def test_final_types_are_those_that_lead_nowhere() -> None:
    assert {kind for kind, nexts in TRANSITIONS.items() if not nexts} == FINAL


def test_active_types_are_not_final() -> None:
    assert not ACTIVE & FINAL


def test_every_type_that_is_not_final_can_end() -> None:
    for kind in set(StateType) - FINAL:
        assert TRANSITIONS[kind] & FINAL


@pytest.mark.parametrize("kind", list(StateType))
def test_each_type_has_a_question_that_only_it_answers(kind: StateType) -> None:
    state = State(kind)

    answers = {other for other in StateType if getattr(state, f"is_{other.lower()}")()}

    assert answers == {kind}
    assert state.is_final() == (kind in FINAL)


@pytest.mark.parametrize("kind", list(StateType))
def test_a_state_is_named_after_its_type_unless_named(kind: StateType) -> None:
    assert State(kind).name == kind.capitalize()
    assert State(kind, "Odd").name == "Odd"


@pytest.mark.parametrize("kind", sorted(set(StateType) - FINAL))
def test_a_run_that_has_not_ended_has_no_result(kind: StateType) -> None:
    with pytest.raises(UnfinishedRun, match="no result yet"):
        State(kind).result()


@pytest.mark.parametrize(
    ("kind", "error"),
    [("FAILED", FailedRun), ("CRASHED", CrashedRun), ("CANCELLED", CancelledRun)],
)
def test_a_bad_end_without_an_exception_raises_one_that_fits(
    kind: str, error: type[Exception]
) -> None:
    state: State[int] = State(StateType(kind), message="it rained")

    with pytest.raises(error, match="it rained"):
        state.result()


def test_a_bad_end_raises_the_exception_it_carries() -> None:
    error = ValueError("no")
    state: State[int] = State(StateType.FAILED, data=error)

    with pytest.raises(ValueError, match="no") as caught:
        state.result()

    assert caught.value is error


def test_a_bad_end_can_hand_the_exception_back() -> None:
    error = ValueError("no")

    assert State(StateType.FAILED, data=error).result(raise_on_failure=False) is error


def test_none_is_a_result() -> None:
    assert State(StateType.COMPLETED, data=None, has_data=True).result() is None


def test_a_completed_state_without_its_value_says_so() -> None:
    with pytest.raises(MissingResult, match="not kept"):
        State(StateType.COMPLETED).result()


async def test_a_result_can_be_awaited() -> None:
    assert await State(StateType.COMPLETED, data=3).aresult() == 3


@pytest.mark.parametrize("name", sorted(CONSTRUCTORS))
def test_constructors_make_the_state_they_are_called_after(name: str) -> None:
    made = getattr(states, name)(message="why")

    assert (made.name, made.message) == (name, "why")


def test_a_completed_state_made_by_hand_has_a_result() -> None:
    assert states.Completed(data=5).result() == 5
    assert states.Completed().result() is None


def test_states_are_equal_by_what_people_read() -> None:
    assert states.Failed("x") == states.Failed("x")
    assert states.Failed("x") != states.Failed("y")
    assert states.Failed("x") != states.TimedOut("x")
    assert states.Failed("x") != "Failed"
    assert len({states.Failed("x"), states.Failed("x")}) == 1


def test_a_state_knows_when_it_was_entered() -> None:
    state: State[int] = State(StateType.RUNNING, timestamp_ns=1_750_000_000_000_000_000)

    assert state.timestamp == datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC)


def test_a_state_shows_its_name_and_message() -> None:
    assert repr(states.Failed("it rained")) == "Failed('it rained')"
    assert repr(states.Running()) == "Running()"


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match="SLEEPING"):
        State("SLEEPING")  # type: ignore[arg-type] # that is the point
