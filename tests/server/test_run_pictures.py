"""What the pages of runs show, of flows that really ran: timeline, graph, details."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, task
from penstock._engine.process import get_process
from penstock._ids import format_id
from penstock.cache_policies import INPUTS
from penstock.testing.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi.testclient import TestClient

    from penstock.stores.protocol import Store

#: What is wrong with the world outside, until somebody mends it.
broken: set[str] = set()


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_LOG_CONSOLE", "0")
    broken.clear()


@task
def load(number: int) -> list[int]:
    # Of a list it is known where it came from; one integer is like another.
    return [number]


@task
def clean(rows: list[int]) -> list[int]:
    if "clean" in broken:
        raise ValueError("could not convert 'n/a'")
    return [*rows]


@task(retries=2, retry_delay_seconds=0)
def flaky(number: int) -> int:
    if broken:
        broken.pop()
        raise OSError("not now")
    return number


@task(cache_policy=INPUTS)
def cached(number: int) -> int:
    return number


@flow
def inner(rows: list[int]) -> list[int]:
    return clean(rows)


@flow
def outer() -> int:
    return sum(inner(load(1)) + inner(load(2)))


@flow
def etl(number: int = 3) -> int:
    rows = load.map(range(number))
    for future in rows:
        future.result()
    return sum(future.result()[0] for future in clean.map(rows))


def get(api: TestClient, path: str, **query: Any) -> Any:
    response = api.get(f"/api{path}", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def only_run(api: TestClient, **query: Any) -> Any:
    (run,) = get(api, "/flow-runs", parent="none", **query)["items"]
    return get(api, f"/flow-runs/{run['id']}")


def states_in(timeline: Any) -> list[str]:
    return [timeline["states"][number] for number in timeline["state"]]


def names_in(timeline: Any) -> list[str]:
    return [timeline["names"][number] for number in timeline["name"]]


def test_a_map_is_drawn_with_what_each_run_used(api: TestClient) -> None:
    etl(3)
    run = only_run(api)

    assert run["sentence"].startswith("Completed in ")
    assert run["sentence"].endswith(" — 6 task runs.")
    assert (run["hint"], run["failure"], run["traceback"]) == (None, None, None)
    assert run["parameters"] == {"number": 3}
    assert run["command"].startswith("penstock run ")
    assert run["owner_is_alive"] is None
    timeline = get(api, f"/flow-runs/{run['id']}/timeline")
    assert (timeline["is_delta"], timeline["cursor"]) == (False, run["cursor"])
    assert timeline["index"] == [0, 1, 2, 3, 4, 5]
    assert names_in(timeline) == ["load"] * 3 + ["clean"] * 3
    assert timeline["run_name"] == [None] * 6
    assert states_in(timeline) == ["COMPLETED/Completed"] * 6
    assert timeline["upstreams"] == {"3": [0], "4": [1], "5": [2]}
    assert timeline["attempts"] == timeline["messages"] == {}
    assert all(a <= b for a, b in zip(timeline["start"], timeline["end"], strict=True))
    graph = get(api, f"/flow-runs/{run['id']}/graph")
    assert [(node["name"], node["kind"], node["count"]) for node in graph["nodes"]] == [
        ("load", "task", 3),
        ("clean", "task", 3),
    ]
    (edge,) = graph["edges"]
    assert (edge["source"], edge["target"], edge["count"]) == (
        graph["nodes"][0]["id"],
        graph["nodes"][1]["id"],
        3,
    )


def test_a_timeline_goes_on_from_its_cursor(api: TestClient) -> None:
    etl(1)
    run = only_run(api)
    path = f"/flow-runs/{run['id']}/timeline"
    whole = get(api, path)

    nothing = get(api, path, after=whole["cursor"])
    assert (nothing["is_delta"], nothing["index"], nothing["names"]) == (True, [], [])
    # The creation of the flow run, its beginning, and the first task run before `load` ended.
    later = get(api, path, after=whole["cursor"] - 2)
    assert (later["is_delta"], later["index"]) == (True, [1])
    beyond = get(api, path, after=whole["cursor"] + 5)
    assert (beyond["is_delta"], beyond["index"]) == (False, [0, 1])
    assert api.get(f"/api{path}", params={"after": -1}).status_code == 422


def test_retries_are_drawn_as_attempts(api: TestClient) -> None:
    @flow
    def unlucky() -> int:
        broken.update({"once", "twice"})
        return flaky(1)

    unlucky()
    run = only_run(api)
    timeline = get(api, f"/flow-runs/{run['id']}/timeline")

    assert timeline["attempt"] == [3]
    (attempts,) = timeline["attempts"].values()
    assert len(attempts) == 3
    assert all(start <= end for start, end in attempts)
    assert attempts[0][0] == timeline["start"][0]
    assert attempts[-1][1] == timeline["end"][0]
    changes = get(api, f"/task-runs/{run['id']}-0/states")
    assert [change["state_name"] for change in changes] == [
        "Running",
        "AwaitingRetry",
        "Retrying",
        "AwaitingRetry",
        "Retrying",
        "Completed",
    ]
    assert changes[1]["message"] == "OSError: not now"
    assert "OSError" in changes[1]["traceback"]
    assert (changes[1]["retry_delay"], changes[2]["attempt"]) == (0, 2)


def test_cached_task_runs_say_so(api: TestClient) -> None:
    @flow
    def twice() -> int:
        return cached(5) + cached(5)

    twice()
    run = only_run(api)

    assert run["sentence"].endswith(" — 2 task runs, 1 cached.")
    timeline = get(api, f"/flow-runs/{run['id']}/timeline")
    assert states_in(timeline) == ["COMPLETED/Completed", "COMPLETED/Cached"]
    assert [(c["state_name"], c["count"]) for c in run["task_counts"]] == [
        ("Cached", 1),
        ("Completed", 1),
    ]


def test_a_failure_is_explained_and_what_goes_on_is_told(api: TestClient) -> None:
    broken.add("clean")
    assert etl(3, return_state=True).is_failed()
    run = only_run(api)

    assert run["sentence"].startswith("Failed after ")
    assert run["sentence"].endswith(" — clean-3 raised ValueError: could not convert 'n/a'")
    assert run["failure"]["name"] == "clean-3"
    assert run["failure"]["task_run_id"] == f"{run['id']}-3"
    assert "could not convert" in run["failure"]["traceback"]
    assert run["hint"].startswith("See line ")
    assert "in clean. Retry it: 3 task runs that completed are not executed" in run["hint"]
    assert run["command"] == f"penstock flow-run retry {run['id']}"
    timeline = get(api, f"/flow-runs/{run['id']}/timeline")
    assert list(timeline["messages"]) == ["3", "4", "5"]
    assert timeline["messages"]["3"] == "ValueError: could not convert 'n/a'"
    detail = get(api, f"/task-runs/{run['id']}-3")
    assert detail["hint"].endswith("in clean.")
    assert (detail["task_name"], detail["upstreams"]) == ("clean", [0])
    assert (detail["result_size"], detail["log_count"]) == (None, 0)
    assert run["log_count"] == 2
    assert get(api, f"/task-runs/{run['id']}-0")["result_size"] > 0


def test_behind_what_did_not_run_the_failure_is_found(api: TestClient) -> None:
    broken.add("clean")

    @flow
    def looks_at_the_last() -> Any:
        return load.submit(clean.submit(clean.submit(load.submit(1)))).result()

    assert looks_at_the_last(return_state=True).is_failed()
    run = only_run(api)

    assert run["sentence"].endswith(" — clean-1 raised ValueError: could not convert 'n/a'")
    assert "in clean." in run["hint"]


def test_what_was_reused_after_a_resume_keeps_its_time(api: TestClient) -> None:
    broken.add("clean")
    etl(2, return_state=True)
    before = get(api, f"/flow-runs/{only_run(api)['id']}/timeline")
    broken.clear()
    run_id = only_run(api)["id"]
    etl.resume(run_id)
    run = only_run(api)
    timeline = get(api, f"/flow-runs/{run_id}/timeline")

    assert (run["state_name"], run["attempt"]) == ("Completed", 2)
    assert states_in(timeline) == ["COMPLETED/Completed"] * 4
    assert timeline["attempt"] == [1, 1, 2, 2]
    assert timeline["start"][:2] == before["start"][:2]
    assert sorted(timeline["attempts"]) == ["2", "3"]
    assert [len(attempts) for attempts in timeline["attempts"].values()] == [2, 2]
    assert timeline["start"][2] == timeline["attempts"]["2"][-1][0]
    reason = get(api, f"/task-runs/{run_id}-2")["reason"]
    assert reason == "attempt 1 ended Failed"
    names = [change["state_name"] for change in get(api, f"/flow-runs/{run_id}/states")]
    assert names == ["Pending", "Running", "Failed", "Retrying", "Completed"]
    counts = [(count["state_name"], count["count"]) for count in run["task_counts"]]
    assert counts == [("Completed", 4)]


def test_nested_flow_runs_are_bars_and_nodes_of_their_parent(api: TestClient) -> None:
    outer()
    run = only_run(api, flow="outer")
    timeline = get(api, f"/flow-runs/{run['id']}/timeline")

    assert names_in(timeline) == ["load", "inner", "load", "inner"]
    nested = timeline["flow_run_id"]
    assert [one is None for one in nested] == [True, False, True, False]
    assert [child["id"] for child in run["nested"]] == [nested[1], nested[3]]
    assert timeline["upstreams"] == {"1": [0], "3": [2]}
    graph = get(api, f"/flow-runs/{run['id']}/graph")
    kinds = {node["name"]: (node["kind"], node["count"]) for node in graph["nodes"]}
    assert kinds == {"load": ("task", 2), "inner": ("flow", 2)}
    assert [edge["count"] for edge in graph["edges"]] == [2]
    child = get(api, f"/flow-runs/{nested[1]}")
    assert [parent["id"] for parent in child["parents"]] == [run["id"]]
    assert (child["parent_flow_run_id"], child["parent_index"]) == (run["id"], 1)
    assert child["command"] == run["command"]


def test_a_failure_in_a_nested_flow_run_is_found_there(api: TestClient) -> None:
    broken.add("clean")
    outer(return_state=True)
    run = only_run(api, flow="outer")

    assert run["failure"]["name"] == "clean-0"
    assert run["failure"]["task_run_id"].startswith(run["nested"][0]["id"])
    assert "clean-0 raised ValueError" in run["sentence"]


def test_an_error_of_the_flow_itself_is_told_as_such(api: TestClient) -> None:
    @flow
    def divide() -> float:
        load(1)
        return 1 / 0

    divide(return_state=True)
    run = only_run(api)

    assert run["sentence"].endswith(" — the flow itself raised ZeroDivisionError: division by zero")
    assert run["failure"] is None
    assert "ZeroDivisionError" in run["traceback"]


def test_tasks_called_outside_of_flows_are_listed_and_drawn(api: TestClient) -> None:
    clean(load(7))
    get_process().flush()

    assert get(api, "/flow-runs")["items"] == []
    tasks = get(api, "/task-runs")["items"]
    assert [task["name"] for task in tasks] == ["clean-1", "load-0"]
    session = tasks[0]["flow_run_id"]
    timeline = get(api, f"/flow-runs/{session}/timeline")
    assert names_in(timeline) == ["load", "clean"]
    assert get(api, f"/flow-runs/{session}")["command"] is None
    reuse = get(api, f"/flow-runs/{session}/reuse")
    assert (reuse["is_possible"], reuse["why_not"]) == (
        False,
        "It holds tasks that no flow has called.",
    )


CRASHING = """
import os, signal, time
from penstock import flow, task

