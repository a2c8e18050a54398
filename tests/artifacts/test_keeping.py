"""Where artifacts are kept, what becomes of their files, and what a resumed run makes of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from penstock import flow, task
from penstock._engine.process import close_process, get_process
from penstock.artifacts import (
    create_progress_artifact,
    save_html,
    save_number,
    update_progress_artifact,
)
from penstock.errors import NotFound, StoreError
from penstock.stores.filters import ArtifactFilter, FlowRunFilter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from penstock.stores.rows import ArtifactRow

LARGE = "x" * 65_537


def saved() -> Sequence[ArtifactRow]:
    """Give the artifacts in the store, oldest first."""
    process = get_process()
    process.flush()
    return process.store.find_artifacts(ArtifactFilter(), 99)[::-1]


def files(home: Path) -> list[str]:
    """Name the files of artifacts."""
    return sorted(path.name for path in (home / "artifacts").iterdir())


def test_large_content_is_in_a_file_and_small_content_is_not(home: Path) -> None:
    @flow
    def around() -> None:
        save_html(LARGE, key="large")
        save_html(LARGE[1:], key="small")

    around()

    large, small = saved()
    assert large.content_ref == str(home / "artifacts" / large.id)
    assert (home / "artifacts" / large.id).read_text() == LARGE
    assert get_process().store.get_artifact(large.id).content is None
    assert small.content_ref is None
    assert get_process().store.get_artifact(small.id).content == LARGE[1:].encode()
    assert files(home) == [large.id]


def test_with_durability_power_the_file_is_there_too(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_DURABILITY", "power")

    flow(save_html)(LARGE)

    (row,) = saved()
    assert (home / "artifacts" / row.id).read_text() == LARGE


def test_a_folder_that_cannot_be_written_fails_the_task_and_saves_nothing(home: Path) -> None:
    home.mkdir()
    (home / "artifacts").write_text("in the way")

    with pytest.raises(StoreError, match="the artifact cannot be written"):
        flow(save_html)(LARGE)

    assert saved() == []


def test_a_store_in_memory_has_no_files(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_STORE", "memory:")

    flow(save_html)(LARGE)

    (row,) = saved()
    assert get_process().store.get_artifact(row.id).content == LARGE.encode()
    assert not (home / "artifacts").exists()


def test_files_go_with_their_run(home: Path) -> None:
    flow(save_html)(LARGE)
    flow(save_html)(LARGE)
    process = get_process()
    runs = [row.id for row in process.store.find_flow_runs(FlowRunFilter(), 9)]

    process.store.delete_flow_run(runs[0], os.unlink)
    (left,) = saved()
    assert files(home) == [left.id]

    process.store.prune(1 << 60, 9, os.unlink)
    assert files(home) == []


def test_a_task_that_is_not_executed_again_keeps_its_artifacts() -> None:
    broken = [True]
    kept = task(lambda: save_number(1, key="kept"), name="kept")

    @task
    def again() -> None:
        save_number(2, key="again")
        if broken:
            raise ValueError("no")

    @flow
    def around() -> None:
        kept()
        again()

    around(return_state=True)
    (run,) = get_process().store.find_flow_runs(FlowRunFilter(), 9)
    before = saved()
    broken.clear()
    around.resume(run.id)

    assert [(row.key, row.version, row.index) for row in saved()] == [
        ("kept", 1, 0), ("again", 1, 1), ("again", 2, 1),
    ]  # fmt: skip
    assert list(saved()[:2]) == list(before)


@flow
def around_saving() -> str:
    return in_its_own_process()


@flow
def around_updating() -> None:
    update_nothing()


@task(isolate=True)
def in_its_own_process() -> str:
    save_html(LARGE, key="large")
    progress = create_progress_artifact(0, key="progress")
    update_progress_artifact(progress, 50, "half")
    return progress


@task(isolate=True)
def update_nothing() -> None:
    update_progress_artifact("0" * 32, 1)


def test_a_task_in_a_process_of_its_own_saves_artifacts(home: Path) -> None:
    progress = around_saving()

    large, other = saved()
    assert (large.key, large.task_run_name) == ("large", "in_its_own_process-0")
    assert (home / "artifacts" / large.id).read_text() == LARGE
    assert (other.id, other.content, other.description) == (progress, b"50", "half")


def test_what_is_wrong_there_fails_the_task() -> None:
    with pytest.raises(NotFound, match="There is no artifact"):
        around_updating()


def test_artifacts_are_there_for_the_next_process() -> None:
    flow(save_number)(1, key="n")
    close_process()

    assert [(row.key, row.content) for row in saved()] == [("n", b"1.0")]
