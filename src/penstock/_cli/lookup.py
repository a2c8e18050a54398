"""Finds what a person means, and goes through lists a page at a time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from penstock._cli.times import age
from penstock._engine.process import open_recovered
from penstock.errors import NotFound, UsageError
from penstock.settings import load_settings
from penstock.stores.filters import ArtifactFilter, FlowRunFilter, TaskRunFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.stores.protocol import Store
    from penstock.stores.rows import ArtifactRow, FlowRunRow, LogRow, TaskRunRow

__all__ = [
    "LATEST",
    "Names",
    "all_artifacts",
    "all_task_runs",
    "find_flow_run",
    "find_task_run",
    "newest_flow_runs",
    "opened_store",
    "reference",
    "state_types",
]

#: The word for the newest flow run.
LATEST: Final = "latest"
_PAGE: Final = 500
#: Names that several runs have: as many of them are named in an error.
_SHOWN: Final = 5


@contextmanager
def opened_store() -> Iterator[Store]:
    """Open the store that the settings name, with all that dead processes left.

    Raises:
        StoreError: it cannot be opened; the message says why and what to do.
    """
    store = open_recovered(load_settings())
    try:
        yield store
    finally:
        store.close()


def state_types(states: tuple[str, ...]) -> tuple[str, ...] | None:
    """Turn the states of an option into those of a filter."""
    return tuple(state.upper() for state in states) or None


def newest_flow_runs(
    store: Store, where: FlowRunFilter, *, nested: bool = True
) -> Iterator[FlowRunRow]:
    """Go through flow runs, newest first.

    Args:
        store: where they are.
        where: which of them.
        nested: also those that were called by another flow run.
    """
    while rows := store.find_flow_runs(where, _PAGE):
        for row in rows:
            if nested or row.parent_flow_run_id is None:
                yield row
        if len(rows) < _PAGE:
            return
        where = where._replace(before_id=rows[-1].id)


def all_task_runs(store: Store, where: TaskRunFilter) -> Iterator[TaskRunRow]:
    """Go through task runs: of one flow run in the order of their calls, else newest first."""
    of_one = where.flow_run_id is not None and not where.newest_first
    while rows := store.find_task_runs(where, _PAGE):
        yield from rows
        if len(rows) < _PAGE:
            return
        last = rows[-1]
        where = (
            where._replace(after_index=last.index) if of_one else where._replace(before_id=last.id)
        )


def all_artifacts(store: Store, where: ArtifactFilter) -> Iterator[ArtifactRow]:
    """Go through artifacts, newest first."""
    while rows := store.find_artifacts(where, _PAGE):
        yield from rows
        if len(rows) < _PAGE:
            return
        where = where._replace(before_id=rows[-1].id)


def find_flow_run(store: Store, text: str) -> FlowRunRow:
    """Give the flow run that a person means: `latest`, an id, its beginning, or a name.

    Raises:
        NotFound: there is none, or several ids begin so.
        UsageError: several have the name.
    """
    if text == LATEST:
        newest = next(newest_flow_runs(store, FlowRunFilter(), nested=False), None)
        if newest is None:
            raise NotFound("flow run", text)
        return store.get_flow_run(newest.id)
    try:
        return store.get_flow_run(text)
    except NotFound:
        where = FlowRunFilter(name_contains=text)
        same = [row for row in store.find_flow_runs(where, _PAGE) if row.name == text]
        if not same:
            raise
    shown = ", ".join(f"{row.id} ({row.state_name}, {age(row.created)})" for row in same[:_SHOWN])
    more = f" and {len(same) - _SHOWN} more" if len(same) > _SHOWN else ""
    raise UsageError(
        f"{len(same)} flow runs are named {text!r}; give the id of one: {shown}{more}."
    )


def reference(store: Store, row: FlowRunRow) -> str:
    """Give the shortest handy word for a flow run: its name if that is clear, else its id."""
    try:
        store.get_flow_run(row.name)
    except NotFound:
        return row.id
    return f"'{row.name}'" if " " in row.name else row.name


def find_task_run(store: Store, text: str, flow_run: str | None = None) -> TaskRunRow:
    """Give the task run that a person means.

    Args:
        store: where it is.
        text: `<flow run>-<index>`, where the flow run may be written in any way; or a
            task run's name or index, together with the flow run.
        flow_run: as `find_flow_run` takes it.

    Raises:
        NotFound: there is none.
        UsageError: several fit.
    """
    if flow_run is not None:
        return _find_in(store, find_flow_run(store, flow_run).id, text)
    try:
        return store.get_task_run(text)
    except NotFound:
        pass
    above, _, index = text.rpartition("-")
    if above and index.isdecimal():
        try:
            return store.get_task_run(f"{find_flow_run(store, above).id}-{index}")
        except NotFound:
            pass
    return _one_of(
        text,
        [
            row
            for row in store.find_task_runs(TaskRunFilter(name_contains=text), _PAGE)
            if row.name == text
        ],
    )


def _find_in(store: Store, flow_run_id: str, text: str) -> TaskRunRow:
    if text.isdecimal():
        return store.get_task_run(f"{flow_run_id}-{text}")
    where = TaskRunFilter(flow_run_id=flow_run_id, name_contains=text)
    return _one_of(text, [row for row in all_task_runs(store, where) if row.name == text])


def _one_of(text: str, found: list[TaskRunRow]) -> TaskRunRow:
    if not found:
        raise NotFound("task run", text)
    if len(found) > 1:
        shown = ", ".join(row.id for row in found[:_SHOWN])
        raise UsageError(
            f"{len(found)} task runs are named {text!r}; give the id of one ({shown}), "
            "or its flow run with --flow-run."
        )
    return found[0]


class Names:
    """The names behind ids, each asked for once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._flow_runs: dict[str, FlowRunRow | None] = {}
        self._task_runs: dict[tuple[str, int], str] = {}

    def flow_run(self, flow_run_id: str) -> FlowRunRow | None:
        """Give a flow run; None when it has been deleted meanwhile."""
        if flow_run_id not in self._flow_runs:
            try:
                row: FlowRunRow | None = self._store.get_flow_run(flow_run_id)
            except NotFound:
                row = None
            self._flow_runs[flow_run_id] = row
        return self._flow_runs[flow_run_id]

    def is_session(self, flow_run_id: str) -> bool:
        """Tell whether a run is only the holder of tasks that no flow has called."""
        row = self.flow_run(flow_run_id)
        return row is not None and row.kind == "session"

    def of_flow_run(self, flow_run_id: str) -> str:
        """Name a flow run; a session has no name that anybody would know."""
        row = self.flow_run(flow_run_id)
        if row is None:
            return flow_run_id
        return "-" if row.kind == "session" else row.name

    def of_line(self, line: LogRow) -> str:
        """Name the task run that wrote a line, or the flow run if it was that itself."""
        if line.index is None:
            return self.of_flow_run(line.flow_run_id)
        key = (line.flow_run_id, line.index)
        if key not in self._task_runs:
            try:
                row = self._store.get_task_run(f"{line.flow_run_id}-{line.index}")
                self._task_runs[key] = row.name
            except NotFound:
                self._task_runs[key] = f"task run {line.index}"
        return self._task_runs[key]
