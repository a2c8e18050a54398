"""Every fact the engine may record, as plain tuples with a kind.

The journal stores them, the writer sends them in batches to a store, and
`stores.projection` folds them into rows. Nothing else tells a store what
happened, so the rows can be made anew from the events.

Two invariants: an event is made of plain values only (so that a reader needs no
class to read it), and the events of a run stand in the journal in the order in
which they were emitted. Instants are whole microseconds since the epoch.
A flow run is named by the 16 bytes of its UUIDv7; a task run by that and its
index in the flow run.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

__all__ = [
    "KINDS",
    "ArtifactChanged",
    "ArtifactSaved",
    "CacheStored",
    "CodeSeen",
    "Event",
    "FlowRunCreated",
    "FlowRunStateChanged",
    "LogWritten",
    "PauseAsked",
    "TaskRunCreated",
    "TaskRunFinished",
    "TaskRunRetrying",
    "TaskRunStarted",
    "TransactionChanged",
    "TransactionJoined",
    "from_tuple",
]


class FlowRunCreated(NamedTuple):
    """A flow was called: everything about the run that does not change.

    A *session* is the nameless run that holds the tasks one process called
    outside of any flow; lists leave it out.
    """

    kind: int
    flow_run: bytes  #: 16 bytes of the UUIDv7
    at: int  #: microseconds
    run_kind: str  #: "flow" or "session"
    flow_name: str
    flow_key: str  #: module and qualified name of the function
    name: str  #: the run's own name
    version: str | None
    tags: tuple[str, ...]
    parameters: str | None  #: JSON object, values as `repr` where JSON cannot carry them
    parent: bytes | None  #: flow run in which it was called
    parent_index: int | None  #: its place among that run's calls
    upstreams: tuple[int, ...]  #: indexes, in the parent, of the runs whose results it was given
    entrypoint: str | None = None  #: JSON: where its code is, to resume it from elsewhere
    fingerprint: bytes | None = None  #: nested: as of a task run
    inputs: bytes | None = None  #: serialised (args, kwargs), when they can be kept


class FlowRunStateChanged(NamedTuple):
    """A flow run entered a state.

    Another process than the owner may say so only when it claims the run: to begin the
    attempt after the last one begun, or to end that one as Crashed.
    """

    kind: int
    flow_run: bytes
    at: int
    attempt: int  #: 1 for the first
    state_type: str
    state_name: str | None  #: None when it is the type's own name
    message: str | None
    traceback: str | None
    result: bytes | None  #: serialised value, when it is kept inline
    claims: bool | None = None  #: True: takes the run over from whoever has it


class TaskRunCreated(NamedTuple):
    """A task was called or submitted: what does not change, and its first state."""

    kind: int
    flow_run: bytes
    at: int
    index: int  # type: ignore[assignment] # hides tuple.index
    #: counts the calls of this flow run from 0
    started: bool  #: True: its first attempt begins now; False: it is Pending
    task_key: str
    name: str
    parent_index: int | None  #: task run in whose body it was called
    upstreams: tuple[int, ...]  #: indexes of the runs whose results it was given
    tags: tuple[str, ...]
    fingerprint: bytes | None
    #: 16 bytes of its inputs (the first four zeros: not stable), then 8 of its code


class TaskRunStarted(NamedTuple):
    """An attempt at a task run began."""

    kind: int
    flow_run: bytes
    at: int
    index: int  # type: ignore[assignment] # hides tuple.index
    attempt: int  #: 1 for the first
    fingerprint: bytes | None  #: as in TaskRunCreated; None: that one told it already
    reason: str | None = None  #: why it is executed in a later attempt of the flow run


class TaskRunRetrying(NamedTuple):
    """An attempt failed, and another will follow."""

    kind: int
    flow_run: bytes
    at: int
    index: int  # type: ignore[assignment] # hides tuple.index
    attempt: int  #: the one that failed
    delay: float  #: seconds until the next
    message: str
    traceback: str | None


class TaskRunFinished(NamedTuple):
    """A task run ended."""

    kind: int
    flow_run: bytes
    at: int
    index: int  # type: ignore[assignment] # hides tuple.index
    state_type: str  #: COMPLETED, FAILED, CRASHED or CANCELLED
    state_name: str | None  #: None when it is the type's own name
    message: str | None
    traceback: str | None
    result: bytes | None  #: serialised value, when it is kept inline
    result_ref: str | None  #: where the value is kept otherwise


class LogWritten(NamedTuple):
    """A line was logged in a run."""

    kind: int
    flow_run: bytes
    at: int
    index: int | None  # type: ignore[assignment] # hides tuple.index
    #: the task run that logged it, or None for the flow itself
    level: int  #: as in the standard library's logging
    logger: str
    message: str


class CacheStored(NamedTuple):
    """A task run's value may be reused under this key."""

    kind: int
    flow_run: bytes
    at: int
    index: int  # type: ignore[assignment] # hides tuple.index
    key: str
    task_key: str
    expires: int | None  #: microseconds; None: never
    result: bytes | None
    result_ref: str | None


