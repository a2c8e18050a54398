"""Settings, database, doctor and the search of logs."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from penstock._cli.doctor import has_wal_reset_bug
from penstock.settings import SETTINGS, load_settings, mask
from tests.cli.runs import quick, run_nightly

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said


DIES = """\
import os
from penstock import flow

@flow
def f():
    os.kill(os.getpid(), 9)

f()
"""


def test_config_tells_every_setting_and_where_it_comes_from(
    penstock: Callable[..., Said], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mkdir()
    (home / "config.toml").write_text("threads = 8\n")
    monkeypatch.setenv("PENSTOCK_LOG_PRINTS", "1")

    rows = {row["name"]: row for row in penstock("config", "show", "--json").json()}
    shown = penstock("config", "show").out

    assert list(rows) == [setting.name for setting in SETTINGS]
    assert rows["threads"] == {
        "name": "threads",
        "value": 8,
        "source": "config.toml",
        "default": 64,
        "variable": "PENSTOCK_THREADS",
        "meaning": rows["threads"]["meaning"],
    }
    assert (rows["log_prints"]["value"], rows["log_prints"]["source"]) == (True, "environment")
    assert all(setting.variable in shown and setting.meaning in shown for setting in SETTINGS)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("store", "postgresql://me:hush@db/runs", "postgresql://me:***@db/runs"),
        ("store", "https://:hush@host", "https://:***@host"),
        ("store", "sqlite:///a/b.db", "sqlite:///a/b.db"),
        ("api_key", "hush", "***"),
        ("api_key", "", ""),
        ("threads", 4, 4),
    ],
)
def test_secrets_are_not_shown(name: str, value: object, shown: object) -> None:
    assert mask(name, value) == shown


def test_a_password_in_the_store_is_shown_nowhere(
    penstock: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_STORE", "postgresql://me:hush@db/runs")

    for command in ("config show", "config show --json", "db path", "db stats", "doctor"):
        said = penstock(*command.split())
        assert "hush" not in said.out + said.err


def test_the_path_of_the_database_is_a_file(penstock: Callable[..., Said], home: Path) -> None:
    quick()

    said = penstock("db", "path")

    assert (home / "penstock.db").samefile(said.out.strip())


def test_stats_count_rows_and_bytes(penstock: Callable[..., Said]) -> None:
    run_nightly()

    counts = penstock("db", "stats", "--json").json()
    shown = penstock("db", "stats").out

    assert (counts["flow_runs"], counts["task_runs"]) == (2, 6)
    assert counts["size_bytes"] > 0
    assert counts["oldest"].endswith("Z")
    assert "Task runs      6\n" in shown


def test_pruning_deletes_what_ended_longer_ago(penstock: Callable[..., Said]) -> None:
    run_nightly()
    quick()

    young = penstock("db", "prune", "--older-than", "1h")
    dry = penstock("db", "prune", "--older-than", "0s", "--dry-run")
    before = penstock("flow-run", "ls", "--json").json()
    wet = penstock("db", "prune", "--older-than", "0s")

    assert young.out.startswith("Deleted 0 flow runs")
    assert dry.out.startswith("2 flow runs would be deleted")
    assert len(before) == 3
    assert wet.out.startswith("Deleted 3 flow runs")
    assert penstock("flow-run", "ls", "--json").json() == []


def test_the_doctor_finds_nothing_where_nothing_is_wrong(penstock: Callable[..., Said]) -> None:
    run_nightly()

    said, document = penstock("doctor"), penstock("doctor", "--json")

    assert (said.code, document.code) == (0, 0)
    assert said.out.endswith("All is well.\n")
    assert document.json()["ok"] is True
    assert {check["state"] for check in document.json()["checks"]} <= {"ok", "notice"}
    assert document.json()["checks"][0].keys() == {"check", "state", "message"}


def test_the_doctor_works_before_the_first_run(penstock: Callable[..., Said]) -> None:
    assert penstock("doctor").code == 0


def test_the_doctor_finds_rows_that_do_not_agree(penstock: Callable[..., Said], home: Path) -> None:
    quick()
    penstock("version")  # everything is closed now
    connection = sqlite3.connect(home / "penstock.db")
    connection.execute("UPDATE flow_run SET owner = 'nobody'")
    connection.commit()
    connection.close()

    said, document = penstock("doctor"), penstock("doctor", "--json")

    assert (said.code, document.code) == (1, 1)
    assert said.out.endswith("1 problem.\n")
    [problem] = [check for check in document.json()["checks"] if check["state"] == "problem"]
    assert problem["check"] == "contents"
    assert document.json()["ok"] is False


def test_the_doctor_explains_a_store_that_does_not_open(
    penstock: Callable[..., Said], home: Path
) -> None:
    home.mkdir()
    (home / "penstock.db").write_bytes(b"certainly not a database, by far " * 200)

    said = penstock("doctor")

    assert said.code == 1
    assert "problem  store" in said.out
    assert "Traceback" not in said.out + said.err


def test_the_doctor_explains_a_setting_that_cannot_be(
    penstock: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_THREADS", "many")

    said = penstock("doctor")

    assert said.code == 1
    assert "PENSTOCK_THREADS" in said.out


def test_the_doctor_brings_in_what_dead_processes_left(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    path = write("x.py", DIES)
    subprocess.run([sys.executable, path], check=False, capture_output=True)

    said = penstock("doctor")

    assert said.code == 0
    assert "1 of dead processes brought into the store" in said.out


def test_the_doctor_tells_of_journals_of_another_store(
    penstock: Callable[..., Said], write: Callable[[str, str], str], home: Path, tmp_path: Path
) -> None:
    path = write("x.py", DIES)
    other = {
        **os.environ,
        "PENSTOCK_STORE": f"sqlite:///{tmp_path.as_posix().lstrip('/')}/other.db",
    }
    subprocess.run([sys.executable, path], check=False, capture_output=True, env=other)

    said = penstock("doctor")

    assert said.code == 0
    assert "belong to another store" in said.out


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_the_doctor_notices_a_data_folder_that_others_can_read(
    penstock: Callable[..., Said], home: Path
) -> None:
    home.mkdir(mode=0o700)
    home.chmod(0o755)

    said = penstock("doctor")

    assert said.code == 0
    assert "notice   folder" in said.out
    assert "chmod 700" in said.out


@pytest.mark.parametrize(
    ("version", "is_bad"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 9), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
    ],
)
def test_versions_of_sqlite_with_the_bug_are_known(
    version: tuple[int, int, int], is_bad: bool
) -> None:
    assert has_wal_reset_bug(version) is is_bad


def test_logs_are_searched_over_all_runs(penstock: Callable[..., Said]) -> None:
    run_nightly()
    quick()

    rows = penstock("logs", "search", "LOADING", "--json").json()
    newest = penstock("logs", "search", "loading", "--limit", "1", "--json").json()
    shown = penstock("logs", "search", "loading")

    assert [row["message"] for row in rows] == ["loading 2026-03-01", "loading today"]
    assert [row["message"] for row in newest] == ["loading today"]
    assert shown.out.count("Flow run ") == 2
    assert rows[0]["flow_run_id"] in shown.out


@pytest.mark.parametrize(
    ("options", "count"),
    [(["--level", "error"], 0), (["--level", "info"], 2), (["--flow-run", "latest"], 1)],
)
def test_the_search_is_narrowed_by_options(
    penstock: Callable[..., Said], options: list[str], count: int
) -> None:
    run_nightly()
    quick()

    assert len(penstock("logs", "search", "loading", "--json", *options).json()) == count


def test_a_search_that_finds_nothing_says_so(penstock: Callable[..., Said]) -> None:
    assert penstock("logs", "search", "nix").out == "No log line contains 'nix'.\n"


def test_a_store_in_memory_is_empty_for_every_command(
    penstock: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_STORE", "memory:")
    assert load_settings().store_url == "memory:"

    assert penstock("flow-run", "ls", "--json").json() == []
    assert penstock("doctor").code == 0
    assert penstock("db", "path").out == "memory:\n"
