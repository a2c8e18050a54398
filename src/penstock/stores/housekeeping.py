"""What an SQL store does apart from runs: deleting, counting, checking.

Deleting makes a flow run disappear in one small transaction, which notes what it
leaves behind; that is swept out in slices, so that no writer waits long. A process
that dies in between leaves the rest to the next that prunes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import islice, starmap
from typing import TYPE_CHECKING, Any, Final

from penstock.errors import UsageError
from penstock.stores.invariants import broken_histories
from penstock.stores.log_reads import SqlLogReads
from penstock.stores.lookup import unfinished
from penstock.stores.reads import DEFAULT_NAMES
from penstock.stores.rows import StoredEvent, StoreStats
from penstock.stores.statements import repeat
from penstock.stores.where import task_run_span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["SqlHousekeeping"]

#: Rows a transaction deletes of each table: some 10 ms.
_SLICE: Final = 500

#: Name of the statement, and the sentence for each row it finds.
_CHECKS: Final = (
    ("check_open_tasks", "Flow run {} has ended, but its task run {} has not."),
    ("check_orphan_task_runs", "Task run row {} belongs to no flow run."),
    ("check_orphan_logs", "Log lines belong to flow run number {}, which is not there."),
    ("check_orphan_events", "History belongs to flow run number {}, which is not there."),
    ("check_owners", "Flow run {} belongs to process {}, which is not there."),
    ("check_parents", "Flow run {} is nested in number {}, which is not there."),
    ("check_flow_states", "Flow run {} is {}, but its history ends with {}."),
    ("check_task_states", "Task run row {} is {}, but its history ends with {}."),
    ("check_orphan_commands", "Requests wait for flow run number {}, which is not there."),
    (
        "check_early_commands",
        "Flow run {} is asked to {} attempt {}, but has begun no more than {}.",
    ),
    ("check_orphan_pauses", "Pauses belong to flow run number {}, which is not there."),
    ("check_orphan_artifacts", "Artifacts belong to flow run number {}, which is not there."),
    ("check_artifact_changes", "Artifact {} has change number {}, which was never given."),
    ("check_artifact_versions", "Several artifacts of key {!r} are version {}."),
    ("check_orphan_cache", "Cached values belong to flow run number {}, which is not there."),
)

#: Deletes a slice; answers how many rows, and which stored results they named.
Cut = Callable[[Any], tuple[int, set[str]]]
Forget = Callable[[str], object] | None

#: What a flow run has few rows of: swept out in one go, before the last trace of it.
_SMALL_SWEEPS: Final = ("sweep_commands", "sweep_pauses", "sweep_transactions", "swept")


class SqlHousekeeping(SqlLogReads):
    """Deletes, counts and checks."""

    def delete_flow_run(self, flow_run_id: str, forget_result: Forget = None) -> int:
        """Delete a flow run with all that belongs to it."""
        flow_run_id = self.get_flow_run(flow_run_id).id
        with self._dialect.transaction() as connection:
            rows = connection.execute(self._statements["flow_run_no"], (flow_run_id,)).fetchall()
            deleted = self._hide(connection, rows[0][0]) if rows else 0
        self._sweep(forget_result)
        return deleted

    def prune(self, before: int, limit: int, forget_result: Forget = None) -> int:
        """Delete the flow runs that ended longest ago."""
        deleted = 0
        for (no,) in self._named("old_flow_runs", before, limit):
            with self._dialect.transaction() as connection:
                try:
                    deleted += self._hide(connection, no)
                except UsageError:  # resumed meanwhile, or something deep in it is open
                    continue
        self._sweep(forget_result)
        expired = partial(self._expire, before=before)
        while self._slice(expired, forget_result):
            pass
        with self._dialect.transaction() as connection:
            connection.execute(self._statements["old_processes"], (before,))
        return deleted

    def stats(self) -> StoreStats:
        """Count rows and bytes."""
        runs, tasks, logs, events, cached, oldest = self._named("count_rows")[0]
        return StoreStats(runs, tasks, logs, events, cached, self._dialect.size_bytes(), oldest)

    def check(self) -> Sequence[str]:
        """Check every stored invariant; a sentence for each that does not hold."""
        return [*self._dialect.problems(), *self._broken()]

    def _broken(self) -> Iterator[str]:
        import json  # noqa: PLC0415 - 3 ms; only `penstock doctor` checks

        for name, sentence in _CHECKS:
            for row in self._named(name):
                yield sentence.format(*row)
        # All at once in Python: only what was tried again, or is wrong, gets here.
        yield from islice(
            broken_histories(starmap(StoredEvent, self._named("check_histories"))), 20
        )
        for key, parts in self._named("check_codes"):
            try:
                json.loads(parts)
            except ValueError:
                yield f"What the code of task {key} consisted of cannot be read."

    def _hide(self, connection: Any, no: int) -> int:
        """Make a flow run and those nested in it disappear; tell how many they were."""
        for flow_run_id, name, state, shown in connection.execute(
            self._statements["open_in_family"], (no,)
        ).fetchall():
            raise UsageError(unfinished(flow_run_id, name, shown or DEFAULT_NAMES[state]))
        family = [row[0] for row in connection.execute(self._statements["family"], (no,))]
        for name in ("note_deleted", "delete_flow_runs"):
            for at in range(0, len(family), _SLICE):
                part = family[at : at + _SLICE]
                connection.execute(repeat(self._statements[name], len(part)), part)
        return len(family)

    def _sweep(self, forget_result: Forget) -> None:
        """Take away all that deleted flow runs have left."""
        while rows := self._named("deleted_flow_run"):
            (no,) = rows[0]
            cut = partial(self._cut_off, no=no)
            while self._slice(cut, forget_result):
                pass
            with self._dialect.transaction() as connection:
                for name in _SMALL_SWEEPS:
                    connection.execute(self._statements[name], (no,))
            self._dialect.shrink()

    def _slice(self, cut: Cut, forget_result: Forget) -> int:
        """Let `cut` delete some rows in a transaction; tell how many it did.

        Stored results that no row names any more are handed to `forget_result`, after
        the commit: a file too many is better than a result that is gone.
        """
        with self._dialect.transaction() as connection:
            deleted, refs = cut(connection)
            is_used = self._statements["is_result_ref_used"]
            unused = [
                ref
                for ref in sorted(refs)
                if not connection.execute(is_used, (ref, ref)).fetchone()[0]
            ]
        if forget_result is not None:
            for ref in unused:
                forget_result(ref)
        return deleted

    def _cut_off(self, connection: Any, no: int) -> tuple[int, set[str]]:
        """Delete a slice of each table's rows of a flow run."""
        tasks = self._delete(connection, "sweep_task_runs", *task_run_span(no), _SLICE)
        cached = self._delete(connection, "sweep_cache_entries", no, _SLICE)
        logs = self._delete(connection, "sweep_logs", no, _SLICE)
        if logs and self._dialect.line_index is not None:
            self._dialect.line_index.forget(connection, logs)
        events = connection.execute(self._statements["sweep_events"], (no, _SLICE)).rowcount
        joined = connection.execute(self._statements["sweep_members"], (no, no, _SLICE)).rowcount
        saved = self._delete(connection, "sweep_artifacts", no, _SLICE)
        refs = {ref for (ref,) in tasks + cached + saved if ref is not None}
        return len(tasks) + len(cached) + len(saved) + len(logs) + events + joined, refs

    def _expire(self, connection: Any, before: int) -> tuple[int, set[str]]:
        """Delete a slice of the cache entries that have expired."""
        rows = self._delete(connection, "expired_cache_entries", before, _SLICE)
        return len(rows), {ref for (ref,) in rows if ref is not None}

    def _delete(self, connection: Any, name: str, *values: Any) -> list[Any]:
        """Execute a DELETE ... RETURNING."""
        rows: list[Any] = connection.execute(self._statements[name], values).fetchall()
        return rows