@task
def first():
    return 1

@task
def last(number):
    os.kill(os.getpid(), signal.SIGKILL)

@flow
def doomed():
    last(first())

if __name__ == "__main__":
    doomed()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_run_whose_process_was_killed_has_no_open_ends(api: TestClient, tmp_path: Path) -> None:
    script = tmp_path / "doomed.py"
    script.write_text(textwrap.dedent(CRASHING), encoding="utf-8")
    ended = subprocess.run([sys.executable, str(script)], check=False, timeout=60)
    assert ended.returncode < 0
    # Whoever opens the store next ends what the dead left.
    get_process().reap()
    run = only_run(api)

    assert run["state_type"] == "CRASHED"
    assert run["sentence"].startswith("Crashed after ")
    assert "The last task to finish was 'first-0'." in run["sentence"]
    assert run["hint"].endswith("Resume it: 1 task run that completed is not executed again.")
    assert run["command"] == f"penstock flow-run resume {run['id']}"
    assert run["entrypoint"].endswith("doomed.py:doomed")
    timeline = get(api, f"/flow-runs/{run['id']}/timeline")
    assert states_in(timeline) == ["COMPLETED/Completed", "CRASHED/Crashed"]
    assert None not in timeline["end"]
    assert list(timeline["messages"]) == ["1"]


