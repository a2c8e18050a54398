"""What earlier attempts have left of transactions is brought to its one right end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, task
from penstock._engine.process import get_process
from penstock._engine.rollback import roll_back_open
from penstock._engine.runs import OpenFlowRun
from penstock._engine.spec import TASKS
from penstock._ids import format_id
from penstock.events import FLOW_RUN_STATE_CHANGED, FlowRunStateChanged
from penstock.results import dump
from penstock.testing.journal import Journal
from tests.engine.recorded import recorded
from tests.engine.undoable import called

if TYPE_CHECKING:
    from penstock.transactions import Transaction


@pytest.fixture(autouse=True)
def _nothing_called() -> None:
    called.clear()


@task
def write() -> None:
    """Be what is undone, or kept."""


@write.on_rollback
async def undo(transaction: Transaction) -> None:
    called.append(("undo", transaction.get("name", None)))


@write.on_commit
def keep(transaction: Transaction) -> None:
    called.append(("keep", transaction.get("name", None)))


@task
def plain() -> None:
    """Have no hooks."""


@flow
def pipeline() -> None:
    """Be what a dead process ran."""


class Dead:
    """A process that has died in the middle of a flow run, and what it has left."""

    def __init__(self) -> None:
        self.journal = Journal(get_process().store, "d" * 32)
        self.run = self.journal.flow_run(flow_key=pipeline.spec.key)
        self._joined = 0

    def open(self, number: int, state: str = "OPEN", **values: Any) -> None:
        """Have a transaction, in this state, that says its number to hooks."""
        data = dump({"name": dump(number)})
        self.journal.transaction(self.run, number, state, data=data, **values)

    def join(self, number: int, *, key: str | None = None, **values: Any) -> None:
        """Have a task run complete in it."""
        index = self._joined
        self._joined += 1
        self.journal.task_run(self.run, index, task_key=key or write.spec.key)
        self.journal.join(self.run, index, number, index, task_key=key or write.spec.key, **values)
        self.journal.finish(self.run, index)

    def go_on(self) -> set[int]:
        """Let this process take the run over; give what must not be reused."""
        self.journal.send()
        process = get_process()
        row = process.store.get_flow_run(format_id(self.run))
        run = OpenFlowRun(process, self.run, pipeline.spec, row.name)
        run.attempt = row.attempt + 1
        for state, claims in (("RUNNING", True), ("COMPLETED", None)):
            if state == "COMPLETED":
                found = roll_back_open(run, process.store)
            process.emit(
                FlowRunStateChanged(
                    FLOW_RUN_STATE_CHANGED, run.id, process.now(), run.attempt, state,
                    None, None, None, None, claims,
                )
            )  # fmt: skip
        self.next = next(run.transaction_numbers), next(run.member_positions)
        return found

    def states(self) -> list[str]:
        """The states its transactions are in."""
        return [row.state for row in recorded().store.find_transactions(format_id(self.run))]


@pytest.fixture
def dead(home: Any) -> Dead:
    return Dead()


def test_a_run_without_transactions_has_nothing_to_undo(dead: Dead) -> None:
    assert dead.go_on() == set()
    assert dead.next == (0, 0)


def test_new_transactions_and_members_are_numbered_after_the_old_ones(dead: Dead) -> None:
    dead.open(0)
    dead.open(1, "COMMITTED")
    for _ in range(3):
        dead.join(0)

    dead.go_on()

    assert dead.next == (2, 3)


def test_members_of_nested_blocks_are_undone_in_one_order(dead: Dead) -> None:
    dead.open(0)
    dead.join(0)
    dead.open(1, parent=0)
    dead.join(1)
    dead.join(0, key=plain.spec.key, done=True)
    dead.join(0)

    assert dead.go_on() == {0, 1, 2, 3}
    assert called == [("undo", 0), ("undo", 1), ("undo", 0)]
    assert dead.states() == ["ROLLED_BACK", "ROLLED_BACK"]


def test_what_was_undone_before_is_still_not_to_be_reused(dead: Dead) -> None:
    dead.open(0, "ROLLED_BACK")
    dead.join(0)
    dead.open(1, "COMMITTED")
    dead.join(1)

    assert dead.go_on() == {0}
    assert called == []
    assert dead.states() == ["ROLLED_BACK", "COMMITTED"]


def test_a_block_goes_on_rolling_back_where_it_stopped(dead: Dead) -> None:
    dead.open(0, "ROLLING_BACK")
    dead.join(0)
    dead.join(0, done=True)

    assert dead.go_on() == {0, 1}
    assert called == [("undo", 0)]


def test_inner_blocks_follow_an_outer_one_that_was_committing(dead: Dead) -> None:
    dead.open(0, "COMMITTING")
    dead.open(1, parent=0)
    dead.open(2, "COMMITTING", parent=0)
    dead.open(3, "ROLLED_BACK", parent=0)
    for number in (1, 0, 2, 3):
        dead.join(number)

    assert dead.go_on() == {3}
    assert called == [("keep", 1), ("keep", 0), ("keep", 2)]
    assert dead.states() == ["COMMITTED", "COMMITTED", "COMMITTED", "ROLLED_BACK"]


def test_an_inner_block_that_was_committing_by_itself_is_kept(dead: Dead) -> None:
    dead.open(0)
    dead.join(0)
    dead.open(1, "COMMITTING", parent=0)
    dead.join(1)

    assert dead.go_on() == {0}
    assert called == [("keep", 1), ("undo", 0)]
    assert dead.states() == ["ROLLED_BACK", "COMMITTED"]


@pytest.mark.parametrize(
    ("outer", "word"), [("COMMITTED", "keep"), ("ROLLED_BACK", "undo")], ids=["kept", "undone"]
)
def test_an_inner_block_that_was_left_behind_follows_the_outer_one(
    outer: str, word: str, dead: Dead
) -> None:
    dead.open(0, outer)
    dead.open(1, parent=0)
    dead.join(1)

    dead.go_on()

    assert called == [(word, 1)]
    assert dead.states() == [outer, outer]


def test_a_cached_value_that_was_rolled_back_is_forgotten(dead: Dead) -> None:
    dead.open(0)
    dead.journal.cache(dead.run, 0, "k", result=dump(1))
    dead.join(0, cache_key="k")
    store = get_process().store

    dead.go_on()

    get_process().flush()
    assert store.get_cache_entry("k", get_process().now()) is None


def test_a_value_that_cannot_be_read_here_is_named_and_hooks_do_without_it(dead: Dead) -> None:
    data = dump({"name": b"Pnothing"})
    dead.journal.transaction(dead.run, 0, data=data)
    dead.join(0)

    dead.go_on()

    assert called == [("undo", None)]
    (line,) = [row.message for row in recorded().logs if row.level == 30]
    assert line.startswith("Transaction value 'name' is not there for hooks: ")


def test_a_task_that_nobody_finds_is_named_with_its_run(dead: Dead) -> None:
    dead.open(0)
    dead.join(0, key="gone.task")
    dead.join(0)

    assert dead.go_on() == {0, 1}
    assert called == [("undo", 0)]
    (line,) = [row.message for row in recorded().logs if row.level == 40]
    assert line == (
        "Task 'gone.task' is not in the code that is loaded, so no rollback hooks were called "
        f"for its run {format_id(dead.run)}-0. See to it by hand."
    )


def test_the_hooks_are_those_of_the_task_and_not_of_a_copy() -> None:
    copy = write.with_options(on_rollback=[])

    assert TASKS[write.spec.key] is write
    assert copy.spec.key == write.spec.key
