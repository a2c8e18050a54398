"""Judges a run that was killed and gone on with, by what its bodies wrote down."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from penstock._engine.process import open_recovered
from penstock.settings import load_settings
from penstock.stores.filters import FlowRunFilter, TaskRunFilter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from penstock.stores.rows import FlowRunRow, TaskRunRow

ALL = 1_000_000


class Line(NamedTuple):
    """One thing that happened."""

    kind: str  #: began, start, end, told, result
    key: str
    pid: int


def read_witness(path: Path) -> list[Line]:
    """Read what happened, in its order. What a kill has cut is not there."""
    if not path.exists():
        return []
    words = [line.split(" ") for line in path.read_text("utf-8").splitlines()]
    return [Line(w[0], w[1], int(w[2])) for w in words if len(w) == 4 and w[3] == "."]


def assert_nothing_twice(lines: Sequence[Line]) -> int:
    """Fail if a body has started after its caller was told of its end. Gives those told."""
    acknowledged: dict[str, int] = {}
    ended: set[str] = set()
    for line in lines:
        if line.kind == "start":
            by = acknowledged.get(line.key)
            assert by is None, f"{line.key} began in {line.pid} after {by} was told of its end"
        elif line.kind == "end":
            ended.add(line.key)
        elif line.kind == "told":
            assert line.key in ended, f"{line.key} was told without an execution"
            acknowledged.setdefault(line.key, line.pid)
    return len(acknowledged)


def starts(lines: Sequence[Line]) -> Counter[str]:
    """Count how often each body has started."""
    return Counter(line.key for line in lines if line.kind == "start")


def assert_completed(lines: Sequence[Line], result: int, names: set[str]) -> None:
    """Check that a run came to its result, and that each call has one row."""
    began = {line.key for line in lines if line.kind == "began"}
    assert len(began) == 1, f"one run, under one id: {began}"
    assert [line.key for line in lines if line.kind == "result"][-1] == str(result)
    flows, tasks = family(began.pop())
    found = [task.name for task in tasks] + [flow.name for flow in flows[1:]]
    assert sorted(found) == sorted(names)
    assert {flow.state_name for flow in flows} == {"Completed"}
    assert {task.state_type for task in tasks} == {"COMPLETED"}
    indexes: dict[str, list[int]] = defaultdict(list)
    for task in tasks:
        indexes[task.flow_run_id].append(task.index)
    for flow in flows[1:]:
        assert flow.parent_index is not None
        indexes[str(flow.parent_flow_run_id)].append(flow.parent_index)
    for of_one in indexes.values():
        assert sorted(of_one) == list(range(len(of_one)))


def family(flow_run_id: str) -> tuple[list[FlowRunRow], list[TaskRunRow]]:
    """Read a flow run, those nested in it, and all their task runs."""
    store = open_recovered(load_settings())
    try:
        flows = [store.get_flow_run(flow_run_id)]
        tasks: list[TaskRunRow] = []
        for flow in flows:
            flows += store.find_flow_runs(FlowRunFilter(parent_flow_run_id=flow.id), ALL)
            tasks += store.find_task_runs(TaskRunFilter(flow_run_id=flow.id), ALL)
        assert store.check() == []
    finally:
        store.close()
    return flows, tasks
