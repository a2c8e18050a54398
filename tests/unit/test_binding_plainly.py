"""The short way of binding a call agrees with `inspect` wherever it answers."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock._engine.binding import Binder
from penstock.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable


def none() -> None: ...
def one(a: int) -> None: ...
def with_default(a: int, b: int = 2, c: int = 3) -> None: ...
def positional(a: int, /, b: int = 2) -> None: ...
def by_name(a: int, *, b: int = 2) -> None: ...
def stars(a: int, *rest: int, **more: int) -> None: ...


class Thing:
    def method(self, a: int, b: int = 2) -> None: ...


FUNCTIONS = [none, one, with_default, positional, by_name, stars, Thing().method]


@pytest.mark.parametrize("fn", FUNCTIONS, ids=lambda fn: fn.__name__)
@given(
    args=st.lists(st.integers(), max_size=4),
    kwargs=st.dictionaries(st.sampled_from("abcx"), st.integers(), max_size=3),
    defaults=st.booleans(),
)
def test_a_call_is_bound_as_inspect_binds_it(
    fn: Callable[..., Any], args: list[int], kwargs: dict[str, int], defaults: bool
) -> None:
    binder = Binder("task 't'", fn)
    try:
        expected = inspect.signature(fn).bind(*args, **kwargs)
    except TypeError:
        with pytest.raises(ParameterError):
            binder.bind(tuple(args), kwargs, defaults=defaults)
        return
    if defaults:
        expected.apply_defaults()

    bound = binder.bind(tuple(args), kwargs, defaults=defaults)

    assert list(bound.items()) == list(expected.arguments.items())
