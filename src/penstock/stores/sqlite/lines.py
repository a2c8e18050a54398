"""An index of what log lines contain: trigrams, kept by SQLite's FTS5.

It finds any part of a line, within words too, of three letters or more. It holds no
texts: for each three letters, the ids of the lines that have them somewhere, so an
answer must be checked against the lines. The invariant: what is in it is exactly the
lines up to its reach; both change together, behind the gate.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from penstock.stores.statements import load_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["TrigramIndex", "has_trigrams"]

#: Letters that are looked up together.
_LETTERS: Final = 3
#: Characters of lines taken in at once, some 15 ms; a longer line goes alone.
_SLICE_CHARACTERS: Final = 100_000
#: Pages written at once to join small parts of the index to large ones: some 3 ms.
_TIDY_PAGES: Final = 16
#: Lines that are looked up and checked in some 60 ms; 300,000 are read meanwhile.
_MANY: Final = 50_000
#: Threes of letters that are looked up of one text: more of them find hardly less.
_MOST_THREES: Final = 12


@cache
def has_trigrams() -> bool:
    """Tell whether the SQLite that Python is linked with can keep such an index."""
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute("CREATE VIRTUAL TABLE probe USING fts5(text, tokenize = 'trigram')")
    except sqlite3.OperationalError:
        return False
    return True


class TrigramIndex:
    """The index of one database. Made by the first who brings lines into it."""

    # CROSS, because SQLite keeps the order of such a join: first what the index finds.
    source = "log_text CROSS JOIN log ON log.id = log_text.rowid"
    key = "log_text.rowid"
    words = "log_text MATCH ?"

    def __init__(self) -> None:
        self._statements = load_statements("sqlite/lines.sql")

    def term(self, texts: Sequence[str]) -> str | None:
        """Say what to look for: threes of letters, one beside the other."""
        threes: dict[str, None] = {}
        for text in texts:
            last = len(text) - _LETTERS
            if last < 0:
                continue
            starts = [*range(0, last, _LETTERS), last][-_MOST_THREES:]
            threes.update(dict.fromkeys(text[at : at + _LETTERS] for at in starts))
        quoted = ('"' + three.replace('"', '""') + '"' for three in threes)
        return " AND ".join(quoted) or None

    def reach(self, connection: Any) -> int:
        """Give the id of the last line that is in it."""
        if not connection.execute(self._statements["line_index_is_there"]).fetchone()[0]:
            return 0
        found: int = connection.execute(self._statements["line_index_reach"]).fetchone()[0]
        return found

    def is_frequent(self, connection: Any, value: str, after: int, through: int) -> bool:
        """Tell whether so many lines may contain it that reading all is faster."""
        values = (value, after, through, _MANY)
        found = connection.execute(self._statements["count_in_line_index"], values).fetchone()[0]
        return bool(found == _MANY)

    def next_slice(self, connection: Any, limit: int) -> int | None:
        """Choose the lines that come next, so few that nobody waits long for the gate."""
        reach = self.reach(connection)
        through = None
        size = 0
        rows = connection.execute(self._statements["line_sizes"], (reach, limit)).fetchall()
        for line, length in rows:
            size += length
            if through is not None and size > _SLICE_CHARACTERS:
                break
            through = line
        return through

    def extend(self, connection: Any, through: int) -> int:
        """Take lines in, up to an id."""
        if not self.reach(connection):
            self._make(connection)
        reach = self.reach(connection)
        added: int = connection.execute(
            self._statements["extend_line_index"], (reach, through)
        ).rowcount
        connection.execute(self._statements["set_line_index_reach"], (max(reach, through),))
        return added

    def tidy(self, connection: Any) -> None:
        """Join some small parts to larger ones."""
        connection.execute(self._statements["merge_line_index"], (_TIDY_PAGES,))

    def forget(self, connection: Any, lines: Sequence[tuple[int, str]]) -> None:
        """Take out lines that are being deleted."""
        reach = self.reach(connection)
        inside = [line for line in lines if line[0] <= reach]
        if inside:
            connection.executemany(self._statements["forget_in_line_index"], inside)

    def _make(self, connection: Any) -> None:
        for name in ("make_line_index", "make_line_index_reach", "first_line_index_reach"):
            connection.execute(self._statements[name])
        for option, value in _OPTIONS:
            connection.execute(self._statements["set_line_index_option"], (option, value))


#: SQLite joins parts only when told to: by itself it would do so in the middle of a
#: transaction, for up to 100 ms at a time.
_OPTIONS: Final = (("automerge", 0), ("crisismerge", 1_000))
