"""What a memory store answers about log lines."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from penstock.stores.matching import fits_log
from penstock.stores.rows import LogLine, LogRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from penstock.stores.filters import LogFilter
    from penstock.stores.memory_rows import MemoryRows

__all__ = ["MemoryLogs"]


class MemoryLogs:
    """The part of a memory store that is about log lines."""

    _rows: MemoryRows

    def find_logs(self, where: LogFilter, limit: int) -> Sequence[LogRow]:
        """List log lines in the order in which they were written."""
        with self._open():
            found = self._matching_logs(where)
            if where.newest_first:
                found.reverse()
            if where.after_id is not None:
                at, newest = where.after_id, where.newest_first
                found = [row for row in found if (row.id < at if newest else row.id > at)]
        return found[:limit]

    def find_log_ids(self, where: LogFilter, limit: int, skip: int = 0) -> Sequence[int]:
        """List the ids of log lines, from a position on."""
        return [row.id for row in self.find_logs(where, skip + limit)[skip:]]

    def count_logs(self, where: LogFilter) -> int:
        """Count log lines."""
        return len(self.find_logs(where, len(self._rows.logs)))

    def rank_logs(self, where: LogFilter, ids: Sequence[int]) -> Sequence[int]:
        """Say of each of some lines how many of those asked for stand before it."""
        found = self.find_log_ids(where._replace(newest_first=False), len(self._rows.logs))
        return [bisect_left(found, each) for each in ids]

    def get_log_lines(self, ids: Sequence[int], longest: int | None = None) -> Sequence[LogLine]:
        """Give log lines by their ids, with the names of their runs."""
        wanted = set(ids)
        with self._open():
            return [self._line(row, longest) for row in self._rows.logs if row.id in wanted]

    def find_loggers(self, flow_run_id: str) -> Sequence[str]:
        """Name the loggers that wrote in a flow run, or in those nested in it."""
        with self._open():
            family = set(self._family(flow_run_id))
            return sorted({row.logger for row in self._rows.logs if row.flow_run_id in family})

    def index_logs(self, limit: int = 500) -> int:  # noqa: ARG002 - as the contract has it
        """Do nothing: lines in memory are read as fast as an index of them."""
        return 0

    def _open(self) -> AbstractContextManager[object]:
        raise NotImplementedError

    def _family(self, flow_run_id: str) -> list[str]:
        raise NotImplementedError

    def _matching_logs(self, where: LogFilter) -> list[LogRow]:
        family = None
        if where.flow_run_id is not None:
            is_alone = where.index is not None or not where.nested
            family = {where.flow_run_id} if is_alone else set(self._family(where.flow_run_id))
        return [
            row for row in self._rows.logs if fits_log(row, where, family, self._key_of_writer(row))
        ]

    def _key_of_writer(self, row: LogRow) -> str | None:
        task = None if row.index is None else self._rows.tasks[row.flow_run_id].get(row.index)
        return None if task is None else task.task_key

    def _line(self, row: LogRow, longest: int | None) -> LogLine:
        task = None if row.index is None else self._rows.tasks[row.flow_run_id].get(row.index)
        return LogLine(
            id=row.id,
            flow_run_id=row.flow_run_id,
            flow_run_name=self._rows.flows[row.flow_run_id].name,
            index=row.index,
            task_run_name=None if task is None else task.name,
            at=row.at,
            level=row.level,
            logger=row.logger,
            message=row.message[:longest],
            length=len(row.message),
        )
