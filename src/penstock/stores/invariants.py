"""What must hold of a history, whoever keeps it. Pure.

A store that keeps its own rules makes no history that breaks these. They are for
`penstock doctor`, for tests, and for the day on which a store does not.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from penstock.events import FLOW_RUN_STATE_CHANGED, TASK_RUN_CREATED, TASK_RUN_STARTED
from penstock.states import FINAL, StateType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from penstock.stores.rows import StoredEvent

__all__ = ["broken_histories"]

_FINAL: Final = frozenset(str(state) for state in FINAL)
_RUNNING: Final = str(StateType.RUNNING)


def broken_histories(events: Iterable[StoredEvent]) -> Iterator[str]:
    """Give a sentence for each run that went on after its end, or whose attempts do not grow.

    So of each attempt there is one end at most, and one Completed.

    Args:
        events: the histories of any runs, each in its order, one after the other.
    """
    for (flow_run_id, index), history in groupby(events, lambda event: event[1:3]):
        name = f"Flow run {flow_run_id}" if index is None else f"Task run {flow_run_id}-{index}"
        ended: str | None = None
        begun = 0
        for event in history:
            attempt = _attempt(event, begun)
            begins = attempt > begun
            if attempt < begun or (event.kind == TASK_RUN_STARTED and not begins):
                yield f"{name} began attempt {attempt} after attempt {begun}."
                break
            if ended is not None and not begins:
                yield f"{name} ended as {ended}, but its history goes on with {event.state_type}."
                break
            begun = attempt
            ended = event.state_type if event.state_type in _FINAL else None


def _attempt(event: StoredEvent, begun: int) -> int:
    """Say to which attempt an entry belongs."""
    if event.kind not in {FLOW_RUN_STATE_CHANGED, TASK_RUN_STARTED}:
        begins = event.kind == TASK_RUN_CREATED and event.state_type == _RUNNING
        return max(begun, 1) if begins else begun
    said = _body(event).get("attempt")
    if said is not None:
        return int(said)
    # The first is not written down. Before it a run may end as well.
    return 1 if event.state_type == _RUNNING else min(begun, 1)


def _body(event: StoredEvent) -> dict[str, Any]:
    if event.body is None:
        return {}
    import json  # noqa: PLC0415 - 3 ms, and only for runs that were tried again

    found: dict[str, Any] = json.loads(event.body)
    return found
