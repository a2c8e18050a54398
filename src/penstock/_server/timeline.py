"""The two pictures of a flow run: its timeline in columns, and its graph."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from penstock._schemas.task_runs import Edge, Graph, Node, Timeline
from penstock._server.listed import state_counts, task_name
from penstock.events import FLOW_RUN_STATE_CHANGED
from penstock.states import FINAL, StateType
from penstock.stores.filters import TaskRunFilter
from penstock.stores.protocol import Store
from penstock.stores.rows import BarRow, StateTally, StoredEvent

__all__ = ["make_graph", "make_timeline"]

#: With more news than this, everything is told again: that is less to look for.
_MOST_NEWS: Final = 50_000
_MOST_MESSAGES: Final = 200
#: Calls of a flow run that are drawn, the first of them: nobody sees more, and a million
#: would take a gigabyte.
_MOST_DRAWN: Final = 100_000
_MOST_COUNTED: Final = 10_000_000

#: When attempts at a run began and ended.
Attempts = list[tuple[int, int | None]]


def make_timeline(store: Store, flow_run_id: str, after: int | None, now: int) -> Timeline:
    """Draw the task runs of a flow run, and the flow runs nested directly in it.

    Args:
        store: where they are.
        flow_run_id: whose.
        after: cursor of a timeline before this one; then only what has changed since.
        now: the instant.
    """
    # Asked for first: what happens while we read is in the next delta again.
    cursor = store.newest_event()
    if after is not None and not cursor - _MOST_NEWS <= after <= cursor:
        after = None
    bars = [] if after == cursor else store.find_bars(flow_run_id, after, _MOST_DRAWN)
    names: dict[str, int] = {}
    states: dict[str, int] = {}
    for bar in bars:
        names.setdefault(_label(bar), len(names))
        states.setdefault(f"{bar.state_type}/{bar.state_name}", len(states))
    return Timeline(
        cursor=cursor,
        is_delta=after is not None,
        now=now,
        names=list(names),
        states=list(states),
        index=[bar.index for bar in bars],
        name=[names[_label(bar)] for bar in bars],
        run_name=[_own_name(bar) for bar in bars],
        state=[states[f"{bar.state_type}/{bar.state_name}"] for bar in bars],
        created=[bar.created for bar in bars],
        start=[bar.started for bar in bars],
        end=[bar.ended for bar in bars],
        attempt=[bar.attempt for bar in bars],
        parent=[bar.parent_index for bar in bars],
        flow_run_id=[bar.flow_run_id for bar in bars],
        attempts={str(index): times for index, times in _attempts(store, flow_run_id, bars)},
        upstreams={str(bar.index): list(bar.upstreams) for bar in bars if bar.upstreams},
        messages=_messages(bars),
        left_out=_left_out(store, flow_run_id),
    )


def make_graph(store: Store, flow_run_id: str) -> Graph:
    """Draw the shape of a flow run: a node for each task, however often it ran."""
    bars = store.find_bars(flow_run_id, below=_MOST_DRAWN)
    node_of = {bar.index: _node_id(bar) for bar in bars}
    edges: Counter[tuple[str, str]] = Counter()
    by_node: dict[str, list[BarRow]] = {}
    for bar in bars:
        node = node_of[bar.index]
        by_node.setdefault(node, []).append(bar)
        # An upstream may be gone: of a call that a later attempt did not make again.
        edges.update((node_of[index], node) for index in bar.upstreams if index in node_of)
    return Graph(
        nodes=[_node(node, some) for node, some in by_node.items()],
        edges=[
            Edge(source=source, target=target, count=count)
            for (source, target), count in edges.items()
        ],
        left_out=_left_out(store, flow_run_id),
    )


def _left_out(store: Store, flow_run_id: str) -> int:
    """Count the task runs that are not drawn."""
    beyond = TaskRunFilter(flow_run_id=flow_run_id, after_index=_MOST_DRAWN - 1)
    return store.count_tasks(beyond, _MOST_COUNTED)


def _label(bar: BarRow) -> str:
    return task_name(bar.key) if bar.flow_name is None else bar.flow_name


def _own_name(bar: BarRow) -> str | None:
    """Give the name of a run unless anybody would guess it."""
    return None if bar.name == f"{_label(bar)}-{bar.index}" else bar.name


def _messages(bars: Sequence[BarRow]) -> dict[str, str]:
    wrong = [bar for bar in bars if bar.message and bar.state_type != StateType.COMPLETED]
    return {str(bar.index): str(bar.message) for bar in wrong[:_MOST_MESSAGES]}


def _attempts(store: Store, flow_run_id: str, bars: Sequence[BarRow]) -> list[tuple[int, Attempts]]:
    """List the attempts at those runs that have more than one, or will have."""
    again = [bar for bar in bars if bar.attempt > 1 or bar.state_type == StateType.SCHEDULED]
    tasks = [bar.index for bar in again if bar.flow_run_id is None]
    found: list[tuple[int, Attempts]] = list(store.find_attempts(flow_run_id, tasks).items())
    found += [
        (bar.index, _flow_attempts(store.flow_run_history(bar.flow_run_id)))
        for bar in again
        if bar.flow_run_id is not None
    ]
    return found


def _flow_attempts(history: Sequence[StoredEvent]) -> Attempts:
    """Tell when each attempt at a nested flow run began and ended."""
    attempts: Attempts = []
    last = 0
    for event in history:
        if event.kind != FLOW_RUN_STATE_CHANGED:
            continue
        said: dict[str, Any] = {} if event.body is None else json.loads(event.body)
        number = said.get("attempt", 1)
        if event.state_type == StateType.RUNNING and number > last:
            attempts.append((event.at, None))
            last = number
        elif attempts and (event.state_type in FINAL or event.state_type == StateType.SCHEDULED):
            attempts[-1] = attempts[-1][0], event.at
    return attempts


def _node_id(bar: BarRow) -> str:
    return f"{'task' if bar.flow_run_id is None else 'flow'}:{bar.key}"


def _node(node_id: str, bars: Sequence[BarRow]) -> Node:
    first = bars[0]
    counts = Counter((bar.state_type, bar.state_name) for bar in bars)
    times = [bar.ended - bar.started for bar in bars if bar.ended and bar.started]
    return Node(
        id=node_id,
        name=_label(first),
        kind="task" if first.flow_run_id is None else "flow",
        count=len(bars),
        states=state_counts(StateTally(*state, count) for state, count in counts.most_common()),
        run_time=sum(times) / 1_000_000 if times else None,
        flow_run_id=first.flow_run_id if len(bars) == 1 else None,
    )
