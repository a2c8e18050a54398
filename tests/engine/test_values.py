"""Values of every kind travel through flows and tasks; storage never fails a run."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import math
import sqlite3
import threading
import types
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure
from pydantic import BaseModel, create_model
from sklearn.linear_model import LinearRegression

from penstock import flow, task
from tests.engine.recorded import recorded

if TYPE_CHECKING:
    from collections.abc import Callable


class Item(BaseModel):
    name: str
    price: float


def local_class() -> Any:
    class Local:
        pass

    return Local()


def open_file() -> Any:
    return open(__file__, encoding="utf-8")  # noqa: PTH123 - closed by the test


def holding_itself() -> Any:
    loop: list[Any] = []
    loop.append(loop)
    return loop


class Rude:
    """Refuses to be shown, compared, hashed or asked for its truth."""

    def __repr__(self) -> str:
        raise RuntimeError("repr")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("eq")

    __hash__ = None  # type: ignore[assignment] # as arrays have it

    def __bool__(self) -> bool:
        raise RuntimeError("bool")

    def __len__(self) -> int:
        raise RuntimeError("len")


class AnyAttribute:
    """Has every attribute that is asked for, as mocks and lazy modules do."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return AnyAttribute()


KINDS: dict[str, Callable[[], Any]] = {
    "float frame with nan, inf": lambda: pd.DataFrame({"a": [1.0, math.nan, math.inf]}),
    "frame with nat": lambda: pd.DataFrame({"t": [pd.Timestamp("2026-01-01"), pd.NaT]}),
    "series": lambda: pd.Series([1.0, 2.0], name="s"),
    "polars frame": lambda: pl.DataFrame({"a": [1.0, None]}),
    "polars lazy frame": lambda: pl.LazyFrame({"a": [1]}),
    "array": lambda: np.arange(6.0).reshape(2, 3),
    "object array": lambda: np.array([None, "a", {1}], dtype=object),
    "numpy scalar": lambda: np.float64("nan"),
    "large array": lambda: np.zeros(1_000_000),
    "nan": lambda: math.nan,
    "big integer": lambda: 2**80,
    "decimal": lambda: decimal.Decimal("1.10"),
    "date with zone": lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    "text with surrogate": lambda: "caf\udce9.csv",
    "text with nul": lambda: "a\0b",
    "bytes": lambda: b"\xff\x00",
    "model": lambda: LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]),
    "figure": Figure,
    "soup": lambda: BeautifulSoup("<a href='x'>y</a>", "html.parser"),
    "tag": lambda: BeautifulSoup("<a href='x'>y</a>", "html.parser").a,
    "open file": open_file,
    "connection": lambda: sqlite3.connect(":memory:"),
    "lock": threading.Lock,
    "lambda": lambda: lambda x: x,
    "local class": local_class,
    "local model": create_model("Local", x=(int, 1)),
    "pydantic": lambda: Item(name="a", price=1.0),
    "generator": lambda: (n for n in range(3)),
    "module": lambda: types,
    "exception": lambda: ValueError("as a value"),
    "class": lambda: Item,
    "ellipsis": lambda: ...,
    "holds itself": holding_itself,
    "deep": lambda: __import__("functools").reduce(lambda inner, _: [inner], range(5000), []),
    "text buffer": lambda: io.StringIO("x"),
    "rude": Rude,
    "any attribute": AnyAttribute,
    "dict with odd keys": lambda: {(1, 2): 3, None: 4, 1.5: 5},
    "set": lambda: {1, "a", None},
    "a task": lambda: task(lambda: 1, name="inner"),
}


@pytest.fixture(params=KINDS)
def value(request: pytest.FixtureRequest) -> Any:
    """Make a value of each kind."""
    made = KINDS[request.param]()
    yield made
    close = getattr(made, "close", None)
    if callable(close):
        close()


@task
def hand_on(value: Any) -> Any:
    return value


@flow
def called(value: Any) -> Any:
    return [hand_on(hand_on(value))]


@flow
def submitted(value: Any) -> Any:
    return [hand_on.submit(hand_on.submit(value)).result()]


@flow
def straight(value: Any) -> Any:
    return value


