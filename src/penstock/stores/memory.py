"""The contract in dictionaries: for tests, demos, and runs nobody wants to keep.

How events change what it holds is in memory_rows.py.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from penstock._ids import split_task_run_id
from penstock.errors import NotFound, UsageError
from penstock.states import FINAL, StateType
from penstock.stores.invariants import broken_histories
from penstock.stores.lookup import pick_one, unfinished
from penstock.stores.matching import (
    fits_flow_run,
    fits_task_run,
)
from penstock.stores.memory_artifacts import MemoryArtifacts
from penstock.stores.memory_logs import MemoryLogs
from penstock.stores.memory_pictures import MemoryPictures
from penstock.stores.memory_rows import MemoryRows
from penstock.stores.memory_serving import MemoryServing
from penstock.stores.protocol import Ack
from penstock.stores.rows import (
    CacheEntry,
    CommandRow,
    FlowRunRow,
    MemberRow,
    PauseRow,
    ProcessRow,
    StoredEvent,
    StoreStats,
    TaskRunRow,
    TransactionRow,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from penstock.stores.filters import FlowRunFilter, TaskRunFilter
    from penstock.stores.protocol import Batch, Owner

__all__ = ["MemoryStore"]

_FINAL: Final = frozenset(str(state) for state in FINAL)
_RUNNING: Final = str(StateType.RUNNING)


class MemoryStore(MemoryServing, MemoryArtifacts, MemoryLogs, MemoryPictures):
    """A store that dies with its process."""

    url = "memory:"

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()
        self._rows = MemoryRows()
        self._is_closed = False

    def write(self, batch: Batch) -> Ack:
        """Take a batch in, all of it."""
        owner = batch.owner
        with self._open():
            self._mark += 1
            process = self._rows.processes.get(owner.incarnation)
            last = -1 if process is None else process.last_lsn
            refused: set[bytes] = set()
            for lsn, event in batch.events:
                if lsn > last:
                    last = lsn
                    taken = self._rows.take(owner.incarnation, event)
                else:
                    taken = self._rows.may_write(owner.incarnation, event)
                if not taken:
                    refused.add(event.flow_run)
            at = batch.events[-1][1][2] if batch.events else 0
            seen = max(at, 0 if process is None else process.seen)
            self._rows.processes[owner.incarnation] = ProcessRow(*owner, last, seen)
            stale = tuple(raw for raw in refused if not self._rows.owns(owner.incarnation, raw))
            return Ack(last, stale)

    def renew(self, owner: Owner, at: int) -> Sequence[str]:
        """Note that a process lives; list the open flow runs that are still its own."""
        with self._open():
            self._mark += 1
            process = self._rows.processes.get(owner.incarnation)
            last, seen = (-1, -1) if process is None else (process.last_lsn, process.seen)
            row = ProcessRow(*owner, last, at if at > seen else seen + 1)
            self._rows.processes[owner.incarnation] = row
            rows = self._rows.flows.values()
            return [
                row.id
                for row in rows
                if row.owner == owner.incarnation and row.state_type not in _FINAL
            ]

    def find_commands(self, owner: str, after: int) -> Sequence[CommandRow]:
        """List what is asked of a process's open flow runs, from a cursor on."""
        with self._open():
            found = []
            for command in self._rows.commands:
                row = self._rows.flows.get(command.flow_run_id)
                if (
                    command.id > after
                    and row is not None
                    and row.owner == owner
                    and row.state_type not in _FINAL
                    and row.attempt == command.attempt
                ):
                    found.append(command)
            return found

    def send_command(self, flow_run_id: str, kind: str, sender: str, at: int) -> bool:
        """Ask something of the owner of a flow run; False when the run has ended."""
        with self._open():
            row = self.get_flow_run(flow_run_id)
            if row.state_type in _FINAL:
                return False
            self._mark += 1
            self._rows.note_command(row, kind, sender, at)
            return True

    def find_pauses(self, flow_run_id: str) -> Sequence[PauseRow]:
        """List the pauses of a flow run, in order."""
        with self._open():
            return [row for _, row in sorted(self._rows.pauses.get(flow_run_id, {}).items())]

    def answer_pause(self, flow_run_id: str, number: int, answer: str | None, at: int) -> bool:
        """Answer a pause that waits; False when it does not."""
        with self._open():
            row = self._rows.pauses.get(flow_run_id, {}).get(number)
            if row is None or row.answered is not None:
                return False
            self._mark += 1
            self._rows.pauses[flow_run_id][number] = row._replace(answered=at, answer=answer)
            return True

    def find_transactions(self, flow_run_id: str) -> Sequence[TransactionRow]:
        """List the transactions of a flow run, in order."""
        with self._open():
            return [row for _, row in sorted(self._rows.transactions.get(flow_run_id, {}).items())]

    def find_members(self, flow_run_id: str) -> Sequence[MemberRow]:
        """List what has joined the transactions of a flow run, in order."""
        with self._open():
            rows = sorted(self._rows.members.get(flow_run_id, {}).items())
            return [row for _, row in rows if row.flow_run_id in self._rows.flows]

    def find_rolled_back(self, flow_run_id: str) -> Sequence[int]:
        """List the indexes of a flow run's calls whose work was undone."""
        with self._open():
            nested = set(self._family(flow_run_id)) - {flow_run_id}
            found = set()
            for owner, rows in self._rows.members.items():
                for row in rows.values():
                    inside = row.flow_run_id in nested and owner not in nested
                    if (row.flow_run_id == flow_run_id or inside) and self._is_undone(owner, row):
                        found.add(self._call_in(flow_run_id, row))
            return sorted(found)

    def is_key_committed(self, key: str) -> bool:
        """Tell whether a transaction with this key has committed."""
        with self._open():
            rows = [row for some in self._rows.transactions.values() for row in some.values()]
            return any(row.key == key and row.state == "COMMITTED" for row in rows)

    def get_code(self, digest: bytes, task_key: str) -> str | None:
        """Say what the code of a task consisted of under a digest, as JSON, or None."""
        with self._open():
            return self._rows.codes.get((digest, task_key))

    def read_events(self, after: int, limit: int) -> Sequence[StoredEvent]:
        """Hand out events with an id above `after`, lowest first."""
        with self._open():
            return [event for event in self._rows.events if event.id > after][:limit]

    def find_flow_runs(self, where: FlowRunFilter, limit: int) -> Sequence[FlowRunRow]:
        """List flow runs, newest first."""
        with self._open():
            rows = list(self._rows.flows.values())
            rows.sort(key=lambda row: row.id, reverse=not where.oldest_first)
            found = [self._shown(row) for row in rows if fits_flow_run(row, where)]
        wide: Any = dict.fromkeys(
            ("parameters", "traceback", "result", "entrypoint", "inputs"), None
        )
        narrow = [row._replace(**wide) for row in found]
        return narrow[:limit]

    def get_flow_run(self, flow_run_id: str) -> FlowRunRow:
        """Give one flow run by id, unique beginning of an id, or unique name."""
        with self._open():
            row = self._rows.flows.get(flow_run_id)
            if row is None:
                named = [row.id for row in self._rows.flows.values() if row.name == flow_run_id]
                row = self._rows.flows[
                    pick_one(
                        flow_run_id,
                        named,
                        lambda text: sorted(i for i in self._rows.flows if i.startswith(text)),
                    )
                ]
            return self._shown(row)

    def find_task_runs(self, where: TaskRunFilter, limit: int) -> Sequence[TaskRunRow]:
        """List task runs, by index within a flow run, else newest first."""
        with self._open():
            order = {flow_run_id: no for no, flow_run_id in enumerate(self._rows.flows)}
            below = None
            if where.before_id is not None:
                above, index = split_task_run_id(where.before_id)
                below = (order.get(above, -1), index)
            rows = [
                row
                for flow_run_id, tasks in self._rows.tasks.items()
                if where.flow_run_id in {None, flow_run_id}
                for row in tasks.values()
                if fits_task_run(row, where)
                and (below is None or (order[row.flow_run_id], row.index) < below)
            ]
            descending = where.flow_run_id is None or where.newest_first
            rows.sort(key=lambda row: (order[row.flow_run_id], row.index), reverse=descending)
        found = rows[:limit]
        return found if where.with_result else [row._replace(result=None) for row in found]

    def get_task_run(self, task_run_id: str) -> TaskRunRow:
        """Give one task run by `<flow run id>-<index>`, with its result."""
        with self._open():
            try:
                flow_run_id, index = split_task_run_id(task_run_id)
                return self._rows.tasks[flow_run_id][index]
            except (KeyError, ValueError):
                raise NotFound("task run", task_run_id) from None

    def count_task_runs(self, flow_run_id: str) -> dict[str, int]:
        """Count the task runs of a flow run by state name."""
        counts: dict[str, int] = {}
        with self._open():
            for row in self._rows.tasks.get(flow_run_id, {}).values():
                counts[row.state_name] = counts.get(row.state_name, 0) + 1
        return counts

    def flow_run_history(self, flow_run_id: str, index: int | None = None) -> Sequence[StoredEvent]:
        """Hand out the state changes of a flow run, or of one of its task runs, in order."""
        with self._open():
            return [
                e for e in self._rows.events if (e.flow_run_id, e.index) == (flow_run_id, index)
            ]

    def get_cache_entry(self, key: str, now: int) -> CacheEntry | None:
        """Give the entry under a cache key, unless it has expired."""
        with self._open():
            entry = self._rows.cache.get(key)
        if entry is None or (entry.expires is not None and entry.expires <= now):
            return None
        return entry

    def unfinished_owners(self) -> Sequence[ProcessRow]:
        """List the processes that own a flow run which has not ended."""
        with self._open():
            owners = {
                row.owner for row in self._rows.flows.values() if row.state_type not in _FINAL
            }
            return [row for key, row in sorted(self._rows.processes.items()) if key in owners]

    def delete_flow_run(
        self, flow_run_id: str, forget_result: Callable[[str], object] | None = None
    ) -> int:
        """Delete a flow run with all that belongs to it."""
        with self._open():
            family = self._family(self.get_flow_run(flow_run_id).id)
            for member in family:
                row = self._rows.flows[member]
                if row.state_type not in _FINAL:
                    raise UsageError(unfinished(row.id, row.name, row.state_name))
            self._mark += 1
            self._delete(family, forget_result)
            return len(family)

    def prune(
        self, before: int, limit: int, forget_result: Callable[[str], object] | None = None
    ) -> int:
        """Delete the oldest flow runs that ended before an instant."""
        with self._open():
            old = sorted(
                (row.ended, row.id)
                for row in self._rows.flows.values()
                if row.ended is not None and row.ended < before and row.parent_flow_run_id is None
            )
            families = [self._family(flow_run_id) for _, flow_run_id in old]
            ended = [
                family
                for family in families
                if all(self._rows.flows[member].state_type in _FINAL for member in family)
            ]
            self._mark += 1
            gone = [member for family in ended[:limit] for member in family]
            self._delete(gone, forget_result)
            for entry in list(self._rows.cache.values()):
                if entry.expires is not None and entry.expires <= before:
                    del self._rows.cache[entry.key]
            return len(gone)

    def stats(self) -> StoreStats:
        """Count rows; there are no bytes to count."""
        with self._open():
            return StoreStats(
                flow_runs=len(self._rows.flows),
                task_runs=sum(map(len, self._rows.tasks.values())),
                logs=len(self._rows.logs),
                events=len(self._rows.events),
                cache_entries=len(self._rows.cache),
                size_bytes=0,
                oldest=min((row.created for row in self._rows.flows.values()), default=None),
            )

    def check(self) -> Sequence[str]:
        """Check that no ended flow run has open task runs, and that no history goes astray."""
        with self._open():
            open_tasks = [
                f"Flow run {row.flow_run_id} has ended, but its task run {row.index} has not."
                for tasks in self._rows.tasks.values()
                for row in tasks.values()
                if row.state_type not in _FINAL
                and self._rows.flows[row.flow_run_id].state_type in _FINAL
            ]
            by_run = sorted(
                self._rows.events,
                key=lambda e: (e.flow_run_id, -1 if e.index is None else e.index, e.id),
            )
            return open_tasks + list(broken_histories(by_run))

    def close(self) -> None:
        """Refuse further use."""
        self._is_closed = True

    def _open(self) -> threading.RLock:
        if self._is_closed:
            message = "The store memory: is closed."
            raise UsageError(message)
        return self._lock

    def _shown(self, row: FlowRunRow) -> FlowRunRow:
        process = self._rows.processes.get(row.owner or "")
        if process is None:
            return row
        return row._replace(host=process.host, pid=process.pid, seen=process.seen)

    def _is_undone(self, owner: str, member: MemberRow) -> bool:
        task = self._rows.tasks.get(member.flow_run_id, {}).get(member.index)
        row = self._rows.transactions.get(owner, {}).get(member.number)
        if task is None or row is None or task.attempt != member.attempt:
            return False
        return row.state in {"ROLLING_BACK", "ROLLED_BACK"}

    def _call_in(self, flow_run_id: str, member: MemberRow) -> int:
        """Give the index that a member, or the nested flow run it ran in, has in a flow run."""
        inner, index = member.flow_run_id, member.index
        while inner != flow_run_id:
            row = self._rows.flows[inner]
            inner, index = str(row.parent_flow_run_id), row.parent_index or 0
        return index

    def _family(self, flow_run_id: str) -> list[str]:
        """Name a flow run and all that are nested in it."""
        family = [flow_run_id] if flow_run_id in self._rows.flows else []
        for member in family:
            family += [
                row.id for row in self._rows.flows.values() if row.parent_flow_run_id == member
            ]
        return family

    def _delete(self, ids: list[str], forget_result: Callable[[str], object] | None) -> None:
        gone = set(ids)
        refs = {row.result_ref for i in ids for row in self._rows.tasks[i].values()}
        for flow_run_id in ids:
            del self._rows.flows[flow_run_id], self._rows.tasks[flow_run_id]
            for rows in (self._rows.pauses, self._rows.transactions, self._rows.members):
                rows.pop(flow_run_id, None)
        for members in self._rows.members.values():
            for row in [row for row in members.values() if row.flow_run_id in gone]:
                del members[row.position]
        for artifact in [row for row in self._rows.artifacts.values() if row.flow_run_id in gone]:
            refs.add(artifact.content_ref)
            del self._rows.artifacts[artifact.id]
        self._rows.commands = [row for row in self._rows.commands if row.flow_run_id not in gone]
        self._rows.logs = [row for row in self._rows.logs if row.flow_run_id not in gone]
        self._rows.events = [event for event in self._rows.events if event.flow_run_id not in gone]
        for entry in list(self._rows.cache.values()):
            if entry.flow_run_id in gone:
                refs.add(entry.result_ref)
                del self._rows.cache[entry.key]
        refs -= set(self._refs())
        if forget_result is not None:
            for ref in sorted(ref for ref in refs if ref is not None):
                forget_result(ref)

    def _refs(self) -> Iterator[str | None]:
        for tasks in self._rows.tasks.values():
            yield from (row.result_ref for row in tasks.values())
        yield from (entry.result_ref for entry in self._rows.cache.values())
