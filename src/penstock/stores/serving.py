"""What only a server asks of an SQL store: what has changed, and saved views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.stores.rows import ChangeRow, ViewRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from penstock.stores.dialect import Dialect

__all__ = ["SqlServing"]


class SqlServing:
    """The part of an SQL store that is for servers."""

    _dialect: Dialect
    _statements: Mapping[str, str]

    def change_mark(self) -> int:
        """Give a number that is another one after something was written."""
        return self._dialect.change_mark()

    def newest_ids(self) -> tuple[int, int]:
        """Give the ids of the newest event and of the newest log line."""
        event, log = self._rows_of("newest_ids")[0]
        return event, log

    def find_changes(
        self, after: tuple[int, int], upto: tuple[int, int], limit: int
    ) -> Sequence[ChangeRow]:
        """List the flow runs that something came in for between two pairs of ids."""
        values = (after[0], upto[0], after[1], upto[1], limit)
        return [
            ChangeRow(run, kind, parent, bool(own), bool(tasks), bool(logs))
            for run, kind, parent, own, tasks, logs in self._rows_of("find_changes", *values)
        ]

    def find_views(self) -> Sequence[ViewRow]:
        """List the saved views by name."""
        return [ViewRow(*row) for row in self._rows_of("find_views")]

    def save_view(self, name: str, query: str, at: int) -> ViewRow:
        """Keep a view; one of that name is replaced."""
        with self._dialect.transaction() as connection:
            rows = connection.execute(self._statements["save_view"], (name, query, at)).fetchall()
        return ViewRow(*rows[0])

    def delete_view(self, view_id: int) -> bool:
        """Forget a saved view; False when there is none."""
        with self._dialect.transaction() as connection:
            deleted: int = connection.execute(self._statements["delete_view"], (view_id,)).rowcount
        return deleted > 0

    def tidy(self) -> None:
        """Fold into the database what writers have left beside it."""
        self._dialect.tidy()

    def _rows_of(self, name: str, *values: Any) -> list[Any]:
        with self._dialect.reader() as connection:
            rows: list[Any] = connection.execute(self._statements[name], values).fetchall()
            return rows
