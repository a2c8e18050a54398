"""What an SQL store answers about log lines.

A text is looked for in the database's index of texts, as far as that has come, and
behind it by reading: an answer is complete whether or not anybody has kept the index
up. Each part of an index's answer is checked against the text itself.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from penstock._text import storable
from penstock.stores import where_logs as build
from penstock.stores.filters import LogFilter
from penstock.stores.reads import SqlReads
from penstock.stores.rows import LogLine, LogRow
from penstock.stores.where_logs import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["SqlLogReads"]

#: A run is read through when one of so many lines between its first and its last is its own.
_DENSE: Final = 4
#: Ids looked at in a place to find that out.
_SAMPLE: Final = 1_000
#: The level from which on lines have an index of their own.
_WARNING: Final = 30
#: Ids that a statement names.
_IDS: Final = 500
#: Behind every line.
_END: Final = 1 << 62


class SqlLogReads(SqlReads):
    """Finds log lines."""

    #: A flow run with fewer lines is read from end to end, in some 15 ms.
    few_lines = 50_000

    def find_logs(self, where: LogFilter, limit: int) -> Sequence[LogRow]:
        """List log lines in the order in which they were written."""
        ids = sorted(self.find_log_ids(where, limit))
        rows = [LogRow(*row) for part in _parts(ids) for row in self._fetch(*build.log_rows(part))]
        return rows[::-1] if where.newest_first else rows

    def find_log_ids(self, where: LogFilter, limit: int, skip: int = 0) -> Sequence[int]:
        """List the ids of log lines, from a position on."""
        found: list[int] = []
        asked = self._asked(where)
        if asked is None:
            return found
        words = self._dialect.words
        for lines in self._places(asked[0], asked[1]):
            page = (limit - len(found), skip)
            ids = self._fetch(*build.log_ids(*asked, page, words, lines))
            found += [row[0] for row in ids]
            if len(found) >= limit:
                break
            if skip:
                # All of this place is behind us, or it was left out altogether.
                skip = 0 if ids else skip - self._count(asked, lines)
        return found

    def count_logs(self, where: LogFilter) -> int:
        """Count log lines."""
        asked = self._asked(where)
        if asked is None:
            return 0
        # Whatever their order is, an index of runs counts them without reading one.
        is_plain = asked[0] == _of_run(asked[0])
        places = [Lines()] if is_plain else self._places(*asked)
        return sum(self._count(asked, lines) for lines in places)

    def rank_logs(self, where: LogFilter, ids: Sequence[int]) -> Sequence[int]:
        """Say of each of some lines how many of those asked for stand before it."""
        asked = self._asked(where)
        if asked is None or not ids:
            return [0] * len(ids)
        if where.contains:
            # Finding them once is less than finding them between each two.
            all_ids = self.find_log_ids(where._replace(newest_first=False), _END)
            return [bisect_left(all_ids, each) for each in ids]
        ranks, rank = [], 0
        table = self._table(*asked)
        for after, here in pairwise((-1, *ids)):
            rank += self._count(asked, table._replace(after=after - 1, through=here - 1))
            ranks.append(rank)
        return ranks

    def get_log_lines(self, ids: Sequence[int], longest: int | None = None) -> Sequence[LogLine]:
        """Give log lines by their ids, with the names of their runs."""
        return [
            LogLine(*row)
            for part in _parts(sorted(ids))
            for row in self._fetch(*build.log_lines(part, longest))
        ]

    def find_loggers(self, flow_run_id: str) -> Sequence[str]:
        """Name the loggers that wrote in a flow run, or in those nested in it."""
        no = self._no_or_none(flow_run_id)
        if no is None:
            return []
        nos = self._family(no)
        names = {row[0] for each in nos for row in self._named("loggers", each)}
        return sorted(names)

    def index_logs(self, limit: int = 500) -> int:
        """Bring some lines into the index of texts; tell how many."""
        index = self._dialect.line_index
        if index is None:
            return 0
        with self._dialect.reader() as connection:
            through = index.next_slice(connection, limit)
        if through is None:
            return 0
        with self._dialect.transaction() as connection:
            added = index.extend(connection, through)
        with self._dialect.transaction() as connection:
            index.tidy(connection)
        return added

    def _asked(self, where: LogFilter) -> tuple[LogFilter, list[int] | None] | None:
        """Find the flow runs whose lines are asked for; None: there is no such run."""
        if where.contains is not None:
            where = where._replace(contains=tuple(map(storable, where.contains)))
        if where.flow_run_id is None:
            return where, None
        no = self._no_or_none(where.flow_run_id)
        if no is None:
            return None
        # A task run's lines are the flow run's own.
        is_alone = where.index is not None or not where.nested
        return where, [no] if is_alone else self._family(no)

    def _places(self, where: LogFilter, nos: list[int] | None) -> Iterator[Lines]:
        """Say where to look, in the order in which the lines are wanted."""
        index = self._dialect.line_index
        value = None if index is None or not where.contains else index.term(where.contains)
        if index is None or value is None or self._are_few(nos):
            yield self._table(where, nos)
            return
        after, through = self._span(nos)
        with self._dialect.reader() as connection:
            reach = index.reach(connection)
            through = min(reach, through)
            is_of_use = reach and not index.is_frequent(connection, value, after, through)
        table = self._table(where, nos)
        if not is_of_use:
            yield table
            return
        inside = Lines(index.source, index.key, index.words, value, after, through)
        places = [inside, table._replace(after=max(reach, table.after or 0))]
        yield from reversed(places) if where.newest_first else places

    def _table(self, where: LogFilter, nos: list[int] | None) -> Lines:
        """Say how lines are read: run by run through an index, or all there are in between.

        The index leads to each line by itself, and several runs must be sorted: of half
        of a million lines that takes 220 ms, and 300 ms, against 130 ms and 50 ms.
        """
        if nos is None or (len(nos) == 1 and where == _of_run(where)):
            return Lines()
        if where.level_from is not None and where.level_from >= _WARNING:
            return Lines()
        after, through = self._span(nos)
        if where.after_id is not None and not where.newest_first:
            after = max(after, where.after_id)
        if where.after_id is not None and where.newest_first:
            through = min(through, where.after_id - 1)
        if not self._are_close(nos[0], after, through):
            return Lines()
        return Lines(after=after, through=through, is_read_through=True)

    def _are_close(self, no: int, after: int, through: int) -> bool:
        """Tell, from three places, whether a good part of all lines there is a run's own."""
        step = max(through - after - _SAMPLE, 0) // 2
        found = looked_at = 0
        for start in (after, after + step, after + 2 * step):
            end = min(start + _SAMPLE, through)
            found += self._named("count_logs_between", no, start, end)[0][0]
            looked_at += max(end - start, 0)
        return found * _DENSE >= looked_at

    def _are_few(self, nos: list[int] | None) -> bool:
        """Tell whether flow runs have so few lines that these had better be read."""
        if nos is None or not self.few_lines:
            return False
        found: int = self._named("count_some_logs", nos[0], self.few_lines)[0][0]
        return found < self.few_lines

    def _span(self, nos: list[int] | None) -> tuple[int, int]:
        """Give an id before the first line of flow runs, and that of their last."""
        if nos is None:
            return 0, _END
        first, last = self._named("log_span", nos[0])[0]
        return (0, 0) if first is None else (first - 1, last)

    def _count(self, asked: tuple[LogFilter, list[int] | None], lines: Lines) -> int:
        rows = self._fetch(*build.log_count(*asked, self._dialect.words, lines))
        count: int = rows[0][0]
        return count


def _of_run(where: LogFilter) -> LogFilter:
    """Give the filter that asks for the same part of the same runs, and nothing else."""
    return LogFilter(
        where.flow_run_id,
        after_id=where.after_id,
        through_id=where.through_id,
        newest_first=where.newest_first,
        nested=where.nested,
    )


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(ids), _IDS):
        yield ids[at : at + _IDS]
