"""When a failed attempt is followed by another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import OptionError
from penstock.retries import NO_RETRIES, Retry, exponential_backoff, read_delays

delays = st.lists(st.floats(0, 1e6), min_size=1, max_size=5)
draws = st.floats(0, 1, exclude_max=True)


def test_without_retries_the_first_failure_is_the_last() -> None:
    assert NO_RETRIES.delay_after(1, lambda: 0.5) is None


@given(st.integers(0, 20), delays, draws)
def test_as_many_attempts_follow_as_were_asked_for(
    count: int, delays: list[float], draw: float
) -> None:
    retry = Retry(count, delays)

    waits = [retry.delay_after(attempt, lambda: draw) for attempt in range(1, count + 2)]

    assert None not in waits[:-1]
    assert waits[-1] is None


@given(delays, st.integers(1, 20))
def test_the_last_delay_stands_for_all_that_follow(delays: list[float], attempt: int) -> None:
    delay = Retry(20, delays).delay_after(attempt, lambda: 0.0)

    assert delay == (delays[attempt - 1] if attempt <= len(delays) else delays[-1])


@given(st.floats(0, 1e6), st.floats(0, 10), draws)
def test_jitter_only_lengthens_a_wait_and_by_no_more_than_its_factor(
    delay: float, jitter: float, draw: float
) -> None:
    waited = Retry(1, [delay], jitter).delay_after(1, lambda: draw)

    assert waited is not None
    assert delay <= waited <= delay * (1 + jitter) * (1 + 1e-9)


def test_exponential_backoff_doubles() -> None:
    assert exponential_backoff(10)(3) == [10.0, 20.0, 40.0]
    assert exponential_backoff(1)(0) == []


def test_a_negative_backoff_is_refused() -> None:
    with pytest.raises(OptionError, match="backoff_factor must be 0 or more"):
        exponential_backoff(-1)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (None, (0.0,)),
        (2, (2.0,)),
        (0.5, (0.5,)),
        ([1, 2.5], (1.0, 2.5)),
        ((3,), (3.0,)),
        (exponential_backoff(2), (2.0, 4.0, 8.0)),
    ],
)
def test_delays_may_be_a_number_a_list_or_a_function(given: Any, read: tuple[float, ...]) -> None:
    assert read_delays("task 't'", 3, given) == read


@pytest.mark.parametrize("given", [-1, [1, -2], "3", True, [None], float("nan"), lambda _: [-1]])
def test_delays_that_cannot_be_are_refused(given: Any) -> None:
    with pytest.raises(OptionError, match=r"^task 't': retry_delay_seconds=.* must be a number"):
        read_delays("task 't'", 3, given)


def test_an_empty_list_of_delays_means_at_once() -> None:
    assert Retry(2, read_delays("task 't'", 2, [])).delay_after(1, lambda: 0.0) == 0.0
