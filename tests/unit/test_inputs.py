"""Looking for futures in arguments, and putting values in their place."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict

from penstock._engine.inputs import allow_failure, find_futures, quote, replace, unmapped
from penstock.futures import TaskFuture, TaskFutureList
from penstock.states import State, StateType

pytestmark = pytest.mark.timeout(20)

Point = namedtuple("Point", "x y")  # noqa: PYI024 - scripts have both kinds


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclass
class Plain:
    value: Any
    shared: ClassVar[str] = "class"
    rest: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Frozen:
    value: Any


@dataclass(frozen=True, slots=True)
class Slotted:
    value: Any


class Model(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    value: Any
    other: int = 1


class FrozenModel(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)
    value: Any


class Words(list[Any]):
    """A list of a script's own."""


def make(name: str = "t-0") -> TaskFuture[Any]:
    return TaskFuture(None, name)


def futures_in(*values: Any) -> list[TaskFuture[Any]]:
    return find_futures(values)[0]


def put(found: Any) -> Any:
    """Change every future to its name."""
    return found.task_run_name if isinstance(found, TaskFuture) else found


#: How each kind of structure holds a value, and how it is taken out again.
HOLDERS: dict[str, tuple[Any, Any]] = {
    "itself": (lambda v: v, lambda h: h),
    "list": (lambda v: [1, v], lambda h: h[1]),
    "tuple": (lambda v: (1, v), lambda h: h[1]),
    "set": (lambda v: {v}, lambda h: next(iter(h))),
    "frozenset": (lambda v: frozenset({v}), lambda h: next(iter(h))),
    "dict": (lambda v: {"a": v, "b": 2}, lambda h: h["a"]),
    "dict key": (lambda v: {v: 1}, lambda h: next(iter(h))),
    "namedtuple": (lambda v: Point(v, 2), lambda h: h.x),
    "NamedTuple": (lambda v: Pair(1, v), lambda h: h.right),
    "OrderedDict": (lambda v: OrderedDict(a=v), lambda h: h["a"]),
    "defaultdict": (lambda v: defaultdict(list, a=v), lambda h: h["a"]),
    "dataclass": (Plain, lambda h: h.value),
    "frozen dataclass": (Frozen, lambda h: h.value),
    "slotted dataclass": (Slotted, lambda h: h.value),
    "pydantic": (lambda v: Model(value=v), lambda h: h.value),
    "frozen pydantic": (lambda v: FrozenModel(value=v), lambda h: h.value),
    "deep": (lambda v: {"a": [({"b": Plain([v])},)]}, lambda h: h["a"][0][0]["b"].value[0]),
}
holders = pytest.mark.parametrize("kind", HOLDERS)


@holders
def test_a_future_is_found_in_every_kind_of_structure(kind: str) -> None:
    hold, _ = HOLDERS[kind]
    future = make()

    assert futures_in(hold(future)) == [future]
    assert find_futures([hold(future)]) == ([future], True)


@holders
def test_a_future_is_replaced_in_a_rebuilt_structure_of_the_same_kind(kind: str) -> None:
    hold, take = HOLDERS[kind]
    future = make("found")
    original = hold(future)

    changed = replace(original, put)

    assert take(changed) == "found"
    assert take(original) is future
    if kind != "itself":
        assert type(changed) is type(original)


@holders
def test_a_structure_without_futures_is_handed_on_as_it_is(kind: str) -> None:
    hold, _ = HOLDERS[kind]
    original = hold("plain")

    assert replace(original, put) is original
    assert futures_in(original) == []


@holders
def test_a_structure_whose_futures_are_only_looked_at_is_handed_on_as_it_is(kind: str) -> None:
    hold, _ = HOLDERS[kind]
    original = hold(make())

    assert replace(original, lambda found: found) is original


def test_a_rebuilt_defaultdict_keeps_its_factory() -> None:
    changed = replace(defaultdict(list, a=make()), put)

    assert changed["new"] == []


def test_other_fields_of_a_rebuilt_model_are_the_same_objects() -> None:
    rest: list[Any] = []
    original = Plain(make(), rest=rest)

    changed = replace(original, put)

    assert changed.rest is rest
    assert changed.shared == "class"


def test_a_list_of_a_scripts_own_kind_is_looked_into() -> None:
    future = make("found")

    assert futures_in(Words([future])) == [future]
    assert list(replace(Words([future]), put)) == ["found"]


def test_a_list_of_futures_becomes_a_plain_list() -> None:
    changed = replace(TaskFutureList([make("a"), make("b")]), put)

    assert type(changed) is list
    assert changed == ["a", "b"]


def test_each_future_is_listed_once_in_the_order_of_the_arguments() -> None:
    one, two, three = make("1"), make("2"), make("3")

    assert futures_in(two, [one, two], three, one) == [two, one, three]


def test_states_are_changed_as_well() -> None:
    state: State[int] = State(StateType.COMPLETED, data=3)

    assert replace([state], lambda found: found.result()) == [3]


def test_quote_keeps_what_it_holds_from_being_looked_into() -> None:
    future = make()
    inner = [future]

    assert futures_in(quote(inner)) == []
    assert replace(quote(inner), put) is inner


def test_unmapped_is_taken_off() -> None:
    inner = [1, 2]

    assert replace(unmapped(inner), put) is inner
    assert replace(unmapped([make("found")]), put) == ["found"]


def test_allow_failure_is_handed_over_whole() -> None:
    future = make()

    seen: list[Any] = []
    replace([allow_failure(future)], lambda found: seen.append(found) or "x")

    assert [type(found) for found in seen] == [allow_failure]
    assert futures_in(allow_failure(future)) == [future]


def test_a_future_deep_in_allow_failure_is_found() -> None:
    future = make()

    assert futures_in(allow_failure([future])) == [future]


@pytest.mark.parametrize(
    "value",
    [np.zeros(3), np.array([None, "a"], dtype=object), object(), range(3), {1, 2}, "text", Plain],
    ids=lambda value: type(value).__name__,
)
def test_values_that_cannot_hold_futures_are_handed_on_as_they_are(value: Any) -> None:
    assert replace(value, put) is value
    assert futures_in(value) == []


def test_a_structure_that_holds_itself_ends() -> None:
    loop: list[Any] = [make("found")]
    loop.append(loop)

    assert len(futures_in(loop)) == 1


def test_a_graph_of_objects_that_know_each_other_is_looked_through_quickly() -> None:
    """A tree with links to the parents has more paths than there are atoms."""

    @dataclass
    class Node:
        parent: Any = None
        children: list[Any] = field(default_factory=list)

    root = Node()
    for _ in range(6):
        child = Node(root)
        child.children = [Node(child) for _ in range(6)]
        root.children.append(child)

    assert futures_in(root) == []
    assert replace(root, put) is root


def test_the_same_list_many_times_over_is_looked_through_quickly() -> None:
    value: list[Any] = [object()]
    for _ in range(18):
        value = [value, value, value]

    assert futures_in(value) == []


def test_a_value_that_cannot_be_compared_is_handed_on() -> None:
    class Odd:
        __hash__ = None  # type: ignore[assignment] # as arrays have it

        def __eq__(self, other: object) -> bool:
            raise TypeError("ambiguous")

    original = [Odd(), {"a": Odd()}]

    assert replace(original, put) is original
