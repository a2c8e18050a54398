"""Folds a batch of events into the rows it makes and changes. Pure.

`project` is given what the store knows already (`Facts`) and answers what to write
(`Plan`); it opens nothing and asks nothing. A task run that begins and ends within
the batch becomes one insert. This runs in the writer thread, which shares the
interpreter with user code, hence lists by position instead of objects, and a
budget of one microsecond per event (bench/writer.py).

The rules of the fold, by which any cutting into batches gives the same rows:

- A run begins attempt n only if n is above the attempts it has begun (0 at first).
- A final state is left only by beginning an attempt; other events of that run are
  dropped, history included.
- The attempt is the fence: another process has a run only by claiming it, and a claim
  names the attempt that it found (see `may_claim`).
- An event of a run the store does not know is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from penstock._ids import format_id
from penstock._text import storable
from penstock.events import (
    ARTIFACT_CHANGED,
    ARTIFACT_SAVED,
    CACHE_STORED,
    CODE_SEEN,
    FLOW_RUN_CREATED,
    FLOW_RUN_STATE_CHANGED,
    LOG_WRITTEN,
    PAUSE_ASKED,
    TASK_RUN_CREATED,
    TASK_RUN_FINISHED,
    TASK_RUN_RETRYING,
    TASK_RUN_STARTED,
    TRANSACTION_CHANGED,
    TRANSACTION_JOINED,
)
from penstock.states import FINAL, StateType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from penstock.events import Event

__all__ = ["Facts", "FlowFact", "Plan", "TaskFact", "project"]

#: Events that need not be those of the flow run's owner.
ANYBODYS: Final = frozenset({FLOW_RUN_CREATED, CODE_SEEN})

#: task_run.id = flow_run.no << INDEX_BITS | index
INDEX_BITS: Final = 32

# Plain text: a StrEnum member costs more to bind.
_FINAL: Final = frozenset(str(state) for state in FINAL)
_ENDS_ANOTHERS: Final = frozenset({str(StateType.CRASHED), str(StateType.CANCELLED)})
_PENDING: Final = str(StateType.PENDING)
_RUNNING: Final = str(StateType.RUNNING)
_SCHEDULED: Final = str(StateType.SCHEDULED)

# Places in the list that becomes a task_run insert (the first 10 are also those of
# an update). The order is that of the statements in queries.sql.
_ATTEMPT: Final = 1
_STATE: Final = 2
_STARTED: Final = 5
# Places only an update has. In an insert there are a key, a name and an instant
# there, which none of the values below can be mistaken for.
_GUARD: Final = 10  #: the first attempt it begins, which must be above those begun
_OPEN: Final = 11  #: 1: its first event has an effect only on an open run
_RESET: Final = 12  #: 1: it was final in between, so `started` is that of the last attempt

# Both end with the fingerprint.
_FINGERPRINT: Final = -1

#: In _OPEN: no event has had an effect yet.
_UNTOUCHED: Final = -1

# Places in the list that becomes a flow_run insert; an update takes the first 10.
_OWNER: Final = 1


class FlowFact(NamedTuple):
    """What must be known of a flow run to fold its events."""

    no: int
    owner: str
    attempt: int
    state_type: str
    started: int | None


class TaskFact(NamedTuple):
    """What must be known of a task run to fold its events exactly."""

    attempt: int
    state_type: str


class Facts(NamedTuple):
    """What the store knows before a batch."""

    last_lsn: int
    next_no: int  #: what the next flow run is numbered
    flows: Mapping[bytes, FlowFact]
    #: Task runs named in the batch, by id. None: not looked up. Then every one that
    #: the batch does not create is taken to exist and to be open, and the update
    #: statement finds out.
    tasks: Mapping[int, TaskFact] | None = None


class Plan:
    """What a batch writes: values in the order of the statements' parameters."""

    __slots__ = (
        "artifact_changes",
        "artifacts",
        "caches",
        "codes",
        "events",
        "flow_inserts",
        "flow_updates",
        "flows",
        "logs",
        "lsn",
        "members",
        "members_done",
        "next_no",
        "pauses",
        "stale",
        "task_inserts",
        "task_updates",
        "transactions",
    )

    def __init__(self) -> None:
        self.lsn = 0
        self.next_no = 0
        self.stale: tuple[bytes, ...] = ()
        self.flows: dict[bytes, FlowFact] = {}  #: as they are after the batch
        self.flow_inserts: list[list[Any]] = []
        self.flow_updates: list[list[Any]] = []
        self.task_inserts: list[list[Any]] = []
        self.task_updates: list[list[Any]] = []
        self.events: list[Any] = []  #: flat
        self.logs: list[Any] = []  #: flat
        self.caches: dict[str, tuple[Any, ...]] = {}  #: by key: the last one wins
        self.codes: list[tuple[Any, ...]] = []
        self.pauses: dict[tuple[int, int], tuple[Any, ...]] = {}  #: the last one wins
        self.transactions: dict[tuple[int, int], tuple[Any, ...]] = {}  #: as they are left
        self.members: dict[tuple[int, int], list[Any]] = {}  #: the first one counts
        self.members_done: list[tuple[int, int]] = []
        self.artifacts: list[tuple[Any, ...]] = []
        self.artifact_changes: dict[str, tuple[Any, ...]] = {}  #: by id: as they are left