def test_an_open_run_is_drawn_up_to_now(api: TestClient, store: Store) -> None:
    journal = Journal(store, now=time.time_ns() // 1000 - 90_000_000)
    run = format_id(raw := journal.flow_run())
    journal.task_run(raw, 0)
    journal.task_run(raw, 1, started=False, upstreams=(0,))
    journal.send()

    detail = get(api, f"/flow-runs/{run}")
    assert detail["sentence"] == "Running for 1 min 30 s — 0 of 2 task runs have ended so far."
    assert (detail["owner_is_alive"], detail["hint"], detail["command"]) == (True, None, None)
    assert detail["total_run_time"] >= 89
    timeline = get(api, f"/flow-runs/{run}/timeline")
    assert (timeline["start"][1], timeline["end"]) == (None, [None, None])
    assert timeline["now"] > timeline["start"][0]


def test_ten_thousand_mapped_and_what_sums_them_up(api: TestClient, store: Store) -> None:
    journal = Journal(store)
    run = format_id(raw := journal.flow_run())
    for index in range(10_000):
        journal.task_run(raw, index, key="flows.score", name=f"score-{index}")
        journal.finish(raw, index)
    journal.task_run(
        raw, 10_000, key="flows.report", name="the report", upstreams=tuple(range(10_000))
    )
    journal.finish(raw, 10_000)
    journal.state(raw, "COMPLETED")
    journal.send()

    timeline = get(api, f"/flow-runs/{run}/timeline")
    assert len(timeline["index"]) == 10_001
    assert (timeline["names"], len(timeline["states"])) == (["score", "report"], 1)
    assert timeline["run_name"] == [None] * 10_000 + ["the report"]
    assert timeline["upstreams"] == {"10000": list(range(10_000))}
    graph = get(api, f"/flow-runs/{run}/graph")
    assert [node["count"] for node in graph["nodes"]] == [10_000, 1]
    assert [edge["count"] for edge in graph["edges"]] == [10_000]
    assert get(api, f"/flow-runs/{run}")["task_counts"] == [
        {"state_type": "COMPLETED", "state_name": "Completed", "count": 10_001}
    ]


def test_of_more_calls_than_anybody_looks_at_the_first_are_drawn(
    api: TestClient, store: Store
) -> None:
    journal = Journal(store)
    run = format_id(raw := journal.flow_run())
    for index in (0, 99_999, 100_000, 100_001):
        journal.task_run(raw, index)
    journal.send()

    timeline = get(api, f"/flow-runs/{run}/timeline")
    assert (timeline["index"], timeline["left_out"]) == ([0, 99_999], 2)
    graph = get(api, f"/flow-runs/{run}/graph")
    assert (graph["nodes"][0]["count"], graph["left_out"]) == (2, 2)
