"""What a flow asks a person for comes back as what it is, and a wrong answer is refused."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest
from pydantic import Field, field_validator

from penstock import resume_flow_run
from penstock._engine.forms import find_problem, in_words, make_form, read_texts
from penstock.errors import InvalidAnswer, UsageError
from penstock.input import RunInput
from tests.engine.recorded import recorded
from tests.engine.visitor import COLOURS, Order, answer, asks, call, open_visited, pauses, the_run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.visitor import Visitor


@pytest.fixture
def clock(home: Path) -> Visitor:
    """Let somebody come by while the engine sleeps, which takes no time."""
    return open_visited()


@COLOURS
def test_what_is_entered_comes_back_as_the_model(clock: Visitor, colour: str) -> None:
    clock.visits = [answer({"day": "2026-03-01", "rows": 3})]

    entered = call(colour, Order)

    assert entered == Order(day=dt.date(2026, 3, 1), rows=3)
    (pause,) = pauses()
    assert pause.form is not None
    assert json.loads(pause.form)["required"] == ["day"]


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (str, "Tuesday", "Tuesday"),
        (int, 3, 3),
        (bool, False, False),
        (float, 3, 3.0),
        (list[int], [1, 2], [1, 2]),
        (Literal["eu", "us"], "us", "us"),
        (dt.date, dt.date(2026, 3, 1), dt.date(2026, 3, 1)),
        (str, {"value": "as Prefect gives it"}, "as Prefect gives it"),
        (str | None, None, None),
        (Order, Order(day=dt.date(2026, 3, 1)), Order(day=dt.date(2026, 3, 1))),
    ],
)
def test_a_plain_type_will_do(clock: Visitor, kind: Any, given: Any, value: Any) -> None:
    clock.visits = [answer(given)]

    assert asks(kind) == value


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (Order, {}, "day is missing; it must be a date, as 2026-03-01"),
        (Order, None, "day is missing"),
        (Order, {"day": "soon"}, 'day must be a date, as 2026-03-01, and not "soon"'),
        (Order, {"day": "2026-03-01", "rows": "x"}, 'rows must be a whole number, and not "x"'),
        (Order, {"day": "2026-03-01", "row": 1}, "there is no field 'row'; it asks for day, rows"),
        (int, True, "the answer must be a whole number, and not true"),
        (Literal["eu", "us"], "ru", 'the answer must be one of "eu", "us", and not "ru"'),
        (None, "x", "it waits for a go-ahead only, and takes no input"),
    ],
)
def test_a_wrong_answer_is_refused_and_the_run_waits_on(
    clock: Visitor, kind: Any, given: Any, said: str
) -> None:
    refused: list[str] = []

    def try_it() -> None:
        with pytest.raises(InvalidAnswer) as caught:
            resume_flow_run(the_run(), given)
        refused.append(str(caught.value))
        assert recorded().flow.state_name == "Paused"

    right = {Order: {"day": "2026-03-01"}, int: 1, None: None}.get(kind, "eu")
    clock.visits = [try_it, answer(right)]

    asks(kind)

    assert said in refused[0]
    assert the_run() in refused[0]


def test_an_answer_that_only_the_type_can_refuse_is_asked_for_again(clock: Visitor) -> None:
    class Even(RunInput):
        number: int

        @field_validator("number")
        @classmethod
        def is_even(cls, value: int) -> int:
            if value % 2:
                raise ValueError("must be even")
            return value

    clock.visits = [answer({"number": 3}), lambda: None, answer({"number": 4})]

    assert asks(Even).number == 4
    assert any("The answer was refused (number: Value error, must be even)" in line
               for line in recorded().lines())  # fmt: skip
    assert [pause.answer for pause in pauses()] == ['{"number": 3}', '{"number": 4}']


def test_defaults_and_a_description_are_known_to_who_answers(clock: Visitor) -> None:
    clock.visits = [answer({})]

    entered = asks(Order.with_initial_data("Load which day?", day=dt.date(2026, 3, 1)))

    assert isinstance(entered, Order)
    assert entered.day == dt.date(2026, 3, 1)
    form = json.loads(pauses()[0].form or "")
    assert form["description"] == "Load which day?"
    assert form["properties"]["day"]["default"] == "2026-03-01"
    assert "required" not in form
    with pytest.raises(UsageError, match="Order has no field 'dya'; its fields: day, rows, note"):
        Order.with_initial_data(dya=1)


class Item(RunInput):
    """One of several."""

    name: Annotated[str, Field(min_length=2, pattern="^[a-z]+$")]
    count: Annotated[int, Field(ge=1, lt=10)]


class Many(RunInput):
    """Items, and when."""

    items: Annotated[list[Item], Field(max_length=2)]
    at: dt.datetime | None = None
    code: int | str = 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"items": [{"name": "ab", "count": 1}], "at": "2026-03-01T08:00:00Z"}, None),
        ({"items": [], "code": "x"}, None),
        ({"items": {}}, "items must be a list, and not {}"),
        ({"items": [{"name": "a", "count": 1}]}, "items[0].name must be at least 2 characters"),
        ({"items": [{"name": "AB", "count": 1}]}, "items[0].name must be text like ^[a-z]+$"),
        ({"items": [{"name": "ab", "count": 0}]}, "items[0].count must be at least 1"),
        ({"items": [{"name": "ab", "count": 10}]}, "items[0].count must be less than 10"),
        ({"items": [{"name": "ab"}]}, "items[0].count is missing; it must be a whole number"),
        ({"items": [{}, {}, {}]}, "items[0].name is missing"),
        ({"items": [], "at": "noon"}, "at must be a date and time"),
        ({"items": [], "at": 5}, "at must be a date and time, as 2026-03-01T08:00:00 or null"),
        ({"items": [], "code": 1.5}, "code must be a whole number or text, and not 1.5"),
        ([], "it must be an object, and not []"),
    ],
)
def test_the_first_thing_that_is_wrong_is_named(given: Any, said: str | None) -> None:
    problem = find_problem(json.loads(make_form(Many) or ""), given)

    assert problem is None if said is None else (problem or "").startswith(said)


def test_what_is_asked_for_can_be_said() -> None:
    def words(kind: Any) -> str:
        return in_words(json.loads(make_form(kind) or ""))

    assert in_words(None) == "a go-ahead"
    assert words(bool) == "true or false"
    assert words(Literal["a", "b"]) == 'one of "a", "b"'
    assert words(Order) == (
        "day (a date, as 2026-03-01), rows (a whole number; may be left out), "
        "note (text or null; may be left out)"
    )


@pytest.mark.parametrize(
    ("kind", "texts", "given"),
    [
        (str, ("007",), "007"),
        (str, ("a=b",), "a=b"),
        (int, ("007",), "007"),
        (int, ("7",), 7),
        (bool, ("true",), True),
        (int | str, ("7",), 7),
        (list[int], ("[1, 2]",), [1, 2]),
        (Order, ("day=2026-03-01", "rows=3", "note=4"), None),
    ],
)
def test_typed_text_is_read_as_what_is_asked_for(
    kind: Any, texts: tuple[str, ...], given: Any
) -> None:
    if given is None:
        given = {"day": "2026-03-01", "rows": 3, "note": "4"}

    assert read_texts(json.loads(make_form(kind) or ""), texts) == (given, None)


@pytest.mark.parametrize(
    ("kind", "texts", "said"),
    [
        (None, ("x",), "it waits for a go-ahead only; leave --input out"),
        (int, ("1", "2"), "it waits for one value (a whole number), and not for several"),
        (Order, ("today",), "'today' has no name; write --input name=value for day, rows, note"),
        (Order, ("day=1", "day=2"), "day is given twice"),
    ],
)
def test_typed_text_that_is_no_answer_is_refused(
    kind: Any, texts: tuple[str, ...], said: str
) -> None:
    form = make_form(kind)

    assert read_texts(None if form is None else json.loads(form), texts) == (None, said)
