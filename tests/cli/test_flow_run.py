"""`penstock flow-run`: lists, pages, logs and deletion."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from penstock.flows import flow
from penstock.settings import load_settings
from penstock.stores import open_store
from penstock.tasks import task
from tests.cli.runs import load, nightly, quick, run_nightly

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

#: Scripts rely on these names; they may become more, never fewer.
FIELDS = {
    "id",
    "name",
    "flow_name",
    "version",
    "state_type",
    "state_name",
    "message",
    "created",
    "start_time",
    "end_time",
    "total_run_time",
    "attempt",
    "tags",
    "parameters",
    "parent_flow_run_id",
    "parent_index",
    "upstreams",
    "host",
    "pid",
}


def test_without_runs_the_list_teaches_a_program_that_works(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    said = penstock("flow-run", "ls")
    program = said.out[said.out.index("from penstock") : said.out.index("\nand run it")]
    write("hello.py", program)

    assert len([line for line in program.splitlines() if line]) == 6
    assert penstock("run", "hello.py").out == "Hello, world!\n"


def test_without_runs_the_json_list_is_empty(penstock: Callable[..., Said]) -> None:
    assert penstock("flow-run", "ls", "--json").json() == []


def test_the_json_list_has_the_fields_scripts_rely_on(penstock: Callable[..., Said]) -> None:
    run_nightly()

    child, parent = penstock("flow-run", "ls", "--json").json()

    assert child.keys() == parent.keys() == FIELDS
    assert (parent["flow_name"], parent["version"], parent["tags"]) == ("nightly", "7", ["eu"])
    assert (parent["state_type"], parent["state_name"]) == ("FAILED", "Failed")
    assert parent["parameters"] == {"day": "2026-03-01", "limit": 3}
    assert parent["created"] <= parent["start_time"] <= parent["end_time"]
    assert parent["end_time"].endswith("Z")
    assert 0 < parent["total_run_time"] < 60
    assert parent["parent_flow_run_id"] is None
    assert (child["flow_name"], child["parent_flow_run_id"]) == ("nested", parent["id"])


@pytest.mark.parametrize(
    ("options", "flows"),
    [
        ([], ["quick", "nested", "nightly"]),
        (["--flow", "nightly"], ["nightly"]),
        (["--state", "failed"], ["nightly"]),
        (["--state", "FAILED", "--state", "completed"], ["quick", "nested", "nightly"]),
        (["--limit", "1"], ["quick"]),
        (["--no-nested"], ["quick", "nightly"]),
        (["--since", "1h"], ["quick", "nested", "nightly"]),
        (["--since", "0s"], []),
        (["--name", "no such name"], []),
    ],
)
def test_the_list_is_narrowed_by_options(
    penstock: Callable[..., Said], options: list[str], flows: list[str]
) -> None:
    run_nightly()
    quick()

    rows = penstock("flow-run", "ls", "--json", *options).json()

    assert [row["flow_name"] for row in rows] == flows


def test_the_piped_list_is_whole_and_plain(penstock: Callable[..., Said]) -> None:
    run_nightly()
    [child, parent] = penstock("flow-run", "ls", "--json").json()

    titles, *lines = penstock("flow-run", "ls").out.splitlines()

    assert titles.split() == ["ID", "NAME", "FLOW", "STATE", "STARTED", "TOOK", "MESSAGE"]
    assert lines[0].startswith(f"{child['id']}  {child['name']}")
    assert lines[1].startswith(f"{parent['id']}  {parent['name']}")
    assert lines[1].endswith(parent["message"])


def test_a_list_that_nothing_fits_says_so(penstock: Callable[..., Said]) -> None:
    quick()

    said = penstock("flow-run", "ls", "--state", "crashed")

    assert said.out.startswith("No flow run fits.")


def test_latest_is_the_newest_run_that_no_other_flow_has_called(
    penstock: Callable[..., Said],
) -> None:
    run_nightly()

    page = penstock("flow-run", "inspect", "latest", "--json").json()

    assert page["flow_name"] == "nightly"


def test_a_run_is_found_by_the_beginning_of_its_id_and_by_its_name(
    penstock: Callable[..., Said],
) -> None:
    quick()
    [row] = penstock("flow-run", "ls", "--json").json()

    for word in (row["id"], row["id"][:8], row["id"].replace("-", ""), row["name"]):
        assert penstock("flow-run", "inspect", word, "--json").json()["id"] == row["id"]


def test_a_name_that_several_runs_have_lists_their_ids(penstock: Callable[..., Said]) -> None:
    @flow(flow_run_name="same")
    def twin() -> None: ...

    twin()
    twin()
    ids = [row["id"] for row in penstock("flow-run", "ls", "--json").json()]

    said = penstock("flow-run", "inspect", "same")

    assert said.code == 2
    assert "2 flow runs are named 'same'" in said.err
    assert all(id_ in said.err for id_ in ids)


def test_the_json_page_has_the_task_runs_and_the_error(penstock: Callable[..., Said]) -> None:
    run_nightly()

    page = penstock("flow-run", "inspect", "latest", "--json").json()

    assert page.keys() == FIELDS | {
        "traceback",
        "pauses",
        "task_run_counts",
        "task_runs",
        "nested_flow_runs",
    }
    assert page["task_run_counts"] == {"Completed": 5, "Failed": 1}
    assert [run["name"] for run in page["task_runs"]] == [
        "load-0",
        "outer-1",
        "inner-2",
        "clean-4",
        "clean-5",
        "clean-6",
    ]
    assert page["task_runs"][2]["parent_index"] == 1
    assert [run["flow_name"] for run in page["nested_flow_runs"]] == ["nested"]
    assert "ValueError: row 2 has no score" in page["traceback"]


def test_the_page_follows_a_failed_run_to_its_traceback(penstock: Callable[..., Said]) -> None:
    run_nightly()

    said = penstock("flow-run", "inspect", "latest")

    lines = said.out.splitlines()
    assert lines[0].startswith("Flow run    ")
    assert 'Parameters  day="2026-03-01", limit=3' in lines
    assert "Task runs   5 Completed, 1 Failed" in lines
    table = {line.split()[1]: line for line in lines if line[:2].strip().isdecimal()}
    assert "    inner-2" not in table["outer-1"]
    assert "    inner-2" in table["inner-2"]
    assert table["clean-5"].endswith("2         ValueError: row 2 has no score")
    assert '      raise ValueError("row 2 has no score")' in lines
    assert lines[-2].startswith("Log lines: penstock flow-run logs ")
    assert lines[-1].startswith("A task run: penstock task-run inspect ")


def test_the_commands_that_a_page_names_work(penstock: Callable[..., Said]) -> None:
    run_nightly()
    lines = penstock("flow-run", "inspect", "latest").out.splitlines()

    for line in lines[-2:]:
        said = penstock(*line.partition(": penstock ")[2].split())
        assert (said.code, said.err) == (0, "")
        assert said.out


def test_a_run_of_many_tasks_is_summed_up(penstock: Callable[..., Said]) -> None:
    @task
    def check(n: int) -> None:
        if n == 50:
            raise ValueError("fifty")

    @flow
    def wide() -> None:
        check.map(range(150))

    wide(return_state=True)

    said = penstock("flow-run", "inspect", "latest")
    page = penstock("flow-run", "inspect", "latest", "--json").json()

    assert "check-50" in said.out
    assert "check-51" not in said.out
    assert "149 more: penstock task-run ls --flow-run" in said.out
    assert len(page["task_runs"]) == 150


def test_a_run_whose_process_was_killed_is_shown_as_crashed(
    penstock: Callable[..., Said], write: Callable[[str, str], str], home: Path
) -> None:
    path = write(
        "x.py",
        "import os\nfrom penstock import flow, task\n"
        "@task\ndef die():\n    os.kill(os.getpid(), 9)\n"
        "@flow\ndef f():\n    die()\n\nf()\n",
    )
    subprocess.run([sys.executable, path], check=False, capture_output=True)

    [row] = penstock("flow-run", "ls", "--json").json()
    said = penstock("flow-run", "inspect", "latest")

    assert row["state_type"] == "CRASHED"
    assert "State      Crashed: Process" in said.out
    assert "die-0" in said.out


def test_logs_are_shown_with_the_run_that_wrote_them(penstock: Callable[..., Said]) -> None:
    run_nightly()

    lines = penstock("flow-run", "logs", "latest").out.splitlines()

    assert any(line.endswith("INFO      load-0  loading 2026-03-01") for line in lines)
    assert any(line.endswith("hello from the nested run") for line in lines)
    at = next(at for at, line in enumerate(lines) if "inner-2  deep down" in line)
    assert lines[at + 1] == "    in the second line"


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        (["--level", "error", "--task", "inner-2"], ["deep down\nin the second line"]),
        (["--task", "0"], ["loading 2026-03-01"]),
        (["--task", "load"], ["loading 2026-03-01"]),
    ],
)
def test_logs_are_narrowed_by_task_and_level(
    penstock: Callable[..., Said], options: list[str], messages: list[str]
) -> None:
    run_nightly()

    rows = penstock("flow-run", "logs", "latest", "--json", *options).json()

    assert [row["message"] for row in rows] == messages
    assert rows[0].keys() == {
        "id",
        "flow_run_id",
        "task_run_id",
        "timestamp",
        "level",
        "logger",
        "message",
    }


def test_logs_of_a_task_that_is_not_there_are_wrong_use(penstock: Callable[..., Said]) -> None:
    quick()

    said = penstock("flow-run", "logs", "latest", "--task", "nix")

    assert (said.code, said.out) == (2, "")
    assert "There is no task run 'nix'" in said.err


def test_following_a_run_ends_with_the_run(penstock: Callable[..., Said]) -> None:
    quick()

    said = penstock("flow-run", "logs", "latest", "--follow")

    assert said.code == 0
    assert "loading today" in said.out


def test_following_shows_what_is_logged_later(
    home: Path, write: Callable[[str, str], str], tmp_path: Path, shell: Callable[..., Said]
) -> None:
    write(
        "x.py",
        "import sys\nfrom penstock import flow, get_run_logger\n@flow\ndef f():\n"
        "    print('ready', flush=True)\n    sys.stdin.readline()\n"
        "    get_run_logger().info('the last word')\n\nf()\n",
    )
    command = [sys.executable, "-m", "penstock"]
    with (
        subprocess.Popen(
            [sys.executable, "x.py"],
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as run,
    ):
        assert run.stdin is not None
        assert run.stdout is not None
        run.stdout.readline()
        # The first lines are in the store as soon as the list shows the run.
        while not shell("flow-run", "logs", "latest").out:
            pass
        with subprocess.Popen(
            [*command, "flow-run", "logs", "latest", "-f"], stdout=subprocess.PIPE, text=True
        ) as reader:
            assert reader.stdout is not None
            first = reader.stdout.readline()
            run.stdin.write("\n")
            run.stdin.flush()
            rest = reader.stdout.read()

    assert "Flow 'f' began" in first
    assert "the last word" in rest
    assert "Completed in" in rest
    assert reader.returncode == 0


def test_deleting_without_a_terminal_wants_yes(penstock: Callable[..., Said]) -> None:
    quick()

    refused = penstock("flow-run", "delete", "latest")

    assert refused.code == 2
    assert "add --yes" in refused.err
    assert len(penstock("flow-run", "ls", "--json").json()) == 1


def test_deleting_takes_the_files_of_results_along(
    penstock: Callable[..., Said], home: Path
) -> None:
    @task(persist_result=True)
    def kept() -> int:
        return 1

    @flow
    def keeps() -> None:
        kept()

    keeps()
    assert [files for _, _, files in os.walk(home / "results") if files]

    said = penstock("flow-run", "delete", "latest", "--yes")

    assert said.out.startswith("Deleted flow run")
    assert penstock("flow-run", "ls", "--json").json() == []
    assert not [files for _, _, files in os.walk(home / "results") if files]


def test_tasks_outside_of_flows_are_in_no_list_of_flow_runs(
    penstock: Callable[..., Said],
) -> None:
    load("alone")

    assert penstock("flow-run", "ls", "--json").json() == []


def test_reading_leaves_the_store_as_it_was(penstock: Callable[..., Said]) -> None:
    nightly(limit=1)
    before = _dump()

    for command in ("ls", "inspect latest", "logs latest"):
        assert penstock("flow-run", *command.split()).code == 0

    assert _dump() == before


def _dump() -> list[object]:
    store = open_store(load_settings().store_url)
    try:
        return list(store.read_events(0, 1000))
    finally:
        store.close()