class CodeSeen(NamedTuple):
    """What the code of a task consists of, to tell later which part was changed."""

    kind: int
    flow_run: bytes  #: the first one, in its process, to run the code
    at: int
    digest: bytes  #: the 8 bytes that fingerprints of task runs end with
    task_key: str
    parts: str  #: JSON: [label, digest] of each part


class PauseAsked(NamedTuple):
    """A flow run waits for a person."""

    kind: int
    flow_run: bytes
    at: int
    number: int  #: counts the pauses of the run from 0
    key: str | None  #: what its author calls the pause, or its place
    form: str | None  #: JSON schema of what is to be entered; None: nothing
    until: int | None  #: microseconds; when it gives up


class TransactionChanged(NamedTuple):
    """A transaction of a flow run entered a state, was given a value, or called a hook."""

    kind: int
    flow_run: bytes
    at: int
    number: int  #: counts the transactions of the run from 0
    parent: int | None  #: number of the one around it
    key: str | None  #: under which it is known to be committed
    state: str  #: OPEN, COMMITTING, COMMITTED, ROLLING_BACK or ROLLED_BACK
    data: bytes | None  #: serialised values by name, those that can be kept; None: as before
    done: int | None  #: position of the member whose hooks were called


class TransactionJoined(NamedTuple):
    """A task run has done its work inside of a transaction. Stands before its end."""

    kind: int
    flow_run: bytes  #: in which the task ran
    at: int
    index: int  # type: ignore[assignment] # hides tuple.index
    attempt: int  #: the one that did the work
    task_key: str
    owner: bytes | None  #: flow run whose transaction it is, when that is another
    number: int  #: of the transaction
    position: int  #: counts, from 0, what has joined transactions of that flow run
    cache_key: str | None  #: under which its value may be reused
    done: bool  #: it has no hooks, so none is left to call


class ArtifactSaved(NamedTuple):
    """A run has left something for people to look at."""

    kind: int
    flow_run: bytes
    at: int
    index: int | None  # type: ignore[assignment] # hides tuple.index
    #: the task run that saved it, or None for the flow itself
    artifact: bytes  #: 16 bytes of its UUIDv7
    key: str | None  #: artifacts of the same key are versions of one thing
    artifact_kind: str  #: "markdown", "table", "figure" and so on
    description: str | None
    content_type: str
    size: int  #: bytes of its content
    content: bytes | None  #: when it is kept inline
    content_ref: str | None  #: the file it is in otherwise; written before the event


class ArtifactChanged(NamedTuple):
    """An artifact has new content: progress was made."""

    kind: int
    flow_run: bytes  #: the one that saved it
    at: int
    artifact: bytes
    description: str | None  #: None: as before
    content: bytes | None  #: None: as before


#: Any of them.
Event = (
    FlowRunCreated
    | FlowRunStateChanged
    | TaskRunCreated
    | TaskRunStarted
    | TaskRunRetrying
    | TaskRunFinished
    | LogWritten
    | CacheStored
    | CodeSeen
    | PauseAsked
    | TransactionChanged
    | TransactionJoined
    | ArtifactSaved
    | ArtifactChanged
)

#: The number that stands first in each event. Written to disk: never renumber.
KINDS: Final[dict[int, Any]] = {
    1: FlowRunCreated,
    2: FlowRunStateChanged,
    3: TaskRunCreated,
    4: TaskRunStarted,
    5: TaskRunRetrying,
    6: TaskRunFinished,
    7: LogWritten,
    8: CacheStored,
    9: CodeSeen,
    10: PauseAsked,
    11: TransactionChanged,
    12: TransactionJoined,
    13: ArtifactSaved,
    14: ArtifactChanged,
}

FLOW_RUN_CREATED: Final = 1
FLOW_RUN_STATE_CHANGED: Final = 2
TASK_RUN_CREATED: Final = 3
TASK_RUN_STARTED: Final = 4
TASK_RUN_RETRYING: Final = 5
TASK_RUN_FINISHED: Final = 6
LOG_WRITTEN: Final = 7
CACHE_STORED: Final = 8
CODE_SEEN: Final = 9
PAUSE_ASKED: Final = 10
TRANSACTION_CHANGED: Final = 11
TRANSACTION_JOINED: Final = 12
ARTIFACT_SAVED: Final = 13
ARTIFACT_CHANGED: Final = 14


def from_tuple(values: tuple[Any, ...]) -> Event:
    """Give back the event that was stored as a plain tuple.

    A newer writer may have appended fields; they are dropped. Fields that an
    older writer did not know are None.

    Raises:
        KeyError: the kind is unknown, so a newer version wrote it.
    """
    event = KINDS[values[0]]
    width = len(event._fields)
    values = values[:width] + (None,) * (width - len(values))
    made: Event = event._make(values)
    return made
