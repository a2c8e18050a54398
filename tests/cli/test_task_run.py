"""`penstock task-run`: lists, and one task run with its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock.flows import flow
from tests.cli.runs import load, nothing, quick, run_nightly

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said

#: Scripts rely on these names; they may become more, never fewer.
FIELDS = {
    "id",
    "name",
    "task_key",
    "flow_run_id",
    "index",
    "state_type",
    "state_name",
    "message",
    "created",
    "start_time",
    "end_time",
    "total_run_time",
    "attempt",
    "tags",
    "parent_index",
    "upstreams",
}


def test_the_json_list_has_the_fields_scripts_rely_on(penstock: Callable[..., Said]) -> None:
    run_nightly()
    flow_run = penstock("flow-run", "inspect", "latest", "--json").json()

    rows = penstock("task-run", "ls", "--flow-run", "latest", "--json").json()

    assert rows[0].keys() == FIELDS
    assert rows[0]["id"] == f"{flow_run['id']}-0"
    assert rows[0]["task_key"] == "tests.cli.runs.load"
    assert {row["flow_run_id"] for row in rows} == {flow_run["id"]}
    assert [row["index"] for row in rows] == [0, 1, 2, 4, 5, 6]
    assert next(row["attempt"] for row in rows if row["name"] == "clean-5") == 2


def test_a_task_called_outside_of_a_flow_has_no_flow_run(penstock: Callable[..., Said]) -> None:
    load("alone")

    [row] = penstock("task-run", "ls", "--json").json()
    page = penstock("task-run", "inspect", row["id"], "--json").json()
    shown = penstock("task-run", "inspect", row["id"])
    [line] = penstock("logs", "search", "alone", "--json").json()

    assert row["flow_run_id"] is None
    assert page["flow_run_id"] is None
    assert line["flow_run_id"] is None
    assert "Flow run  none; the task was called outside of a flow" in shown.out


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--limit", "2"], ["load-0", "clean-6"]),
        (["--state", "failed"], ["clean-5"]),
        (["--name", "LOAD"], ["load-0", "load-0"]),
        (["--flow-run", "latest"], ["load-0"]),
        (["--flow-run", "latest", "--state", "failed"], []),
    ],
)
def test_the_list_is_narrowed_by_options(
    penstock: Callable[..., Said], options: list[str], names: list[str]
) -> None:
    run_nightly()
    quick()

    rows = penstock("task-run", "ls", "--json", *options).json()

    assert [row["name"] for row in rows] == names


def test_lists_longer_than_a_page_are_whole(penstock: Callable[..., Said]) -> None:
    @flow
    def many() -> None:
        for _ in range(1_203):
            nothing()

    many()

    rows = penstock("task-run", "ls", "--flow-run", "latest", "--limit", "5000", "--json").json()
    newest = penstock("task-run", "ls", "--limit", "1100", "--json").json()

    assert [row["index"] for row in rows] == list(range(1_203))
    assert [row["index"] for row in newest] == list(reversed(range(103, 1_203)))


def test_empty_lists_say_what_to_do(penstock: Callable[..., Said]) -> None:
    assert "There are no task runs yet." in penstock("task-run", "ls").out
    quick()
    assert "No task run fits." in penstock("task-run", "ls", "--state", "failed").out


@pytest.mark.parametrize("words", ["latest-5", "{name}-5", "{id}-5", "{short}-5", "clean-5"])
def test_a_task_run_is_found_by_its_flow_run_and_index_or_by_its_name(
    penstock: Callable[..., Said], words: str
) -> None:
    run_nightly()
    above = penstock("flow-run", "inspect", "latest", "--json").json()
    word = words.format(name=above["name"], id=above["id"], short=above["id"][:18])

    page = penstock("task-run", "inspect", word, "--json").json()

    assert page["name"] == "clean-5"


@pytest.mark.parametrize("word", ["5", "clean-5"])
def test_in_a_flow_run_an_index_or_a_name_is_enough(
    penstock: Callable[..., Said], word: str
) -> None:
    run_nightly()

    page = penstock("task-run", "inspect", word, "--flow-run", "latest", "--json").json()

    assert page["name"] == "clean-5"


def test_a_name_in_several_flow_runs_lists_the_ids(penstock: Callable[..., Said]) -> None:
    quick()
    quick()

    said = penstock("task-run", "inspect", "load-0")

    assert said.code == 2
    assert "2 task runs are named 'load-0'" in said.err
    assert "--flow-run" in said.err


def test_the_json_page_tells_the_history_with_its_retries(penstock: Callable[..., Said]) -> None:
    run_nightly()

    page = penstock("task-run", "inspect", "latest-5", "--json").json()

    assert page.keys() == FIELDS | {"history", "traceback"}
    assert [change["state_name"] for change in page["history"]] == [
        "Pending",
        "Running",
        "AwaitingRetry",
        "Retrying",
        "Failed",
    ]
    assert page["history"][0].keys() == {
        "timestamp",
        "state_type",
        "state_name",
        "message",
        "traceback",
        "attempt",
        "retry_delay",
        "reason",
    }
    assert page["history"][2]["message"] == "ValueError: row 2 has no score"
    assert "row 2 has no score" in page["traceback"]


def test_the_page_shows_states_and_traceback(penstock: Callable[..., Said]) -> None:
    run_nightly()

    lines = penstock("task-run", "inspect", "latest-5").out.splitlines()

    assert "State     Failed: ValueError: row 2 has no score" in lines
    assert "Attempts  2" in lines
    assert any("  AwaitingRetry  " in line for line in lines)
    assert lines.count("  Traceback (most recent call last):") == 1
    assert lines[-1].startswith("Log lines: penstock flow-run logs ")
