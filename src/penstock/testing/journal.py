"""A process that sends events to a store, played for tests of stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from penstock._ids import new_id
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
from penstock.stores.filters import ArtifactFilter, FlowRunFilter, LogFilter, TaskRunFilter
from penstock.stores.protocol import Ack, Batch, Owner

if TYPE_CHECKING:
    from penstock.events import Event
    from penstock.stores.protocol import Store

__all__ = ["Journal", "everything"]


class Journal:
    """Collects events with their positions, and sends them.

    Its clock moves on by `STEP` with each event, so a test knows every instant.
    """

    #: Microseconds between two events.
    STEP: Final = 1_000

    def __init__(self, store: Store, incarnation: str = "a" * 32, now: int = 10**15) -> None:
        self.owner = Owner(incarnation, "host", 4711, 12.5, "boot")
        self.now = now
        self.lsn = 0
        self.events: list[tuple[int, Event]] = []
        self._store = store
        self._sent = 0

    def send(self) -> Ack:
        """Write what has not been sent yet, as one batch."""
        batch = self.events[self._sent :]
        self._sent = len(self.events)
        return self._store.write(Batch(self.owner, batch))

    def send_all(self) -> Ack:
        """Write everything again, as one batch."""
        return self._store.write(Batch(self.owner, self.events))

    def add(self, event: Event) -> None:
        """Put an event behind the others."""
        self.lsn += 100  # positions are bytes: they grow by more than one
        self.events.append((self.lsn, event))

    def flow_run(self, run: bytes | None = None, *, running: bool = True, **values: Any) -> bytes:
        """Create a flow run, and have it run unless told otherwise. Gives its id."""
        run = new_id() if run is None else run
        defaults = {
            "run_kind": "flow",
            "flow_name": "etl",
            "flow_key": "flows.etl",
            "name": f"run-{run.hex()}",
            "version": None,
            "tags": (),
            "parameters": None,
            "parent": None,
            "parent_index": None,
            "upstreams": (),
        }
        self.add(FlowRunCreated(FLOW_RUN_CREATED, run, self._tick(), **{**defaults, **values}))
        if running:
            self.state(run, "RUNNING")
        return run

    def state(
        self, run: bytes, state_type: str, state_name: str | None = None, **values: Any
    ) -> None:
        """Change the state of a flow run."""
        defaults = {"attempt": 1, "message": None, "traceback": None, "result": None}
        values = {**defaults, **values, "state_type": state_type, "state_name": state_name}
        self.add(FlowRunStateChanged(FLOW_RUN_STATE_CHANGED, run, self._tick(), **values))

    def task_run(self, run: bytes, index: int, **values: Any) -> None:
        """Create a task run; it starts at once unless told otherwise."""
        defaults = {
            "started": True,
            "task_key": values.pop("key", "flows.load"),
            "name": f"load-{index}",
            "parent_index": None,
            "upstreams": (),
            "tags": (),
            "fingerprint": None,
        }
        values = {**defaults, **values}
        self.add(TaskRunCreated(TASK_RUN_CREATED, run, self._tick(), index, **values))

    def start(
        self,
        run: bytes,
        index: int,
        attempt: int = 1,
        fingerprint: bytes | None = None,
        reason: str | None = None,
    ) -> None:
        """Begin an attempt at a task run."""
        values = (index, attempt, fingerprint, reason)
        self.add(TaskRunStarted(TASK_RUN_STARTED, run, self._tick(), *values))

    def retry(self, run: bytes, index: int, attempt: int) -> None:
        """Have an attempt fail, with another to follow."""
        values = (index, attempt, 0.5, "oh", "tb")
        self.add(TaskRunRetrying(TASK_RUN_RETRYING, run, self._tick(), *values))

    def finish(
        self,
        run: bytes,
        index: int,
        state_type: str = "COMPLETED",
        state_name: str | None = None,
        **values: Any,
    ) -> None:
        """End a task run."""
        defaults = {"message": None, "traceback": None, "result": None, "result_ref": None}
        values = {**defaults, **values, "state_type": state_type, "state_name": state_name}
        self.add(TaskRunFinished(TASK_RUN_FINISHED, run, self._tick(), index, **values))

    def log(
        self, run: bytes, index: int | None, message: str, level: int = 20, logger: str = "flow"
    ) -> None:
        """Log a line."""
        self.add(LogWritten(LOG_WRITTEN, run, self._tick(), index, level, logger, message))

    def cache(self, run: bytes, index: int, key: str, **values: Any) -> None:
        """Keep a value for reuse."""
        defaults = {"task_key": "flows.load", "expires": None, "result": None, "result_ref": None}
        values = {**defaults, **values}
        self.add(CacheStored(CACHE_STORED, run, self._tick(), index, key, **values))

    def code(self, run: bytes, digest: bytes, task_key: str, parts: str) -> None:
        """Say what the code of a task consists of."""
        self.add(CodeSeen(CODE_SEEN, run, self._tick(), digest, task_key, parts))

    def pause(self, run: bytes, number: int, **values: Any) -> None:
        """Wait for a person."""
        values = {"key": None, "form": None, "until": None, **values}
        self.add(PauseAsked(PAUSE_ASKED, run, self._tick(), number, **values))

    def transaction(self, run: bytes, number: int, state: str = "OPEN", **values: Any) -> None:
        """Have a transaction enter a state."""
        values = {"parent": None, "key": None, "data": None, "done": None, **values}
        event = TransactionChanged(
            TRANSACTION_CHANGED, run, self._tick(), number, state=state, **values
        )
        self.add(event)

    def join(self, run: bytes, index: int, number: int, position: int, **values: Any) -> None:
        """Have a task run join a transaction."""
        defaults = {"attempt": 1, "task_key": "flows.load", "owner": None, "cache_key": None}
        values = {**defaults, "done": False, **values, "number": number, "position": position}
        self.add(TransactionJoined(TRANSACTION_JOINED, run, self._tick(), index, **values))

    def artifact(self, run: bytes, index: int | None = None, **values: Any) -> bytes:
        """Save an artifact. Gives its id."""
        artifact = values.pop("artifact", None) or new_id()
        content = values.get("content", b"0")
        defaults = {
            "key": None,
            "artifact_kind": values.pop("kind", "progress"),
            "description": None,
            "content_type": "application/json",
            "size": 0 if content is None else len(content),
            "content": content,
            "content_ref": None,
        }
        values = {**defaults, **values}
        event = ArtifactSaved(ARTIFACT_SAVED, run, self._tick(), index, artifact, **values)
        self.add(event)
        return artifact

    def change_artifact(
        self,
        run: bytes,
        artifact: bytes,
        content: bytes | None = None,
        description: str | None = None,
    ) -> None:
        """Give an artifact new content."""
        at = self._tick()
        self.add(ArtifactChanged(ARTIFACT_CHANGED, run, at, artifact, description, content))

    def busy_flow_run(self) -> bytes:
        """Have a flow run do a little of everything, and end."""
        run = self.flow_run()
        for index in range(4):
            self.task_run(run, index, started=index % 2 == 0, upstreams=(0,) if index else ())
        for index in (1, 3):
            self.start(run, index)
        self.retry(run, 1, attempt=1)
        self.log(run, 1, "trying again", level=30)
        self.start(run, 1, attempt=2)
        for index, state in enumerate(("COMPLETED", "COMPLETED", "FAILED", "COMPLETED")):
            self.finish(run, index, state, result=b"v")
        self.cache(run, 0, f"key of {run.hex()}", result=b"v")
        self.state(run, "FAILED", message="one task failed")
        return run

    def _tick(self) -> int:
        self.now += self.STEP
        return self.now


def everything(store: Store) -> dict[str, Any]:
    """Read all that a store tells of its runs, to compare."""
    runs = store.find_flow_runs(FlowRunFilter(sessions=True), 10_000)
    return {
        # When their processes were seen last is nothing that the runs did.
        "flow_runs": [store.get_flow_run(run.id)._replace(seen=None) for run in runs],
        "task_runs": list(store.find_task_runs(TaskRunFilter(with_result=True), 100_000)),
        "logs": list(store.find_logs(LogFilter(), 100_000)),
        "events": list(store.read_events(0, 100_000)),
        # Numbers of changes may have gaps.
        "artifacts": [
            store.get_artifact(row.id)._replace(change=0)
            for row in store.find_artifacts(ArtifactFilter(), 100_000)
        ],
    }
