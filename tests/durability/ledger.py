"""Compares what a dead process was told is safe with what the store has of it."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from penstock._engine.process import journal_folder, open_recovered
from penstock.results import load
from penstock.settings import load_settings
from penstock.states import FINAL
from penstock.stores.filters import ArtifactFilter, FlowRunFilter, LogFilter, TaskRunFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.stores.protocol import Store
    from penstock.stores.rows import FlowRunRow, TaskRunRow

ALL = 1_000_000


class Dead:
    """A process that was killed, and the file of what it was told."""

    def __init__(self, pid: int, witness: Path) -> None:
        self.pid = pid
        self.witness = witness

    def told(self) -> dict[str, list[tuple[str, str]]]:
        """Read what it was told is safe: pairs of kind and name, by flow run."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        if self.witness.exists():
            # A kill may cut a line where two pages of the file meet.
            whole, _, _ = self.witness.read_text("utf-8").rpartition("\n")
            for line in whole.splitlines():
                kind, flow_run_id, name = line.split(" ", 2)
                found[flow_run_id].append((kind, name))
        return found


def assert_nothing_lost(dead: Sequence[Dead]) -> int:
    """Recover, and check every promise for every one of the dead. Gives the facts checked."""
    settings = load_settings()
    store = open_recovered(settings)
    try:
        checked = sum(_check_told(store, one) for one in dead)
        for one in dead:
            _check_ended(store, one.pid)
        assert store.check() == []
    finally:
        store.close()
    folder = journal_folder(settings)
    assert folder is not None
    assert journals(folder) == []
    assert integrity(settings.path("penstock.db")) == "ok"
    return checked


def journals(folder: str | Path) -> list[str]:
    """Name what is left of journals in a folder."""
    return sorted(path.name for path in Path(folder).glob("*") if path.name != ".gate")


def integrity(path: str | Path) -> str:
    """Have SQLite read the whole file."""
    connection = sqlite3.connect(path)
    try:
        (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
    finally:
        connection.close()
    return str(answer)


def tasks_of(store: Store, flow_run_id: str) -> Sequence[TaskRunRow]:
    """Read all task runs of a flow run, with what they returned."""
    return store.find_task_runs(TaskRunFilter(flow_run_id=flow_run_id, with_result=True), ALL)


def _check_told(store: Store, dead: Dead) -> int:
    told = dead.told()
    for flow_run_id, facts in told.items():
        run = store.get_flow_run(flow_run_id)
        assert run.pid == dead.pid
        kinds = {kind for kind, _ in facts}
        if "task" in kinds:
            tasks = {task.name: task for task in tasks_of(store, flow_run_id)}
            for kind, name in facts:
                if kind == "task":
                    _check_value(tasks[name])
        if "flow" in kinds:
            assert run.state_type == "COMPLETED"
        if "log" in kinds:
            _check_lines(store, flow_run_id, [name for kind, name in facts if kind == "log"])
        if "artifact" in kinds:
            _check_artifacts(store, flow_run_id, facts)
    return sum(map(len, told.values()))


def _check_value(task: TaskRunRow) -> None:
    number = int(task.name.rpartition("-")[2])
    assert task.state_type == "COMPLETED"
    assert task.result is not None
    assert load(task.result) == (number * number, "x" * (number % 500))


def _check_lines(store: Store, flow_run_id: str, told: list[str]) -> None:
    """The lines it was told of stand first, in their order; one more may have come in."""
    rows = store.find_logs(LogFilter(flow_run_id=flow_run_id), ALL)
    kept = [row.message for row in rows if row.logger != "penstock"]
    assert kept[: len(told)] == told
    assert len(kept) <= len(told) + 1


def _check_artifacts(store: Store, flow_run_id: str, told: list[tuple[str, str]]) -> None:
    """Each is there with its content, and progress is what was told last, or one further."""
    rows = store.find_artifacts(ArtifactFilter(flow_run_id=flow_run_id), ALL)
    kept = {row.key: store.get_artifact(row.id) for row in rows}
    for kind, name in told:
        if kind == "artifact":
            row = kept[name]
            content = row.content or Path(row.content_ref or "").read_bytes()
            assert content.startswith(f"page {name.removeprefix('page-')} ".encode())
            assert len(content) == row.size
    reached = [float(name) for kind, name in told if kind == "progress"]
    if reached:
        content = kept["progress"].content
        assert content is not None
        assert float(content) >= reached[-1]


def _check_ended(store: Store, pid: int) -> None:
    """No run of a dead process goes on, and each says why it ended."""
    for row in store.find_flow_runs(FlowRunFilter(sessions=True), ALL):
        if row.pid != pid:
            continue
        assert row.state_type in FINAL
        tasks = tasks_of(store, row.id)
        assert [task.index for task in tasks] == list(range(len(tasks)))
        assert len({task.name for task in tasks}) == len(tasks)
        for task in tasks:
            assert task.state_type in FINAL
            if task.state_type == "COMPLETED":
                _check_value(task)
        if row.state_type == "CRASHED":
            _check_last_words(row, tasks)
        else:
            assert row.state_type == "COMPLETED"
            assert all(task.state_type == "COMPLETED" for task in tasks)


def _check_last_words(run: FlowRunRow, tasks: Sequence[TaskRunRow]) -> None:
    assert run.message is not None
    assert run.message.startswith(f"Process {run.pid} on {run.host} died.")
    ended = {task.name: task.ended or 0 for task in tasks if task.state_type == "COMPLETED"}
    if ended:
        last = {name for name, at in ended.items() if at == max(ended.values())}
        if run.flow_name == "submitted":  # found among the latest calls, not among all
            last = set(ended)
        assert any(repr(name) in run.message for name in last), run.message
    else:
        assert "No task of this run had finished." in run.message
