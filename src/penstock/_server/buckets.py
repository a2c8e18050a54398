"""All runs that match, over time and by state."""

from __future__ import annotations

from typing import Final

from penstock._schemas.common import moment
from penstock._schemas.flow_runs import Bucket, History, Stats
from penstock._server.listed import state_counts
from penstock.states import FINAL, StateType
from penstock.stores.filters import FlowRunFilter
from penstock.stores.protocol import Store

__all__ = ["make_history", "make_stats"]

_SECOND: Final = 1_000_000
_DAY: Final = 86_400
#: Widths that people count in, seconds. Beyond the last, so many years.
_WIDTHS: Final = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200,
    _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 30 * _DAY, 90 * _DAY, 365 * _DAY,
)  # fmt: skip
#: The last instant that can be written, 31 December 9999.
_LAST: Final = 253_402_300_799_999_999


def make_history(store: Store, where: FlowRunFilter, most: int, now: int) -> History:
    """Count all flow runs that match in at most so many buckets of time, without gaps."""
    span = store.flow_run_span(where)
    edges = _edges(where, span, now)
    if edges is None:
        at = moment(now)
        return History(start=at, end=at, buckets=[], total=0)
    first, last = edges
    width = _width(first, last, most)
    start = first - first % width
    counts: dict[int, dict[str, int]] = {}
    if span is not None:
        # What is created from now on has no place in it.
        where = where._replace(created_before=last + 1)
        for number, state_type, count in store.bucket_flow_runs(where, start, width):
            counts.setdefault(number, {})[state_type] = count
    size = (last - start) // width + 1
    return History(
        start=moment(start),
        end=moment(min(start + size * width, _LAST)),
        buckets=[
            Bucket(
                start=moment(start + number * width),
                end=moment(min(start + (number + 1) * width, _LAST)),
                counts=counts.get(number, {}),
            )
            for number in range(size)
        ],
        total=sum(sum(found.values()) for found in counts.values()),
    )


def make_stats(store: Store, where: FlowRunFilter) -> Stats:
    """Count all flow runs that match, by state, with the time they took."""
    tallies = store.tally_flow_runs(where)
    ended = sum(tally.count for tally in tallies if tally.state_type in FINAL)
    completed = sum(tally.count for tally in tallies if tally.state_type == StateType.COMPLETED)
    completed_only = where._replace(state_types=(StateType.COMPLETED,))
    middle = store.median_run_time(completed_only) if completed else None
    return Stats(
        total=sum(tally.count for tally in tallies),
        states=state_counts(tallies),
        median_run_time=None if middle is None else middle / _SECOND,
        success_rate=completed / ended if ended else None,
    )


def _edges(where: FlowRunFilter, span: tuple[int, int] | None, now: int) -> tuple[int, int] | None:
    """Say from when to when: as asked for, else where the runs are; None: nowhere."""
    first, last = span or (None, None)
    if where.created_from is not None:
        # Up to now, even though nothing has happened lately.
        first = max(where.created_from, 0)
        last = max(last or 0, now)
    if where.created_before is not None:
        last = min(where.created_before - 1, _LAST)
        first = last if first is None else first
    if first is None or last is None or first > last:
        return None
    return first, last


def _width(first: int, last: int, most: int) -> int:
    """Choose the smallest width with which so many buckets are enough."""
    for seconds in _WIDTHS:
        width = seconds * _SECOND
        if last // width - first // width < most:
            return width
    width = _WIDTHS[-1] * _SECOND
    while last // width - first // width >= most:
        width *= 2
    return width
