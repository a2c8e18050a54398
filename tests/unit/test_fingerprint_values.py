"""Equal values have equal prints, in every process; other values and types have others."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import functools
import io
import json
import marshal
import pathlib
import pickle
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import types
import uuid
import zoneinfo
from typing import Any, NamedTuple

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock._fingerprint.stable import Unstable
from penstock._fingerprint.values import fingerprint, fingerprint_call

#: Hypothesis thinks that some of its values are long to print.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")


class Point(NamedTuple):
    x: int
    y: int


@dataclasses.dataclass
class Box:
    content: Any
    label: str = "box"

    @functools.cached_property
    def size(self) -> int:
        return len(self.label)


@dataclasses.dataclass(slots=True)
class Slots:
    content: Any


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Model(pydantic.BaseModel):
    name: str
    size: int = 3
    _secret: int = 0


class Node:
    def __init__(self, *links: Any) -> None:
        self.links = list(links)


class Own:
    def __init__(self, version: str) -> None:
        self.version = version
        self.lock = threading.Lock()

    def __penstock_fingerprint__(self) -> str:
        return self.version


class Words(dict[str, Any]):
    pass


class Names(frozenset[str]):
    pass


def ring(*names: str) -> Node:
    nodes = [Node(name) for name in names]
    for node, following in zip(nodes, [*nodes[1:], nodes[0]], strict=True):
        node.links.append(following)
    return nodes[0]


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


#: Each is unlike all others. Calling it twice gives equal values that share nothing.
def different() -> list[Any]:
    utc = dt.UTC
    return [
        0, 1, -1, 2**80, -(2**80), True, False, None, 1.0, 0.0, -0.0, float("nan"), float("inf"),
        1j, "1", "", "é", "\ud800", b"1", b"", bytearray(b"1"), memoryview(b"1"),
        [], (), {}, set(), frozenset(), [1], (1,), {1}, frozenset({1}), [1, 2], [2, 1], [[1], 2],
        [[1, 2]],
        [True], [1.0], ["1"], [None], [[]], [()], ([],), [[], []],
        {"a": 1}, {"a": True}, {"b": 1}, {1: "a"}, {"1": "a"}, {True: "a"}, {None: 1}, {(1, 2): 3},
        {"a": [1]}, {"a": (1,)}, {1, "1"}, {(1,), "1"}, {"a": {"b": {1: {2: 3}}}},
        collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=2, a=1),
        collections.defaultdict(list, a=[1]), collections.defaultdict(int, a=[1]),
        collections.deque([1, 2]), collections.Counter("ab"), types.MappingProxyType({"a": 1}),
        {"a": 1}.keys(), {"a": 1}.values(), {"a": 1}.items(), Words(a=1), Names({"a"}),
        range(3), range(0, 3, 2), slice(3), slice(0, 3), ..., NotImplemented,
        decimal.Decimal("1.0"), decimal.Decimal("1.00"), fractions.Fraction(1, 3),
        dt.date(2024, 1, 1), dt.datetime(2024, 1, 1),  # noqa: DTZ001 - a naive one
        dt.datetime(2024, 1, 1, tzinfo=utc),
        dt.datetime(2024, 1, 1, tzinfo=zoneinfo.ZoneInfo("UTC")), dt.time(1), dt.timedelta(1), utc,
        uuid.UUID(int=1), pathlib.PurePosixPath("a"), pathlib.Path("a"), re.compile("a"),
        re.compile("a", re.IGNORECASE),
        Point(1, 2), Box(1), Box([1]), Box(1, "b"), Slots(1), Slots([1]), Color.RED, Color.BLUE,
        Model(name="a"), Model(name="b"), Model(name="a", size=4),
        Node(), Node(1), Own("1"), Own("2"), ring("a"), ring("a", "b"), ring("b", "a"),
        len, str.upper, "a".upper, "b".upper, int, dict, json, json.dumps, Box, Color,
        functools.partial(int, base=2), functools.partial(int, base=3),
        functools.lru_cache(json.dumps),
        lambda: 1, lambda: 2, Box(1).__eq__, Box(2).__eq__, ValueError("a"), ValueError("b"),
        types.SimpleNamespace(a=1), io.BytesIO(b"1"), list[int], int | None, iter([1, 2]),
    ]  # fmt: skip


def test_different_values_have_different_prints() -> None:
    prints: dict[bytes, Any] = {}
    for value in different():
        other = prints.setdefault(fingerprint(value), value)
        assert other is value, (other, value)


@pytest.mark.parametrize("number", range(len(different())))
def test_equal_values_have_equal_prints(number: int) -> None:
    assert fingerprint(different()[number]) == fingerprint(different()[number])


def test_prints_are_the_same_in_other_processes() -> None:
    program = (
        "import sys, importlib.util as u;"
        f"s = u.spec_from_file_location({__name__!r}, {__file__!r});"
        f"m = sys.modules[{__name__!r}] = u.module_from_spec(s); s.loader.exec_module(m);"
        "print(*[m.fingerprint(v).hex() for v in m.different()])"
    )
    here = [fingerprint(value).hex() for value in different()]

    for seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
        command = [sys.executable, "-c", program]
        output = subprocess.check_output(command, env=environment, text=True)
        assert output.split() == here


def test_sharing_and_interning_do_not_count() -> None:
    text, long = bytes([105, 110]).decode() + "terned", "x" * 5000
    item = [text]

    assert fingerprint([sys.intern("interned")] * 2) == fingerprint([text, f"{text}"])
    assert fingerprint([item, item]) == fingerprint([["interned"], ["interned"]])
    assert fingerprint([[item, item], item]) == fingerprint([[[text], [text]], [text]])
    assert fingerprint((long, [long])) == fingerprint((long, ["x" * 5000]))
    assert fingerprint_call((text, text), {}) == fingerprint_call(("interned", "in" + "terned"), {})
    assert marshal.dumps((text, text), 2) == marshal.dumps((sys.intern("interned"), text[:]), 2)


def test_order_of_dicts_and_sets_does_not_count() -> None:
    mixed = [("a", 1), (1, [2]), (None, {"x", "y", 3}), ((1, 2), "b")]

    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1})
    assert fingerprint(dict(mixed)) == fingerprint(dict(reversed(mixed)))
    assert fingerprint(Words(a=1, b=2)) == fingerprint(Words(b=2, a=1))
    assert fingerprint_call((), {"a": 1, "b": 2}) == fingerprint_call((), {"b": 2, "a": 1})
    assert fingerprint_call((), {"a": [1], "b": 2}) == fingerprint_call((), {"b": 2, "a": [1]})


def test_computed_attributes_do_not_count() -> None:
    asked, fresh = Box(1), Box(1)
    assert asked.size == 3

    assert fingerprint(asked) == fingerprint(fresh)


def test_how_a_model_was_made_does_not_count() -> None:
    assert fingerprint(Model(name="a")) == fingerprint(Model(name="a", size=3))


def test_own_print_is_used_instead_of_the_content() -> None:
    first, second = Own("1"), Own("1")
    second.lock.acquire()

    assert fingerprint(first) == fingerprint(second)


def test_large_shared_graph_takes_linear_time() -> None:
    value: Any = [1, []]
    for _ in range(90):
        value = [value, value]
    everyone = [Node() for _ in range(60)]
    for node in everyone:
        node.links = everyone

    assert fingerprint(value)
    assert fingerprint(everyone)


def test_place_in_a_cycle_counts() -> None:
    def pair(swap: bool) -> Node:
        top = Node()
        left, right = Node(top), Node(Node(), top)
        top.links = [right, left] if swap else [left, right]
        return top

    assert fingerprint(pair(swap=False)) == fingerprint(pair(swap=False))
    assert fingerprint(pair(swap=False)) != fingerprint(pair(swap=True))


async def coroutine() -> None: ...


def closed_coroutine() -> Any:
    value = coroutine()
    value.close()
    return value


UNSTABLE: dict[str, Any] = {
    "lock": threading.Lock,
    "event": threading.Event,
    "generator": lambda: (n for n in ()),
    "coroutine": closed_coroutine,
    "thread": threading.current_thread,
    "frame": sys._getframe,
    "local": threading.local,
    "deep": lambda: nested(5000),
}


@pytest.mark.parametrize("name", UNSTABLE)
def test_values_without_content_say_so(name: str) -> None:
    value = UNSTABLE[name]()

    with pytest.raises(Unstable) as caught:
        fingerprint_call((), {name: value})

    assert str(caught.value).startswith(f"argument {name}")


def test_message_names_the_argument_and_the_place_in_it(tmp_path: pathlib.Path) -> None:
    connection = sqlite3.connect(":memory:")
    cases: list[tuple[Any, str]] = [
        (connection, "argument conn (sqlite3.Connection) has no stable content"),
        (
            {"db": [1, connection]},
            "argument conn['db'][1] (sqlite3.Connection) has no stable content",
        ),
        (
            Box(Box(connection)),
            "argument conn.content.content (sqlite3.Connection) has no stable content",
        ),
        (threading.Lock(), "argument conn (_thread.lock) has no stable content"),
        (
            nested(200),
            "argument conn" + "[0]" * 100 + " (list) is nested more than 100 levels deep",
        ),
    ]
    with (tmp_path / "file").open("w") as file, socket.socket() as open_socket:
        cases += [
            (file, "argument conn (_io.TextIOWrapper) has no stable content"),
            (open_socket, "argument conn (socket.socket) has no stable content"),
        ]
        for value, message in cases:
            with pytest.raises(Unstable) as caught:
                fingerprint_call((), {"conn": value})
            assert str(caught.value) == message
            assert str(pickle.loads(pickle.dumps(caught.value))) == message
    with pytest.raises(Unstable, match=r"^argument 2 \(generator\)"):
        fingerprint_call((1, (n for n in ())), {})
    connection.close()


def test_whatever_an_object_raises_becomes_unstable() -> None:
    class Broken:
        def __penstock_fingerprint__(self) -> str:
            raise KeyError("no")

    class Wrong:
        def __penstock_fingerprint__(self) -> Any:
            return 1

    for value in (Broken(), Wrong()):
        with pytest.raises(Unstable, match="argument x"):
            fingerprint_call((), {"x": value})


def test_calls_of_other_shapes_have_other_prints() -> None:
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        ((), {}), ((1,), {}), ((1, 2), {}), (((1, 2),), {}), (([1, 2],), {}), ((1,), {"a": 2}),
        ((), {"a": 1}), ((), {"b": 1}), ((), {"a": [1]}), (([1],), {}), (([1], 2), {}),
        (([1],), {"a": 2}),
        ((1.0,), {}), ((True,), {}), (("1",), {}), ((b"1",), {}), ((None,), {}),
        ((), {"a": 1, "b": 2}),
    ]  # fmt: skip

    assert len({fingerprint_call(*call) for call in calls}) == len(calls)


def test_large_buffer_of_a_call_is_sampled_and_a_print_reads_it_all() -> None:
    changed = bytearray(2_000_000)
    changed[5_000] = 1  # between two samples
    other = bytearray(2_000_001)

    for kind in (bytes, bytearray):
        same = fingerprint_call((kind(2_000_000),), {}, limit_bytes=1_000_000)
        assert fingerprint_call((kind(changed),), {}, limit_bytes=1_000_000) == same
        assert fingerprint_call((kind(other),), {}, limit_bytes=1_000_000) != same
        assert fingerprint_call((kind(changed),), {}) != fingerprint_call((kind(2_000_000),), {})
        assert fingerprint(kind(changed)) != fingerprint(kind(2_000_000))


atoms = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
    | st.binary(max_size=9) | st.decimals(allow_nan=False) | st.dates() | st.complex_numbers()
)  # fmt: skip
hashable = st.recursive(
    atoms, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3)
)
values = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.sets(hashable, max_size=4)
        | st.tuples(inner, inner)
        | st.builds(Box, inner)
        | st.builds(Node, inner, inner)
    ),
    max_leaves=8,
)


def rebuilt(value: Any) -> Any:
    """Copy a value, sharing nothing that can be copied, with dicts and sets in another order."""
    match value:
        case str():
            return "".join(list(value))
        case list() | tuple() | set() | frozenset():
            items = [rebuilt(item) for item in value]
            return type(value)(items if isinstance(value, list | tuple) else items[::-1])
        case dict():
            return {rebuilt(key): rebuilt(value[key]) for key in reversed(value)}
        case Box():
            return Box(rebuilt(value.content))
        case Node():
            return Node(*rebuilt(value.links))
        case _:
            return pickle.loads(pickle.dumps(value))


@given(values)
def test_rebuilt_value_has_the_same_print(value: Any) -> None:
    assert fingerprint(rebuilt(value)) == fingerprint(value)
    assert fingerprint_call((rebuilt(value),), {"a": value}) == fingerprint_call(
        (value,), {"a": value}
    )


def marks(value: Any) -> Any:
    """Write a value down so that `==` means: the same content, of the same types."""
    match value:
        case list() | tuple():
            return type(value).__name__, *map(marks, value)
        case set() | frozenset():
            return type(value).__name__, frozenset(map(marks, value))
        case dict():
            return "dict", frozenset((marks(key), marks(item)) for key, item in value.items())
        case Box():
            return "Box", marks(value.content)
        case Node():
            return "Node", marks(value.links)
        case _:
            return type(value).__name__, repr(value)


@given(values, values)
def test_prints_differ_exactly_when_contents_do(one: Any, other: Any) -> None:
    same = marks(one) == marks(other)

    assert (fingerprint(one) == fingerprint(other)) == same
    assert (fingerprint_call((one,), {}) == fingerprint_call((other,), {})) == same


@given(values)
def test_wrapped_value_has_another_print(value: Any) -> None:
    prints = {
        fingerprint(v) for v in (value, [value], (value,), {"a": value}, Box(value), [value, value])
    }

    assert len(prints) == 6
