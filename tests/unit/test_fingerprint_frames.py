"""Arrays, frames and what else data science hands around: by content, not by memory."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsClassifier

from penstock._fingerprint.stable import Unstable
from penstock._fingerprint.values import fingerprint, fingerprint_call

NUMBERS = np.array([[1.5, np.nan, 3.0], [np.inf, -0.0, 6.0]])


def pandas_frames() -> list[pd.DataFrame]:
    return [
        pd.DataFrame(NUMBERS),
        pd.DataFrame(NUMBERS, columns=["a", "b", "c"]),
        pd.DataFrame(NUMBERS, index=["x", "y"]),
        pd.DataFrame(NUMBERS.astype("f4")),
        pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}),
        pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
        pd.DataFrame({"b": ["x", "y"], "a": [1, 2]}),
        pd.DataFrame({"a": [1, 2], "b": pd.Series(["x", "y"], dtype=object)}),
        pd.DataFrame({"a": [1, 2], "b": pd.Series(["x", "y"], dtype="category")}),
        pd.DataFrame({"a": pd.Series([1, None], dtype="Int64")}),
        pd.DataFrame({"a": pd.Series([1, 0], dtype="Int64")}),
        pd.DataFrame({"a": pd.Series([True, None], dtype="boolean")}),
        pd.DataFrame({"a": pd.to_datetime(["2024-01-01", None])}),
        pd.DataFrame({"a": pd.to_datetime(["2024-01-01", None]).tz_localize("UTC")}),
        pd.DataFrame({"a": pd.to_datetime(["2024-01-01", None]).tz_localize("Europe/Paris")}),
        pd.DataFrame({"a": pd.period_range("2024-01", periods=2, freq="M")}),
        pd.DataFrame({"a": pd.interval_range(0, 2)}),
        pd.DataFrame({"a": [[1], {"b": {2}}]}),
        pd.DataFrame({"a": [1, "1"]}),
        pd.DataFrame({"a": ["1", "1"]}),
        pd.DataFrame({"a": [1, 2]}, index=pd.MultiIndex.from_tuples([(1, "a"), (1, "b")])),
        pd.DataFrame({"a": [1, 2]}, index=pd.Index([3, 4], name="n")),
        pd.DataFrame({"a": [1, 2]}, index=pd.Index([3, 4])),
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
    ]


def polars_frames() -> list[pl.DataFrame]:
    return [
        pl.DataFrame({"a": [1, 2]}),
        pl.DataFrame({"a": [1, None]}),
        pl.DataFrame({"a": [1, 0]}),
        pl.DataFrame({"a": [1.0, 2.0]}),
        pl.DataFrame({"b": [1, 2]}),
        pl.DataFrame({"a": ["x", None]}),
        pl.DataFrame({"a": ["x", "y"]}, schema={"a": pl.Categorical}),
        pl.DataFrame({"a": ["x", "y"]}, schema={"a": pl.Enum(["x", "y"])}),
        pl.DataFrame({"a": ["x", "y"]}),
        pl.DataFrame({"a": [[1], [2, 3]]}),
        pl.DataFrame({"a": [{"b": 1}, {"b": None}]}),
        pl.DataFrame({"a": [True, None]}),
        pl.DataFrame({"a": [None, None]}),
        pl.DataFrame({"a": pl.Series(["2024-01-01", None]).str.to_date()}),
        pl.DataFrame({"a": pl.Series(["2024-01-01", None]).str.to_datetime()}),
        pl.DataFrame(),
    ]


def different() -> list[Any]:
    record = np.dtype([("a", "i1"), ("b", "f8")], align=True)
    return [
        *pandas_frames(), *polars_frames(),
        *[frame.iloc[:, 0] for frame in pandas_frames()[8:13]], pd.Series([1, 2]), pd.Index([1, 2]),
        pl.Series([1, 2]), pl.Series("a", [1, 2]), pl.col("a") + 1,
        NUMBERS, NUMBERS.T, NUMBERS.ravel(), NUMBERS.astype("f4"), NUMBERS.astype(">f8"),
        NUMBERS.astype(object),
        np.arange(3), np.arange(3.0), np.arange(0), np.zeros((0, 3)), np.zeros((3, 0)), np.array(1),
        np.array("a"),
        np.array(["a", "bc"]), np.array([b"a"]), np.array([1, "1", None], dtype=object),
        np.array([1 + 2j]),
        np.array(["2024", "NaT"], dtype="M8[D]"), np.array([1], dtype="m8[s]"),
        np.array([(1, 2.0)], dtype=record),
        np.ma.array([1, 2], mask=[False, True]), np.ma.array([1, 0]), np.longdouble(1),
        np.array([1], "g"),
        np.float64(1), np.float32(1), np.int64(1), np.bool_(True), np.str_("a"),
        np.datetime64("2024"),
        np.dtype("f8"), np.random.default_rng(1), np.random.default_rng(2), np.sin,
        np.array([[1]]).view(np.recarray),
        pd.Timestamp("2024"), pd.Timestamp("2024", tz="UTC"), pd.NaT, pd.NA, pd.Timedelta(1),
        pd.Interval(0, 1),
        LinearRegression(), LinearRegression(fit_intercept=False), forest(1), forest(2),
        neighbors(),
        BeautifulSoup("<p>a</p>", "html.parser"), BeautifulSoup("<p>b</p>", "html.parser"),
    ]  # fmt: skip


def forest(seed: int) -> RandomForestClassifier:
    model = RandomForestClassifier(3, random_state=seed)
    return model.fit(np.arange(20.0).reshape(10, 2), np.arange(10) % 3)


def neighbors() -> KNeighborsClassifier:
    model = KNeighborsClassifier(algorithm="kd_tree")
    return model.fit(np.arange(20.0).reshape(10, 2), np.arange(10) % 3)


@pytest.fixture(scope="module")
def prints() -> list[bytes]:
    return [fingerprint(value) for value in different()]


def test_different_values_have_different_prints(prints: list[bytes]) -> None:
    values = different()
    twins = [
        (values[i], values[j])
        for i in range(len(prints))
        for j in range(i)
        if prints[i] == prints[j]
    ]

    assert not twins


def test_rebuilt_values_have_equal_prints(prints: list[bytes]) -> None:
    values = different()

    changed = [v for v, before in zip(values, prints, strict=True) if fingerprint(v) != before]

    assert not changed


def test_prints_are_the_same_in_other_processes(prints: list[bytes]) -> None:
    program = (
        "import sys, importlib.util as u;"
        f"s = u.spec_from_file_location({__name__!r}, {__file__!r});"
        f"m = sys.modules[{__name__!r}] = u.module_from_spec(s); s.loader.exec_module(m);"
        "print(*[m.fingerprint(v).hex() for v in m.different()])"
    )
    environment = {"PYTHONHASHSEED": "7", "PYTHONPATH": ":".join(sys.path)}

    output = subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)

    assert output.split() == [print_.hex() for print_ in prints]


def test_order_in_memory_does_not_count() -> None:
    array = np.arange(1_200_000.0).reshape(300, 4000)  # large enough to be read in pieces
    for limit in (None, 1_000_000):
        same = fingerprint(array, limit_bytes=limit)
        assert fingerprint(np.asfortranarray(array), limit_bytes=limit) == same
        assert fingerprint(np.repeat(array, 2, axis=1)[:, ::2], limit_bytes=limit) == same


def test_blocks_and_slices_of_frames_do_not_count() -> None:
    array = np.arange(1_200_000.0).reshape(300_000, 4)
    columns = {name: array[:, number].copy() for number, name in enumerate("abcd")}
    for limit in (None, 1_000_000):
        same = fingerprint(pd.DataFrame(array, columns=list("abcd")), limit_bytes=limit)
        assert fingerprint(pd.DataFrame(columns), limit_bytes=limit) == same
        one_by_one = pd.DataFrame({"a": columns["a"]})
        for name in "bcd":
            one_by_one[name] = columns[name]
        assert fingerprint(one_by_one, limit_bytes=limit) == same
    longer = pd.DataFrame({"s": ["a", "b", "c"], "c": pd.Categorical(["x", "y", "x"])})
    assert fingerprint(longer[:2]) == fingerprint(longer.iloc[[0, 1]].reset_index(drop=True))


def test_chunks_of_polars_frames_do_not_count() -> None:
    whole = pl.DataFrame({"a": [1, None, 3], "b": ["x", None, "z"]})
    chunked = pl.concat([whole[:1], whole[1:]], rechunk=False)

    assert chunked.n_chunks() == 2
    assert fingerprint(chunked) == fingerprint(whole)


def test_a_single_changed_number_is_seen_by_a_print() -> None:
    before = np.zeros(3_000_000)
    after = before.copy()
    after[1_234_567] = 1e-300
    frames = [pd.DataFrame({"a": array, "b": 1}) for array in (before, after)]

    assert fingerprint(before) != fingerprint(after)
    assert fingerprint(frames[0]) != fingerprint(frames[1])
    assert fingerprint_call((before,), {}) == fingerprint_call((after,), {})  # 24 MB are sampled
    assert fingerprint_call((before,), {}) != fingerprint_call((np.ones(3_000_000),), {})


def test_gaps_in_records_and_values_under_masks_do_not_count() -> None:
    record = np.dtype([("a", "i1"), ("b", "f8")], align=True)
    dirty = np.frombuffer(bytes(range(32)), dtype=record).copy()
    clean = np.zeros(2, dtype=record)
    clean["a"], clean["b"] = dirty["a"], dirty["b"]
    assert fingerprint(dirty) == fingerprint(clean)

    masks = [np.ma.array([1, hidden], mask=[False, True]) for hidden in (2, 3)]
    assert fingerprint(masks[0]) == fingerprint(masks[1])

    nulls = pd.array([1, 2], dtype="Int64")
    nulls[1] = pd.NA
    assert fingerprint(pd.Series(nulls)) == fingerprint(pd.Series([1, None], dtype="Int64"))


def test_figures_have_no_stable_content() -> None:
    with pytest.raises(Unstable, match=r"argument fig \(matplotlib.figure.Figure\) has no stable"):
        fingerprint_call((), {"fig": Figure()})


@given(st.lists(st.none() | st.integers(-9, 9) | st.floats() | st.text(max_size=3), max_size=6))
def test_object_columns_are_read_value_by_value(items: list[Any]) -> None:
    series = pd.Series(items, dtype=object)

    assert fingerprint(series) == fingerprint(pd.Series(list(items), dtype=object))
    assert fingerprint(series) != fingerprint(pd.Series([*items, 1], dtype=object))
    if items:
        assert fingerprint(series) != fingerprint(pd.Series([*items[:-1], b"new"], dtype=object))
