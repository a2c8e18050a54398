"""`penstock artifact`: lists, one artifact, and its bytes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from penstock.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    save_figure,
    save_number,
    save_table,
)
from penstock.flows import flow
from penstock.tasks import task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

#: Scripts rely on these names; they may become more, never fewer.
FIELDS = {
    "id",
    "key",
    "kind",
    "version",
    "description",
    "created",
    "updated",
    "content_type",
    "size",
    "flow_run_id",
    "flow_run_name",
    "flow_name",
    "task_run_id",
    "task_run_name",
}
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 70_000


@task
def measure(value: float) -> None:
    save_number(value, key="score", description="of all")
    save_table([{"city": "Graz", "km": 617}, {"city": "Oslo", "km": None}], key="cities")


@flow
def report(value: float) -> None:
    measure(value)
    create_markdown_artifact("# Done\n\nAll of it.", key="summary")
    save_figure(PNG, key="plot")


def test_the_json_list_has_the_fields_scripts_rely_on(penstock: Callable[..., Said]) -> None:
    report(1.5)

    rows = penstock("artifact", "ls", "--json").json()

    assert [row["key"] for row in rows] == ["plot", "summary", "cities", "score"]
    assert {frozenset(row) for row in rows} == {frozenset(FIELDS)}
    assert rows[3]["task_run_id"] == f"{rows[3]['flow_run_id']}-0"
    assert (rows[0]["task_run_id"], rows[0]["size"]) == (None, len(PNG))


def test_lists_are_narrowed_by_run_key_and_kind(penstock: Callable[..., Said]) -> None:
    report(1.5)
    report(2.5)

    def keys(*options: str) -> list[tuple[str, int]]:
        rows = penstock("artifact", "ls", "--json", *options).json()
        return [(row["key"], row["version"]) for row in rows]

    assert keys("--key", "score") == [("score", 2), ("score", 1)]
    assert keys("--flow-run", "latest", "--kind", "number", "--kind", "table") == [
        ("cities", 2),
        ("score", 2),
    ]
    assert keys("--limit", "1") == [("plot", 2)]
    shown = penstock("artifact", "ls", "--kind", "figure").out.splitlines()
    assert [line.split()[1:4] for line in shown] == [
        ["KEY", "KIND", "VERSION"],
        ["plot", "figure", "2"],
        ["plot", "figure", "1"],
    ]


def test_nothing_there_is_said_in_a_sentence(penstock: Callable[..., Said]) -> None:
    assert "no artifacts yet" in penstock("artifact", "ls").out
    report(1.5)
    assert "No artifact fits" in penstock("artifact", "ls", "--key", "nothing").out


def test_an_artifact_is_shown_by_its_key_or_id(penstock: Callable[..., Said]) -> None:
    report(1.5)
    report(2.5)

    newest = penstock("artifact", "inspect", "score", "--json").json()
    assert newest.keys() == {*FIELDS, "data"}
    assert (newest["data"], newest["version"]) == (2.5, 2)
    shown = penstock("artifact", "inspect", newest["id"]).out
    assert "score, version 2" in shown
    assert "of flow report" in shown
    assert shown.endswith("\n\n2.5\n")
    text = penstock("artifact", "inspect", "summary").out
    assert text.endswith("# Done\n\nAll of it.\n")


def test_a_table_is_shown_by_its_columns(penstock: Callable[..., Said]) -> None:
    report(1.5)

    lines = penstock("artifact", "inspect", "cities").out.splitlines()

    assert "2 rows" in lines
    assert [line.split() for line in lines[-2:]] == [
        ["city", "text", "0", "2", "Graz", "Oslo"],
        ["km", "number", "1", "1", "617", "617", "617"],
    ]


def test_bytes_are_written_into_a_file_or_to_standard_output(
    penstock: Callable[..., Said], tmp_path: Path
) -> None:
    report(1.5)
    path = tmp_path / "plot.png"

    said = penstock("artifact", "get", "plot", "--output", str(path))
    assert path.read_bytes() == PNG
    assert said.err == f"Wrote 68.4 KiB to {path}.\n"
    assert penstock("artifact", "get", "summary").out == "# Done\n\nAll of it."


def test_what_is_not_there_is_an_error_of_wrong_use(
    penstock: Callable[..., Said], tmp_path: Path, home: Path
) -> None:
    report(1.5)

    said = penstock("artifact", "inspect", "nothing")
    assert said.code == 2
    assert said.err == (
        "Error: There is no artifact 'nothing'. `penstock artifact ls` lists those there are.\n"
    )
    said = penstock("artifact", "get", "plot", "-o", str(tmp_path / "no" / "plot.png"))
    assert said.code == 2
    assert "cannot be written" in said.err
    for file in (home / "artifacts").iterdir():
        file.unlink()
    said = penstock("artifact", "get", "plot")
    assert said.code == 1
    assert "is gone" in said.err


def test_doctor_looks_for_files_that_are_gone_and_files_that_nobody_names(
    penstock: Callable[..., Said], home: Path
) -> None:
    def said() -> list[tuple[str, str]]:
        checks = penstock("doctor", "--json").json()["checks"]
        return [(one["state"], one["message"]) for one in checks if one["check"] == "artifacts"]

    assert said() == [("ok", "none is in a file of its own")]
    report(1.5)
    assert said() == [("ok", "1 in files of their own, all there")]
    (file,) = (home / "artifacts").iterdir()
    stray = file.with_name("0198f3a0-0000-7000-8000-000000000002")
    stray.write_bytes(b"12345")
    assert said() == [("ok", "1 in files of their own, all there")], "it may be on its way"
    os.utime(stray, (0, 0))
    ((state, message),) = said()
    assert state == "notice"
    assert "1 file (5 bytes) that no artifact of this store names" in message
    stray.unlink()
    file.unlink()
    ((state, message),) = said()
    assert state == "problem"
    assert f"The file of 1 artifact is gone, as that of {file.name}." in message


def test_links_and_loose_tasks_are_shown(penstock: Callable[..., Said]) -> None:
    task(create_link_artifact)("https://x.org", key="link")

    shown = penstock("artifact", "inspect", "link").out

    assert "outside of a flow" in shown
    assert "https://x.org" in shown
