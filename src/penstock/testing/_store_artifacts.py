"""What every store must know of artifacts. The names of the tests are the sentences."""

# ruff: noqa: PLR2004 - expected values are numbers

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock._ids import format_id
from penstock.errors import NotFound
from penstock.stores.filters import ArtifactFilter
from penstock.testing.journal import Journal

if TYPE_CHECKING:
    from penstock.stores.protocol import Store

__all__ = ["Artifacts"]


class Artifacts:
    """What a run has left is there, once, for as long as the run is."""

    def test_an_artifact_is_there_with_the_names_of_its_runs(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run(name="calm-otter", flow_name="etl")
        journal.task_run(run, 3, name="load-3")
        saved = journal.artifact(run, 3, key="rows", kind="number", content=b"42", description="d")
        at = journal.now
        journal.send()

        row = store.get_artifact(format_id(saved))
        assert row[2:] == (
            "number", "rows", 1, "d", at, at, "application/json", 2, format_id(run),
            "calm-otter", "etl", "flow", 3, "load-3", None, b"42",
        )  # fmt: skip
        assert store.find_artifacts(ArtifactFilter(), 9) == [row]
        with pytest.raises(NotFound, match="artifact 'nothing'"):
            store.get_artifact("nothing")

    def test_large_content_is_named_and_not_listed(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        journal.artifact(run, kind="html", content_type="text/html", content=b"<p>", key="a")
        journal.artifact(run, kind="table", content=b"{}" + b" " * 16_383, key="b")
        journal.artifact(run, kind="markdown", content=b"x" * 16_385, key="c")
        journal.artifact(run, kind="figure", content=None, content_ref="/f", size=70_000, key="d")
        journal.artifact(run, kind="markdown", content_type="text/markdown", content=b"y", key="e")
        journal.artifact(run, kind="table", content=b"{}", key="f")
        journal.send()

        found = {row.key: row for row in store.find_artifacts(ArtifactFilter(), 9)}
        assert {key: row.content for key, row in found.items()} == {
            "a": None, "b": None, "c": None, "d": None, "e": b"y", "f": b"{}",
        }  # fmt: skip
        assert (found["d"].content_ref, found["d"].size) == ("/f", 70_000)
        whole = [store.get_artifact(found[key].id).content for key in "abc"]
        assert whole == [b"<p>", b"{}" + b" " * 16_383, b"x" * 16_385]
        keys = {row.latest.key: row.latest.content for row in store.find_artifact_keys(None, 9)}
        assert (keys["e"], keys["f"]) == (b"y", None)

    @pytest.mark.parametrize("apart", [True, False], ids=["later batch", "same batch"])
    def test_a_change_keeps_what_it_does_not_name(
        self, store: Store, journal: Journal, apart: bool
    ) -> None:
        run = journal.flow_run()
        saved = journal.artifact(run, content=b"0", description="slow")
        at = journal.now
        if apart:
            journal.send()
        cursor = store.artifact_cursor()
        journal.change_artifact(run, saved, b"100")
        journal.change_artifact(run, saved, None, "done")
        journal.send()

        row = store.get_artifact(format_id(saved))
        assert (row.content, row.size, row.description) == (b"100", 3, "done")
        assert (row.created, row.updated, row.version) == (at, journal.now, 1)
        assert store.artifact_cursor() == row.change > cursor
        assert store.changed_artifacts(cursor) == [format_id(run)]
        assert store.changed_artifacts(row.change) == []

    def test_artifacts_of_a_key_are_numbered_over_all_runs(
        self, store: Store, journal: Journal
    ) -> None:
        one, other = journal.flow_run(), journal.flow_run()
        journal.artifact(one, key="k", content=b"1")
        journal.artifact(one, key="k", content=b"2")
        journal.artifact(one, content=b"3")
        journal.send()
        journal.artifact(other, key="k", content=b"4")
        journal.artifact(other, key="l", content=b"5")
        journal.send()

        found = store.find_artifacts(ArtifactFilter(), 9)
        versions = {row.content: (row.key, row.version) for row in found}
        assert versions == {
            b"1": ("k", 1), b"2": ("k", 2), b"3": (None, 1), b"4": ("k", 3), b"5": ("l", 1),
        }  # fmt: skip
        keys = store.find_artifact_keys(None, 9)
        assert [(row.latest.key, row.latest.content, row.count) for row in keys] == [
            ("l", b"5", 1),
            ("k", b"4", 3),
        ]
        assert [row.latest.key for row in store.find_artifact_keys("K", 9)] == ["k"]
        assert len(store.find_artifact_keys(None, 1)) == 1

    def test_sending_again_changes_nothing(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        saved = journal.artifact(run, key="k")
        journal.change_artifact(run, saved, b"50")
        journal.send()
        before = store.find_artifacts(ArtifactFilter(), 9), store.artifact_cursor()
        journal.send_all()

        assert (store.find_artifacts(ArtifactFilter(), 9), store.artifact_cursor()) == before

    def test_artifacts_are_listed_newest_first_in_pages(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        saved = [
            journal.artifact(run, artifact=bytes([number]) * 16, description=f"number {number}")
            for number in (2, 1, 4, 3, 5)
        ]
        journal.send()
        where = ArtifactFilter()
        found: list[str] = []
        while rows := store.find_artifacts(where, 2):
            found += [row.id for row in rows]
            where = where._replace(before_id=rows[-1].id)

        assert found == sorted(map(format_id, saved), reverse=True)
        assert store.count_artifacts(ArtifactFilter(), 99) == 5
        assert store.count_artifacts(ArtifactFilter(), 3) == 3

    def test_artifacts_are_found_by_run_key_kind_and_text(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        nested = journal.flow_run(parent=run)
        other = journal.flow_run()
        journal.artifact(run, key="own", description="Of the run")
        journal.artifact(run, 0, key="task", kind="html")
        journal.artifact(nested, 0, key="nested", kind="table")
        journal.artifact(other, key="other-one", description="100%")
        journal.send()

        def keys(where: ArtifactFilter) -> list[str]:
            rows = store.find_artifacts(where, 9)
            assert store.count_artifacts(where, 9) == len(rows)
            return sorted(row.key or "" for row in rows)

        of_run = ArtifactFilter(flow_run_id=format_id(run))
        assert keys(of_run) == ["nested", "own", "task"]
        assert keys(of_run._replace(index=0)) == ["task"]
        assert keys(ArtifactFilter(flow_run_id="nothing")) == []
        assert keys(ArtifactFilter(key="own")) == ["own"]
        assert keys(ArtifactFilter(key="ow")) == []
        assert keys(ArtifactFilter(kinds=("html", "table"))) == ["nested", "task"]
        assert keys(ArtifactFilter(contains="OF THE")) == ["own"]
        assert keys(ArtifactFilter(contains="e")) == ["nested", "other-one", "own"]
        assert keys(ArtifactFilter(contains="%")) == ["other-one"]

    def test_only_its_own_run_and_its_owner_change_an_artifact(
        self, store: Store, journal: Journal
    ) -> None:
        run, second = journal.flow_run(), journal.flow_run()
        saved = journal.artifact(run, content=b"0")
        journal.send()
        journal.change_artifact(second, saved, b"1")
        journal.change_artifact(second, b"\x09" * 16, b"1")
        assert journal.send().stale == ()
        other = Journal(store, "b" * 32)
        other.change_artifact(run, saved, b"2")
        other.artifact(run, key="theirs")
        assert other.send().stale == (run,)

        assert [row.content for row in store.find_artifacts(ArtifactFilter(), 9)] == [b"0"]

    def test_a_deleted_run_leaves_no_artifacts_and_names_their_files(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        nested = journal.flow_run(parent=run)
        kept = journal.flow_run()
        for one, ref in ((run, "mine"), (run, None), (nested, "nested"), (kept, "kept")):
            content = b"1" if ref is None else None
            journal.artifact(one, content=content, content_ref=ref, key="k")
        for one in (run, nested, kept):
            journal.state(one, "COMPLETED")
        journal.send()
        cursor = store.artifact_cursor()
        gone: list[str] = []

        store.delete_flow_run(format_id(run), gone.append)
        assert sorted(gone) == ["mine", "nested"]
        assert [row.flow_run_id for row in store.find_artifacts(ArtifactFilter(), 9)] == [
            format_id(kept)
        ]
        assert store.check() == []
        store.prune(1 << 60, 9, gone.append)
        assert sorted(gone) == ["kept", "mine", "nested"]
        assert store.find_artifacts(ArtifactFilter(), 9) == []
        assert store.artifact_cursor() == cursor
