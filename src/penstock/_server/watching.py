"""Finds out what has changed between two looks at the store, for the live stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from penstock._schemas.flow_runs import FlowRun
from penstock._schemas.live import Changes, RunChanges
from penstock._server.cursors import Cursor
from penstock.errors import NotFound
from penstock.stores.protocol import Store
from penstock.stores.rows import ChangeRow

__all__ = ["Look", "Watch"]

#: As many changed runs are sent whole; the rest is `more`.
MOST_RUNS: Final = 50
#: As many changed runs are looked at, for who follows one of them.
_MOST_ROWS: Final = 10_000
_MOST_PARENTS: Final = 10_000


class Look(NamedTuple):
    """What has changed between two cursors."""

    cursor: Cursor
    shown: list[FlowRun]
    more: bool
    rows: Sequence[ChangeRow]
    #: flow runs with artifacts that changed
    artifacts: frozenset[str]
    #: for each run named here, those it is nested in
    above: dict[str, tuple[str, ...]]

    def changes(self, run: str | None) -> Changes:
        """Say it to a listener that follows one run, or none."""
        return Changes(
            cursor=self.cursor.event,
            flow_runs=self.shown,
            more=self.more,
            run=None if run is None else self._of(run),
            artifacts=bool(self.artifacts),
        )

    def _of(self, run: str) -> RunChanges | None:
        tasks = logs = False
        for row in self.rows:
            if row.flow_run_id == run:
                tasks |= row.tasks
                logs |= row.logs
            elif run in self.above[row.flow_run_id]:
                tasks |= row.own or row.tasks
                logs |= row.logs
        artifacts = any(one == run or run in self.above[one] for one in self.artifacts)
        if not (tasks or logs or artifacts):
            return None
        return RunChanges(id=run, tasks=tasks, logs=logs, artifacts=artifacts)


class Watch:
    """Looks at a store; one thread at a time."""

    def __init__(self, store: Store, show: Callable[[Sequence[str]], list[FlowRun]]) -> None:
        """Make it.

        Args:
            store: what it looks at.
            show: gives flow runs as the API shows them.
        """
        self._store = store
        self._show = show
        self._parents: dict[str, str | None] = {}

    def look(self, after: Cursor, upto: Cursor) -> Look | None:
        """Find out what has changed; None: nothing that anybody follows."""
        rows: Sequence[ChangeRow] = ()
        if (after.event, after.log) != (upto.event, upto.log):
            rows = self._store.find_changes(after[:2], upto[:2], _MOST_ROWS)
        artifacts: frozenset[str] = frozenset()
        if after.artifact != upto.artifact:
            artifacts = frozenset(self._store.changed_artifacts(after.artifact))
        if not rows and not artifacts:
            return None
        changed = [row.flow_run_id for row in rows if row.kind == "flow" and (row.own or row.tasks)]
        for row in rows:
            self._parents[row.flow_run_id] = row.parent_flow_run_id
        above = {one: self._above(one) for one in {*artifacts, *(r.flow_run_id for r in rows)}}
        shown = self._show(changed[:MOST_RUNS])
        if len(self._parents) > _MOST_PARENTS:
            self._parents.clear()
        return Look(upto, shown, len(changed) > MOST_RUNS, rows, artifacts, above)

    def _above(self, flow_run_id: str) -> tuple[str, ...]:
        """List the runs that one is nested in."""
        found = []
        parent = self._parent(flow_run_id)
        while parent is not None:
            found.append(parent)
            parent = self._parent(parent)
        return tuple(found)

    def _parent(self, flow_run_id: str) -> str | None:
        if flow_run_id not in self._parents:
            try:
                row = self._store.get_flow_run(flow_run_id)
            except NotFound:
                return None
            self._parents[flow_run_id] = row.parent_flow_run_id
        return self._parents[flow_run_id]
