"""What happens shows at once, to whoever listens, and nothing is missed."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from penstock._ids import format_id
from penstock._server.cursors import Cursor, read_cursor
from penstock.testing.journal import Journal
from tests.server.live import Listener, started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi.testclient import TestClient

    from penstock.stores.protocol import Store
    from tests.server.live import Live

PROGRAM = """
import sys
from penstock import flow, task
from penstock.logging import get_run_logger

@task
def add(number):
    get_run_logger().info("adding")
    return number + 1

@flow
def inner():
    return add(2)

@flow(name="nightly")
def nightly():
    add(1)
    return inner()

sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.readline()
nightly()
"""


@pytest.fixture
def server(home: Path) -> Iterator[Live]:
    with started(home) as live:
        yield live


@pytest.fixture
def journal(store: Store) -> Journal:
    return Journal(store)


def test_a_run_of_another_process_shows_within_a_second(server: Live, tmp_path: Path) -> None:
    listener = Listener(server.port)
    hello = listener.next("hello")
    assert hello.id == "0:0:0"
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as script:
        assert script.stdout is not None
        assert script.stdin is not None
        script.stdout.readline()

        began = time.monotonic()
        script.stdin.write("\n")
        script.stdin.flush()
        changes = listener.next("changes")
        took = time.monotonic() - began

    assert "nightly" in {run["flow_name"] for run in changes.data["flow_runs"]}
    assert took < 1.0
    while not any(
        run["flow_name"] == "nightly" and run["state_type"] == "COMPLETED"
        for run in changes.data["flow_runs"]
    ):
        changes = listener.next("changes")
    [nightly] = [run for run in changes.data["flow_runs"] if run["flow_name"] == "nightly"]
    assert [count["count"] for count in nightly["task_counts"]] == [1]
    listener.close()


def test_whoever_follows_a_run_hears_what_of_it_has_changed(
    server: Live, store: Store, journal: Journal
) -> None:
    run = journal.flow_run()
    other = journal.flow_run()
    nested = journal.flow_run(parent=run, parent_index=0)
    journal.send()
    listener = Listener(server.port, f"?run={format_id(run)}")
    listener.next("hello")

    journal.task_run(other, 0)
    journal.send()
    assert listener.next("changes").data["run"] is None
    journal.log(nested, None, "hello")
    journal.send()
    found = listener.next("changes").data["run"]
    assert found == {"id": format_id(run), "tasks": False, "logs": True, "artifacts": False}
    journal.state(nested, "COMPLETED")
    journal.send()
    assert listener.next("changes").data["run"]["tasks"]
    journal.artifact(nested, None)
    journal.send()
    changes = listener.next("changes").data
    assert changes["artifacts"]
    assert changes["run"]["artifacts"]
    listener.close()


def test_a_listener_goes_on_where_it_stopped(server: Live, journal: Journal) -> None:
    run = journal.flow_run()
    journal.send()
    first = Listener(server.port)
    hello = first.next("hello")
    first.close()
    journal.task_run(run, 0)
    journal.send()

    for again in (
        Listener(server.port, last=hello.id),
        Listener(server.port, f"?after={hello.id}"),
    ):
        again.next("hello")
        changes = again.next("changes")
        assert [one["id"] for one in changes.data["flow_runs"]] == [format_id(run)]
        assert changes.data["cursor"] > hello.data["cursor"]
        again.close()


def test_who_is_too_far_behind_or_from_another_store_is_told(
    server: Live, journal: Journal
) -> None:
    run = journal.flow_run()
    for index in range(20_001):
        journal.task_run(run, index)
    journal.send()

    behind = Listener(server.port, last="0:0:0")
    ahead = Listener(server.port, last="999999:0:0")

    for listener in (behind, ahead):
        assert listener.next("reset").data["cursor"] >= 20_001
        listener.close()


@pytest.mark.parametrize(
    "known", ["x", "1:2", "-1:0:0", "1:2:3:4", "\u0661:0:0", "9" * 19 + ":0:0"]
)
def test_what_is_no_cursor_is_refused(api: TestClient, known: str) -> None:
    answer = api.get("/api/stream", params={"after": known})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/after"


def test_a_cursor_is_read_as_it_is_written() -> None:
    assert read_cursor(str(Cursor(3, 4, 5))) == Cursor(3, 4, 5)
    assert Cursor(3, 9, 5).joined(Cursor(4, 1, 5)) == Cursor(4, 9, 5)


def test_a_stream_is_not_packed_nor_kept_by_a_proxy(server: Live) -> None:
    listener = Listener(server.port)

    headers = listener.headers
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["x-accel-buffering"] == "no"
    assert headers["cache-control"] == "no-store"
    assert "content-encoding" not in headers
    assert "content-length" not in headers
    listener.close()


def test_an_ended_server_ends_its_streams_at_once(server: Live) -> None:
    listeners = [Listener(server.port) for _ in range(5)]
    for listener in listeners:
        listener.next("hello")

    began = time.monotonic()
    code = server.end()

    assert code == 0
    assert time.monotonic() - began < 3
    for listener in listeners:
        listener.wait(5)
        listener.close()


def test_more_tabs_than_a_server_speaks_to_are_refused(server: Live) -> None:
    listeners = [Listener(server.port) for _ in range(100)]

    status, answer = server.get("/api/stream")

    assert status == 503
    assert answer["type"] == "too_many_streams"
    for listener in listeners:
        listener.close()
