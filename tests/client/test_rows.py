"""Columns become rows, and what is long is gone through and saved in parts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from penstock._schemas.task_runs import Timeline
from penstock.client import timeline_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.client.conftest import Network

    Call = Callable[..., Any]

TIMELINE = Timeline(
    cursor=9,
    is_delta=False,
    now=9_000_000,
    names=["load", "clean"],
    states=["COMPLETED/Cached", "FAILED/TimedOut"],
    index=[0, 7],
    name=[0, 1],
    run_name=[None, "clean monday"],
    state=[0, 1],
    created=[1_000_000, 2_000_000],
    start=[None, 3_000_000],
    end=[1_000_000, 4_500_000],
    attempt=[1, 2],
    parent=[None, 0],
    flow_run_id=[None, None],
    attempts={"7": [(2_000_000, 2_500_000), (3_000_000, 4_500_000)]},
    messages={"7": "It took longer than 1 s."},
    upstreams={"7": [0]},
)


def test_a_row_has_what_the_columns_say_of_one_run() -> None:
    load, clean = timeline_rows(TIMELINE)

    assert (load.index, load.name, load.run_name) == (0, "load", "load-0")
    assert (load.state_type, load.state_name, load.message) == ("COMPLETED", "Cached", None)
    assert (load.upstreams, load.parent_index, load.seconds) == ((), None, None)
    assert (clean.run_name, clean.attempt, clean.parent_index) == ("clean monday", 2, 0)
    assert (clean.upstreams, clean.message) == ((0,), "It took longer than 1 s.")
    assert clean.start_time == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=3)
    assert clean.seconds == 1.5


def test_a_log_is_gone_through_window_by_window(call: Call, network: Network) -> None:
    network.answers = [window(0, 1_000), window(1_000, 3)]

    lines = call("iterate_log", "r", level=20)

    assert [line.id for line in lines] == list(range(1_003))
    asked = [request.url.params for request in network.requests]
    assert [(one["offset"], one["limit"], one["level"]) for one in asked] == [
        ("0", "1000", "20"),
        ("1000", "1000", "20"),
    ]


def test_a_file_is_saved_as_it_comes(call: Call, network: Network, tmp_path: Path) -> None:
    network.answers = [httpx.Response(200, content=b"line\n" * 100_000)]

    size = call("download_log", "r", tmp_path / "etl.log", task="load")

    assert (tmp_path / "etl.log").read_bytes() == b"line\n" * 100_000
    assert size == 500_000
    assert network.requests[0].url.params["task"] == "load"


def window(first: int, count: int) -> httpx.Response:
    line = {"timestamp": "2026-01-01T00:00:00Z", "level": 20, "logger": "x", "message": "m"}
    line |= {"length": 1, "is_cut": False, "flow_run_id": "r", "flow_run_name": "n"}
    line |= {"task_run_id": None, "task_run_name": None}
    items = [{**line, "id": first + number} for number in range(count)]
    body = {"offset": first, "total": 1_003, "items": items, "last_id": 1_003}
    return httpx.Response(200, json=body)