def project(incarnation: str, events: Sequence[tuple[int, Event]], facts: Facts) -> Plan:
    """Say what a process's batch writes, given what the store knows."""
    fold = _Fold(incarnation, facts)
    handlers = fold.handlers()
    last = facts.last_lsn
    for lsn, event in events:
        if lsn > last:
            last = lsn
            handlers[event[0]](event)
        else:
            fold.skip(event)
    return fold.plan(last)


class _Fold:
    """The rows a batch has touched so far."""

    __slots__ = ("_bases", "_flows", "_me", "_next_no", "_plan", "_refused", "_rows", "_tasks")

    def __init__(self, incarnation: str, facts: Facts) -> None:
        self._me = incarnation
        self._next_no = facts.next_no
        self._tasks = facts.tasks
        self._plan = Plan()
        self._refused: set[bytes] = set()
        self._rows: dict[int, list[Any]] = {}
        self._flows: dict[bytes, list[Any]] = {
            # The last element, True, says that the row is not written yet.
            raw: [*fact[:4], None, None, fact.started, None, None, None, False]
            for raw, fact in facts.flows.items()
        }
        #: first task run id of each flow run this process may write to
        self._bases = {
            raw: fact.no << INDEX_BITS
            for raw, fact in facts.flows.items()
            if fact.owner == incarnation
        }

    def handlers(self) -> dict[int, Any]:
        """Name the method for each kind of event."""
        return {
            FLOW_RUN_CREATED: self._flow_created,
            FLOW_RUN_STATE_CHANGED: self._flow_changed,
            TASK_RUN_CREATED: self._task_created,
            TASK_RUN_STARTED: self._task_started,
            TASK_RUN_RETRYING: self._task_retrying,
            TASK_RUN_FINISHED: self._task_finished,
            LOG_WRITTEN: self._log,
            CACHE_STORED: self._cache,
            CODE_SEEN: self._code,
            PAUSE_ASKED: self._pause,
            TRANSACTION_CHANGED: self._transaction,
            TRANSACTION_JOINED: self._joined,
            ARTIFACT_SAVED: self._artifact,
            ARTIFACT_CHANGED: self._artifact_changed,
        }

    def skip(self, event: Any) -> None:
        """Look at an event that is known. Whoever did not hear that it was refused hears it."""
        if event[1] not in self._bases and event[0] not in ANYBODYS:
            self._refused.add(event[1])

    def plan(self, lsn: int) -> Plan:
        """Close the fold."""
        plan, me = self._plan, self._me
        plan.lsn = lsn
        plan.next_no = self._next_no
        plan.task_updates = [row for row in plan.task_updates if row[_OPEN] != _UNTOUCHED]
        for raw, row in self._flows.items():
            plan.flows[raw] = FlowFact(row[0], row[1], row[2], row[3], row[6])
            if len(row) == _EXISTING and row[-1]:
                plan.flow_updates.append(row[1:10] + row[:1])
        plan.stale = tuple(
            raw for raw in self._refused if raw not in self._flows or self._flows[raw][_OWNER] != me
        )
        return plan

    def _flow_created(self, event: Any) -> None:
        (_, raw, at, run_kind, flow_name, flow_key, name, version, tags) = event[:9]
        parameters, parent, parent_index, upstreams, entrypoint, fingerprint, inputs = event[9:]
        if raw in self._flows:
            return
        no = self._next_no
        self._next_no = no + 1
        above = None if parent is None else self._flows.get(parent)
        row = [no, self._me, 0, _PENDING, None, None, None, None, None, None]
        row += [format_id(raw), run_kind, flow_name, flow_key, name, version, _json(tags)]
        row += [None if above is None else above[0], parent_index, _json(upstreams), at, parameters]
        row += [entrypoint, fingerprint, inputs]
        self._flows[raw] = row
        self._bases[raw] = no << INDEX_BITS
        self._plan.flow_inserts.append(row)
        self._plan.events += (no, None, at, FLOW_RUN_CREATED, _PENDING, None, None)

    def _flow_changed(self, event: Any) -> None:
        _, raw, at, attempt, state, name, message, traceback, result, claims = event
        row = self._flows.get(raw)
        if row is None:
            self._refused.add(raw)
            return
        if row[_OWNER] != self._me:
            if not (claims and may_claim(state, attempt, row[2], row[3])):
                self._refused.add(raw)
                return
            row[_OWNER] = self._me
            self._bases[raw] = row[0] << INDEX_BITS
        was_final = row[3] in _FINAL
        if attempt < row[2] or (was_final and attempt == row[2]):
            return
        row[2] = attempt
        if was_final:
            row[6] = None
        if state == _RUNNING and row[6] is None:
            row[6] = at
        row[3:6] = state, name, message
        row[7:10] = at if state in _FINAL else None, traceback, result
        if len(row) == _EXISTING:
            row[-1] = True
        body = _body(message=message, traceback=traceback, attempt=attempt if attempt > 1 else None)
        self._plan.events += (row[0], None, at, FLOW_RUN_STATE_CHANGED, state, name, body)

    def _task_created(self, event: Any) -> None:
        _, raw, at, index, started, key, name, parent_index, upstreams, tags, fingerprint = event
        base = self._bases.get(raw)
        if base is None:
            self._refused.add(raw)
            return
        task = base | index
        if task in self._rows or (self._tasks is not None and task in self._tasks):
            return
        state = _RUNNING if started else _PENDING
        # fmt: off
        row = [  # seventeen lines would not be clearer
            task, 1 if started else 0, state, None, None, at if started else None, None, None,
            None, None, key, name, at, parent_index, _json(upstreams) if upstreams else None,
            _json(tags) if tags else None, fingerprint,
        ]
        # fmt: on
        self._rows[task] = row
        plan = self._plan
        plan.task_inserts.append(row)
        plan.events += (base >> INDEX_BITS, index, at, TASK_RUN_CREATED, state, None, None)

    def _task_started(self, event: Any) -> None:
        _, raw, at, index, attempt, fingerprint, reason = event
        found = self._find(raw, index)
        if found is None:
            return
        no, row = found
        begun = row[_ATTEMPT]
        if begun is not None and attempt <= begun:
            return
        if row[_OPEN] == _UNTOUCHED:
            row[_OPEN] = 0
        if row[_GUARD] is None:
            row[_GUARD] = attempt
        if row[_STATE] in _FINAL:
            row[_STARTED] = at
            if len(row) == _PATCH:
                row[_RESET] = 1
        elif row[_STARTED] is None:
            row[_STARTED] = at
        name = "Retrying" if attempt > 1 else None
        row[1:5] = attempt, _RUNNING, name, None
        row[6:10] = None, None, None, None
        if fingerprint is not None:
            row[_FINGERPRINT] = fingerprint
        body = None
        if attempt > 1 or reason is not None:
            body = _body(attempt=attempt if attempt > 1 else None, reason=reason)
        self._plan.events += (no, index, at, TASK_RUN_STARTED, _RUNNING, name, body)

    def _task_retrying(self, event: Any) -> None:
        _, raw, at, index, attempt, delay, message, traceback = event
        found = self._find(raw, index)
        if found is None:
            return
        no, row = found
        if row[_STATE] in _FINAL:
            return
        if row[_OPEN] == _UNTOUCHED:
            row[_OPEN] = 1
        name = "AwaitingRetry"
        row[2:5] = _SCHEDULED, name, message
        row[6:10] = None, None, traceback, None
        body = _body(attempt=attempt, delay=delay, message=message, traceback=traceback)
        self._plan.events += (no, index, at, TASK_RUN_RETRYING, _SCHEDULED, name, body)

    def _task_finished(self, event: Any) -> None:
        _, raw, at, index, state, name, message, traceback, result, result_ref = event
        found = self._find(raw, index)
        if found is None:
            return
        no, row = found
        if row[_STATE] in _FINAL:
            return
        if row[_OPEN] == _UNTOUCHED:
            row[_OPEN] = 1
        row[2:5] = state, name, message
        row[6:10] = at, result_ref, traceback, result
        body = None if message is None else _body(message=message, traceback=traceback)
        self._plan.events += (no, index, at, TASK_RUN_FINISHED, state, name, body)

    def _find(self, raw: bytes, index: int) -> tuple[int, list[Any]] | None:
        """Give the flow run's number and the row to change, or None to drop the event."""
        base = self._bases.get(raw)
        if base is None:
            self._refused.add(raw)
            return None
        task = base | index
        row = self._rows.get(task)
        if row is None:
            attempt = state = None
            if self._tasks is not None:
                fact = self._tasks.get(task)
                if fact is None:
                    return None
                attempt, state = fact
            row = [task, attempt, state] + [None] * 8 + [_UNTOUCHED, 0, None]
            self._rows[task] = row
            self._plan.task_updates.append(row)
        return base >> INDEX_BITS, row

    def _log(self, event: Any) -> None:
        _, raw, at, index, level, logger, message = event
        base = self._bases.get(raw)
        if base is None:
            self._refused.add(raw)
            return
        if "\0" in message:
            message = storable(message)
        self._plan.logs += (base >> INDEX_BITS, index, at, level, logger, message)

    def _cache(self, event: Any) -> None:
        _, raw, at, index, key, task_key, expires, result, result_ref = event
        base = self._bases.get(raw)
        if base is None:
            self._refused.add(raw)
            return
        no = base >> INDEX_BITS
        self._plan.caches[key] = (key, task_key, at, expires, no, index, result_ref, result)

    def _code(self, event: Any) -> None:
        _, _, at, digest, task_key, parts = event
        self._plan.codes.append((digest, task_key, at, parts))

    def _pause(self, event: Any) -> None:
        _, raw, at, number, key, form, until = event
        base = self._bases.get(raw)
        if base is None:
            self._refused.add(raw)
            return
        no = base >> INDEX_BITS
        self._plan.pauses[no, number] = (no, number, key, at, until, form)

    def _transaction(self, event: Any) -> None:
        _, raw, at, number, parent, key, state, data, done = event
        base = self._bases.get(raw)
        if base is None:
            self._refused.add(raw)
            return
        no = base >> INDEX_BITS
        if done is not None:
            # The member is in the store already, or else in this batch.
            self._plan.members_done.append((no, done))
            if (no, done) in self._plan.members:
                self._plan.members[no, done][-1] = 1
        before = self._plan.transactions.get((no, number))
        if before is not None:
            parent, key, at = before[2:5]
            data = before[6] if data is None else data
        self._plan.transactions[no, number] = (no, number, parent, key, at, state, data)

    def _joined(self, event: Any) -> None:
        _, raw, _, index, attempt, task_key, owner, number, position, cache_key, done = event
        base = self._bases.get(raw)
        above = base if owner is None else self._bases.get(owner)
        if base is None or above is None:
            self._refused.add(raw)
            return
        no = above >> INDEX_BITS
        row = [no, position, number, base >> INDEX_BITS, index, attempt, task_key, cache_key]
        self._plan.members.setdefault((no, position), [*row, int(done)])

    def _artifact(self, event: Any) -> None:
        _, raw, at, index, artifact, key, kind, description, content_type = event[:9]
        base = self._bases.get(raw)
        if base is None:
            self._refused.add(raw)
            return
        row = (base >> INDEX_BITS, index, key, kind, description, at, at, content_type)
        self._plan.artifacts.append((format_id(artifact), *row, *event[9:]))

    def _artifact_changed(self, event: Any) -> None:
        _, raw, at, artifact, description, content = event
        base = self._bases.get(raw)
        if base is None:
            self._refused.add(raw)
            return
        name = format_id(artifact)
        before = self._plan.artifact_changes.get(name, (0, None, None))
        said = (description or before[1], before[2] if content is None else content)
        self._plan.artifact_changes[name] = (at, *said, base >> INDEX_BITS)


#: Lengths by which rows of earlier batches are told from new ones.
_EXISTING: Final = 11
_PATCH: Final = 14


def may_claim(state_type: str, attempt: int, begun: int, was: str) -> bool:
    """Tell whether a process may make another's flow run its own by this state.

    The one place that decides on ownership. A claim names the attempt after the one it
    found, so of several at once the first has the run; or it ends the one it found.
    """
    if state_type in _ENDS_ANOTHERS:
        return attempt == begun and was not in _FINAL
    return state_type == _RUNNING and attempt == begun + 1


def _json(values: Iterable[Any]) -> str | None:
    """Write a list as JSON text; an empty one as NULL."""
    if not values:
        return None
    import json  # noqa: PLC0415 - 3 ms; most runs have neither tags nor upstreams

    return json.dumps(list(values), ensure_ascii=False)


def _body(**values: Any) -> str | None:
    """Write what an event says beyond its columns; nothing as NULL."""
    said = {key: value for key, value in values.items() if value is not None}
    if not said:
        return None
    import json  # noqa: PLC0415 - 3 ms; a run that succeeds at once has nothing to say

    return json.dumps(said, ensure_ascii=False)
