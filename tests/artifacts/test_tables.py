"""Tables of any library: their rows, and what is said of their columns."""

from __future__ import annotations

import datetime as dt
import json
import math
import sys
from collections import namedtuple
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.artifacts import create_table_artifact, save_table
from penstock.artifacts._frames import read_frame
from penstock.artifacts._summaries import summarise
from penstock.artifacts._values import as_json, dump_json
from penstock.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.stores.rows import ArtifactRow

    Save = Callable[..., ArtifactRow]
    SaveJson = Callable[..., Any]

Point = namedtuple("Point", ["x", "y"])  # noqa: PYI024 - as people write them


@dataclass
class Pair:
    x: int
    y: str


class Colour(Enum):
    RED = "red"


#: The same two columns, in every form there is.
SAME = {
    "pandas": pd.DataFrame({"x": [1, 2, 3], "y": ["a", "b", None]}),
    "polars": pl.DataFrame({"x": [1, 2, 3], "y": ["a", "b", None]}),
    "lazy": pl.LazyFrame({"x": [1, 2, 3], "y": ["a", "b", None]}),
    "dicts": [{"x": 1, "y": "a"}, {"x": 2, "y": "b"}, {"x": 3}],
    "lists": {"x": [1, 2, 3], "y": ("a", "b")},
    "arrays": {"x": np.array([1, 2, 3]), "y": pd.Series(["a", "b", None])},
    "named tuples": [Point(1, "a"), Point(2, "b"), Point(3, None)],
    "data classes": [Pair(1, "a"), Pair(2, "b"), Pair(3, None)],  # type: ignore[arg-type] # so it is missing
}


@pytest.mark.parametrize("form", SAME)
@pytest.mark.parametrize("function", [save_table, create_table_artifact])
def test_a_table_is_the_same_in_every_form(
    function: Callable[..., Any], form: str, save_json: SaveJson
) -> None:
    table = save_json(function, SAME[form], key="t")

    assert table["rows"] == [[1, "a"], [2, "b"], [3, None]]
    assert table["row_count"] == 3
    x, y = table["columns"]
    assert x == {
        "name": "x", "kind": "number", "missing": 0, "distinct": 3, "lowest": 1, "highest": 3,
        "mean": 2, "bars": [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    }  # fmt: skip
    assert y == {
        "name": "y", "kind": "text", "missing": 1, "distinct": 2, "lowest": "a", "highest": "b",
        "mean": None, "bars": [],
    }  # fmt: skip


def test_no_library_is_imported_for_a_table() -> None:
    import subprocess

    code = (
        "import sys; from penstock.artifacts._frames import read_frame; "
        "read_frame('x', [{'a': 1}]); import penstock.artifacts; "
        "heavy = ('numpy', 'pandas', 'polars', 'matplotlib', 'PIL'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("data", "names", "rows"),
    [
        (np.arange(4).reshape(2, 2), ["0", "1"], [[0, 1], [2, 3]]),
        (np.array([1.5, 2.5]), ["value"], [[1.5], [2.5]]),
        (np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]), ["a", "b"], [[1, 2.0]]),
        (pd.Series([1, 2], name="s"), ["s"], [[1], [2]]),
        (pl.Series("s", [1, 2]), ["s"], [[1], [2]]),
        ([[1, 2], [3]], ["0", "1"], [[1, 2], [3, None]]),
        ([1, "a"], ["value"], [[1], ["a"]]),
        ({"rows": 3, "file": "x"}, ["rows", "file"], [[3, "x"]]),
        ([], [], []),
        ({}, [], []),
        (pd.DataFrame(), [], []),
        (pd.DataFrame({"a": [1]}, index=["x"]), ["index", "a"], [["x", 1]]),
        (
            pd.DataFrame({"g": ["a", "a"], "n": [1, 3]}).groupby("g").agg(["min", "max"]),
            ["g", "n / min", "n / max"],
            [["a", 1, 3]],
        ),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), ["a", "a (2)"], [[1, 2]]),
        (pd.DataFrame({7: [True]}), ["7"], [[True]]),
    ],
)
def test_what_else_is_a_table(
    data: Any, names: list[str], rows: list[list[Any]], save_json: SaveJson
) -> None:
    table = save_json(save_table, data)

    assert [column["name"] for column in table["columns"]] == names
    assert table["rows"] == rows


