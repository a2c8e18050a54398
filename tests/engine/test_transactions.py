"""What a block of tasks has done counts together, or is undone together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, task
from penstock._engine.process import get_process
from penstock.cache_policies import INPUTS
from penstock.errors import FailedRun, MissingKey, OptionError, UsageError
from penstock.logging import get_run_logger
from penstock.transactions import Transaction, TransactionState, get_transaction, transaction
from tests.engine.recorded import recorded
from tests.engine.undoable import bad, called, one, states, three, two, writer

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _nothing_called() -> None:
    called.clear()


@task
def write(name: str) -> str:
    get_run_logger().info("writing")
    transaction = get_transaction()
    assert transaction is not None
    transaction.set("last", name)
    return name


@write.on_rollback
def delete(transaction: Transaction) -> None:
    called.append(("undo", transaction.get("block", None)))


@write.on_commit
def announce(transaction: Transaction) -> None:
    called.append(("keep", transaction.get("block", None)))


def test_what_was_done_in_a_block_that_raises_is_undone_last_first() -> None:
    @flow
    def pipeline() -> None:
        with transaction():
            one()
            two()
            bad()

    with pytest.raises(ValueError, match="no such column"):
        pipeline()

    assert called == [("undo", "two"), ("undo", "one")]
    assert states() == ["ROLLED_BACK"]
    assert "Rolled back: two-1, one-0" in recorded().lines("penstock")


def test_what_was_done_in_a_block_that_ends_well_is_committed_in_order() -> None:
    @flow
    def pipeline() -> TransactionState:
        with transaction() as txn:
            one()
            two()
            assert called == []
            assert txn.is_active()
        return txn.state

    assert pipeline() is TransactionState.COMMITTED
    assert called == [("keep", "one"), ("keep", "two")]
    assert states() == ["COMMITTED"]


def test_hooks_may_be_hung_on_a_task_later_and_are_those_of_a_copy_too() -> None:
    @flow
    def pipeline() -> None:
        with transaction() as txn:
            txn.set("block", "b")
            write("x")
            write.with_options(name="copy")("y")
            raise KeyError("x")

    with pytest.raises(KeyError):
        pipeline()

    assert called == [("undo", "b"), ("undo", "b")]


def test_a_task_may_leave_a_value_for_hooks_and_hooks_log_into_the_run() -> None:
    seen = []

    @task(on_rollback=[lambda txn: get_run_logger().warning("undo %s", txn.get("last"))])
    def keep() -> None:
        write("a")
        seen.append(get_transaction())

    @flow
    def pipeline() -> None:
        with transaction() as txn:
            keep()
            assert seen == [txn]
            raise KeyError("x")

    with pytest.raises(KeyError):
        pipeline()

    assert "undo a" in recorded().lines()
    assert get_transaction() is None


def test_a_value_nobody_has_set_is_an_error_that_names_those_there_are() -> None:
    with transaction() as outer:
        outer.set("path", None)
        with transaction() as inner:
            assert inner.get("path") is None
            assert inner.get("pat", 3) == 3
            inner.set("rows", 3)
            with pytest.raises(MissingKey, match=r"no value 'pat'\. It has 'path', 'rows'\."):
                inner.get("pat")
    with pytest.raises(LookupError, match="It has none yet"):
        transaction().get("x")


def test_task_runs_that_failed_or_were_only_looked_up_are_not_undone() -> None:
    cached = writer("cached", cache_policy=INPUTS)

    @flow
    def pipeline() -> None:
        cached()
        with transaction():
            cached()
            bad(return_state=True)
            one()
            raise KeyError("x")

    with pytest.raises(KeyError):
        pipeline()

    assert called == [("undo", "one")]


def test_a_value_that_was_rolled_back_is_not_reused() -> None:
    runs = []

    @task(cache_policy=INPUTS)
    def count() -> int:
        runs.append(1)
        return len(runs)

    @flow
    def pipeline(fails: bool) -> int:
        with transaction():
            number = count()
            if fails:
                raise KeyError("x")
            return number

    pipeline(True, return_state=True)

    assert pipeline(False) == 2
    assert pipeline(False) == 2
    get_process().cache.recent.clear()
    get_process().flush()
    assert pipeline(False) == 2


def test_an_error_caught_outside_of_the_block_leaves_the_flow_going() -> None:
    @flow
    def pipeline() -> str:
        one()
        try:
            with transaction() as txn:
                two()
                bad()
        except ValueError:
            assert txn.is_rolled_back()
        three()
        return "done"

    assert pipeline() == "done"
    assert called == [("undo", "two")]


def test_nested_blocks_commit_together_and_hooks_read_their_own_block() -> None:
    @flow
    def pipeline() -> None:
        with transaction() as outer:
            outer.set("block", "outer")
            write("a")
            with transaction() as inner:
                write("b")
            assert called == []
            assert inner.is_active()
            inner.set("block", "inner")
            write("c")

    pipeline()

    assert called == [("keep", "outer"), ("keep", "inner"), ("keep", "outer")]
    assert states() == ["COMMITTED", "COMMITTED"]


def test_an_inner_block_that_was_handed_over_does_not_end_by_itself() -> None:
    @flow
    def pipeline() -> None:
        with transaction():
            with transaction() as inner:
                one()
            assert not inner.commit()
            assert not inner.rollback()
            assert called == []

    pipeline()

    assert called == [("keep", "one")]


def test_an_outer_block_that_raises_undoes_the_inner_one_in_one_order() -> None:
    @flow
    def pipeline() -> None:
        with transaction():
            one()
            with transaction():
                two()
            three()
            bad()

    with pytest.raises(ValueError, match="no such column"):
        pipeline()

    assert called == [("undo", "three"), ("undo", "two"), ("undo", "one")]
    assert states() == ["ROLLED_BACK", "ROLLED_BACK"]


def test_an_inner_block_that_raises_is_undone_alone_when_the_error_is_caught() -> None:
    @flow
    def pipeline() -> None:
        with transaction():
            one()
            try:
                with transaction():
                    two()
                    bad()
            except ValueError:
                three()

    pipeline()

    assert called == [("undo", "two"), ("keep", "one"), ("keep", "three")]
    assert states() == ["COMMITTED", "ROLLED_BACK"]


def test_an_eager_block_commits_at_its_own_end() -> None:
    @flow
    def pipeline() -> None:
        with transaction():
            one()
            with transaction(commit_mode="eager"):
                two()
            bad()

    with pytest.raises(ValueError, match="no such column"):
        pipeline()

    assert called == [("keep", "two"), ("undo", "one")]
    assert states() == ["ROLLED_BACK", "COMMITTED"]


def test_a_block_that_is_off_commits_only_when_told() -> None:
    @flow
    def pipeline(commits: bool) -> None:
        with transaction(commit_mode="off") as txn:
            one()
            if commits:
                assert txn.commit()
                assert not txn.commit()
                assert not txn.rollback()

    pipeline(False)
    pipeline(True)

    assert called == [("undo", "one"), ("keep", "one")]


def test_a_block_can_be_undone_without_an_error() -> None:
    @flow
    def pipeline() -> None:
        with transaction() as txn:
            one()
            assert txn.rollback()
            two()

    pipeline()

    assert called == [("undo", "one")]


@pytest.mark.parametrize("inside", [True, False], ids=["in a flow", "outside"])
def test_a_key_is_committed_once(inside: bool) -> None:
    def load(fails: bool = False, **options: Any) -> bool:
        with transaction(key="load", **options) as txn:
            if txn.is_committed():
                return False
            one()
            if fails:
                raise KeyError("x")
            return True

    do: Callable[..., bool] = flow(load) if inside else load
    with pytest.raises(KeyError):
        do(fails=True)
    answers = [do() for _ in range(2)] if inside else [load(), load()]

    assert answers == [True, False]
    assert called == [("undo", "one"), ("keep", "one")]


def test_a_key_may_be_overwritten_and_need_not_be_remembered() -> None:
    for options in ({"write_on_commit": False}, {}, {"overwrite": True}):
        with transaction(key="k", **options) as txn:
            assert not txn.is_committed()
    with transaction(key="k") as txn:
        assert txn.is_committed()


def test_a_value_that_cannot_be_kept_is_said_once_and_is_there_all_the_same() -> None:
    lock = threading.Lock()

    @flow
    def pipeline() -> None:
        with transaction() as txn:
            txn.set("lock", lock)
            txn.set("lock", lock)
            assert txn.get("lock") is lock

    pipeline()

    (line,) = [line for line in recorded().lines() if "not kept" in line]
    assert line.startswith("Transaction value 'lock' not kept: a value of type lock cannot")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"store": object()}, "store must be left out"),
        ({"isolation_level": "serializable"}, "isolation_level must be 'read_committed'"),
        ({"commit_mode": "later"}, "commit_mode must be 'eager' or 'lazy' or 'off'"),
        ({"key": 3}, "key must be text"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(OptionError, match=problem):
        transaction(**options)


def test_hooks_must_be_functions() -> None:
    with pytest.raises(OptionError, match="on_rollback must be a list of functions"):
        task(on_rollback=[3])(lambda: None)  # type: ignore[list-item]


def test_a_transaction_is_entered_once() -> None:
    txn = transaction()
    assert txn.is_pending()
    with txn:
        pass
    with pytest.raises(UsageError, match="entered before"), txn:
        pass


def test_a_task_that_exits_fails_the_block_and_not_the_process() -> None:
    @task
    def leave() -> None:
        raise SystemExit(3)

    @flow
    def pipeline() -> None:
        with transaction():
            one()
            leave.submit()

    with pytest.raises(FailedRun, match="Task run 'leave-1': SystemExit: 3"):
        pipeline()

    assert called == [("undo", "one")]
