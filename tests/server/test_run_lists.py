"""Lists of runs over HTTP: what is asked for, page by page, and all of it in sums."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from penstock._ids import format_id
from penstock._schemas.common import moment
from penstock.testing.journal import Journal

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from penstock.stores.protocol import Store

START = 10**15


def run_id(number: int) -> bytes:
    return number.to_bytes(16, "big")


@pytest.fixture
def journal(store: Store) -> Journal:
    """A process that writes to the store of the API."""
    return Journal(store)


@pytest.fixture
def week(journal: Journal) -> Journal:
    """Seven runs, one a day: the third failed, the last is open, the fifth is nested."""
    for day in range(7):
        journal.now = START + day * 86_400_000_000
        run = journal.flow_run(
            run_id(day), name=f"day-{day}", flow_name="etl" if day % 2 else "report",
            tags=("nightly",) if day < 3 else (), parent=run_id(0) if day == 4 else None,
            parameters=json.dumps({"day": day}), version="1" if day < 4 else "2",
        )  # fmt: skip
        for index in range(day):
            journal.task_run(run, index, key="flows.load" if index else "flows.clean")
            journal.finish(run, index, "COMPLETED", "Cached" if index == 1 else None)
        if day == 2:
            journal.task_run(run, 9)
            journal.finish(run, 9, "FAILED", message="ValueError: no")
        if day < 6:
            journal.state(run, "FAILED" if day == 2 else "COMPLETED")
    journal.send()
    return journal


def get(api: TestClient, path: str, **query: Any) -> Any:
    response = api.get(f"/api{path}", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def names(page: Any) -> list[str]:
    return [run["name"] for run in page["items"]]


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize("limit", [1, 2, 7, 50])
def test_pages_follow_each_other_without_gap_or_repetition(
    api: TestClient, week: Journal, order: str, limit: int
) -> None:
    found: list[str] = []
    cursor: str | None = None
    while True:
        query = {"order": order, "limit": limit} | ({} if cursor is None else {"cursor": cursor})
        page = get(api, "/flow-runs", **query)
        assert (page["total"], page["total_is_exact"]) == (7, True)
        found += names(page)
        cursor = page["next_cursor"]
        if cursor is None:
            break

    days = [f"day-{day}" for day in range(7)]
    assert found == (days if order == "oldest" else days[::-1])


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({"state": "FAILED"}, "2"),
        ({"state": ["failed", "Running"]}, "62"),
        ({"not_state": "COMPLETED"}, "62"),
        ({"flow": "et*"}, "531"),
        ({"not_flow": ["etl"], "state": "COMPLETED"}, "40"),
        ({"tag": "nightly"}, "210"),
        ({"not_tag": "nightly", "flow": "report"}, "64"),
        ({"parameter": "day=3"}, "3"),
        ({"q": "DAY-5"}, "5"),
        ({"q": ""}, "6543210"),
        ({"parent": "none"}, "653210"),
        ({"parent": format_id(run_id(0))}, "4"),
        ({"since": moment(START + 5 * 86_400_000_000).isoformat()}, "65"),
        ({"until": moment(START + 86_400_000_000).replace(tzinfo=None).isoformat()}, "0"),
    ],
)
def test_runs_are_listed_and_summed_up_by_the_same_words(
    api: TestClient, week: Journal, query: dict[str, Any], days: str
) -> None:
    page = get(api, "/flow-runs", **query)

    assert names(page) == [f"day-{day}" for day in days]
    assert page["total"] == len(days)
    assert get(api, "/flow-runs/stats", **query)["total"] == len(days)
    assert get(api, "/flow-runs/history", **query)["total"] == len(days)


def test_a_run_in_a_list_has_the_counts_of_its_task_runs_most_telling_first(
    api: TestClient, week: Journal
) -> None:
    run = get(api, "/flow-runs", q="day-2")["items"][0]

    assert [(c["state_name"], c["count"]) for c in run["task_counts"]] == [
        ("Failed", 1),
        ("Cached", 1),
        ("Completed", 1),
    ]
    assert run["start_time"] < run["end_time"]
    assert run["total_run_time"] == pytest.approx(0.007, abs=0.002)
    assert (run["tags"], run["pid"], run["host"]) == (["nightly"], 4711, "host")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/flow-runs", {"cursor": "no"}),
        ("/flow-runs", {"cursor": "01010101-0101-0101-0101-0101010101"}),
        ("/flow-runs", {"cursor": "z" * 32}),
        ("/flow-runs", {"limit": 0}),
        ("/flow-runs", {"limit": 201}),
        ("/flow-runs", {"limit": "many"}),
        ("/flow-runs", {"order": "best"}),
        ("/flow-runs", {"since": "yesterday"}),
        ("/flow-runs", {"colour": "red"}),
        ("/flow-runs", {"parameter": "day"}),
        ("/flow-runs", {"parameter": "=3"}),
        ("/flow-runs", {"q": "x" * 201}),
        ("/flow-runs", {"flow": "x" * 1_001}),
        ("/flow-runs", {"tag": ["x"] * 51}),
        ("/flow-runs/history", {"buckets": 0}),
        ("/flow-runs/history", {"buckets": 121}),
        ("/flow-runs/stats", {"parameter": "day"}),
        ("/task-runs", {"cursor": "x-1"}),
        ("/task-runs", {"cursor": f"{format_id(run_id(1))}-9999999999999"}),
        ("/task-runs", {"order": "oldest"}),
        ("/events", {"after": -1}),
        ("/events", {"limit": 1_001}),
        ("/flows", {"limit": 0}),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_a_reason(
    api: TestClient, week: Journal, path: str, query: dict[str, Any]
) -> None:
    response = api.get(f"/api{path}", params=query)

    assert response.status_code == 422, response.text
    assert response.json()["type"] == "invalid"
    assert len(response.json()["detail"]) > 20


@pytest.mark.parametrize(
    "path",
    [
        "/flow-runs/nothing",
        "/flow-runs/nothing/states",
        "/flow-runs/nothing/timeline",
        "/flow-runs/nothing/graph",
        f"/flow-runs/{format_id(run_id(99))}/reuse",
        "/flow-runs?parent=nothing",
        "/flow-runs/history?parent=nothing",
        "/task-runs?flow_run_id=nothing",
        "/task-runs/nothing",
        "/task-runs/nothing/states",
        f"/task-runs/{format_id(run_id(1))}-77",
        f"/task-runs/{format_id(run_id(1))}-99999999999999999999",
        f"/task-runs/{format_id(run_id(1))}--1",
        "/flows/nothing",
    ],
)
def test_what_is_not_there_is_not_found(api: TestClient, week: Journal, path: str) -> None:
    response = api.get(f"/api{path}")

    assert response.status_code == 404, response.text
    assert response.json()["type"] == "not_found"


def test_history_counts_every_run_in_buckets_without_gaps(api: TestClient, week: Journal) -> None:
    history = get(api, "/flow-runs/history", buckets=10)
    buckets = history["buckets"]

    assert history["total"] == 7
    assert len(buckets) <= 10
    assert all(one["end"] == other["start"] for one, other in pairwise(buckets))
    assert (buckets[0]["start"], buckets[-1]["end"]) == (history["start"], history["end"])
    assert sum(bucket["counts"].get("FAILED", 0) for bucket in buckets) == 1
    assert [sum(bucket["counts"].values()) for bucket in buckets] == [1] * 7
    one = get(api, "/flow-runs/history", buckets=1)["buckets"]
    assert [bucket["counts"] for bucket in one] == [{"COMPLETED": 5, "FAILED": 1, "RUNNING": 1}]


def test_history_spans_what_was_asked_for_even_where_nothing_ran(
    api: TestClient, week: Journal
) -> None:
    since = datetime.now(UTC) - timedelta(hours=1)
    history = get(api, "/flow-runs/history", since=since.isoformat(), buckets=60)

    assert history["total"] == 0
    assert len(history["buckets"]) in {60, 59, 31}
    assert datetime.fromisoformat(history["start"]) <= since
    assert datetime.fromisoformat(history["end"]) > datetime.now(UTC) - timedelta(minutes=1)
    far = {"since": "0001-01-01T00:00:00", "until": "9999-12-31T23:59:59Z"}
    assert get(api, "/flow-runs/history", **far)["total"] == 7
    turned = get(api, "/flow-runs/history", since=far["until"], until="2001-01-01")
    assert (turned["buckets"], turned["total"]) == ([], 0)


def test_an_empty_store_has_empty_lists_and_sums(api: TestClient) -> None:
    assert get(api, "/flow-runs") == {
        "items": [], "next_cursor": None, "total": 0, "total_is_exact": True,
    }  # fmt: skip
    assert get(api, "/flow-runs/stats") == {
        "total": 0, "states": [], "median_run_time": None, "success_rate": None,
    }  # fmt: skip
    assert get(api, "/flow-runs/history")["buckets"] == []
    assert get(api, "/flows") == []
    assert get(api, "/events") == {"items": [], "cursor": 0}
    assert get(api, "/task-runs")["items"] == []


def test_stats_tell_how_long_and_how_well(api: TestClient, week: Journal) -> None:
    stats = get(api, "/flow-runs/stats")

    assert stats["success_rate"] == pytest.approx(5 / 6)
    assert [(s["state_name"], s["count"]) for s in stats["states"]] == [
        ("Failed", 1),
        ("Running", 1),
        ("Completed", 5),
    ]
    assert stats["median_run_time"] == pytest.approx(0.007)
    failed = get(api, "/flow-runs/stats", state="FAILED")
    assert (failed["median_run_time"], failed["success_rate"]) == (None, 0)
    some = get(api, "/flow-runs/stats", state=["FAILED", "COMPLETED"])
    assert some["median_run_time"] == stats["median_run_time"]


def test_counting_stops_where_nobody_counts_on(api: TestClient, journal: Journal) -> None:
    run = journal.flow_run()
    for index in range(10_005):
        journal.task_run(run, index)
    journal.send()

    page = get(api, "/task-runs", limit=3)
    assert (page["total"], page["total_is_exact"]) == (10_001, False)


def test_task_runs_of_a_flow_run_are_listed_in_the_order_of_their_calls(
    api: TestClient, week: Journal
) -> None:
    run = format_id(run_id(5))
    cursor: dict[str, str] = {}
    found = []
    while True:
        page = get(api, "/task-runs", flow_run_id=run, limit=2, **cursor)
        found += [task["index"] for task in page["items"]]
        assert page["total"] == 5
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert found == [0, 1, 2, 3, 4]
    newest = get(api, "/task-runs", flow_run_id=run, order="newest", limit=2)
    assert [task["index"] for task in newest["items"]] == [4, 3]
    older = get(
        api, "/task-runs", flow_run_id=run, order="newest", limit=2, cursor=newest["next_cursor"]
    )
    assert [task["index"] for task in older["items"]] == [2, 1]


def test_task_runs_of_all_flow_runs_are_listed_newest_first_and_name_theirs(
    api: TestClient, week: Journal
) -> None:
    page = get(api, "/task-runs", limit=7)
    assert [(task["flow_run_name"], task["index"]) for task in page["items"]] == [
        *[("day-6", index) for index in (5, 4, 3, 2, 1, 0)],
        ("day-5", 4),
    ]
    after = get(api, "/task-runs", limit=1, cursor=page["next_cursor"])["items"][0]
    assert (after["flow_run_name"], after["index"]) == ("day-5", 3)
    assert (after["task_name"], after["task_key"], after["name"]) == (
        "load", "flows.load", "load-3",
    )  # fmt: skip
    assert get(api, "/task-runs", state="FAILED")["items"][0]["message"] == "ValueError: no"
    assert get(api, "/task-runs", task="clean")["total"] == 6
    assert get(api, "/task-runs", state="Cached", not_state="FAILED")["total"] == 5
    assert get(api, "/task-runs", q="AD-5")["total"] == 1


def test_flows_are_listed_with_what_their_runs_tell(api: TestClient, week: Journal) -> None:
    report, etl = get(api, "/flows")

    assert (report["name"], etl["name"]) == ("report", "etl")
    assert report["recent"] == ["COMPLETED", "FAILED", "COMPLETED", "RUNNING"]
    assert report["last_run"]["name"] == "day-6"
    assert report["success_rate"] == pytest.approx(2 / 3)
    assert (etl["run_count"], etl["success_rate"]) == (3, 1)
    assert etl["median_run_time"] == pytest.approx(0.007)
    assert [flow["name"] for flow in get(api, "/flows", q="ET")] == ["etl"]
    assert [flow["name"] for flow in get(api, "/flows", limit=1)] == ["report"]


def test_a_flow_has_versions_and_a_trend(api: TestClient, week: Journal) -> None:
    flow = get(api, "/flows/report")

    assert [(row["version"], row["run_count"]) for row in flow["versions"]] == [("2", 2), ("1", 2)]
    assert [point["name"] for point in flow["trend"]] == ["day-0", "day-2", "day-4"]
    assert [point["state_type"] for point in flow["trend"]] == ["COMPLETED", "FAILED", "COMPLETED"]
    assert flow["parameters"] == ["day"]
    assert flow["key"] == "flows.etl"


def test_events_are_read_on_from_a_cursor(api: TestClient, week: Journal) -> None:
    cursor, found = 0, []
    while (page := get(api, "/events", after=cursor, limit=7))["items"]:
        found += page["items"]
        assert page["cursor"] == page["items"][-1]["id"] > cursor
        cursor = page["cursor"]

    assert page["cursor"] == cursor
    assert found[0]["kind"] == "flow_run.created"
    assert found[1]["state_name"] == "Running"
    kinds = {event["kind"] for event in found}
    assert kinds == {
        "flow_run.created", "flow_run.state_changed", "task_run.created", "task_run.finished",
    }  # fmt: skip
    task = next(event for event in found if event["kind"] == "task_run.created")
    assert task["task_run_id"] == f"{task['flow_run_id']}-0"


@pytest.mark.parametrize("name", ["load/raw data", "50 %", "état 🚰", "a?b#c", "..", "*"])
def test_a_flow_may_have_any_name(api: TestClient, journal: Journal, name: str) -> None:
    journal.state(journal.flow_run(flow_name=name), "COMPLETED")
    journal.flow_run(flow_name="other")
    journal.send()

    assert get(api, f"/flows/{quote(name, safe='')}".replace("..", "%2E%2E"))["name"] == name
    found = get(api, "/flow-runs", flow=name)["items"]
    assert {run["flow_name"] for run in found} == ({"*", "other"} if name == "*" else {name})
