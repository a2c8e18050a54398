"""What a database must bring for `SqlStore`: the few things SQL leaves open.

Schema and statements are written once; what they cannot say alike stands here.
A dialect's errors are already the store's own when they leave it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from penstock.stores.where import Words

__all__ = ["Dialect", "LineIndex"]


class LineIndex(Protocol):
    """Finds log lines by what they contain, without reading all of them.

    It is kept beside the lines, and behind them: whoever has time brings it up, slice by
    slice, and nobody who writes waits for that. It answers with every line up to its
    `reach` that contains a text, and with some that do not.
    """

    #: where its answers are looked for: what stands behind FROM, with the table of lines
    source: str
    #: the column with the id of a line
    key: str
    #: the term that is true of its answers; `term` gives the value to bind
    words: str

    def term(self, texts: Sequence[str]) -> str | None:
        """Say what to look for, to find lines that contain all of some texts; None: cannot."""
        ...

    def reach(self, connection: Any) -> int:
        """Give the id of the last line that is in it; 0: none is."""
        ...

    def is_frequent(self, connection: Any, value: str, after: int, through: int) -> bool:
        """Tell whether it would answer with so many lines that reading all is faster.

        Args:
            connection: to read with.
            value: what `term` gave.
            after: only lines with an id above this one count.
            through: and none above this one.
        """
        ...

    def next_slice(self, connection: Any, limit: int) -> int | None:
        """Choose some lines that come next: give the id of the last; None: nothing is left."""
        ...

    def extend(self, connection: Any, through: int) -> int:
        """Take lines up to an id in; tell how many. In a transaction that writes."""
        ...

    def tidy(self, connection: Any) -> None:
        """Do a little of what makes it faster. In a transaction that writes."""
        ...

    def forget(self, connection: Any, lines: Sequence[tuple[int, str]]) -> None:
        """Take out lines (id, text) that are being deleted. In the same transaction."""
        ...


class Dialect(Protocol):
    """One database."""

    #: parameters a statement may have
    most_parameters: int
    #: what it says differently in lists
    words: Words

    @property
    def line_index(self) -> LineIndex | None:
        """Its index of what log lines contain; None: it has none, so lines are read."""
        ...

    @property
    def integrity_error(self) -> type[Exception]:
        """What is raised when a row with that key exists."""
        ...

    def transaction(self) -> AbstractContextManager[Any]:
        """Lend the connection for writing: all of it or nothing, after all others."""
        ...

    def restart(self, connection: Any) -> None:
        """Take back what the transaction has written so far, and begin it anew."""
        ...

    def reader(self) -> AbstractContextManager[Any]:
        """Lend a connection that cannot write. Fetch all before giving it back."""
        ...

    def shrink(self) -> None:
        """Give space that deleted rows took back, without holding writers up."""
        ...

    def change_mark(self) -> int:
        """Give a number that is another one after any connection has written."""
        ...

    def tidy(self) -> None:
        """Fold into the database what writers have left beside it, if that is much."""
        ...

    def problems(self) -> list[str]:
        """Have the database check its own structures; a sentence for each problem."""
        ...

    def size_bytes(self) -> int:
        """Measure what it takes on disk."""
        ...

    def close(self) -> None:
        """Close every connection. Once is enough; more does no harm."""
        ...
