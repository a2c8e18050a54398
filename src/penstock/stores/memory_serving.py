"""What a memory store answers to a server: what has changed, and saved views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.stores.rows import ChangeRow, ViewRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from penstock.stores.memory_rows import MemoryRows

__all__ = ["MemoryServing"]


class MemoryServing:
    """The part of a memory store that is for servers."""

    _rows: MemoryRows

    def __init__(self) -> None:
        self._mark = 0
        self._views: dict[int, ViewRow] = {}

    def change_mark(self) -> int:
        """Give a number that is another one after something was written."""
        with self._open():
            return self._mark

    def newest_ids(self) -> tuple[int, int]:
        """Give the ids of the newest event and of the newest log line."""
        with self._open():
            events, logs = self._rows.events, self._rows.logs
            return (events[-1].id if events else 0), (logs[-1].id if logs else 0)

    def find_changes(
        self, after: tuple[int, int], upto: tuple[int, int], limit: int
    ) -> Sequence[ChangeRow]:
        """List the flow runs that something came in for between two pairs of ids."""
        with self._open():
            found = {
                row.id: ChangeRow(
                    row.id, row.kind, row.parent_flow_run_id, own=False, tasks=False, logs=False
                )
                for row in self._rows.flows.values()
            }
            latest = dict.fromkeys(found, 0)
            for event in self._rows.events:
                if after[0] < event.id <= upto[0] and event.flow_run_id in found:
                    change = found[event.flow_run_id]
                    is_own = event.index is None
                    found[event.flow_run_id] = change._replace(
                        own=change.own or is_own, tasks=change.tasks or not is_own
                    )
                    latest[event.flow_run_id] = event.id
            for line in self._rows.logs:
                if after[1] < line.id <= upto[1] and line.flow_run_id in found:
                    found[line.flow_run_id] = found[line.flow_run_id]._replace(logs=True)
            return list(_changed(found, latest))[:limit]

    def find_views(self) -> Sequence[ViewRow]:
        """List the saved views by name."""
        with self._open():
            return sorted(self._views.values(), key=lambda view: view.name)

    def save_view(self, name: str, query: str, at: int) -> ViewRow:
        """Keep a view; one of that name is replaced."""
        with self._open():
            self._mark += 1
            same = [view.id for view in self._views.values() if view.name == name]
            number = same[0] if same else max(self._views, default=0) + 1
            view = self._views[number] = ViewRow(number, name, query, at)
            return view

    def delete_view(self, view_id: int) -> bool:
        """Forget a saved view; False when there is none."""
        with self._open():
            self._mark += 1
            return self._views.pop(view_id, None) is not None

    def tidy(self) -> None:
        """Do nothing: there is nothing beside the dictionaries."""

    def _open(self) -> AbstractContextManager[object]:
        raise NotImplementedError


def _changed(found: dict[str, ChangeRow], latest: dict[str, int]) -> Iterator[ChangeRow]:
    """Go through the runs that something came in for, what changed last first."""
    numbers = {run: number for number, run in enumerate(found)}
    for run in sorted(found, key=lambda run: (latest[run], numbers[run]), reverse=True):
        change = found[run]
        if change.own or change.tasks or change.logs:
            yield change
