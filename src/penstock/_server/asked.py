"""What a query asks for, as a filter of the store.

The invariant: whatever stands in a query, the answer is a list or an error of ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from penstock._ids import format_id, parse_id, split_task_run_id
from penstock._schemas.common import Order
from penstock._schemas.queries import FlowRunQuery, FlowRunSelection, TaskRunQuery
from penstock.errors import UsageError
from penstock.stores.filters import FlowRunFilter, ParameterWord, StateWord, TaskRunFilter
from penstock.stores.protocol import Store

__all__ = ["flow_run_filter", "flow_run_page", "microseconds", "task_run_page"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_WORD: Final = 1_000
#: As `parent`: those that are nested in nothing.
_NONE: Final = "none"


def flow_run_filter(asked: FlowRunSelection, store: Store) -> FlowRunFilter:
    """Say which flow runs are asked for.

    Raises:
        NotFound: there is no such parent.
        UsageError: a word of the query cannot be understood.
    """
    lists = (asked.state, asked.not_state, asked.flow, asked.not_flow, asked.tag, asked.not_tag)
    _check_words(word for words in (*lists, asked.parameter) for word in words)
    parent = None
    if asked.parent not in {None, _NONE}:
        parent = store.get_flow_run(str(asked.parent)).id
    return FlowRunFilter(
        states=tuple(map(StateWord.read, asked.state)) or None,
        not_states=tuple(map(StateWord.read, asked.not_state)),
        flows=tuple(asked.flow) or None,
        not_flows=tuple(asked.not_flow),
        tags=tuple(asked.tag),
        not_tags=tuple(asked.not_tag),
        parameters=tuple(map(ParameterWord.read, asked.parameter)),
        contains=asked.q or None,
        created_from=microseconds(asked.since),
        created_before=microseconds(asked.until),
        parent_flow_run_id=parent,
        is_nested=False if asked.parent == _NONE else None,
    )


def flow_run_page(asked: FlowRunQuery, store: Store) -> tuple[FlowRunFilter, FlowRunFilter]:
    """Say which flow runs are asked for, and which of them are on the page.

    Raises:
        NotFound, UsageError: as `flow_run_filter`, or the cursor is none of ours.
    """
    everything = flow_run_filter(asked, store)
    page = everything._replace(oldest_first=asked.order is Order.OLDEST)
    if asked.cursor is None:
        return everything, page
    cursor = _read_cursor(asked.cursor)
    if page.oldest_first:
        return everything, page._replace(after_id=cursor)
    return everything, page._replace(before_id=cursor)


def task_run_page(asked: TaskRunQuery, store: Store) -> tuple[TaskRunFilter, TaskRunFilter]:
    """Say which task runs are asked for, and which of them are on the page.

    Raises:
        NotFound: there is no such flow run.
        UsageError: the cursor is none of ours, or the order cannot be had.
    """
    _check_words(word for words in (asked.state, asked.not_state, asked.task) for word in words)
    flow_run_id = None
    if asked.flow_run_id is not None:
        flow_run_id = store.get_flow_run(asked.flow_run_id).id
    everything = TaskRunFilter(
        flow_run_id=flow_run_id,
        states=tuple(map(StateWord.read, asked.state)) or None,
        not_states=tuple(map(StateWord.read, asked.not_state)),
        tasks=tuple(asked.task) or None,
        name_contains=asked.q or None,
    )
    newest_first = asked.order is Order.NEWEST or (flow_run_id is None and asked.order is None)
    if flow_run_id is None and not newest_first:
        message = "Task runs of all flow runs are listed newest first; give a flow_run_id for more."
        raise UsageError(message)
    page = everything._replace(newest_first=newest_first)
    if asked.cursor is None:
        return everything, page
    above, index = _read_task_cursor(asked.cursor)
    if newest_first:
        return everything, page._replace(before_id=f"{above}-{index}")
    return everything, page._replace(after_index=index)


def microseconds(moment: datetime | None) -> int | None:
    """Give an instant as the store has it; without a time zone, it is in UTC."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


def _check_words(words: Iterable[str]) -> None:
    for word in words:
        if len(word) > _LONGEST_WORD:
            message = f"{word[:50]!r}… is too long to be looked for; {_LONGEST_WORD:,} letters do."
            raise UsageError(message)


def _read_cursor(text: str) -> str:
    try:
        return format_id(parse_id(text))
    except ValueError:
        raise UsageError(_not_ours(text)) from None


def _read_task_cursor(text: str) -> tuple[str, int]:
    try:
        flow_run_id, index = split_task_run_id(text)
        return format_id(parse_id(flow_run_id)), index
    except ValueError:
        raise UsageError(_not_ours(text)) from None


def _not_ours(text: str) -> str:
    return (
        f"{text[:100]!r} is no cursor of this list; give the `next_cursor` of the page before, "
        "or none for the first page."
    )