@pytest.mark.parametrize("data", [3, "a,b\n1,2", None, object(), np.zeros((2, 2, 2)), np.array(1)])
def test_what_is_no_table_is_refused(data: Any, save: Save) -> None:
    with pytest.raises(UsageError, match=r"is no table\. Hand over a data frame"):
        save(save_table, data)


@pytest.mark.parametrize("library", ["pandas", "polars", "numpy", "dicts"])
def test_ten_thousand_rows_are_kept_and_all_are_counted(library: str, save_json: SaveJson) -> None:
    values = np.arange(10_500)
    data: Any = {
        "pandas": pd.DataFrame({"n": values}),
        "polars": pl.DataFrame({"n": values}),
        "numpy": values,
        "dicts": [{"n": number} for number in range(10_500)],
    }[library]

    table = save_json(save_table, data)

    assert (len(table["rows"]), table["rows"][-1], table["row_count"]) == (10_000, [9_999], 10_500)
    assert table["columns"][0]["highest"] == 10_499
    assert sum(table["columns"][0]["bars"]) == 10_500


def test_a_wide_table_keeps_fewer_rows_and_a_very_wide_one_is_refused(
    save: Save, save_json: SaveJson
) -> None:
    table = save_json(save_table, np.zeros((1_200, 1_000)))
    assert (len(table["rows"]), table["row_count"]) == (1_000, 1_200)

    with pytest.raises(UsageError, match="1,001 columns, and 1,000 is the most"):
        save(save_table, np.zeros((1, 1_001)))


def test_a_table_of_long_texts_keeps_the_rows_that_fit(save_json: SaveJson) -> None:
    table = save_json(save_table, {"t": ["x" * 9_000] * 5_000})

    assert (len(table["rows"]), table["row_count"]) == (2_500, 5_000)


VALUES = [
    (float("nan"), None),
    (float("inf"), "Infinity"),
    (float("-inf"), "-Infinity"),
    (None, None),
    (pd.NA, None),
    (pd.NaT, None),
    (Decimal("1.50"), 1.5),
    (Decimal("NaN"), None),
    (Decimal("sNaN"), "sNaN"),
    (np.int64(4), 4),
    (np.float32(0.5), 0.5),
    (np.bool_(True), True),
    (np.datetime64("2024-01-02"), "2024-01-02"),
    (np.datetime64("NaT"), None),
    (np.array([1, 2]), [1, 2]),
    (2**53 + 1, "9007199254740993"),
    (dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC), "2024-01-02T03:00:00+00:00"),
    (pd.Timestamp("2024-01-02"), "2024-01-02T00:00:00"),
    (dt.date(2024, 1, 2), "2024-01-02"),
    (dt.time(3, 4), "03:04:00"),
    (dt.timedelta(hours=1), "1:00:00"),
    (b"\x00\xff", "00 ff"),
    (b"x" * 65, f"{'78 ' * 63}78… (65 bytes)"),
    (Colour.RED, "red"),
    (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (1 + 2j, "(1+2j)"),
    ("a\udc80", "a\\udc80"),
    ("x" * 10_001, "x" * 10_000 + "… [1 more characters]"),
    ({1: {"a": (1, math.nan)}, "b": {3}}, {"1": {"a": [1, None]}, "b": [3]}),
    (pl.Series([1, 2]), [1, 2]),
    (list(range(1_001)), [*range(1_000), "… 1 more"]),
]


