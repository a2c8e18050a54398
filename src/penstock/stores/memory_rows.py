"""What a memory store holds, and how an event changes it.

Events are folded one by one, in the plainest way there is. This shares no code with
`projection`: the conformance suite holds the two against each other.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from penstock._ids import format_id
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
from penstock.states import FINAL, StateType, default_name
from penstock.stores.rows import (
    ArtifactRow,
    CacheEntry,
    CommandRow,
    FlowRunRow,
    LogRow,
    MemberRow,
    PauseRow,
    ProcessRow,
    StoredEvent,
    TaskRunRow,
    TransactionRow,
)

if TYPE_CHECKING:
    from penstock.events import (
        ArtifactChanged,
        ArtifactSaved,
        CacheStored,
        CodeSeen,
        FlowRunCreated,
        FlowRunStateChanged,
        LogWritten,
        PauseAsked,
        TaskRunCreated,
        TaskRunFinished,
        TaskRunRetrying,
        TaskRunStarted,
        TransactionChanged,
        TransactionJoined,
    )

__all__ = ["MemoryRows"]

_FINAL: Final = frozenset(str(state) for state in FINAL)
_RUNNING: Final = str(StateType.RUNNING)

#: The method that folds each kind of event.
_TAKE: Final = {
    FLOW_RUN_CREATED: "_flow_created",
    FLOW_RUN_STATE_CHANGED: "_flow_changed",
    TASK_RUN_CREATED: "_task_created",
    TASK_RUN_STARTED: "_task_started",
    TASK_RUN_RETRYING: "_task_retrying",
    TASK_RUN_FINISHED: "_task_finished",
    LOG_WRITTEN: "_log",
    CACHE_STORED: "_cached",
    CODE_SEEN: "_code",
    PAUSE_ASKED: "_pause",
    TRANSACTION_CHANGED: "_transaction",
    TRANSACTION_JOINED: "_joined",
    ARTIFACT_SAVED: "_artifact",
    ARTIFACT_CHANGED: "_artifact_changed",
}


class MemoryRows:
    """The rows of a store, as dictionaries and lists."""

    def __init__(self) -> None:
        self.processes: dict[str, ProcessRow] = {}
        self.flows: dict[str, FlowRunRow] = {}  #: in the order of arrival
        self.tasks: dict[str, dict[int, TaskRunRow]] = {}  #: by flow run, by index
        self.logs: list[LogRow] = []
        self.events: list[StoredEvent] = []
        self.cache: dict[str, CacheEntry] = {}
        self.commands: list[CommandRow] = []
        self.pauses: dict[str, dict[int, PauseRow]] = {}  #: by flow run, by number
        self.transactions: dict[str, dict[int, TransactionRow]] = {}  #: by flow run, by number
        self.members: dict[str, dict[int, MemberRow]] = {}  #: by flow run, by position
        self.codes: dict[tuple[bytes, str], str] = {}
        self.artifacts: dict[str, ArtifactRow] = {}  #: without the names of their runs
        self.last_change = 0  #: of an artifact
        self._last_ids = {"log": 0, "event": 0, "command": 0}

    def take(self, me: str, event: Any) -> bool:
        """Fold one event in; False when it is refused because the run is another's."""
        flow_run_id = format_id(event.flow_run)
        if not self.may_write(me, event):
            row = self.flows.get(flow_run_id)
            if row is None or event.kind != FLOW_RUN_STATE_CHANGED or not event.claims:
                return False
            begins = event.state_type == _RUNNING and event.attempt == row.attempt + 1
            buries = event.state_type in {"CRASHED", "CANCELLED"} and event.attempt == row.attempt
            if not begins and not (buries and row.state_type not in _FINAL):
                return False
        if event.kind == TRANSACTION_JOINED and not self.owns(me, event.owner or event.flow_run):
            return False
        getattr(self, _TAKE[event.kind])(me, flow_run_id, event)
        return True

    def may_write(self, me: str, event: Any) -> bool:
        """Tell whether a process may send an event without claiming the run."""
        return event.kind in {FLOW_RUN_CREATED, CODE_SEEN} or self.owns(me, event.flow_run)

    def owns(self, me: str, raw: bytes) -> bool:
        """Tell whether a flow run is there and belongs to a process."""
        row = self.flows.get(format_id(raw))
        return row is not None and row.owner == me

    def _flow_created(self, me: str, flow_run_id: str, event: FlowRunCreated) -> None:
        if flow_run_id in self.flows:
            return
        parent = None if event.parent is None else format_id(event.parent)
        pending = StateType.PENDING
        self.flows[flow_run_id] = FlowRunRow(
            id=flow_run_id,
            kind=event.run_kind,
            flow_name=event.flow_name,
            flow_key=event.flow_key,
            name=event.name,
            version=event.version,
            tags=tuple(event.tags),
            parameters=event.parameters,
            parent_flow_run_id=parent if parent in self.flows else None,
            parent_index=event.parent_index,
            upstreams=tuple(event.upstreams),
            state_type=pending,
            state_name=default_name(pending),
            message=None,
            traceback=None,
            result=None,
            attempt=0,
            created=event.at,
            started=None,
            ended=None,
            owner=me,
            host=None,
            pid=None,
            seen=None,
            fingerprint=event.fingerprint,
            entrypoint=event.entrypoint,
            inputs=event.inputs,
        )
        self.tasks[flow_run_id] = {}
        self._note(flow_run_id, None, event, pending, None)

    def _flow_changed(self, me: str, flow_run_id: str, event: FlowRunStateChanged) -> None:
        row = self.flows[flow_run_id]
        was_final = row.state_type in _FINAL
        if event.attempt < row.attempt or (was_final and event.attempt == row.attempt):
            return
        started = None if was_final else row.started
        if event.state_type == _RUNNING and started is None:
            started = event.at
        self.flows[flow_run_id] = row._replace(
            owner=me,
            attempt=event.attempt,
            state_type=str(event.state_type),
            state_name=event.state_name or default_name(StateType(event.state_type)),
            message=event.message,
            traceback=event.traceback,
            result=event.result,
            started=started,
            ended=event.at if event.state_type in _FINAL else None,
        )
        body = {
            "message": event.message,
            "traceback": event.traceback,
            "attempt": event.attempt if event.attempt > 1 else None,
        }
        self._note(flow_run_id, None, event, event.state_type, event.state_name, body)

    def _task_created(self, _me: str, flow_run_id: str, event: TaskRunCreated) -> None:
        if event.index in self.tasks[flow_run_id]:
            return
        state = StateType.RUNNING if event.started else StateType.PENDING
        self.tasks[flow_run_id][event.index] = TaskRunRow(
            flow_run_id=flow_run_id,
            index=event.index,
            task_key=event.task_key,
            name=event.name,
            state_type=state,
            state_name=default_name(state),
            message=None,
            traceback=None,
            attempt=1 if event.started else 0,
            created=event.at,
            started=event.at if event.started else None,
            ended=None,
            parent_index=event.parent_index,
            upstreams=tuple(event.upstreams),
            tags=tuple(event.tags),
            fingerprint=event.fingerprint,
            result_ref=None,
            result=None,
        )
        self._note(flow_run_id, event.index, event, state, None)

    def _task_started(self, _me: str, flow_run_id: str, event: TaskRunStarted) -> None:
        row = self.tasks[flow_run_id].get(event.index)
        if row is None or event.attempt <= row.attempt:
            return
        was_final = row.state_type in _FINAL
        name = "Retrying" if event.attempt > 1 else None
        self._change(
            row,
            attempt=event.attempt,
            state_type=_RUNNING,
            state_name=name or "Running",
            started=event.at if was_final or row.started is None else row.started,
            fingerprint=row.fingerprint if event.fingerprint is None else event.fingerprint,
        )
        body = {"attempt": event.attempt if event.attempt > 1 else None, "reason": event.reason}
        self._note(flow_run_id, event.index, event, _RUNNING, name, body)

    def _task_retrying(self, _me: str, flow_run_id: str, event: TaskRunRetrying) -> None:
        row = self.tasks[flow_run_id].get(event.index)
        if row is None or row.state_type in _FINAL:
            return
        self._change(
            row,
            state_type=str(StateType.SCHEDULED),
            state_name="AwaitingRetry",
            message=event.message,
            traceback=event.traceback,
        )
        body = {
            "attempt": event.attempt,
            "delay": event.delay,
            "message": event.message,
            "traceback": event.traceback,
        }
        self._note(flow_run_id, event.index, event, "SCHEDULED", "AwaitingRetry", body)

    def _task_finished(self, _me: str, flow_run_id: str, event: TaskRunFinished) -> None:
        row = self.tasks[flow_run_id].get(event.index)
        if row is None or row.state_type in _FINAL:
            return
        self._change(
            row,
            state_type=str(event.state_type),
            state_name=event.state_name or default_name(StateType(event.state_type)),
            message=event.message,
            traceback=event.traceback,
            ended=event.at,
            result=event.result,
            result_ref=event.result_ref,
        )
        body = {"message": event.message}
        body["traceback"] = None if event.message is None else event.traceback
        self._note(flow_run_id, event.index, event, event.state_type, event.state_name, body)

    def _change(self, row: TaskRunRow, **values: Any) -> None:
        """Enter a state: what belongs to the one before is gone unless it is given."""
        blank = dict.fromkeys(("message", "traceback", "ended", "result", "result_ref"))
        changed = row._replace(**{**blank, **values})
        self.tasks[row.flow_run_id][row.index] = changed

    def _log(self, _me: str, flow_run_id: str, event: LogWritten) -> None:
        self._last_ids["log"] += 1
        row = (flow_run_id, event.index, event.at, event.level, event.logger, event.message)
        self.logs.append(LogRow(self._last_ids["log"], *row))

    def _cached(self, _me: str, flow_run_id: str, event: CacheStored) -> None:
        self.cache[event.key] = CacheEntry(
            key=event.key,
            task_key=event.task_key,
            created=event.at,
            expires=event.expires,
            flow_run_id=flow_run_id,
            index=event.index,
            result=event.result,
            result_ref=event.result_ref,
        )

    def _code(self, _me: str, _flow_run_id: str, event: CodeSeen) -> None:
        self.codes.setdefault((event.digest, event.task_key), event.parts)

    def _pause(self, _me: str, flow_run_id: str, event: PauseAsked) -> None:
        pauses = self.pauses.setdefault(flow_run_id, {})
        before = pauses.get(event.number)
        answered, answer = (None, None) if before is None else before[5:]
        pauses[event.number] = PauseRow(
            event.number, event.key, event.at, event.until, event.form, answered, answer
        )

    def _transaction(self, _me: str, flow_run_id: str, event: TransactionChanged) -> None:
        rows = self.transactions.setdefault(flow_run_id, {})
        row = rows.get(event.number)
        if row is None:
            row = TransactionRow(event.number, event.parent, event.key, event.at, "", None)
        data = row.data if event.data is None else event.data
        rows[event.number] = row._replace(state=event.state, data=data)
        members = self.members.get(flow_run_id, {})
        if event.done in members:
            members[event.done] = members[event.done]._replace(done=True)

    def _joined(self, _me: str, flow_run_id: str, event: TransactionJoined) -> None:
        owner = flow_run_id if event.owner is None else format_id(event.owner)
        row = MemberRow(
            event.position, event.number, flow_run_id, event.index, event.attempt,
            event.task_key, event.cache_key, event.done,
        )  # fmt: skip
        self.members.setdefault(owner, {}).setdefault(event.position, row)

    def _artifact(self, _me: str, flow_run_id: str, event: ArtifactSaved) -> None:
        artifact_id = format_id(event.artifact)
        if artifact_id in self.artifacts:
            return
        self.last_change += 1
        same = []
        if event.key is not None:
            same = [row.version for row in self.artifacts.values() if row.key == event.key]
        self.artifacts[artifact_id] = ArtifactRow(
            id=artifact_id,
            change=self.last_change,
            kind=event.artifact_kind,
            key=event.key,
            version=max(same, default=0) + 1,
            description=event.description,
            created=event.at,
            updated=event.at,
            content_type=event.content_type,
            size=event.size,
            flow_run_id=flow_run_id,
            flow_run_name="",
            flow_name="",
            flow_run_kind="",
            index=event.index,
            task_run_name=None,
            content_ref=event.content_ref,
            content=event.content,
        )

    def _artifact_changed(self, _me: str, flow_run_id: str, event: ArtifactChanged) -> None:
        row = self.artifacts.get(format_id(event.artifact))
        if row is None or row.flow_run_id != flow_run_id or row.content_ref is not None:
            return
        self.last_change += 1
        changed = row._replace(change=self.last_change, updated=event.at)
        if event.description is not None:
            changed = changed._replace(description=event.description)
        if event.content is not None:
            changed = changed._replace(content=event.content, size=len(event.content))
        self.artifacts[row.id] = changed

    def note_command(self, row: FlowRunRow, kind: str, sender: str, at: int) -> None:
        """Remember what is asked of a flow run's current attempt, once."""
        asked = {(one.flow_run_id, one.attempt, one.kind) for one in self.commands}
        if (row.id, row.attempt, kind) not in asked:
            self._last_ids["command"] += 1
            number = self._last_ids["command"]
            self.commands.append(CommandRow(number, row.id, kind, row.attempt, at, sender))

    def _note(
        self,
        flow_run_id: str,
        index: int | None,
        event: Any,
        state: str,
        name: str | None,
        body: dict[str, Any] | None = None,
    ) -> None:
        said = {key: value for key, value in (body or {}).items() if value is not None}
        self._last_ids["event"] += 1
        self.events.append(
            StoredEvent(
                id=self._last_ids["event"],
                flow_run_id=flow_run_id,
                index=index,
                at=event.at,
                kind=event.kind,
                state_type=str(state),
                state_name=name or default_name(StateType(state)),
                body=json.dumps(said, ensure_ascii=False) if said else None,
            )
        )
