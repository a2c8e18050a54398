"""What a call means by name, and whether it may be made."""

from __future__ import annotations

import datetime as dt
import functools
import inspect
import json
import math
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel, Field

from penstock._engine.binding import Binder, code_flags, describe_parameters
from penstock.errors import ParameterError


class Colour(Enum):
    RED = "red"


class Query(BaseModel):
    limit: int = 10
    words: list[str] = []


@dataclass
class Place:
    lon: float
    lat: float


def typed(  # noqa: PLR0913, PLR0917 - one for each kind of annotation
    day: dt.date = dt.date(2026, 1, 1),
    count: int = 1,
    ratio: float = 0.5,
    path: Path | None = None,
    colour: Colour = Colour.RED,
    query: Query | None = None,
    place: Place | None = None,
    mode: Literal["fast", "slow"] = "fast",
    small: Annotated[int, Field(lt=10)] = 1,
    names: list[str] | None = None,
    table: pd.DataFrame | None = None,
    array: np.ndarray | None = None,  # type: ignore[type-arg] # as scripts write it
    anything: Any = None,
    untyped=None,  # noqa: ANN001 - that is the point
) -> None: ...


def check(**given: Any) -> dict[str, Any]:
    binder = Binder("flow 'f'", typed)
    return binder.validate(binder.bind((), given), set(given))


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("day", "2026-02-03", dt.date(2026, 2, 3)),
        ("count", "3", 3),
        ("count", 3, 3),
        ("ratio", 1, 1.0),
        ("path", "/tmp/x", Path("/tmp/x")),
        ("path", None, None),
        ("colour", "red", Colour.RED),
        ("query", {"limit": "5"}, Query(limit=5)),
        ("place", {"lon": 1, "lat": "2"}, Place(1.0, 2.0)),
        ("mode", "slow", "slow"),
        ("names", ("a", "b"), ["a", "b"]),
        ("anything", {"x": 1}, {"x": 1}),
        ("untyped", "x", "x"),
    ],
)
def test_values_become_what_the_annotations_say(name: str, given: Any, taken: Any) -> None:
    checked = check(**{name: given})[name]

    assert checked == taken
    assert type(checked) is type(taken)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("query", Query(limit=3)),
        ("place", Place(1, 2)),
        ("table", pd.DataFrame({"a": [1.0, math.nan]})),
        ("array", np.zeros(3)),
        ("anything", object()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_that_fit_are_handed_on_as_they_are(name: str, given: Any) -> None:
    assert check(**{name: given})[name] is given


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("day", "soon", "parameter 'day' must be date"),
        ("count", "three", "parameter 'count' must be int"),
        ("count", 2.5, "parameter 'count' must be int"),
        ("ratio", "x", "parameter 'ratio' must be float"),
        ("colour", "blue", "parameter 'colour' must be Colour"),
        ("query", {"limit": "many"}, r"parameter 'query\.limit' must be"),
        ("place", {"lon": 1}, r"parameter 'place\.(Place\.)?lat' must be"),
        ("mode", "medium", "parameter 'mode' must be"),
        ("small", 10, "parameter 'small' must be"),
        ("names", "a", "parameter 'names' must be"),
        ("table", [1], "parameter 'table' must be"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_what_it_must_be(
    name: str, given: Any, told: str
) -> None:
    with pytest.raises(ParameterError, match=rf"^flow 'f': {told}.*but got ") as caught:
        check(**{name: given})

    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, TypeError)


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(ParameterError) as caught:
        check(count="x" * 10_000)

    assert len(str(caught.value)) < 400


def test_defaults_are_not_checked() -> None:
    def odd(n: int = "many") -> None: ...  # type: ignore[assignment] # the author's business

    binder = Binder("flow 'f'", odd)
    parameters = binder.bind((), {})

    assert binder.validate(parameters, set()) == {"n": "many"}


def test_an_annotation_that_cannot_be_evaluated_checks_nothing() -> None:
    def odd(n: NoSuchName) -> None: ...  # type: ignore[name-defined] # noqa: F821

    binder = Binder("flow 'f'", odd)

    assert binder.validate({"n": 1}, {"n"}) == {"n": 1}


def test_one_annotation_that_cannot_be_evaluated_leaves_the_others_their_checks() -> None:
    def odd(n: int, m: NoSuchName) -> None: ...  # type: ignore[name-defined] # noqa: F821

    binder = Binder("flow 'f'", odd)

    with pytest.raises(ParameterError, match="'n'"):
        binder.validate({"n": "x", "m": 1}, {"n", "m"})


@pytest.mark.parametrize(
    ("args", "kwargs", "told"),
    [
        ((), {}, r"missing a required argument: 'a'\. It takes \(a, b=2, \*, c=3\)"),
        ((1, 2, 3), {}, "too many positional arguments"),
        ((1,), {"d": 4}, "unexpected keyword argument 'd'"),
        ((1,), {"a": 1}, "multiple values for argument 'a'"),
    ],
)
def test_a_call_that_does_not_fit_says_what_the_function_takes(
    args: tuple[Any, ...], kwargs: dict[str, Any], told: str
) -> None:
    def three(a, b=2, *, c=3) -> None: ...  # noqa: ANN001

    with pytest.raises(ParameterError, match=rf"^flow 'f': .*{told}"):
        Binder("flow 'f'", three).bind(args, kwargs)


def test_a_call_is_known_by_name_with_its_defaults() -> None:
    def every(a, /, b, *rest, c=3, **more) -> None: ...  # noqa: ANN001, ANN002, ANN003

    binder = Binder("task 't'", every)

    bound = binder.bind((1, 2, 3, 4), {"d": 5})

    assert bound == {"a": 1, "b": 2, "rest": (3, 4), "c": 3, "more": {"d": 5}}
    assert binder.spread(bound) == ((1, 2, 3, 4), {"c": 3, "d": 5})
    assert "c" not in binder.bind((1, 2), {}, defaults=False)


def test_a_function_without_parameters_refuses_all() -> None:
    def nothing() -> None: ...

    assert Binder("f", nothing).bind((), {}) == {}
    with pytest.raises(ParameterError, match=r"too many positional arguments\. It takes \(\)"):
        Binder("f", nothing).bind((1,), {})


async def _async() -> None: ...


def _generator() -> Any:
    yield 1


async def _async_generator() -> Any:
    yield 1


class _Callable:
    async def __call__(self) -> None: ...


@pytest.mark.parametrize(
    ("fn", "flag"),
    [
        (_async, inspect.CO_COROUTINE),
        (_generator, inspect.CO_GENERATOR),
        (_async_generator, inspect.CO_ASYNC_GENERATOR),
        (functools.partial(functools.partial(_async)), inspect.CO_COROUTINE),
        (staticmethod(_async), inspect.CO_COROUTINE),
        (_Callable(), inspect.CO_COROUTINE),
    ],
)
def test_the_colour_of_a_function_is_seen_through_wrappers(fn: Any, flag: int) -> None:
    assert code_flags(fn) & flag


def test_a_builtin_has_no_colour() -> None:
    assert code_flags(len) == 0


class Rude:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1, 1),
        ("ä", "ä"),
        ([1, {"a": None}], [1, {"a": None}]),
        (2**80, 2**80),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (dt.date(2026, 1, 2), "datetime.date(2026, 1, 2)"),
        ((1, 2), [1, 2]),
        ({(1, 2): 3}, "{(1, 2): 3}"),
        (b"ab", "b'ab'"),
        (Rude(), "<Rude, whose repr raised RuntimeError>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_parameters_are_described_as_json_whatever_they_are(value: Any, shown: Any) -> None:
    text = describe_parameters({"x": value})

    assert text is not None
    assert json.loads(text, parse_constant=pytest.fail) == {"x": shown}


def test_a_structure_that_holds_itself_is_described() -> None:
    loop: list[Any] = []
    loop.append(loop)

    assert describe_parameters({"x": loop, "y": 1}) == '{"x": "[[...]]", "y": 1}'


def test_large_parameters_are_described_in_short() -> None:
    text = describe_parameters({"rows": list(range(1_000_000)), "day": "today"})

    assert text is not None
    assert len(text) < 2000
    assert "today" in text


def test_a_call_without_parameters_needs_no_description() -> None:
    assert describe_parameters({}) is None