@pytest.mark.parametrize(("value", "expected"), VALUES, ids=[str(n) for n in range(len(VALUES))])
def test_any_value_becomes_json(value: Any, expected: Any) -> None:
    found = as_json(value)

    assert found == expected
    assert type(found) is type(expected)


class Unwritable:
    def __str__(self) -> str:
        raise ValueError("no")

    def __ne__(self, other: object) -> bool:
        raise ValueError("no")

    __hash__ = None  # type: ignore[assignment] # as of a class with __eq__


_anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.decimals()
    | st.datetimes()
    | st.dates()
    | st.timedeltas()
    | st.complex_numbers()
    | st.fractions()
    | st.builds(Unwritable)
    | st.builds(np.float64, st.floats())
    | st.builds(np.int64, st.integers(-(2**63), 2**63 - 1)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@given(st.lists(_anything, max_size=6))
@settings(max_examples=40, deadline=None)
def test_any_column_is_kept_and_summed_up_as_valid_json(values: list[Any]) -> None:
    columns, count = read_frame("save_table", {"c": values})
    (column,) = columns

    text = dump_json([summarise(column), [as_json(value) for value in column.head(99)]])

    def refuse(word: str) -> None:
        raise AssertionError(word)

    summary, cells = json.loads(text, parse_constant=refuse)
    assert (len(cells), count) == (len(values), len(values))
    assert summary["kind"] in {"number", "text", "flag", "instant", "other"}
    assert 0 <= summary["missing"] <= len(values)
    assert len(summary["bars"]) in {0, 12}


@given(st.lists(st.floats() | st.integers(-(2**53), 2**53), min_size=1))
@settings(deadline=None)
def test_an_array_is_summed_up_as_a_list_is(values: list[float]) -> None:
    numbers = [float(value) for value in values]
    ((array,), _), ((plain,), _) = (
        read_frame("x", np.array(numbers)),
        read_frame("x", {"value": numbers}),
    )

    found, expected = summarise(array), summarise(plain)
    mean, expected_mean = found.pop("mean"), expected.pop("mean")

    if any(not math.isnan(number) for number in numbers):
        assert found == expected
    if mean is not None and expected_mean is not None:
        assert math.isclose(mean, expected_mean, rel_tol=1e-9, abs_tol=1e-300) or (
            abs(mean - expected_mean) <= 1e-9 * max(map(abs, filter(math.isfinite, numbers)))
        )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([True, False, True, None], {"kind": "flag", "missing": 1, "distinct": 2, "mean": 2 / 3}),
        (
            [dt.date(2024, 1, 2), dt.date(2023, 1, 2)],
            {"kind": "instant", "lowest": "2023-01-02", "highest": "2024-01-02"},
        ),
        (
            [dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 1, tzinfo=dt.UTC)],  # noqa: DTZ001 - one without
            {"kind": "instant", "lowest": None, "distinct": 2},
        ),
        ([1, "a"], {"kind": "other", "distinct": 2, "lowest": None}),
        ([[1], [2]], {"kind": "other", "distinct": None}),
        ([None], {"kind": "other", "missing": 1, "distinct": 0}),
        (["x" * 101], {"kind": "text", "lowest": "x" * 100 + "…"}),
        ([5, 5], {"kind": "number", "bars": [2] + [0] * 11, "mean": 5}),
        ([1e308, -1e308], {"kind": "number", "bars": [], "mean": 0}),
        ([1, math.inf, math.nan], {"missing": 1, "distinct": 2, "highest": 1, "mean": 1}),
        ([Decimal("0.5"), Decimal("1.5")], {"kind": "number", "mean": 1}),
        ([np.float64(1), 3], {"kind": "number", "mean": 2}),
    ],
)
def test_a_column_is_summed_up(values: list[Any], expected: dict[str, Any]) -> None:
    ((column,), _) = read_frame("x", {"c": values})

    found = summarise(column)

    assert {name: found[name] for name in expected} == expected
