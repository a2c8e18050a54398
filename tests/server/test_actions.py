"""What can be done to flow runs from the dashboard, and what is said of it."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from penstock._ids import format_id, new_id
from penstock._server.launching import make_command
from penstock.stores.filters import FlowRunFilter
from penstock.testing.children import eventually
from penstock.testing.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi.testclient import TestClient

    from penstock.stores.protocol import Store

PROGRAM = """
import os
from penstock import flow, task
from penstock import pause_flow_run

def note(text):
    with open("witness", "a") as file:
        file.write(text + "\\n")

@task
def load():
    note("load")
    return 20

@task
def check(value):
    note("check")
    if not os.path.exists("mended"):
        raise ValueError("not mended")
    return value + 1

@flow
def nightly():
    return check(load())

@flow
def asking():
    number = pause_flow_run(wait_for_input=int, timeout=60)
    note(f"got {number}")

if __name__ == "__main__":
    import sys
    {"nightly": nightly, "asking": asking}[sys.argv[1]]()
"""


@pytest.fixture
def journal(store: Store) -> Journal:
    return Journal(store)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "flows"
    place.mkdir()
    (place / "pipeline.py").write_text(PROGRAM)
    return place


def run_failed(folder: Path, store: Store) -> str:
    """Leave a run that failed at its second task."""
    command = [sys.executable, "pipeline.py", "nightly"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert "not mended" in done.stderr
    return store.find_flow_runs(FlowRunFilter(), 1)[0].id


def ended(store: Store, run: str, state: str) -> None:
    eventually(lambda: store.get_flow_run(run).state_type == state, f"the run is {state}")


def test_a_retry_executes_what_is_left_in_a_process_of_its_own(
    api: TestClient, store: Store, folder: Path
) -> None:
    run = run_failed(folder, store)
    (folder / "mended").touch()

    answer = api.post(f"/api/flow-runs/{run}/retry", json={})

    assert answer.json()["done"], answer.text
    assert "goes on in process" in answer.json()["message"]
    ended(store, run, "COMPLETED")
    assert (folder / "witness").read_text().split() == ["load", "check", "check"]


def test_a_task_can_be_chosen_to_run_again(api: TestClient, store: Store, folder: Path) -> None:
    run = run_failed(folder, store)
    (folder / "mended").touch()

    api.post(f"/api/flow-runs/{run}/retry", json={"rerun": ["load"]})

    ended(store, run, "COMPLETED")
    assert (folder / "witness").read_text().split() == ["load", "check", "load", "check"]
    unknown = api.post(f"/api/flow-runs/{run}/retry", json={"rerun": ["--take-over"]})
    assert unknown.status_code == 409
    assert "there is no task '--take-over'" in unknown.json()["detail"]


def test_of_two_who_retry_at_once_one_is_told_that_it_runs(
    api: TestClient, store: Store, folder: Path
) -> None:
    run = run_failed(folder, store)
    (folder / "mended").touch()

    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(api.post, f"/api/flow-runs/{run}/retry", json={}) for _ in range(2)]
        answers = [one.result() for one in asked]

    # Both are told that it goes on, or one that it was too late; the work is done once.
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert 200 in {answer.status_code for answer in answers}
    ended(store, run, "COMPLETED")
    assert (folder / "witness").read_text().split() == ["load", "check", "check"]


def test_a_run_whose_code_is_gone_is_refused_with_the_reason(
    api: TestClient, store: Store, folder: Path
) -> None:
    run = run_failed(folder, store)
    (folder / "pipeline.py").unlink()

    for action in ("retry", "resume"):
        answer = api.post(f"/api/flow-runs/{run}/{action}", json={})

        assert answer.status_code == 409
        assert answer.json()["type"] == "not_resumable"
        assert "pipeline.py, which is not there any more" in answer.json()["detail"]


def test_what_the_new_process_stumbles_over_is_told(
    api: TestClient, store: Store, folder: Path
) -> None:
    run = run_failed(folder, store)
    (folder / "pipeline.py").write_text("raise RuntimeError('half written')")

    answer = api.post(f"/api/flow-runs/{run}/retry", json={})

    assert answer.status_code == 409
    assert "half written" in answer.json()["detail"]


def test_a_run_that_waits_goes_on_with_its_answer(
    api: TestClient, store: Store, folder: Path
) -> None:
    command = [sys.executable, "pipeline.py", "asking"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL) as waiting:
        eventually(
            lambda: store.find_flow_runs(FlowRunFilter(state_types=("PAUSED",)), 1), "it waits"
        )
        run = store.find_flow_runs(FlowRunFilter(), 1)[0].id

        wrong = api.post(f"/api/flow-runs/{run}/resume", json={"input": "many"})
        assert wrong.status_code == 422
        assert wrong.json()["type"] == "invalid_answer"
        answer = api.post(f"/api/flow-runs/{run}/resume", json={"input": 7})

        assert answer.status_code == 200
        assert "has its answer" in answer.json()["message"]
        assert waiting.wait(20) == 0
    assert (folder / "witness").read_text() == "got 7\n"
    late = api.post(f"/api/flow-runs/{run}/resume", json={"input": 8})
    assert late.status_code == 409


def test_cancelling_asks_the_owner(api: TestClient, store: Store, journal: Journal) -> None:
    run = format_id(journal.flow_run(name="calm-otter"))
    journal.send()

    answer = api.post(f"/api/flow-runs/{run}/cancel")

    assert answer.json()["done"]
    [command] = store.find_commands(journal.owner.incarnation, 0)
    assert (command.flow_run_id, command.kind) == (run, "cancel")
    assert command.sender.startswith("the dashboard on ")


def test_what_has_ended_cannot_be_cancelled(api: TestClient, journal: Journal) -> None:
    run = journal.flow_run()
    journal.state(run, "COMPLETED")
    journal.send()

    answer = api.post(f"/api/flow-runs/{format_id(run)}/cancel")

    assert answer.status_code == 200
    assert not answer.json()["done"]
    assert "had ended before: Completed" in answer.json()["message"]


def test_a_run_is_deleted_once_it_has_ended(
    api: TestClient, store: Store, journal: Journal
) -> None:
    run = journal.flow_run()
    journal.send()
    path = f"/api/flow-runs/{format_id(run)}"
    assert api.delete(path).json()["type"] == "still_running"
    journal.state(run, "FAILED")
    journal.send()

    assert api.delete(path).json()["done"]

    assert api.delete(path).status_code == 404
    assert store.find_flow_runs(FlowRunFilter(), 9) == []


def test_a_beginning_or_a_name_is_no_id_to_act_on(
    api: TestClient, store: Store, journal: Journal
) -> None:
    run = journal.flow_run(name="calm-otter")
    journal.state(run, "FAILED")
    journal.send()

    for text in ("calm-otter", format_id(run)[:8], format_id(run).upper(), "latest", "%00", ".."):
        answer = api.delete(f"/api/flow-runs/{text}")

        assert answer.status_code in {404, 405, 422}
    assert len(store.find_flow_runs(FlowRunFilter(), 9)) == 1


def test_many_are_deleted_and_the_refused_come_first(
    api: TestClient, store: Store, journal: Journal
) -> None:
    runs = [journal.flow_run(flow_name="old") for _ in range(30)]
    for run in runs[1:]:
        journal.state(run, "COMPLETED")
    other = journal.flow_run(flow_name="new")
    journal.state(other, "COMPLETED")
    journal.send()

    answer = api.post(
        "/api/flow-runs/bulk", json={"action": "delete", "where": {"flow": ["old"]}}
    ).json()

    assert (answer["done"], answer["refused"]) == (29, 1)
    assert answer["outcomes"][0]["flow_run_id"] == format_id(runs[0])
    assert "RUNNING" in answer["outcomes"][0]["message"].upper()
    assert {row.id for row in store.find_flow_runs(FlowRunFilter(), 99)} == {
        format_id(runs[0]),
        format_id(other),
    }


def test_many_are_named_by_their_ids(api: TestClient, store: Store, journal: Journal) -> None:
    run = journal.flow_run()
    journal.send()
    missing = format_id(new_id())

    answer = api.post(
        "/api/flow-runs/bulk", json={"action": "cancel", "ids": [format_id(run), missing]}
    ).json()

    assert (answer["done"], answer["refused"]) == (1, 1)
    assert answer["outcomes"][0]["flow_run_id"] == missing
    assert len(store.find_commands(journal.owner.incarnation, 0)) == 1


def test_many_are_gone_on_with_in_turn(api: TestClient, store: Store, folder: Path) -> None:
    runs = [run_failed(folder, store) for _ in range(3)]
    (folder / "mended").touch()

    answer = api.post("/api/flow-runs/bulk", json={"action": "retry", "ids": runs}).json()

    assert answer["done"] == 3
    for run in runs:
        ended(store, run, "COMPLETED")
    again = api.post("/api/flow-runs/bulk", json={"action": "retry", "ids": runs}).json()
    assert again["refused"] == 3
    assert "it has completed" in again["outcomes"][0]["message"]


@pytest.mark.parametrize("which", [{}, {"ids": [], "where": {}}])
def test_which_runs_are_meant_must_be_said_once(api: TestClient, which: dict[str, Any]) -> None:
    answer = api.post("/api/flow-runs/bulk", json={"action": "delete", **which})

    assert answer.status_code == 422
    assert "either `ids` or `where`" in answer.json()["detail"]


def test_views_are_kept_replaced_and_forgotten(api: TestClient) -> None:
    late = api.post("/api/views", json={"name": "late", "query": "state=FAILED"}).json()
    api.post("/api/views", json={"name": "late", "query": "state=CRASHED"})

    [found] = api.get("/api/views").json()
    assert (found["id"], found["query"]) == (late["id"], "state=CRASHED")
    assert api.delete(f"/api/views/{late['id']}").status_code == 200
    assert api.delete(f"/api/views/{late['id']}").status_code == 404
    assert api.get("/api/views").json() == []


def test_nothing_that_is_asked_for_becomes_an_option() -> None:
    command = make_command("0198", "retry", ["--take-over", "-h", "$(id)"])

    assert command[3:] == [
        *("flow-run", "retry", "--from=--take-over", "--from=-h", "--from=$(id)", "--", "0198"),
    ]
