"""What a retry would hand back is told before it is made, and is what it then does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, task
from penstock._ids import format_id
from penstock.testing.journal import Journal

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from penstock.stores.protocol import Store

#: What bodies have done.
done: list[str] = []
broken: set[str] = set()


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_LOG_CONSOLE", "0")
    done.clear()
    broken.clear()


@task
def load(number: int) -> list[int]:
    done.append("load")
    return [number]


@task
def clean(rows: list[int]) -> list[int]:
    done.append("clean")
    if rows[0] == 1 and broken:
        raise ValueError("broken")
    return [*rows]


@task
def odd(rows: list[int]) -> Any:
    done.append("odd")
    return (row for row in rows)  # a generator cannot be stored


@flow
def part(number: int) -> list[int]:
    return clean(load(number))


@flow
def etl() -> int:
    first = clean(load(0))
    odd(first)
    part(5)
    return sum(clean(load(1)))


def get(api: TestClient, run: str, **query: Any) -> Any:
    response = api.get(f"/api/flow-runs/{run}/reuse", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def by_task(plan: Any) -> dict[str, tuple[int, int]]:
    return {row["name"]: (row["reused"], row["again"]) for row in plan["tasks"]}


def failed_run(api: TestClient) -> str:
    broken.add("clean")
    assert etl(return_state=True).is_failed()
    broken.clear()
    (run,) = api.get("/api/flow-runs", params={"parent": "none"}).json()["items"]
    return str(run["id"])


def test_a_retry_hands_back_what_was_said(api: TestClient) -> None:
    run = failed_run(api)
    plan = get(api, run)

    assert by_task(plan) == {"load": (3, 0), "clean": (2, 1), "odd": (0, 1)}
    assert (plan["reused"], plan["again"]) == (5, 2)
    assert (plan["is_possible"], plan["why_not"]) == (True, None)
    assert plan["command"] == f"penstock flow-run retry {run}"
    done.clear()
    etl.resume(run)
    assert sorted(done) == ["clean", "odd"]


def test_what_is_asked_for_runs_again_with_all_that_follows(api: TestClient) -> None:
    run = failed_run(api)
    etl.resume(run)
    plan = get(api, run, rerun="load")

    assert by_task(plan) == {"load": (0, 3), "clean": (0, 3), "odd": (0, 1)}
    assert plan["command"].endswith(" --from load")
    some = get(api, run, rerun="clean-1")
    assert by_task(some) == {"load": (3, 0), "clean": (1, 2), "odd": (0, 1)}
    unknown = get(api, run, rerun="nothing")
    assert unknown["why_not"] == "There is no task 'nothing' in it; it has clean, load, odd."
    assert get(api, run)["why_not"].startswith("It has completed; name a task")


def test_why_a_run_cannot_go_on_is_said(api: TestClient, store: Store) -> None:
    run = failed_run(api)
    nested = api.get("/api/flow-runs", params={"flow": "part"}).json()["items"][0]["id"]
    assert get(api, nested)["why_not"].endswith(f"resume that one, {run}.")

    journal = Journal(store)
    open_run = journal.flow_run(name="open")
    lost = journal.flow_run(name="lost")
    journal.state(lost, "FAILED")
    journal.send()
    assert get(api, format_id(open_run))["why_not"] == (
        "Process 4711 on host has it, and it is Running."
    )
    assert get(api, format_id(lost))["why_not"] == "Where its code is was not recorded."
    assert get(api, run, action="cancel")["why_not"] == "To cancel a run hands nothing back."
    assert api.get(f"/api/flow-runs/{run}/reuse", params={"action": "x"}).status_code == 422


def test_task_runs_that_were_rolled_back_run_again(api: TestClient, store: Store) -> None:
    journal = Journal(store)
    run = journal.flow_run()
    for index in range(2):
        journal.task_run(run, index)
        if not index:
            journal.transaction(run, 0)
            journal.join(run, index, 0, 0)
        journal.finish(run, index, result=b"v")
    journal.transaction(run, 0, "ROLLED_BACK")
    journal.state(run, "FAILED")
    journal.send()

    plan = get(api, format_id(run))
    assert by_task(plan) == {"load": (1, 1)}
