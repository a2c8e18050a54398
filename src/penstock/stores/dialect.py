"""What a database must bring for `SqlStore`: the few things SQL leaves open.

Schema and statements are written once; what they cannot say alike stands here.
A dialect's errors are already the store's own when they leave it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from penstock.stores.where import Words

__all__ = ["Dialect"]


class Dialect(Protocol):
    """One database."""

    #: parameters a statement may have
    most_parameters: int
    #: what it says differently in lists
    words: Words

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

    def problems(self) -> list[str]:
        """Have the database check its own structures; a sentence for each problem."""
        ...

    def size_bytes(self) -> int:
        """Measure what it takes on disk."""
        ...

    def close(self) -> None:
        """Close every connection. Once is enough; more does no harm."""
        ...