@flow
def in_structures(value: Any) -> Any:
    held = hand_on({"a": [value], "b": (value,)})
    return [held["a"][0]]


@pytest.mark.parametrize("made", [called, submitted, in_structures], ids=lambda made: made.name)
def test_a_value_travels_as_the_very_same_object(made: Any, value: Any) -> None:
    (came,) = made(value)

    assert came is value
    assert [row.state_type for row in recorded().flows] == ["COMPLETED"]
    assert {row.state_type for row in recorded().tasks} == {"COMPLETED"}


def test_a_value_is_returned_by_a_flow_as_it_is(value: Any) -> None:
    assert straight(value) is value
    assert recorded().flow.state_type == "COMPLETED"


def test_a_value_is_returned_by_a_nested_flow_as_it_is(value: Any) -> None:
    @flow
    def outer() -> Any:
        return [straight(value)]

    (came,) = outer()

    assert came is value


def test_a_value_may_be_mapped_over(value: Any) -> None:
    @flow
    def etl() -> Any:
        return hand_on.map([value, value]).result()

    first, second = etl()

    assert first is value
    assert second is value


def test_what_cannot_be_kept_is_told_in_one_line_for_each_task() -> None:
    @task
    def connect(n: int) -> Any:
        return sqlite3.connect(":memory:")

    @flow
    def etl() -> Any:
        return [connect(n) for n in range(3)]

    for connection in etl():
        connection.close()

    (line,) = [line for line in recorded().lines("penstock") if "not kept" in line]
    assert "'connect'" in line
    assert "Connection" in line
    assert "resumed run would execute the task again" in line


def test_what_is_too_large_is_told_with_the_cure() -> None:
    @flow
    def etl() -> Any:
        return hand_on(np.zeros(1_000_000)).size

    etl()

    (line,) = [line for line in recorded().lines("penstock") if "not kept" in line]
    assert "persist_result=True" in line


@pytest.mark.parametrize("size", [1, 100_000])
def test_a_small_result_is_kept_in_the_store(size: int) -> None:
    @flow
    def etl() -> Any:
        return hand_on(np.arange(size)).sum()

    etl()

    assert recorded().value("hand_on-0").size == size


def test_a_persisted_result_is_kept_in_a_file(home: Any) -> None:
    @task(persist_result=True)
    def large() -> Any:
        return np.zeros(1_000_000)

    large()

    row = recorded().task("large")
    assert row.result is None
    assert row.result_ref is not None
    assert row.result_ref.startswith(str(home))


def test_a_result_file_is_called_as_its_key_says(home: Any) -> None:
    @task(result_storage_key="reports/{parameters[day]}.pkl")
    def report(day: str) -> str:
        return day

    report("../../../monday")

    (path,) = [path for path in (home / "results").rglob("*") if path.is_file()]
    assert path.is_relative_to(home / "results" / "reports")


def test_a_key_that_names_what_is_not_there_does_not_fail_the_run() -> None:
    @task(result_storage_key="{parameters[hour]}")
    def report(day: str) -> str:
        return day

    assert report("monday") == "monday"
    assert any("hour" in line for line in recorded().lines("penstock"))


def test_a_serializer_that_fails_does_not_fail_the_run() -> None:
    @task(persist_result=True, result_serializer="json")
    def odd() -> Any:
        return {1, 2}

    assert odd() == {1, 2}
    assert any("was not written" in line for line in recorded().lines("penstock"))


def test_a_result_changed_later_is_kept_as_it_was() -> None:
    @flow
    def etl() -> None:
        rows = hand_on([1])
        rows.append(2)

    etl()

    assert recorded().value("hand_on-0") == [1]


def test_a_result_that_dies_frees_its_memory() -> None:
    import gc
    import weakref

    class Frame:
        pass

    alive: list[int] = []
    refs: list[Any] = []

    @task
    def make() -> Any:
        frame = Frame()
        refs.append(weakref.ref(frame))
        return frame

    @flow
    def etl() -> None:
        for _ in range(50):
            make()
        for future in [make.submit() for _ in range(50)]:
            future.result()
        del future
        gc.collect()
        alive.append(sum(ref() is not None for ref in refs))

    etl()

    assert alive[0] <= 1
