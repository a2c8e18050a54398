"""Transactions as people hold them: values for hooks, and where it stands.

What is behind, members and what is recorded of them, is in blocks.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from penstock._engine.blocks import Block, TransactionState
from penstock._engine.drive import adrive, drive
from penstock.errors import MissingKey

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from penstock._engine.blocks import CommitMode

__all__ = ["Transaction"]

#: No value was given: None is one.
_MISSING: Final[Any] = object()


class Transaction:
    """A block whose tasks count together. Made by `transaction()`, entered by `with`."""

    def __init__(self, key: str | None = None, commit_mode: CommitMode | None = None) -> None:
        """Make one that has not begun."""
        self.block = Block(self, key, commit_mode)

    @property
    def key(self) -> str | None:
        """Under which later transactions see that it has committed."""
        return self.block.key

    @property
    def commit_mode(self) -> CommitMode | None:
        """When it commits; None before it has begun: as the one around it."""
        return self.block.commit_mode

    @property
    def state(self) -> TransactionState:
        """Where it stands."""
        return self.block.state

    @property
    def parent(self) -> Transaction | None:
        """The transaction around it."""
        around = self.block.parent
        return None if around is None else around.public

    def get_parent(self) -> Transaction | None:
        """Give the transaction around it, or None."""
        return self.parent

    def set(self, name: str, value: Any) -> None:
        """Keep a value for the hooks, also for those that another process calls after a crash."""
        self.block.values[name] = value
        if self.block.is_open:
            self.block.keep(name)

    def get(self, name: str, default: Any = _MISSING) -> Any:
        """Give a value set here, or in a transaction around this one.

        Raises:
            MissingKey: there is none, and no default was given.
        """
        known: set[str] = set()
        found: Block | None = self.block
        while found is not None:
            if name in found.values:
                return found.values[name]
            known |= found.values.keys()
            found = found.parent
        if default is _MISSING:
            raise MissingKey(name, tuple(sorted(known)))
        return default

    def commit(self) -> bool:
        """Commit now, whatever the mode. False: it was over already.

        Raises:
            Exception: a task submitted in it has failed, and nobody had looked at its
                future. All is rolled back.
        """
        done: bool = drive(self.block.commit())
        return done

    def rollback(self) -> bool:
        """Undo now what its task runs have done. False: it was over already."""
        done: bool = drive(self.block.undo())
        return done

    def is_pending(self) -> bool:
        """Tell whether its block has not begun."""
        return self.state is TransactionState.PENDING

    def is_active(self) -> bool:
        """Tell whether task runs may join."""
        return self.state is TransactionState.OPEN

    def is_committed(self) -> bool:
        """Tell whether it has committed, or at its beginning, whether its key has before."""
        return self.state is TransactionState.COMMITTED

    def is_rolled_back(self) -> bool:
        """Tell whether everything in it was undone."""
        return self.state is TransactionState.ROLLED_BACK

    def __enter__(self) -> Self:
        self.block.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            drive(self.block.close(error))
        finally:
            self.block.leave()

    async def __aenter__(self) -> Self:
        self.block.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await adrive(self.block.close(error))
        finally:
            self.block.leave()

    def __repr__(self) -> str:
        named = "" if self.key is None else f"{self.key!r}, "
        return f"<Transaction {named}{self.state}>"
