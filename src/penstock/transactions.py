"""Transactions: several tasks that count together, or are undone together."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

from penstock._engine.blocks import CommitMode, TransactionState
from penstock._engine.transactions import Transaction
from penstock.context import current_transaction
from penstock.errors import OptionError

__all__ = [
    "CommitMode",
    "IsolationLevel",
    "Transaction",
    "TransactionState",
    "get_transaction",
    "transaction",
]


class IsolationLevel(StrEnum):
    """What transactions with the same key see of each other."""

    #: what has committed before they begin
    READ_COMMITTED = "READ_COMMITTED"
    #: nothing, because they take turns: Penstock does not offer this
    SERIALIZABLE = "SERIALIZABLE"


E = TypeVar("E", CommitMode, IsolationLevel)


def transaction(
    key: str | None = None,
    store: Any = None,
    commit_mode: CommitMode | str | None = None,
    isolation_level: IsolationLevel | str | None = None,
    overwrite: bool = False,
    write_on_commit: bool = True,
    logger: Any = None,
) -> Transaction:
    """Make the tasks of a block count together: enter it by `with` or `async with`.

    When the block raises, the `on_rollback` hooks of the tasks that completed in it are
    called, last one first, and the exception goes on. When it ends well, their
    `on_commit` hooks are called.

    Example:
        with transaction() as txn:
            txn.set("path", "report.csv")
            write_file("report.csv")
            check("report.csv")

    Args:
        key: once the transaction has committed, the next one with this key is committed
            when its block begins: `is_committed()` tells.
        store: accepted for scripts written for Prefect, when it is None.
        commit_mode: "lazy", the default, commits with the transaction around it, if there
            is one; "eager" at the end of the block; "off" not unless `commit` is called.
        isolation_level: "read_committed", the only one there is.
        overwrite: do not look whether the key has committed before.
        write_on_commit: remember the key.
        logger: told of hooks that fail, instead of the flow run's log.

    Raises:
        OptionError: an option cannot be; the message says what it must be.
    """
    if store is not None:
        raise OptionError("transaction", "store", store, "left out: Penstock's own store is used")
    if not (key is None or isinstance(key, str)):
        raise OptionError("transaction", "key", key, "text")
    level = _read(IsolationLevel, "isolation_level", isolation_level)
    if level is IsolationLevel.SERIALIZABLE:
        rule = "'read_committed': transactions with one key do not wait for each other"
        raise OptionError("transaction", "isolation_level", isolation_level, rule)
    mode = _read(CommitMode, "commit_mode", commit_mode)
    made = Transaction(key, mode)
    made.block.overwrite, made.block.logger = overwrite, logger
    if not write_on_commit:
        made.block.kept_key = None
    return made


def get_transaction() -> Transaction | None:
    """Give the innermost transaction around the calling code, or None."""
    block = current_transaction.get()
    found: Transaction | None = None if block is None else block.public
    return found


def _read(kind: type[E], option: str, given: Any) -> E | None:
    if given is None:
        return None
    names = [member.value for member in kind]
    if not isinstance(given, str) or given.upper() not in names:
        rule = " or ".join(repr(name.lower()) for name in names)
        raise OptionError("transaction", option, given, rule)
    return kind(given.upper())
