"""What every store must know of transactions. The names are the sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock._ids import format_id
from penstock.testing.journal import Journal

if TYPE_CHECKING:
    from penstock.stores.protocol import Store

__all__ = ["Transactions"]


class Transactions:
    """Whoever goes on with a run finds what was open, what joined it, and what was undone."""

    def test_transactions_are_there_with_what_joined_them(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.transaction(run, 0, key="k", data=b"1")
        opened = journal.now
        journal.transaction(run, 1, parent=0)
        for position, index in enumerate((3, 1)):
            journal.task_run(run, index)
            journal.join(run, index, position, position, attempt=2, cache_key="c", done=index == 1)
        journal.send()
        text = format_id(run)

        assert store.find_transactions(text) == [
            (0, None, "k", opened, "OPEN", b"1"),
            (1, 0, None, opened + journal.STEP, "OPEN", None),
        ]
        assert store.find_members(text) == [
            (0, 0, text, 3, 2, "flows.load", "c", False),
            (1, 1, text, 1, 2, "flows.load", "c", True),
        ]

    @pytest.mark.parametrize("apart", [True, False], ids=["later batch", "same batch"])
    def test_a_change_keeps_what_it_does_not_name(
        self, store: Store, journal: Journal, apart: bool
    ) -> None:
        run = journal.flow_run()
        journal.transaction(run, 0, key="k", data=b"1")
        journal.task_run(run, 0)
        for position in (0, 1):
            journal.join(run, 0, 0, position)
        if apart:
            journal.send()
        journal.transaction(run, 0, "ROLLING_BACK", done=1)
        journal.send()

        (row,) = store.find_transactions(format_id(run))
        assert (row.key, row.state, row.data) == ("k", "ROLLING_BACK", b"1")
        assert [member.done for member in store.find_members(format_id(run))] == [False, True]

    def test_what_was_undone_is_listed_and_what_was_kept_is_not(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        states = ("OPEN", "COMMITTING", "COMMITTED", "ROLLING_BACK", "ROLLED_BACK")
        for number, state in enumerate(states):
            journal.task_run(run, number)
            journal.transaction(run, number)
            journal.join(run, number, number, number)
            journal.transaction(run, number, state)
        journal.send()

        assert store.find_rolled_back(format_id(run)) == [3, 4]
        assert store.find_rolled_back("0" * 8) == []

    def test_work_that_was_done_again_is_not_undone(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        journal.transaction(run, 0)
        for index in (0, 1):
            journal.task_run(run, index)
            journal.join(run, index, 0, index)
            journal.finish(run, index)
        journal.transaction(run, 0, "ROLLED_BACK")
        journal.start(run, 1, attempt=2)
        journal.send()

        assert store.find_rolled_back(format_id(run)) == [0]

    def test_a_transaction_around_nested_runs_undoes_them(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        nested = journal.flow_run(parent=run, parent_index=5)
        inner = journal.flow_run(parent=nested, parent_index=7)
        journal.transaction(run, 0)
        journal.send()
        journal.task_run(inner, 2)
        journal.join(inner, 2, 0, 0, owner=run)
        journal.transaction(run, 0, "ROLLED_BACK")
        journal.send()

        assert [member[2:4] for member in store.find_members(format_id(run))] == [
            (format_id(inner), 2)
        ]
        found = [store.find_rolled_back(format_id(one)) for one in (run, nested, inner)]
        assert found == [[5], [7], [2]]

    def test_what_a_nested_run_undid_by_itself_is_its_own_matter(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        nested = journal.flow_run(parent=run, parent_index=5)
        journal.task_run(nested, 2)
        journal.transaction(nested, 0)
        journal.join(nested, 2, 0, 0)
        journal.transaction(nested, 0, "ROLLED_BACK")
        journal.send()

        assert store.find_rolled_back(format_id(run)) == []
        assert store.find_rolled_back(format_id(nested)) == [2]

    def test_a_key_is_committed_when_its_transaction_is(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.transaction(run, 0, key="k")
        journal.transaction(run, 1, "ROLLED_BACK", key="other")
        journal.send()
        assert not store.is_key_committed("k")
        journal.transaction(run, 0, "COMMITTED")
        journal.send()

        assert store.is_key_committed("k")
        assert not store.is_key_committed("other")

    def test_only_the_owner_of_a_run_changes_its_transactions(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.transaction(run, 0)
        journal.send()
        other = Journal(store, "b" * 32)
        theirs = other.flow_run()
        other.transaction(run, 0, "COMMITTED")
        other.task_run(theirs, 0)
        other.join(theirs, 0, 0, 0, owner=run)
        other.send()

        assert [row.state for row in store.find_transactions(format_id(run))] == ["OPEN"]
        assert store.find_members(format_id(run)) == []

    def test_a_deleted_run_leaves_no_transactions(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        journal.task_run(run, 0)
        journal.transaction(run, 0, "COMMITTED", key="k")
        journal.join(run, 0, 0, 0)
        journal.finish(run, 0)
        journal.state(run, "COMPLETED")
        journal.send()

        store.delete_flow_run(format_id(run))

        assert store.find_transactions(format_id(run)) == []
        assert store.find_members(format_id(run)) == []
        assert not store.is_key_committed("k")
