"""Goes on with transactions that a dead process has left open.

What had not committed is rolled back, what was being rolled back or committed is
brought to its end. Hooks are those of the tasks that are loaded now, by key.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from penstock._engine.blocks import Block, Member, TransactionState
from penstock._engine.drive import drive
from penstock._engine.report import ERROR, WARNING, say
from penstock._engine.spec import TASKS
from penstock._engine.transactions import Transaction
from penstock.context import current
from penstock.errors import MissingResult
from penstock.results import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from penstock._engine.runs import OpenFlowRun
    from penstock.stores.protocol import Store
    from penstock.stores.rows import MemberRow, TransactionRow

__all__ = ["roll_back_open"]

_FINAL = frozenset({TransactionState.COMMITTED, TransactionState.ROLLED_BACK})


def roll_back_open(run: OpenFlowRun, store: Store) -> set[int]:
    """Bring to an end what earlier attempts of a flow run have left of transactions.

    Call it for each flow run that is resumed, nested ones too: after the run was claimed
    (its next attempt is recorded as begun) and its module is loaded, before its body
    runs, and in a thread that may block. It calls the rollback hooks of the members of
    open transactions, last one first, records each as called, so that the next process
    does not call it again should this one die too, and numbers new transactions after
    the old ones. Transactions that were committing are committed.

    Args:
        run: the resumed run, with the id it had before.
        store: has everything that happened to it.

    Returns:
        Indexes of the run's calls, of any earlier attempt, whose work was undone: their
        values must not be reused. An index may be that of a nested flow run, whose result
        must not be reused either; it is resumed, and says itself what of it was undone.
    """
    # What this process has recorded of the run may be on its way.
    run.process.flush()
    rows = {row.number: row for row in store.find_transactions(run.text_id)}
    members = store.find_members(run.text_id)
    run.transaction_numbers = count(max(rows, default=-1) + 1)
    run.member_positions = count(max((row.position for row in members), default=-1) + 1)
    if any(row.state not in _FINAL for row in rows.values()):
        token = current.set(run)
        try:
            _conclude(run, rows, members)
        finally:
            current.reset(token)
        run.process.flush()
    return set(store.find_rolled_back(run.text_id))


def _conclude(
    run: OpenFlowRun, rows: Mapping[int, TransactionRow], members: Sequence[MemberRow]
) -> None:
    """Commit what was committing, then undo the rest, last one first."""
    made = _remake(run, rows)
    tops = _tops(rows)
    for row in members:
        if row.number in tops:
            undoes = _ended(rows, tops[row.number]) is TransactionState.ROLLED_BACK
            member = _member(run, row, made[row.number], undoes=undoes)
            made[tops[row.number]].members.append(member)
    for number, top in tops.items():
        if number != top:
            made[top].children.append(made[number])
    ends = {top: _ended(rows, top) for top in sorted(set(tops.values()), reverse=True)}
    for wanted in (TransactionState.COMMITTED, TransactionState.ROLLED_BACK):
        for top, ended in ends.items():
            if ended is wanted:
                drive(made[top].conclude(ended))


def _remake(run: OpenFlowRun, rows: Mapping[int, TransactionRow]) -> dict[int, Block]:
    """Make the transactions anew, for hooks to be called with."""
    made: dict[int, Block] = {}
    for number, row in sorted(rows.items()):
        block = made[number] = Transaction(row.key).block
        block.owner, block.number = run, number
        block.state = TransactionState(row.state)
        block.parent = None if row.parent is None else made.get(row.parent)
        block.values = _values(run, row)
    return made


def _tops(rows: Mapping[int, TransactionRow]) -> dict[int, int]:
    """Name for each transaction that is not final the one that it ends with."""
    tops: dict[int, int] = {}
    for number, row in sorted(rows.items()):
        if row.state in _FINAL:
            continue
        around = None if row.parent is None else tops.get(row.parent)
        if around is not None and row.state == TransactionState.COMMITTING != rows[around].state:
            around = None  # it was committing by itself
        tops[number] = number if around is None else around
    return tops


def _ended(rows: Mapping[int, TransactionRow], top: int) -> TransactionState:
    """Say how a transaction is to end."""
    row = rows[top]
    above = None if row.parent is None else rows.get(row.parent)
    follows = above is not None and above.state == TransactionState.COMMITTED
    commits = row.state == TransactionState.COMMITTING
    if commits or (follows and row.state == TransactionState.OPEN):
        return TransactionState.COMMITTED
    return TransactionState.ROLLED_BACK


def _member(run: OpenFlowRun, row: MemberRow, block: Block, *, undoes: bool) -> Member:
    """Find what hooks are left to be called for a task run."""
    task: Any = None if row.done else TASKS.get(row.task_key)
    name = f"{row.task_key.rpartition('.')[2] if task is None else task.name}-{row.index}"
    if task is None and not row.done:
        kind = "rollback" if undoes else "commit"
        say(
            run,
            ERROR,
            f"Task {row.task_key!r} is not in the code that is loaded, so no {kind} hooks were "
            f"called for its run {row.flow_run_id}-{row.index}. See to it by hand.",
        )
    hooks = ([], []) if task is None else (task.spec.on_commit, task.spec.on_rollback)
    key = row.task_key
    return Member(row.position, block, row.position, name, key, row.cache_key, *hooks)


def _values(run: OpenFlowRun, row: TransactionRow) -> dict[str, Any]:
    """Read back what a transaction was given."""
    values: dict[str, Any] = {}
    for name, blob in (load(row.data) if row.data is not None else {}).items():
        try:
            values[name] = load(blob)
        except MissingResult as problem:
            say(run, WARNING, f"Transaction value {name!r} is not there for hooks: {problem}")
    return values
