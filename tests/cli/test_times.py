"""Instants and durations in words, and parameters from text."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

import pytest

from penstock._cli.parameters import read_parameters
from penstock._cli.times import age, iso, local, read_duration
from penstock._durations import took
from penstock.flows import flow

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Wednesday, 2026-03-04 12:00:00 in UTC.
NOW = 1_772_625_600
DAY = 86_400


@pytest.fixture
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    if hasattr(time, "tzset"):
        time.tzset()
    yield
    monkeypatch.undo()
    if hasattr(time, "tzset"):
        time.tzset()


@pytest.mark.usefixtures("_utc")
@pytest.mark.parametrize(
    ("seconds_ago", "words"),
    [
        (-0.5, "0 s ago"),
        (0, "0 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "today 11:00"),
        (DAY, "yesterday 12:00"),
        (13 * 3600, "yesterday 23:00"),
        (2 * DAY, "Mon 12:00"),
        (7 * DAY, "2026-02-25 12:00"),
        (-3600, "2026-03-04 13:00:00"),
    ],
)
def test_ages_are_what_people_say(seconds_ago: float, words: str) -> None:
    assert age(int((NOW - seconds_ago) * 1_000_000), NOW) == words


@pytest.mark.usefixtures("_utc")
def test_instants_are_local_for_people_and_utc_for_scripts() -> None:
    at = NOW * 1_000_000 + 7_008

    assert local(at) == "2026-03-04 12:00:00"
    assert local(at, milliseconds=True) == "2026-03-04 12:00:00.007"
    assert iso(at) == "2026-03-04T12:00:00.007008Z"
    assert iso(None) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "0 ms"),
        (0.0001, "<1 ms"),
        (0.012, "12 ms"),
        (0.9999, "1.0 s"),
        (59.4, "59.4 s"),
        (61, "1 min 1 s"),
        (3 * 3600 + 120, "3 h 2 min"),
        (2 * DAY + 3600, "2 d 1 h"),
    ],
)
def test_durations_are_what_people_say(seconds: float | None, words: str) -> None:
    assert took(seconds) == words


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("45s", 45), ("90m", 5400), ("12H", 43_200), ("1.5d", 129_600), ("2w", 14 * DAY)],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "1y"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        read_duration(text)


@pytest.mark.parametrize(
    ("hint", "text", "value"),
    [
        (Any, "1", 1),
        (Any, "one", "one"),
        (Any, "a=b", "a=b"),
        (Any, "", ""),
        (Any, '{"a": [1]}', {"a": [1]}),
        (str, "007", "007"),
        (str, "12", "12"),
        (str, '"quoted"', "quoted"),
        (str | None, "12", "12"),
        (str | None, "null", None),
        (int | str, "12", 12),
        (list[int], "[1]", [1]),
        (Literal["1", "2"], "1", "1"),
        (Literal[1, 2], "1", 1),
    ],
)
def test_text_is_json_unless_the_annotation_wants_text(hint: Any, text: str, value: Any) -> None:
    def body(x: Any) -> None: ...

    body.__annotations__["x"] = hint

    assert read_parameters(flow(body), (f"x={text}",)) == {"x": value}
