"""Which value came out of which run, without keeping the values alive."""

from __future__ import annotations

import enum
import gc
import weakref
from typing import Any

import numpy as np
import pytest

from penstock._engine.origins import _HELD, Origins


class Frame:
    """A value that can be weakly referenced, as a DataFrame can."""


class Colour(enum.Enum):
    """A value that Python shares."""

    RED = 1


def test_a_value_is_found_by_identity_and_not_by_equality() -> None:
    origins = Origins()
    rows = [1, 2]
    origins.note(rows, 7)

    assert origins.find([rows]) == [7]
    assert origins.find([[1, 2]]) == []


@pytest.mark.parametrize(
    "value", [None, True, False, 0, 256, 2**80, "a", "", b"", b"bytes", ()], ids=repr
)
def test_values_that_python_shares_are_never_traced(value: Any) -> None:
    origins = Origins()
    origins.note(value, 1)
    origins.note([value], 2)

    assert origins.find([value]) == []


@pytest.mark.parametrize("value", [Colour.RED, Frame, len, gc], ids=repr)
def test_values_that_everybody_can_name_are_never_traced(value: Any) -> None:
    origins = Origins()
    origins.note(value, 1)

    assert origins.find([value]) == []


def test_a_value_handed_on_unchanged_comes_from_the_last_that_returned_it() -> None:
    origins = Origins()
    frame = Frame()
    origins.note(frame, 1)
    origins.note(frame, 2)

    assert origins.find([frame]) == [2]


def test_elements_of_a_small_result_are_found() -> None:
    origins = Origins()
    first, second = Frame(), Frame()
    pair = (first, second)
    origins.note(pair, 3)
    named = {"a": Frame()}
    origins.note(named, 4)

    assert origins.find([first]) == [3]
    assert origins.find([second]) == [3]
    assert origins.find([named["a"]]) == [4]


def test_values_in_collections_are_found_each_run_once() -> None:
    origins = Origins()
    one, two = Frame(), Frame()
    origins.note(one, 1)
    origins.note(two, 2)

    assert sorted(origins.find([[one, two], {"x": one}, (two,)])) == [1, 2]


def test_a_value_that_is_gone_leaves_nothing_behind() -> None:
    origins = Origins()

    for index in range(1000):
        origins.note(Frame(), index)
    gc.collect()

    assert origins._weak == {}


def test_values_without_weak_references_are_held_up_to_a_limit() -> None:
    origins = Origins()

    for index in range(1000):
        origins.note([index, index], index)

    assert len(origins._held) <= _HELD


def test_large_values_without_weak_references_are_not_held() -> None:
    origins = Origins()
    large = list(range(1_000_000))
    origins.note(large, 1)

    assert not origins._held
    assert origins.find([large]) == []


@pytest.mark.parametrize("hold", [lambda f: [f], lambda f: (f, 1), lambda f: {"a": f}])
def test_a_collection_does_not_keep_the_arrays_in_it_alive(hold: Any) -> None:
    origins = Origins()
    frame = np.zeros(10)
    gone = weakref.ref(frame)
    origins.note(hold(frame), 1)
    assert origins.find([hold(frame)]) == [1]

    del frame

    assert gone() is None


def test_the_next_owner_of_an_id_is_not_taken_for_the_last() -> None:
    origins = Origins()
    for index in range(200):
        frame = Frame()
        origins.note(frame, index)
        del frame
        assert origins.find([Frame()]) == []


def test_values_that_cannot_be_hashed_or_compared_are_traced_all_the_same() -> None:
    class Odd:
        __hash__ = None  # type: ignore[assignment] # as lists have it

        def __eq__(self, other: object) -> bool:
            raise TypeError("not comparable")

    origins = Origins()
    odd = Odd()
    origins.note(odd, 5)

    assert origins.find([odd]) == [5]
