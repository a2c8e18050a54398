"""Values as bytes: what is kept, what is refused, and what it costs to refuse."""

from __future__ import annotations

import json
import pickle
import threading
import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import MissingResult, OptionError
from penstock.results import (
    NotStorable,
    TooLarge,
    dump,
    get_serializer,
    load,
    read_file,
    write_file,
)

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE = 1_048_576
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
)


@given(plain)
def test_plain_values_come_back_equal(value: Any) -> None:
    assert load(dump(value)) == value
    assert load(dump(value, MEGABYTE)) == value


def test_values_that_pickle_refuses_are_taken_by_cloudpickle() -> None:
    class Local:
        def __init__(self) -> None:
            self.double = lambda x: 2 * x

    again = load(dump(Local(), MEGABYTE))

    assert again.double(4) == 8


@pytest.mark.parametrize("value", [threading.Lock(), (n for n in range(3))], ids=["lock", "gen"])
def test_what_nobody_can_pickle_is_refused_by_name(value: Any) -> None:
    with pytest.raises(
        NotStorable, match=rf"of type {type(value).__name__} cannot be stored \(.+\)"
    ):
        dump(value, MEGABYTE)


def test_a_value_whose_pickling_raises_is_refused() -> None:
    class Broken:
        def __reduce__(self) -> Any:
            raise ZeroDivisionError("by design")

    with pytest.raises(NotStorable, match="ZeroDivisionError: by design"):
        dump(Broken())


@pytest.mark.parametrize(
    "value",
    [b"x" * 2000, "x" * 2000, list(range(2000)), np.zeros(2000), [lambda: "x" * 2000] * 2],
    ids=lambda value: type(value).__name__,
)
def test_a_value_over_the_limit_is_refused(value: Any) -> None:
    with pytest.raises(TooLarge, match="takes more than 100 bytes"):
        dump(value, 100)


def test_the_limit_counts_the_bytes_that_are_kept() -> None:
    blob = dump(list(range(1000)), MEGABYTE)

    assert dump(list(range(1000)), len(blob)) == blob
    with pytest.raises(TooLarge):
        dump(list(range(1000)), len(blob) - 2)


@pytest.mark.parametrize(
    "value",
    [
        np.zeros(20_000),
        pd.DataFrame({"a": np.arange(20_000.0)}),
        np.ones((200, 100)).T,
        b"x" * 10**5,
    ],
    ids=["array", "frame", "transposed", "bytes"],
)
def test_arrays_are_pickled_as_pickle_does_it(value: Any) -> None:
    """Writes of more than 64 KiB reach the file as buffers, which have no `len`."""
    blob = dump(value, MEGABYTE)

    assert blob[:1] == b"P"
    assert pickle.loads(blob[1:]) is not None


@pytest.mark.parametrize("make", [lambda: np.zeros(4_000_000), lambda: "x" * 32_000_000])
def test_refusing_a_huge_value_does_not_copy_it(make: Any) -> None:
    value = make()
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            dump([value, value], MEGABYTE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 40_000_000


def test_bytes_that_name_what_is_not_here_say_so() -> None:
    blob = dump(1).replace(b"P", b"Pcno_such_module\nThing\n.", 1)

    with pytest.raises(MissingResult, match=r"cannot be read here .*no_such_module"):
        load(blob)


@pytest.mark.parametrize("blob", [b"", b"P", b"P\x80\x05garbage"])
def test_damaged_bytes_are_a_missing_result(blob: bytes) -> None:
    with pytest.raises(MissingResult):
        load(blob)


@pytest.mark.parametrize("name", [None, "pickle", "json", "compressed/pickle", "compressed/json"])
def test_named_serializers_give_back_what_they_took(name: str | None) -> None:
    serializer = get_serializer("task 't'", name)

    assert serializer.loads(serializer.dumps({"a": [1, None]})) == {"a": [1, None]}


def test_anything_with_dumps_and_loads_is_a_serializer() -> None:
    assert get_serializer("task 't'", json) is json


@pytest.mark.parametrize("given", ["yaml", 3, "compressed/yaml", object()])
def test_what_is_no_serializer_is_refused(given: Any) -> None:
    with pytest.raises(OptionError, match=r"^task 't': result_serializer=.*'pickle', 'json'"):
        get_serializer("task 't'", given)


def test_a_file_is_written_whole_and_read_back(tmp_path: Path) -> None:
    path = str(tmp_path / "deep" / "er" / "value")

    write_file(path, dump([1, 2]))
    write_file(path, dump([3]))

    assert read_file(path) == [3]
    assert [file.name for file in (tmp_path / "deep" / "er").iterdir()] == ["value"]


def test_a_file_that_is_gone_is_a_missing_result_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(MissingResult, match=r"nothing cannot be read \(No such file"):
        read_file(str(tmp_path / "nothing"))


def test_writers_in_two_threads_do_not_mix(tmp_path: Path) -> None:
    path = str(tmp_path / "value")
    blobs = [dump([n] * 10_000) for n in range(8)]
    failures: list[BaseException] = []

    def write(blob: bytes) -> None:
        try:
            for _ in range(20):
                write_file(path, blob)
        except OSError as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(blob,)) for blob in blobs]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(20)

    assert failures == []
    assert dump(read_file(path)) in blobs
