"""The sentence about a run, and what to try: from rows alone."""

from __future__ import annotations

from typing import Any

import pytest

from penstock._server.story import (
    Blamed,
    blamed,
    hint_for_flow_run,
    hint_for_task_run,
    sentence,
)
from penstock.stores.rows import FlowRunRow, StateTally, TaskRunRow

NOTHING: dict[str, Any] = dict.fromkeys(FlowRunRow._fields)
TRACEBACK = """Traceback (most recent call last):
  File "/srv/flows/etl.py", line 30, in etl
    clean(rows)
  File "/srv/flows/etl.py", line 18, in clean
    float(row)
ValueError: could not convert string to float: 'n/a'
"""


def flow_run(state_type: str, name: str | None = None, **values: Any) -> FlowRunRow:
    shown = name or state_type.capitalize()
    facts = {"kind": "flow", "name": "brisk-vole", "attempt": 1, **values}
    return FlowRunRow(**{**NOTHING, "state_type": state_type, "state_name": shown, **facts})


def task_run(state_name: str, message: str | None, **values: Any) -> TaskRunRow:
    nothing: dict[str, Any] = dict.fromkeys(TaskRunRow._fields)
    facts = {"name": "clean-3", "state_type": "FAILED", **values}
    return TaskRunRow(**{**nothing, "state_name": state_name, "message": message, **facts})


def tallies(**counts: int) -> list[StateTally]:
    types = {"Cached": "COMPLETED", "Reused": "COMPLETED"}
    return [
        StateTally(types.get(name, name.upper()), name, count) for name, count in counts.items()
    ]


@pytest.mark.parametrize(
    ("row", "seconds", "counts", "failure", "said"),
    [
        (flow_run("COMPLETED"), 41.0, {}, None, "Completed in 41.0 s."),
        (flow_run("COMPLETED"), None, {}, None, "Completed in 0 ms."),
        (
            flow_run("COMPLETED"), 0.5, {"Completed": 3, "Cached": 8, "Reused": 1}, None,
            "Completed in 500 ms — 12 task runs, 8 cached, 1 reused.",
        ),
        (
            flow_run("COMPLETED"), 2, {"Completed": 1}, None,
            "Completed in 2.0 s — 1 task run.",
        ),
        (
            flow_run("COMPLETED"), 2, {"Completed": 1, "Failed": 1}, None,
            "Completed in 2.0 s — 2 task runs, 1 failed.",
        ),
        (
            flow_run("FAILED", message="Task run 'clean-3': ValueError: no"), 397, {},
            task_run("Failed", "ValueError: no"),
            "Failed after 6 min 37 s — clean-3 raised ValueError: no",
        ),
        (
            flow_run("FAILED", message="x"), 3, {},
            task_run("TimedOut", "Task run 'clean-3' took longer than 2 s."),
            "Failed after 3.0 s — clean-3 took too long: Task run 'clean-3' took longer than 2 s.",
        ),
        (
            flow_run("FAILED", message="x"), 3, {}, task_run("Failed", "nothing left"),
            "Failed after 3.0 s — clean-3 ended Failed: nothing left",
        ),
        (
            flow_run("FAILED", message="KeyError: 'a'", traceback="tb"), 3, {}, None,
            "Failed after 3.0 s — the flow itself raised KeyError: 'a'",
        ),
        (flow_run("FAILED", message="3 left"), 3, {}, None, "Failed after 3.0 s — 3 left"),
        (flow_run("FAILED"), None, {}, None, "Failed before it began."),
        (
            flow_run("CRASHED", message="Process 7 on host died: killed by signal 9 (SIGKILL)."),
            5, {}, None,
            "Crashed after 5.0 s — Process 7 on host died: killed by signal 9 (SIGKILL).",
        ),
        (
            flow_run("CANCELLED", message="Cancelled by anna on laptop."), 5, {}, None,
            "Cancelled after 5.0 s — by anna on laptop.",
        ),
        (
            flow_run("RUNNING", "Retrying", attempt=2), 182, {"Completed": 1_000, "Running": 2},
            None,
            "Running in attempt 2 for 3 min 2 s — 1,000 of 1,002 task runs have ended so far.",
        ),
        (flow_run("RUNNING"), 1, {}, None, "Running for 1.0 s."),
        (flow_run("PENDING"), None, {}, None, "Has not begun yet."),
        (flow_run("PAUSED"), 9, {}, None, "Waits for a person."),
        (flow_run("CANCELLING"), 9, {}, None, "Is being cancelled."),
        (flow_run("SCHEDULED"), None, {}, None, "Waits for its time."),
        (flow_run("SCHEDULED", "Late"), None, {}, None, "Is late."),
        (
            flow_run("SCHEDULED", "AwaitingRetry", message="OSError: no"), None, {}, None,
            "Failed, and will be tried again — OSError: no",
        ),
    ],
)  # fmt: skip
def test_a_sentence_says_what_happened(
    row: FlowRunRow,
    seconds: float | None,
    counts: dict[str, int],
    failure: TaskRunRow | None,
    said: str,
) -> None:
    assert sentence(row, seconds, tallies(**counts), failure) == said


