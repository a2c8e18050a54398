"""What a store hands out: read models, immutable.

Ids are text as people see them; instants are whole microseconds since the epoch
(`None` when it has not happened); durations are seconds.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "ArtifactKeyRow",
    "ArtifactRow",
    "BarRow",
    "CacheEntry",
    "ChangeRow",
    "CommandRow",
    "FlowRow",
    "FlowRunRow",
    "LogLine",
    "LogRow",
    "PauseRow",
    "ProcessRow",
    "StateTally",
    "StoreStats",
    "StoredEvent",
    "TaskRunRow",
    "VersionRow",
    "ViewRow",
]


class FlowRunRow(NamedTuple):
    """A flow run as it stands."""

    id: str
    kind: str  #: "flow" or "session"
    flow_name: str
    flow_key: str
    name: str
    version: str | None
    tags: tuple[str, ...]
    parameters: str | None  #: JSON object; only from get_flow_run, else None
    parent_flow_run_id: str | None
    parent_index: int | None
    upstreams: tuple[int, ...]  #: indexes, in the parent, of the runs whose results it was given
    state_type: str
    state_name: str
    message: str | None
    traceback: str | None  #: only from get_flow_run, else None
    result: bytes | None  #: only from get_flow_run, else None
    attempt: int  #: 0: not begun yet
    created: int
    started: int | None
    ended: int | None
    owner: str | None  #: incarnation of the process that runs (or ran) it
    host: str | None
    pid: int | None
    seen: int | None  #: last sign of life of that process
    fingerprint: bytes | None  #: of a nested run: 16 bytes of its inputs, then 8 of its code
    entrypoint: str | None  #: JSON object; only from get_flow_run, else None
    inputs: bytes | None  #: serialised (args, kwargs); only from get_flow_run, else None


class TaskRunRow(NamedTuple):
    """A task run as it stands."""

    flow_run_id: str  #: of the flow run, or of the session when it was called outside of a flow
    index: int  # type: ignore[assignment] # nobody searches a row by tuple.index
    task_key: str
    name: str
    state_type: str
    state_name: str
    message: str | None
    traceback: str | None
    attempt: int  #: 0: not begun yet
    created: int
    started: int | None
    ended: int | None
    parent_index: int | None
    upstreams: tuple[int, ...]
    tags: tuple[str, ...]
    fingerprint: bytes | None
    result_ref: str | None
    result: bytes | None  #: only where the method says so, else None

    @property
    def id(self) -> str:
        """`<flow run id>-<index>`."""
        return f"{self.flow_run_id}-{self.index}"


class LogRow(NamedTuple):
    """A log line."""

    id: int
    flow_run_id: str
    index: int | None  # type: ignore[assignment] # nobody searches a row by tuple.index
    at: int
    level: int
    logger: str
    message: str


class LogLine(NamedTuple):
    """A log line as people see it: with the names of its runs, and not longer than asked for."""

    id: int
    flow_run_id: str
    flow_run_name: str
    index: int | None  # type: ignore[assignment] # nobody searches a row by tuple.index
    task_run_name: str | None
    at: int
    level: int
    logger: str
    message: str  #: or the beginning of it
    length: int  #: characters of the whole message


class StoredEvent(NamedTuple):
    """A state change as it was recorded. `body` is a JSON object with the rest."""

    id: int
    flow_run_id: str
    index: int | None  # type: ignore[assignment] # nobody searches a row by tuple.index
    at: int
    kind: int
    state_type: str | None
    state_name: str | None
    body: str | None


class CacheEntry(NamedTuple):
    """A value that may be reused."""

    key: str
    task_key: str
    created: int
    expires: int | None
    flow_run_id: str | None
    index: int | None  # type: ignore[assignment] # nobody searches a row by tuple.index
    result: bytes | None
    result_ref: str | None


class ProcessRow(NamedTuple):
    """A process that has written to this store."""

    incarnation: str
    host: str
    pid: int
    process_started: float
    boot: str
    last_lsn: int
    seen: int  #: its last sign of life


class CommandRow(NamedTuple):
    """What somebody other than the owner wants of a flow run."""

    id: int
    flow_run_id: str
    kind: str  #: "cancel"
    attempt: int  #: which it is meant for
    at: int
    sender: str  #: who asked: "anna on laptop"


class PauseRow(NamedTuple):
    """A time that a flow run has waited for a person."""

    number: int  #: counts the pauses of the run from 0
    key: str | None
    asked: int
    until: int | None
    form: str | None  #: JSON schema of what is to be entered
    answered: int | None
    answer: str | None  #: JSON


class TransactionRow(NamedTuple):
    """A transaction of a flow run."""

    number: int  #: counts the transactions of the run from 0
    parent: int | None  #: number of the one around it
    key: str | None  #: under which it is known to be committed
    opened: int
    state: str  #: OPEN, COMMITTING, COMMITTED, ROLLING_BACK or ROLLED_BACK
    data: bytes | None  #: serialised values by name


class MemberRow(NamedTuple):
    """A task run in a transaction."""

    position: int  #: counts, from 0, what has joined transactions of the flow run
    number: int  #: of the transaction
    flow_run_id: str  #: in which the task ran: the transaction's, or one nested in that
    index: int  # type: ignore[assignment] # nobody searches a row by tuple.index
    attempt: int  #: the one that did the work
    task_key: str
    cache_key: str | None  #: under which its value may be reused
    done: bool  #: none of its hooks is left to call


class ArtifactRow(NamedTuple):
    """What a run has left for people to look at."""

    id: str
    change: int  #: number of its last change, growing over all artifacts
    kind: str  #: "markdown", "table", "figure" and so on
    key: str | None
    version: int  #: counts the artifacts of its key, from 1
    description: str | None
    created: int
    updated: int
    content_type: str
    size: int  #: bytes of its content
    flow_run_id: str
    flow_run_name: str
    flow_name: str
    flow_run_kind: str  #: "flow" or "session"
    index: int | None  # type: ignore[assignment] # nobody searches a row by tuple.index
    task_run_name: str | None
    content_ref: str | None  #: the file its content is in, when that is not kept inline
    content: bytes | None  #: in lists only of what is small and text


class ArtifactKeyRow(NamedTuple):
    """A key, and what stands under it."""

    latest: ArtifactRow
    count: int  # type: ignore[assignment] # nobody counts in a row by tuple.count


class StoreStats(NamedTuple):
    """How much is in a store."""

    flow_runs: int
    task_runs: int
    logs: int
    events: int
    cache_entries: int
    size_bytes: int
    oldest: int | None  #: when the oldest flow run was created


class StateTally(NamedTuple):
    """How many runs are in a state."""

    state_type: str
    state_name: str
    count: int  # type: ignore[assignment] # nobody counts with tuple.count


class BarRow(NamedTuple):
    """What pictures of a flow run show of a task run, or of a flow run nested in it."""

    index: int  # type: ignore[assignment] # nobody searches a row by tuple.index
    key: str  #: of the task or the flow
    name: str  #: of the run
    flow_run_id: str | None  #: of a nested flow run; None: a task run
    flow_name: str | None  #: as above
    state_type: str
    state_name: str
    message: str | None
    attempt: int
    created: int
    started: int | None
    ended: int | None
    parent_index: int | None
    upstreams: tuple[int, ...]
    is_stored: bool  #: its value was kept


class FlowRow(NamedTuple):
    """A flow, as its runs tell of it."""

    name: str
    newest_id: str  #: of the run that was created last
    states: tuple[StateTally, ...]


class VersionRow(NamedTuple):
    """A version of a flow."""

    version: str | None
    count: int  # type: ignore[assignment] # nobody counts with tuple.count
    first: int  #: when the first of its runs was created
    last: int


class ChangeRow(NamedTuple):
    """That something came in for a flow run, and what."""

    flow_run_id: str
    kind: str  #: "flow" or "session"
    parent_flow_run_id: str | None
    own: bool  #: its own state changed
    tasks: bool  #: states of its task runs did
    logs: bool  #: it has new log lines


class ViewRow(NamedTuple):
    """A saved view of the dashboard: what somebody looks for again and again."""

    id: int
    name: str
    query: str
    created: int
