"""A timeline as rows: what the columns say of each run, put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock._schemas.common import instant

if TYPE_CHECKING:
    from datetime import datetime

    from penstock._schemas.task_runs import Timeline

__all__ = ["TimelineRow", "timeline_rows"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineRow:
    """A task run of a timeline, or a nested flow run."""

    index: int  #: its place among the calls of its flow run
    name: str  #: of the task, or of the nested flow
    run_name: str
    state_type: str
    state_name: str
    created: datetime
    start_time: datetime | None
    end_time: datetime | None
    attempt: int
    parent_index: int | None  #: in whose body it was called
    upstreams: tuple[int, ...]  #: whose results it used
    flow_run_id: str | None  #: of a nested flow run; None: it is a task run
    message: str | None  #: of what went wrong

    @property
    def seconds(self) -> float | None:
        """How long it ran; None: it has not begun, or still runs."""
        if self.start_time is None or self.end_time is None:
            return None
        return (self.end_time - self.start_time).total_seconds()


def timeline_rows(timeline: Timeline) -> list[TimelineRow]:
    """Make rows of a timeline's columns.

    A later timeline, asked for with `after`, has rows for what has changed:
    `rows = {row.index: row for row in timeline_rows(first)}`, and then
    `rows.update((row.index, row) for row in timeline_rows(later))`.
    """
    return [_row(timeline, place) for place in range(len(timeline.index))]


def _row(timeline: Timeline, place: int) -> TimelineRow:
    index = timeline.index[place]
    name = timeline.names[timeline.name[place]]
    state_type, _, state_name = timeline.states[timeline.state[place]].partition("/")
    created = instant(timeline.created[place])
    assert created is not None  # noqa: S101 - for the type checker
    return TimelineRow(
        index=index,
        name=name,
        run_name=timeline.run_name[place] or f"{name}-{index}",
        state_type=state_type,
        state_name=state_name,
        created=created,
        start_time=instant(timeline.start[place]),
        end_time=instant(timeline.end[place]),
        attempt=timeline.attempt[place],
        parent_index=timeline.parent[place],
        upstreams=tuple(timeline.upstreams.get(str(index), ())),
        flow_run_id=timeline.flow_run_id[place],
        message=timeline.messages.get(str(index)),
    )
