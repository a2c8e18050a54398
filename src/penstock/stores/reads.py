"""What an SQL store answers about runs; about log lines, see log_reads.py.

Every method fetches a bounded page at once. A cursor that outlives its method would
keep the write-ahead log from being folded in (it grew to 1.7 GB in six seconds of a test).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from penstock._ids import split_task_run_id
from penstock.errors import NotFound
from penstock.states import StateType, default_name
from penstock.stores import where as build
from penstock.stores.filters import TaskRunFilter
from penstock.stores.lookup import pick_one
from penstock.stores.projection import INDEX_BITS
from penstock.stores.rows import (
    ArtifactKeyRow,
    ArtifactRow,
    CacheEntry,
    CommandRow,
    FlowRunRow,
    MemberRow,
    PauseRow,
    ProcessRow,
    StoredEvent,
    TaskRunRow,
    TransactionRow,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from penstock.stores.dialect import Dialect
    from penstock.stores.filters import ArtifactFilter, FlowRunFilter

__all__ = ["DEFAULT_NAMES", "SqlReads"]

_INDEX_MASK: Final = (1 << INDEX_BITS) - 1
#: What people read where no other name is stored.
DEFAULT_NAMES: Final = {str(state): default_name(state) for state in StateType}


class SqlReads:
    """The reading half of an SQL store."""

    _dialect: Dialect
    _statements: Mapping[str, str]

    def find_flow_runs(self, where: FlowRunFilter, limit: int) -> Sequence[FlowRunRow]:
        """List flow runs, newest first."""
        return [
            _flow_run(row)
            for row in self._fetch(*build.flow_runs(where, limit, self._dialect.words))
        ]

    def get_flow_run(self, flow_run_id: str) -> FlowRunRow:
        """Give one flow run by id, unique beginning of an id, or unique name."""
        rows = self._fetch(*build.flow_run(flow_run_id))
        if not rows:
            rows = self._fetch(*build.flow_run(self._look_up(flow_run_id)))
        return _flow_run(rows[0])

    def find_task_runs(self, where: TaskRunFilter, limit: int) -> Sequence[TaskRunRow]:
        """List task runs, by index within a flow run, else newest first."""
        no = None
        if where.flow_run_id is not None:
            no = self._no_or_none(where.flow_run_id)
            if no is None:
                return []
        query = build.task_runs(where, no, limit, self._dialect.words)
        return [_task_run(row) for row in self._fetch(*query)]

    def get_task_run(self, task_run_id: str) -> TaskRunRow:
        """Give one task run by `<flow run id>-<index>`, with its result."""
        try:
            flow_run_id, index = split_task_run_id(task_run_id)
        except ValueError:
            raise NotFound("task run", task_run_id) from None
        where = TaskRunFilter(flow_run_id=flow_run_id, after_index=index - 1, with_result=True)
        rows = self.find_task_runs(where, 1)
        if not rows or rows[0].index != index:
            raise NotFound("task run", task_run_id)
        return rows[0]

    def count_task_runs(self, flow_run_id: str) -> dict[str, int]:
        """Count the task runs of a flow run by state name."""
        no = self._no_or_none(flow_run_id)
        if no is None:
            return {}
        counts: dict[str, int] = {}
        for state, name, count in self._named("count_task_runs", *build.task_run_span(no)):
            shown = name or DEFAULT_NAMES[state]
            counts[shown] = counts.get(shown, 0) + count
        return counts

    def flow_run_history(self, flow_run_id: str, index: int | None = None) -> Sequence[StoredEvent]:
        """Hand out the state changes of a flow run, or of one of its task runs, in order."""
        no = self._no_or_none(flow_run_id)
        if no is None:
            return []
        if index is None:
            rows = self._named("flow_run_history", no)
        else:
            rows = self._named("task_run_history", no, index)
        return [_event((row[0], flow_run_id, *row[1:])) for row in rows]

    def read_events(self, after: int, limit: int) -> Sequence[StoredEvent]:
        """Hand out events with an id above `after`, lowest first."""
        return [_event(row) for row in self._named("read_events", after, limit)]

    def get_cache_entry(self, key: str, now: int) -> CacheEntry | None:
        """Give the entry under a cache key, unless it has expired."""
        rows = self._named("get_cache_entry", key, now)
        return CacheEntry(*rows[0]) if rows else None

    def find_commands(self, owner: str, after: int) -> Sequence[CommandRow]:
        """List what is asked of a process's open flow runs, from a cursor on."""
        return [CommandRow(*row) for row in self._named("commands", after, owner)]

    def find_pauses(self, flow_run_id: str) -> Sequence[PauseRow]:
        """List the pauses of a flow run, in order."""
        return [PauseRow(*row) for row in self._named("pauses", flow_run_id)]

    def find_transactions(self, flow_run_id: str) -> Sequence[TransactionRow]:
        """List the transactions of a flow run, in order."""
        return [TransactionRow(*row) for row in self._named("transactions", flow_run_id)]

    def find_members(self, flow_run_id: str) -> Sequence[MemberRow]:
        """List what has joined the transactions of a flow run, in order."""
        rows = self._named("transaction_members", flow_run_id)
        return [MemberRow(*row)._replace(done=bool(row[-1])) for row in rows]

    def find_rolled_back(self, flow_run_id: str) -> Sequence[int]:
        """List the indexes of a flow run's calls whose work was undone."""
        return [row[0] for row in self._named("rolled_back", flow_run_id)]

    def is_key_committed(self, key: str) -> bool:
        """Tell whether a transaction with this key has committed."""
        return bool(self._named("is_key_committed", key)[0][0])

    def get_code(self, digest: bytes, task_key: str) -> str | None:
        """Say what the code of a task consisted of under a digest, as JSON, or None."""
        rows = self._named("get_code", digest, task_key)
        return rows[0][0] if rows else None

    def find_artifacts(self, where: ArtifactFilter, limit: int) -> Sequence[ArtifactRow]:
        """List artifacts, newest first."""
        nos = self._artifact_nos(where)
        query = build.artifacts(where, nos, limit, self._dialect.words)
        return [] if nos == [] else [ArtifactRow(*row) for row in self._fetch(*query)]

    def count_artifacts(self, where: ArtifactFilter, at_most: int) -> int:
        """Count artifacts, and stop at a number."""
        nos = self._artifact_nos(where)
        query = build.artifact_count(where, nos, at_most, self._dialect.words)
        count: int = 0 if nos == [] else self._fetch(*query)[0][0]
        return count

    def get_artifact(self, artifact_id: str) -> ArtifactRow:
        """Give one artifact by its id, with its content where that is kept inline."""
        rows = self._fetch(*build.artifact(artifact_id))
        if not rows:
            raise NotFound("artifact", artifact_id)
        return ArtifactRow(*rows[0])

    def find_artifact_keys(self, contains: str | None, limit: int) -> Sequence[ArtifactKeyRow]:
        """List the keys of artifacts, each with its newest."""
        rows = self._fetch(*build.artifact_keys(contains, limit, self._dialect.words))
        return [ArtifactKeyRow(ArtifactRow(*row[:-1]), row[-1]) for row in rows]

    def artifact_cursor(self) -> int:
        """Give the number of the last change of any artifact."""
        number: int = self._named("artifact_cursor")[0][0]
        return number

    def changed_artifacts(self, after: int) -> Sequence[str]:
        """Name the flow runs with artifacts that have changed after a cursor."""
        return [row[0] for row in self._named("changed_artifacts", after)]

    def _artifact_nos(self, where: ArtifactFilter) -> list[int] | None:
        """Number the flow runs that a list of artifacts may come from; None: all."""
        if where.flow_run_id is None:
            return None
        no = self._no_or_none(where.flow_run_id)
        if no is None:
            return []
        # A task run's artifacts are the flow run's own; else nested flow runs count.
        return [no] if where.index is not None else self._family(no)

    def unfinished_owners(self) -> Sequence[ProcessRow]:
        """List the processes that own a flow run which has not ended."""
        return [ProcessRow(*row) for row in self._named("unfinished_owners")]

    def _fetch(self, text: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._dialect.reader() as connection:
            rows: list[Any] = connection.execute(text, values).fetchall()
            return rows

    def _named(self, name: str, *values: Any) -> list[Any]:
        return self._fetch(self._statements[name], values)

    def _no_or_none(self, flow_run_id: str) -> int | None:
        rows = self._named("flow_run_no", flow_run_id)
        return rows[0][0] if rows else None

    def _family(self, no: int) -> list[int]:
        """Number a flow run and all that are nested in it."""
        return [row[0] for row in self._named("family", no)]

    def _look_up(self, text: str) -> str:
        """Find the id that a person meant."""
        named = [row[0] for row in self._named("flow_run_by_name", text)]
        return pick_one(text, named, self._begin_with)

    def _begin_with(self, text: str) -> list[str]:
        # "g" stands behind every hexadecimal digit and the hyphen.
        return [row[0] for row in self._named("flow_run_by_prefix", text, text + "g")]


def _list(text: str | None) -> tuple[Any, ...]:
    if text is None:
        return ()
    import json  # noqa: PLC0415 - 3 ms; most runs have no lists

    return tuple(json.loads(text))


def _flow_run(row: Any) -> FlowRunRow:
    values = list(row)
    values[6] = _list(values[6])
    values[10] = _list(values[10])
    values[12] = values[12] or DEFAULT_NAMES[values[11]]
    return FlowRunRow(*values)


def _task_run(row: Any) -> TaskRunRow:
    values = list(row)
    values[1] &= _INDEX_MASK
    values[5] = values[5] or DEFAULT_NAMES[values[4]]
    values[13] = _list(values[13])
    values[14] = _list(values[14])
    return TaskRunRow(*values)


def _event(row: Any) -> StoredEvent:
    values = list(row)
    values[6] = values[6] or DEFAULT_NAMES[values[5]]
    return StoredEvent(*values)