def test_a_long_message_is_cut_to_one_line() -> None:
    said = sentence(flow_run("CRASHED", message="a" * 999 + "\nmore"), 1, [], None)

    assert said.endswith("aaa…")
    assert len(said) < 350
    assert "\n" not in said


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("Task run 'clean-3': ValueError: no", Blamed("clean-3", None)),
        (
            "UpstreamFailed: Task 'a-2' did not run, because 'clean-12' failed (ValueError: no)",
            Blamed("clean-12", None),
        ),
        ("4 task runs failed, first 'clean-3': ValueError: no", Blamed("clean-3", None)),
        (
            "Task run 'clean-3' of flow run 'calm-otter' failed with ValueError: no",
            Blamed("clean-3", "calm-otter"),
        ),
        ("ValueError: no", None),
        (None, None),
    ],
)
def test_the_task_run_that_a_message_names_is_found(
    message: str | None, found: Blamed | None
) -> None:
    assert blamed(message) == found


@pytest.mark.parametrize(
    ("row", "counts", "failure", "hint"),
    [
        (flow_run("COMPLETED"), {}, None, None),
        (flow_run("RUNNING"), {}, None, None),
        (flow_run("PAUSED"), {}, None, "Answer what it waits for; it goes on by itself."),
        (
            flow_run("FAILED"), {"Completed": 35},
            task_run("Failed", "ValueError: no", traceback=TRACEBACK),
            ("See line 18 of etl.py, in clean. "
            "Retry it: 35 task runs that completed are not executed again."),
        ),
        (
            flow_run("FAILED"), {}, task_run("Failed", "builtins.FileNotFoundError: x"),
            "Check the path; a relative one starts where the flow was started. Retry it.",
        ),
        (
            flow_run("FAILED", message="ModuleNotFoundError: x", parent_flow_run_id="a"), {}, None,
            "Install the missing module in the environment that runs the flow.",
        ),
        (
            flow_run("FAILED"), {"Completed": 1}, task_run("TimedOut", "late"),
            ("Give it more time (`timeout_seconds=`), or find what it waits for. "
            "Retry it: 1 task run that completed is not executed again."),
        ),
        (
            flow_run("CRASHED", message="Process 7 died: killed by signal 9 (SIGKILL)."),
            {"Completed": 2_000}, None,
            ("The system may have killed it for want of memory: its own log says so. "
            "Resume it: 2,000 task runs that completed are not executed again."),
        ),
        (flow_run("CANCELLED", kind="session"), {}, None, None),
    ],
)  # fmt: skip
def test_a_hint_says_what_to_try(
    row: FlowRunRow, counts: dict[str, int], failure: TaskRunRow | None, hint: str | None
) -> None:
    assert hint_for_flow_run(row, tallies(**counts), failure) == hint


def test_hints_for_task_runs() -> None:
    not_run = task_run("UpstreamFailed", "x")
    windows = task_run("Failed", "E: x", traceback='  File "C:\\flows\\etl.py", line 2, in a\n')

    assert hint_for_task_run(task_run("Completed", None, state_type="COMPLETED")) is None
    assert "not executed" in str(hint_for_task_run(not_run))
    assert hint_for_task_run(windows) == "See line 2 of etl.py, in a."
    assert hint_for_task_run(task_run("Failed", "no")) is None
    crashed = hint_for_task_run(task_run("Crashed", "x", state_type="CRASHED"))
    assert str(crashed).startswith("Resume its flow run")
