"""What a store promises: the contract, in prose.

Four stores keep it: SQLite, memory, and (later) Postgres and HTTP. `testing.stores`
is the executable form of this page. A store is synchronous and may be used from
any thread. Reads never wait for a writer; a read sees all that an earlier
`write` has returned for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from penstock.events import Event
    from penstock.stores.filters import (
        ArtifactFilter,
        FlowRunFilter,
        LogFilter,
        TaskRunFilter,
    )
    from penstock.stores.rows import (
        ArtifactKeyRow,
        ArtifactRow,
        BarRow,
        CacheEntry,
        ChangeRow,
        CommandRow,
        FlowRow,
        FlowRunRow,
        LogLine,
        LogRow,
        MemberRow,
        PauseRow,
        ProcessRow,
        StateTally,
        StoredEvent,
        StoreStats,
        TaskRunRow,
        TransactionRow,
        VersionRow,
        ViewRow,
    )

__all__ = [
    "Ack",
    "Batch",
    "EventStore",
    "Owner",
    "PictureStore",
    "RunStore",
    "ServerStore",
    "Store",
]


class Owner(NamedTuple):
    """The process whose journal a batch comes from."""

    incarnation: str  #: random, new at each start of a process (and in each forked child)
    host: str
    pid: int
    process_started: float  #: seconds on the system's own scale; only good to compare
    boot: str  #: id of the host's current boot, and of its pids; "" where the system has none


class Batch(NamedTuple):
    """Events of one journal, in its order.

    `events` pairs each event with its LSN: its position in the journal, which
    only grows. The same events may be sent again, cut into other batches.
    """

    owner: Owner
    events: Sequence[tuple[int, Event]]


class Ack(NamedTuple):
    """What a store answers to a batch."""

    lsn: int  #: everything up to here is committed
    stale: tuple[bytes, ...]  #: flow runs of somebody else, whose events were refused


class EventStore(Protocol):
    """Takes events in, and hands them out again in one order."""

    def write(self, batch: Batch) -> Ack:
        """Commit a batch, all of it or nothing.

        Idempotent: an event whose LSN is at or below the last one committed for
        its incarnation is skipped. In the same transaction each state change is added
        to the history (log lines to the log, cached values to the cache), and the rows
        it changes are brought up to date.

        A flow run belongs to the incarnation that created it, until another claims it:
        with a state that `claims`, RUNNING with the number after the attempts begun, or
        CRASHED or CANCELLED with that of the one begun while it is open. Events of anybody
        else are refused, and so are those of a flow run that is not there; `stale` names
        such flow runs, also when the batch comes again because its answer was lost.

        A run begins an attempt only with a number above those begun (0 at first), and
        leaves a final state only so. Events that would do otherwise, and events of a
        task run that was never created, are dropped without a trace; so is a second
        creation, and a change of an artifact that is not there. The rest of the batch is kept.

        An artifact gets the number after the highest of its key as its version, and each
        change of one a number that was never given before.

        Raises:
            StoreBusy: another program held the database for a minute.
            StoreFull: no space is left. Nothing of the batch was kept; it may be sent again.
            StoreReadOnly: the file cannot be written.
            StoreCorrupt: the file is damaged.
        """
        ...

    def read_events(self, after: int, limit: int) -> Sequence[StoredEvent]:
        """Hand out events with an id above `after`, lowest first, at most `limit`."""
        ...

    def renew(self, owner: Owner, at: int) -> Sequence[str]:
        """Note a sign of life of a process; list the open flow runs that are its own.

        `seen` of the process changes with each call, whatever the clock says: whoever
        watches it from another machine counts changes and compares no clocks.
        """
        ...

    def find_commands(self, owner: str, after: int) -> Sequence[CommandRow]:
        """List what others ask of the open flow runs of an incarnation.

        Only what is meant for their current attempt, with an id above `after`, in order.
        """
        ...


class RunStore(Protocol):
    """Answers what people and programs ask about runs."""

    def find_flow_runs(self, where: FlowRunFilter, limit: int) -> Sequence[FlowRunRow]:
        """List flow runs, newest first: from the greatest id down, and ids carry the time.

        With `oldest_first`, the other way round.

        Sessions are left out unless asked for. Parameters, traceback and result are
        None here; `get_flow_run` has them.
        """
        ...

    def get_flow_run(self, flow_run_id: str) -> FlowRunRow:
        """Give one flow run, by its id, by a unique beginning of it, or by its unique name.

        Raises:
            NotFound: there is none, or several begin like that (the message lists them).
        """
        ...

    def find_task_runs(self, where: TaskRunFilter, limit: int) -> Sequence[TaskRunRow]:
        """List task runs; of one flow run in the order of their calls, else newest first.

        A page goes on after the last row's `index` (`after_index`), or where the newest
        come first, after its `id` (`before_id`).
        """
        ...

    def get_task_run(self, task_run_id: str) -> TaskRunRow:
        """Give one task run by its id `<flow run id>-<index>`, with its result.

        Raises:
            NotFound: there is none.
        """
        ...

    def count_task_runs(self, flow_run_id: str) -> dict[str, int]:
        """Count the task runs of a flow run by state name."""
        ...

    def find_logs(self, where: LogFilter, limit: int) -> Sequence[LogRow]:
        """List log lines in the order in which they were written."""
        ...

    def find_log_ids(self, where: LogFilter, limit: int, skip: int = 0) -> Sequence[int]:
        """List the ids of log lines, as `find_logs` would list them, without the first `skip`.

        A text is found in every line that contains it, in whatever index or none.
        """
        ...

    def count_logs(self, where: LogFilter) -> int:
        """Count log lines."""
        ...

    def rank_logs(self, where: LogFilter, ids: Sequence[int]) -> Sequence[int]:
        """Say of each of some lines how many of those asked for stand before it.

        Args:
            where: which lines are counted; in the order in which they were written.
            ids: in ascending order. They need not be among those asked for.
        """
        ...

    def get_log_lines(self, ids: Sequence[int], longest: int | None = None) -> Sequence[LogLine]:
        """Give log lines by their ids, in the order in which they were written.

        Ids of lines that are not there are passed over.

        Args:
            ids: of the lines, in any order.
            longest: characters to give of each; None: all.
        """
        ...

    def find_loggers(self, flow_run_id: str) -> Sequence[str]:
        """Name, sorted, the loggers that wrote in a flow run or in those nested in it."""
        ...

    def index_logs(self, limit: int = 500) -> int:
        """Make the search for texts faster by some lines; tell by how many. 0: all are done.

        Nothing needs it: what is not in the index is read. So it is for those who have
        time, the server above all, and it holds writers up for some milliseconds at most.
        """
        ...

    def flow_run_history(self, flow_run_id: str, index: int | None = None) -> Sequence[StoredEvent]:
        """Hand out the state changes of a flow run, or of one of its task runs, in order.

        Without an index, those of the flow run itself; its task runs have their own.
        """
        ...

    def get_cache_entry(self, key: str, now: int) -> CacheEntry | None:
        """Give the entry under a cache key, unless it has expired by `now` (microseconds)."""
        ...

    def get_code(self, digest: bytes, task_key: str) -> str | None:
        """Say what the code of a task consisted of under a digest (JSON), or None."""
        ...

    def find_pauses(self, flow_run_id: str) -> Sequence[PauseRow]:
        """List the times that a flow run has waited for a person, in order."""
        ...

    def answer_pause(self, flow_run_id: str, number: int, answer: str | None, at: int) -> bool:
        """Answer a pause (JSON). False, and nothing is changed, when it does not wait."""
        ...

    def find_transactions(self, flow_run_id: str) -> Sequence[TransactionRow]:
        """List the transactions of a flow run, in the order of their opening."""
        ...

    def find_members(self, flow_run_id: str) -> Sequence[MemberRow]:
        """List the task runs in them, in the order of their completion."""
        ...

    def find_rolled_back(self, flow_run_id: str) -> Sequence[int]:
        """List, in order, the indexes of those calls of a flow run whose work was undone.

        Its own task runs in transactions that are or were being rolled back, and its nested
        flow runs with such task runs in them, where the transaction began outside of these.
        A task run that has begun another attempt since is as good as any.
        """
        ...

    def is_key_committed(self, key: str) -> bool:
        """Tell whether a transaction with this key has committed."""
        ...

    def send_command(self, flow_run_id: str, kind: str, sender: str, at: int) -> bool:
        """Ask the owner of a flow run for something: to cancel it ("cancel").

        Kept once for each attempt. False when the run has ended, and nothing is kept.

        Raises:
            NotFound: there is no such flow run.
        """
        ...

    def find_artifacts(self, where: ArtifactFilter, limit: int) -> Sequence[ArtifactRow]:
        """List artifacts, newest first: from the greatest id down, and ids carry the time.

        Their content is there only of texts and tables up to 16 KiB.
        """
        ...

    def count_artifacts(self, where: ArtifactFilter, at_most: int) -> int:
        """Count artifacts, and stop at a number."""
        ...

    def get_artifact(self, artifact_id: str) -> ArtifactRow:
        """Give one artifact by its id, with its content where that is kept inline.

        Raises:
            NotFound: there is none.
        """
        ...

    def find_artifact_keys(self, contains: str | None, limit: int) -> Sequence[ArtifactKeyRow]:
        """List the keys of artifacts, each with its newest; what was saved last comes first.

        Their content is as in a list of artifacts, but of tables it is never there.
        """
        ...

    def artifact_cursor(self) -> int:
        """Give the number of the last change of any artifact; it only grows."""
        ...

    def changed_artifacts(self, after: int) -> Sequence[str]:
        """Name the flow runs with artifacts that have changed after a cursor."""
        ...

    def unfinished_owners(self) -> Sequence[ProcessRow]:
        """List the processes that own a flow run which has not ended."""
        ...

    def delete_flow_run(
        self, flow_run_id: str, forget_result: Callable[[str], object] | None = None
    ) -> int:
        """Delete a flow run with its nested runs and all that belongs to these.

        That is task runs, log lines, events, cache entries and artifacts.

        Returns the number of flow runs deleted.

        Args:
            flow_run_id: as `get_flow_run` takes it.
            forget_result: called with each `result_ref` or `content_ref` (of an artifact)
                that no row names any more.

        Raises:
            NotFound: there is none.
            UsageError: it, or one nested in it, has not ended.
        """
        ...

    def prune(
        self, before: int, limit: int, forget_result: Callable[[str], object] | None = None
    ) -> int:
        """Delete at most `limit` flow runs that ended before an instant (microseconds).

        Returns the number deleted, counting nested ones, which go with the run they are
        nested in; 0 means that nothing is left to prune. Sessions, cache entries that
        had expired by then, and processes without flow runs go the same way. Slices are
        small, so that a writer never waits long; call again until it returns 0.
        """
        ...

    def stats(self) -> StoreStats:
        """Count rows and bytes."""
        ...

    def check(self) -> Sequence[str]:
        """Check every stored invariant; a sentence for each that does not hold."""
        ...

    def close(self) -> None:
        """Let go of files and connections. The store cannot be used afterwards."""
        ...


class PictureStore(Protocol):
    """Answers what lists and pictures of many runs are drawn from.

    Nothing is counted while runs are written, so nobody pays who draws no pictures.
    Counts and sums take in every run that fits, in whatever order a filter names.
    """

    def count_flow_runs(self, where: FlowRunFilter, at_most: int) -> int:
        """Count flow runs, and stop at a number."""
        ...

    def count_tasks(self, where: TaskRunFilter, at_most: int) -> int:
        """Count task runs, and stop at a number."""
        ...

    def tally_flow_runs(self, where: FlowRunFilter) -> Sequence[StateTally]:
        """Count flow runs by state, most of them first."""
        ...

    def tally_task_runs(self, flow_run_ids: Sequence[str]) -> dict[str, Sequence[StateTally]]:
        """Count the task runs of many flow runs by state, most of them first.

        By flow run; one that is not there is left out.
        """
        ...

    def flow_run_span(self, where: FlowRunFilter) -> tuple[int, int] | None:
        """Tell when the first and the last of flow runs was created; None: there are none."""
        ...

    def bucket_flow_runs(
        self, where: FlowRunFilter, start: int, width: int
    ) -> Sequence[tuple[int, str, int]]:
        """Count flow runs by when they were created, and by state type.

        Each count comes with its number of widths after `start`, and its state type. No
        run that fits may be older than `start`.
        """
        ...

    def run_times(self, where: FlowRunFilter, limit: int) -> Sequence[int]:
        """List how long flow runs that ended took, newest first, in microseconds."""
        ...

    def median_run_time(self, where: FlowRunFilter) -> float | None:
        """Give the time that half of the flow runs took at most, in microseconds."""
        ...

    def newest_event(self) -> int:
        """Give the id of the newest event; 0: there is none."""
        ...

    def find_bars(
        self, flow_run_id: str, after: int | None = None, below: int | None = None
    ) -> Sequence[BarRow]:
        """List the task runs of a flow run and the flow runs nested directly in it, by index.

        With `after`, only those that an event with a higher id has changed; with `below`,
        only those with a lower index.
        """
        ...

    def find_attempts(
        self, flow_run_id: str, indexes: Sequence[int]
    ) -> dict[int, list[tuple[int, int | None]]]:
        """Tell when each attempt at task runs of a flow run began and ended, by index."""
        ...

    def find_flows(self, where: FlowRunFilter, limit: int) -> Sequence[FlowRow]:
        """List the flows that have runs which fit, the one that ran last first."""
        ...

    def flow_versions(self, flow_name: str) -> Sequence[VersionRow]:
        """List the versions of a flow, the one that ran last first."""
        ...


class ServerStore(Protocol):
    """Answers what only a server asks."""

    def change_mark(self) -> int:
        """Give a number that is another one after anything was written, by whomever.

        Cheap enough to be asked several times a second. Marks of two stores, or of two
        openings of one, have nothing to do with each other.
        """
        ...

    def newest_ids(self) -> tuple[int, int]:
        """Give the ids of the newest event and of the newest log line; 0 where there is none.

        They grow with what comes in, and may fall when the newest runs are deleted.
        """
        ...

    def find_changes(
        self, after: tuple[int, int], upto: tuple[int, int], limit: int
    ) -> Sequence[ChangeRow]:
        """List the flow runs, and sessions, that something came in for, what changed last first.

        Args:
            after: ids of an event and a log line, as `newest_ids` gives them: exclusive.
            upto: the same, inclusive.
            limit: at most so many.
        """
        ...

    def find_views(self) -> Sequence[ViewRow]:
        """List the saved views by name."""
        ...

    def save_view(self, name: str, query: str, at: int) -> ViewRow:
        """Keep a view; one of that name is replaced, and keeps its id."""
        ...

    def delete_view(self, view_id: int) -> bool:
        """Forget a saved view; False when there is none."""
        ...

    def tidy(self) -> None:
        """Make files small again. For moments in which nobody writes; changes no answer."""
        ...


class Store(EventStore, RunStore, PictureStore, ServerStore, Protocol):
    """The whole contract."""

    @property
    def url(self) -> str:
        """Where it is, as `open_store` takes it, without passwords."""
        ...
