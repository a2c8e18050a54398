"""A store in a SQL database: takes batches in.

Reads are in reads.py, deleting and checking in housekeeping.py. Whatever differs
between databases is the dialect's. The invariant: a batch is folded before its
transaction begins, from what the last one left known; inside, the facts are read
again, and only if another process has changed them is it folded anew.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from penstock._ids import format_id, parse_id
from penstock._text import storable
from penstock.events import (
    FLOW_RUN_CREATED,
    TASK_RUN_CREATED,
    TASK_RUN_FINISHED,
    TRANSACTION_JOINED,
)
from penstock.stores.housekeeping import SqlHousekeeping
from penstock.stores.pictures import SqlPictures
from penstock.stores.projection import INDEX_BITS, Facts, FlowFact, Plan, TaskFact, project
from penstock.stores.protocol import Ack
from penstock.stores.serving import SqlServing
from penstock.stores.statements import (
    LARGE_FROM_ROWS,
    ORDINARY_ROWS,
    ROW_COUNTS,
    load_statements,
    repeat,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from penstock.stores.dialect import Dialect
    from penstock.stores.protocol import Batch, Owner

__all__ = ["SqlStore"]

#: What the process table says of a process that has never written.
_NOTHING: Final = -1

#: Kinds of events that name a second flow run.
_NAMING_OTHERS: Final = (FLOW_RUN_CREATED, TRANSACTION_JOINED)

#: Facts are kept of this many flow runs between batches.
_REMEMBERED: Final = 1_000


class SqlStore(SqlServing, SqlHousekeeping, SqlPictures):
    """The whole contract over one database."""

    def __init__(self, dialect: Dialect, url: str) -> None:
        self.url = url
        self._dialect = dialect
        self._statements = load_statements()
        self._tallies = {}
        self._repeated: dict[tuple[str, int], str] = {}
        self._known: tuple[str, Facts] | None = None

    def write(self, batch: Batch) -> Ack:
        """Commit a batch, all of it or nothing."""
        try:
            return self._write(batch)
        except UnicodeEncodeError:
            # Half of a surrogate pair, as file names from the system can hold.
            events = [(lsn, _encodable(event)) for lsn, event in batch.events]
            return self._write(batch._replace(events=events))

    def renew(self, owner: Owner, at: int) -> Sequence[str]:
        """Note that a process lives; list the open flow runs that are still its own."""
        with self._dialect.transaction() as connection:
            connection.execute(self._statements["renew"], (*owner, at))
            rows = connection.execute(self._statements["open_of_owner"], (owner.incarnation,))
            return [row[0] for row in rows.fetchall()]

    def send_command(self, flow_run_id: str, kind: str, sender: str, at: int) -> bool:
        """Ask something of the owner of a flow run; False when the run has ended."""
        with self._dialect.transaction() as connection:
            connection.execute(self._statements["send_command"], (kind, at, sender, flow_run_id))
        return self.get_flow_run(flow_run_id).ended is None

    def answer_pause(self, flow_run_id: str, number: int, answer: str | None, at: int) -> bool:
        """Answer a pause that waits; False when it does not."""
        with self._dialect.transaction() as connection:
            values = (at, answer, flow_run_id, number)
            changed: int = connection.execute(self._statements["answer_pause"], values).rowcount
            return changed > 0

    def close(self) -> None:
        """Let go of files and connections."""
        self._dialect.close()

    def _write(self, batch: Batch) -> Ack:
        me, events = batch.owner.incarnation, batch.events
        names = _flow_runs_in(events)
        assumed = self._assume(me, names)
        plan = None if assumed is None else project(me, events, assumed)
        with self._dialect.transaction() as connection:
            facts = self._facts(connection, me, names)
            if plan is None or facts != assumed:
                plan = project(me, events, facts)
            try:
                self._execute(connection, batch, plan, exact=False)
            except _Surprise:
                self._dialect.restart(connection)
                facts = facts._replace(tasks=self._task_facts(connection, events, facts, plan))
                plan = project(me, events, facts)
                self._execute(connection, batch, plan, exact=True)
        self._remember(me, plan)
        return Ack(plan.lsn, plan.stale)

    def _assume(self, me: str, names: set[bytes]) -> Facts | None:
        """Say what the facts are unless another process has written meanwhile."""
        known = self._known
        if known is None or known[0] != me:
            return None
        facts = known[1]
        flows = {raw: facts.flows[raw] for raw in names if raw in facts.flows}
        return Facts(facts.last_lsn, facts.next_no, flows)

    def _remember(self, me: str, plan: Plan) -> None:
        flows = dict(plan.flows)
        if self._known is not None and self._known[0] == me and len(flows) < _REMEMBERED:
            flows = {**self._known[1].flows, **flows}
            while len(flows) > _REMEMBERED:
                del flows[next(iter(flows))]
        self._known = me, Facts(plan.lsn, plan.next_no, flows)

    def _facts(self, connection: Any, me: str, names: set[bytes]) -> Facts:
        row = connection.execute(self._statements["last_lsn"], (me,)).fetchone()
        (next_no,) = connection.execute(self._statements["next_no"]).fetchone()
        ids = [format_id(raw) for raw in names]
        flows = {
            parse_id(found[0]): FlowFact(*found[1:])
            for found in self._select_in(connection, "flow_facts", ids)
        }
        return Facts(_NOTHING if row is None else row[0], next_no, flows)

    def _task_facts(
        self, connection: Any, events: Sequence[tuple[int, Any]], facts: Facts, plan: Plan
    ) -> dict[int, TaskFact]:
        """Look up every task run the batch names, for the exact fold."""
        nos = {raw: flow.no for raw, flow in chain(plan.flows.items(), facts.flows.items())}
        ids = {
            nos[event[1]] << INDEX_BITS | event[3]
            for _, event in events
            if TASK_RUN_CREATED <= event[0] <= TASK_RUN_FINISHED and event[1] in nos
        }
        found = self._select_in(connection, "task_facts", list(ids))
        return {task: TaskFact(attempt, state) for task, attempt, state in found}

    def _select_in(self, connection: Any, name: str, values: list[Any]) -> Iterator[Any]:
        for part in self._cut(values, 1):
            yield from connection.execute(self._many(name, len(part)), part).fetchall()

    def _execute(self, connection: Any, batch: Batch, plan: Plan, *, exact: bool) -> None:
        """Write what the plan says.

        Raises:
            _Surprise: a task run exists that was taken for new, or is not as a change
                of it supposes. Not when the plan is `exact`.
        """
        owner = batch.owner
        seen = batch.events[-1][1][2] if batch.events else 0
        connection.execute(self._statements["save_process"], (*owner, plan.lsn, seen))
        self._insert(connection, "insert_flow_runs", plan.flow_inserts)
        try:
            self._insert(connection, "insert_task_runs", plan.task_inserts)
        except self._dialect.integrity_error:
            if exact:
                raise
            raise _Surprise from None
        changed = self._insert(connection, "update_task_runs", plan.task_updates)
        if changed != len(plan.task_updates) and not exact:
            raise _Surprise
        self._insert_flat(connection, "insert_events", plan.events, 7)
        self._insert_flat(connection, "insert_logs", plan.logs, 6)
        self._insert(connection, "save_cache_entries", list(plan.caches.values()))
        self._insert(connection, "save_codes", plan.codes)
        self._insert(connection, "save_pauses", list(plan.pauses.values()))
        self._insert(connection, "save_transactions", list(plan.transactions.values()))
        for done in plan.members_done:
            connection.execute(self._statements["member_done"], done)
        self._insert(connection, "save_members", list(plan.members.values()))
        for row in plan.flow_updates:
            connection.execute(self._statements["update_flow_run"], row)
        self._save_artifacts(connection, plan)

    def _save_artifacts(self, connection: Any, plan: Plan) -> None:
        """Write artifacts one by one: they are few, and each is given two numbers."""
        for artifact, *row in plan.artifacts:
            no, index, key, *rest = row
            values = (artifact, self._next_change(connection), no, index, key, *rest, key)
            connection.execute(self._statements["save_artifact"], values)
        for artifact, (at, description, content, no) in plan.artifact_changes.items():
            size = None if content is None else len(content)
            change = self._next_change(connection)
            values = (change, at, description, content, size, artifact, no)
            connection.execute(self._statements["change_artifact"], values)

    def _next_change(self, connection: Any) -> int:
        number: int = connection.execute(self._statements["next_change"]).fetchone()[0]
        return number

    def _insert(self, connection: Any, name: str, rows: Sequence[Any]) -> int:
        if not rows:
            return 0
        return self._insert_flat(connection, name, list(chain.from_iterable(rows)), len(rows[0]))

    def _insert_flat(self, connection: Any, name: str, values: list[Any], width: int) -> int:
        """Execute a repeated statement over all values; tell how many rows it changed."""
        changed = 0
        for part in self._cut(values, width):
            changed += connection.execute(self._many(name, len(part) // width), part).rowcount
        return changed

    def _cut(self, values: list[Any], width: int) -> Iterator[list[Any]]:
        """Cut values of many rows into the sizes statements are made for."""
        at = 0
        most = self._dialect.most_parameters
        few = len(values) < LARGE_FROM_ROWS * width
        for rows in ROW_COUNTS:
            if few and rows > ORDINARY_ROWS:
                continue
            size = rows * width
            while size <= most and at + size <= len(values):
                yield values[at : at + size]
                at += size

    def _many(self, name: str, rows: int) -> str:
        text = self._repeated.get((name, rows))
        if text is None:
            text = self._repeated[name, rows] = repeat(self._statements[name], rows)
        return text


class _Surprise(Exception):
    """A task run was not as the quick fold took it to be."""


def _flow_runs_in(events: Sequence[tuple[int, Any]]) -> set[bytes]:
    """Name the flow runs whose facts a batch needs: its own, and those these name."""
    names = {event[1] for _, event in events}
    names.update(
        event.parent if event[0] == FLOW_RUN_CREATED else event.owner
        for _, event in events
        if event[0] in _NAMING_OTHERS
    )
    names.discard(None)
    return names


def _encodable(event: Any) -> Any:
    """Give an event whose texts can be stored."""
    values = [storable(value) if isinstance(value, str) else value for value in event]
    return type(event)(*values)
