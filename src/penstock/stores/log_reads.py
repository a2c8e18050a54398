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
from penstock.stores.reads import SqlReads
from penstock.stores.rows import LogLine, LogRow
from penstock.stores.where_logs import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from penstock.stores.filters import LogFilter

__all__ = ["SqlLogReads"]

#: Flow runs whose lines are counted to find that out.
_FEW_RUNS: Final = 100
#: Ids that a statement names.
_IDS: Final = 500
#: Behind every line.
_END: Final = 1 << 62


class SqlLogReads(SqlReads):
    """Finds log lines."""

    #: A flow run with no more lines is read from end to end, in some 50 ms: a word that
    #: every second line of the store contains takes longer to look up.
    few_lines = 200_000

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
        return sum(self._count(asked, lines) for lines in self._places(*asked))

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
        for after, here in pairwise((-1, *ids)):
            rank += self._count(asked, Lines(after=after - 1, through=here - 1))
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
            yield Lines()
            return
        after, through = self._span(nos)
        with self._dialect.reader() as connection:
            reach = index.reach(connection)
            through = min(reach, through)
            is_of_use = reach and not index.is_frequent(connection, value, after, through)
        if not is_of_use:
            yield Lines()
            return
        inside = Lines(index.source, index.key, index.words, value, after, through)
        places = [inside, Lines(after=reach)]
        yield from reversed(places) if where.newest_first else places

    def _are_few(self, nos: list[int] | None) -> bool:
        """Tell whether flow runs have so few lines that these had better be read."""
        if nos is None or len(nos) > _FEW_RUNS:
            return False
        left = self.few_lines
        for no in nos if left else ():
            left -= self._named("count_some_logs", no, left)[0][0]
            if left <= 0:
                break
        return left > 0

    def _span(self, nos: list[int] | None) -> tuple[int, int]:
        """Give an id before the first line of flow runs, and one not before their last."""
        if nos is None or len(nos) > _FEW_RUNS:
            return 0, _END
        spans = [self._named("log_span", no, no)[0] for no in nos]
        firsts = [first for first, _ in spans if first is not None]
        return (min(firsts) - 1, max(last for _, last in spans if last)) if firsts else (0, 0)

    def _count(self, asked: tuple[LogFilter, list[int] | None], lines: Lines) -> int:
        rows = self._fetch(*build.log_count(*asked, self._dialect.words, lines))
        count: int = rows[0][0]
        return count


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(ids), _IDS):
        yield ids[at : at + _IDS]
