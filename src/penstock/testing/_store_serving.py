"""What every store must tell a server. The names of the tests are the sentences."""

# ruff: noqa: PLR2004 - expected values are numbers

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock._ids import format_id
from penstock.stores.rows import ChangeRow, ViewRow

if TYPE_CHECKING:
    from penstock.stores.protocol import Store
    from penstock.testing.journal import Journal

__all__ = ["Serving"]


class Serving:
    """A server can follow what happens, and keep views."""

    def test_the_mark_changes_with_every_write_and_with_no_read(
        self, store: Store, journal: Journal
    ) -> None:
        marks = [store.change_mark()]
        run = journal.flow_run()
        journal.send()
        marks.append(store.change_mark())
        journal.state(run, "COMPLETED")
        journal.send()
        marks.append(store.change_mark())
        store.get_flow_run(format_id(run))
        store.newest_ids()

        assert len(set(marks)) == 3
        assert store.change_mark() == marks[-1]
        store.renew(journal.owner, journal.now)
        marks.append(store.change_mark())
        store.delete_flow_run(format_id(run))
        marks.append(store.change_mark())
        assert len(set(marks)) == 5

    def test_what_came_in_between_two_looks_is_told_by_flow_run(
        self, store: Store, journal: Journal
    ) -> None:
        assert store.newest_ids() == (0, 0)
        first, second = journal.flow_run(), journal.flow_run()
        nested = journal.flow_run(parent=first, parent_index=0)
        journal.send()
        begun = store.newest_ids()
        journal.task_run(first, 1)
        journal.log(second, None, "hello")
        journal.log(nested, None, "hello")
        journal.state(nested, "COMPLETED")
        journal.send()
        ended = store.newest_ids()

        assert ended > begun > (0, 0)
        found = store.find_changes(begun, ended, 9)
        assert set(found) == {
            ChangeRow(format_id(first), "flow", None, own=False, tasks=True, logs=False),
            ChangeRow(format_id(second), "flow", None, own=False, tasks=False, logs=True),
            ChangeRow(
                format_id(nested), "flow", format_id(first), own=True, tasks=False, logs=True
            ),
        }
        assert [row.flow_run_id for row in found[:2]] == [format_id(nested), format_id(first)]
        assert store.find_changes(begun, ended, 1) == found[:1]
        assert store.find_changes(ended, ended, 9) == []
        assert {row.flow_run_id for row in store.find_changes((0, 0), begun, 9)} == {
            format_id(run) for run in (first, second, nested)
        }

    def test_what_is_deleted_has_not_changed(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        journal.state(run, "COMPLETED")
        journal.send()
        upto = store.newest_ids()
        store.delete_flow_run(format_id(run))

        assert store.find_changes((0, 0), upto, 9) == []

    def test_a_view_is_kept_under_its_name(self, store: Store) -> None:
        late = store.save_view("late", "state=FAILED", 7)
        early = store.save_view("early", "flow=etl", 8)

        assert store.find_views() == [early, late]
        assert store.save_view("late", "state=CRASHED", 9) == ViewRow(
            late.id, "late", "state=CRASHED", 9
        )
        assert store.delete_view(early.id)
        assert not store.delete_view(early.id)
        assert [view.query for view in store.find_views()] == ["state=CRASHED"]

    def test_tidying_changes_no_answer(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        for index in range(2_000):
            journal.task_run(run, index)
        journal.send()
        before = store.stats()._replace(size_bytes=0)

        store.tidy()

        assert store.stats()._replace(size_bytes=0) == before
        assert store.check() == []
