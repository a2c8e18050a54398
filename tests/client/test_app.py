"""Both clients against the real API, over a store that real flows have filled."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi.testclient import TestClient

from penstock import errors, flow, get_run_logger, task
from penstock._engine.process import close_process
from penstock._server.app import create_app
from penstock.client import AsyncClient, Client, timeline_rows
from penstock.settings import load_settings
from penstock.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastapi import FastAPI

    Call = Callable[..., Any]


@task
def load(count: int) -> list[int]:
    get_run_logger().info("Loading %d rows", count)
    return list(range(count))


@task
def add(rows: list[int]) -> list[int]:
    return [sum(rows)]


@task
def fail(total: list[int]) -> None:
    raise ValueError(f"{total[0]} is too much")


@flow
def small(count: int = 3) -> list[int]:
    return add(load(count))


@flow
def large() -> None:
    fail(add(load(9)))


@pytest.fixture
def app(home: Path) -> Iterator[FastAPI]:
    """The API over what two completed runs and a failed one have left."""
    small()
    small(5)
    with suppress(ValueError):
        large()
    close_process()
    store = open_store(load_settings().store_url)
    yield create_app(store, load_settings())
    store.close()


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest, app: FastAPI) -> Iterator[Call]:
    """Make a call of either client, and give what it gives."""
    if request.param == "sync":
        with (
            TestClient(app) as inside,
            Client("http://localhost", transport=inside._transport) as client,
        ):

            def sync_call(name: str, *args: Any, **kwargs: Any) -> Any:
                value = getattr(client, name)(*args, **kwargs)
                return list(value) if hasattr(value, "__next__") else value

            yield sync_call
        return

    async def carry(name: str, *args: Any, **kwargs: Any) -> Any:
        transport = httpx.ASGITransport(app)
        async with AsyncClient("http://localhost", transport=transport) as client:
            value = getattr(client, name)(*args, **kwargs)
            return [one async for one in value] if hasattr(value, "__anext__") else await value

    def async_call(name: str, *args: Any, **kwargs: Any) -> Any:
        return asyncio.run(carry(name, *args, **kwargs))

    yield async_call


def test_runs_are_found_by_what_they_are(call: Call) -> None:
    page = call("find_flow_runs", flow="small", limit=1)
    assert (page.total, len(page.items)) == (2, 1)

    rest = call("find_flow_runs", flow="small", limit=1, cursor=page.next_cursor)
    assert rest.items[0].id != page.items[0].id
    assert rest.next_cursor is None

    [failed] = call("iterate_flow_runs", state="FAILED")
    assert (failed.flow_name, failed.state_name) == ("large", "Failed")
    assert [run.flow_name for run in call("iterate_flow_runs", limit=2)] == [
        "large",
        "small",
        "small",
    ]


def test_a_run_tells_what_happened(call: Call) -> None:
    [found] = call("iterate_flow_runs", state="FAILED")

    run = call("get_flow_run", found.id)

    assert "fail" in run.sentence
    assert "9" not in run.parameters
    assert "36 is too much" in run.failure.message
    assert call("wait_for_flow_run", run.id).id == run.id
    assert [one.state_type for one in call("get_flow_run_states", run.id)][-1] == "FAILED"


def test_its_tasks_have_a_timeline_a_graph_and_a_list(call: Call) -> None:
    [run] = call("iterate_flow_runs", flow="large")

    timeline = call("get_timeline", run.id)
    rows = timeline_rows(timeline)
    assert [row.run_name for row in rows] == ["load-0", "add-1", "fail-2"]
    assert [row.upstreams for row in rows] == [(), (0,), (1,)]
    assert rows[2].state_type == "FAILED"
    assert timeline_rows(call("get_timeline", run.id, after=timeline.cursor)) == []

    graph = call("get_graph", run.id)
    assert {node.name for node in graph.nodes} == {"load", "add", "fail"}
    assert len(graph.edges) == 2

    tasks = call("iterate_task_runs", flow_run_id=run.id, limit=2)
    assert [one.name for one in tasks] == ["load-0", "add-1", "fail-2"]
    [failed] = call("find_task_runs", flow_run_id=run.id, state="FAILED").items
    whole = call("get_task_run", failed.id)
    assert "36 is too much" in whole.traceback
    assert [one.state_type for one in call("get_task_run_states", failed.id)][-1] == "FAILED"


def test_lines_are_found_in_one_run_and_in_all(call: Call, tmp_path: Path) -> None:
    [run] = call("iterate_flow_runs", flow="large")

    lines = call("iterate_log", run.id, task="load", level=20)
    assert "Loading 9 rows" in [line.message for line in lines]
    assert call("follow_log", run.id, task="load", level=20) == lines
    assert call("find_in_log", run.id, "Loading").total == 1
    assert call("get_log_window", run.id, limit=1).total >= 2
    assert call("get_log_line", lines[0].id).message == lines[0].message
    assert call("get_loggers", run.id)

    size = call("download_log", run.id, tmp_path / "large.log")
    text = (tmp_path / "large.log").read_text("utf-8")
    assert "Loading 9 rows" in text
    assert len(text.encode()) == size

    everywhere = call("iterate_logs", "Loading", limit=1)
    assert [line.message for line in everywhere] == [
        "Loading 9 rows",
        "Loading 5 rows",
        "Loading 3 rows",
    ]
    assert len(call("search_logs", "Loading", limit=2).items) == 2


def test_all_that_match_are_counted(call: Call) -> None:
    stats = call("get_flow_run_stats", flow="small")
    assert (stats.total, stats.success_rate) == (2, 1.0)

    history = call("get_flow_run_history", buckets=10)
    assert history.total == 3
    assert sum(sum(bucket.counts.values()) for bucket in history.buckets) == 3


def test_flows_are_known_from_their_runs(call: Call) -> None:
    assert {one.name: one.run_count for one in call("find_flows")} == {"small": 2, "large": 1}
    assert call("get_flow", "small").parameters == ["count"]


def test_runs_are_deleted_and_views_kept(call: Call) -> None:
    [run] = call("iterate_flow_runs", flow="large")

    assert call("get_reuse", run.id).reused == 2
    assert call("get_reuse", run.id, rerun=["load"]).reused == 0
    assert call("delete_flow_run", run.id).done
    with pytest.raises(errors.NotOnServer):
        call("get_flow_run", run.id)
    assert call("act_on_flow_runs", "delete", flow="sm*").done == 2
    assert call("find_flow_runs").total == 0

    view = call("save_view", "failed", "state=FAILED")
    assert [one.query for one in call("find_views")] == ["state=FAILED"]
    call("delete_view", view.id)
    assert call("find_views") == []


def test_what_cannot_be_done_is_said_with_its_place(call: Call) -> None:
    [run] = call("iterate_flow_runs", flow="large")

    assert not call("cancel_flow_run", run.id).done
    with pytest.raises(errors.Conflict):
        call("resume_flow_run", run.id, input={"go": True})
    with pytest.raises(errors.NotOnServer):
        call("get_flow", "a/b")
    with pytest.raises(errors.InvalidRequest) as raised:
        call("find_flow_runs", limit=100_000)
    assert raised.value.pointer == "/query/limit"


def test_the_server_tells_of_itself(call: Call) -> None:
    assert call("get_health").version == call("get_version").penstock
    assert call("get_readiness").status == call("get_health").status
    assert "PENSTOCK_HOME" in {one.variable for one in call("find_settings")}
    assert call("get_ui_config").has_runs

    events = call("iterate_events")
    assert [event.id for event in events] == sorted(event.id for event in events)
    first = call("read_events", limit=2)
    assert [event.id for event in first.items] == [event.id for event in events[:2]]
    assert call("iterate_events", after=events[-1].id) == []
