"""The first page of the dashboard, in one answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from penstock._schemas.common import moment
from penstock.testing.journal import Journal

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from penstock.stores.protocol import Store

START = 10**15
HOUR = 3_600_000_000


@pytest.fixture
def journal(store: Store) -> Journal:
    """A process that writes to the store of the API."""
    return Journal(store)


def get(api: TestClient, path: str, **query: Any) -> Any:
    answer = api.get(f"/api{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_before_the_first_run_it_says_so(api: TestClient) -> None:
    home = get(api, "/home", since=moment(START).isoformat())

    assert home["has_runs"] is False
    assert home["stats"]["total"] == home["trouble"]["total"] == home["active"]["total"] == 0
    assert home["artifacts"] == []


def test_it_is_what_the_routes_of_its_parts_answer(api: TestClient, journal: Journal) -> None:
    for hour in range(24):
        journal.now = START + hour * HOUR
        run = journal.flow_run(name=f"hour-{hour}")
        if hour % 3 < 2:
            journal.state(run, ("FAILED", "CRASHED")[hour % 3])
    journal.send()
    since = moment(START + 12 * HOUR).isoformat()

    home = get(api, "/home", since=since, buckets=24)

    trouble = get(api, "/flow-runs", since=since, state=["FAILED", "CRASHED"], limit=6)
    active = get(api, "/flow-runs", state=["RUNNING", "PENDING", "SCHEDULED"], limit=6)
    assert home["has_runs"] is True
    assert home["stats"] == get(api, "/flow-runs/stats", since=since)
    assert _counts(home["history"]) == _counts(
        get(api, "/flow-runs/history", since=since, buckets=24)
    )
    assert _names(home["trouble"]) == _names(trouble)
    assert (len(trouble["items"]), trouble["total"]) == (6, 8)
    assert _names(home["active"]) == _names(active)
    assert (len(active["items"]), active["total"]) == (6, 8)


def test_a_day_off_is_not_the_first_day(api: TestClient, journal: Journal) -> None:
    journal.now = START
    journal.state(journal.flow_run(), "COMPLETED")
    journal.send()

    home = get(api, "/home", since=moment(START + HOUR).isoformat())

    assert (home["has_runs"], home["stats"]["total"]) == (True, 0)


def test_it_shows_the_newest_artifact_of_three_keys(api: TestClient, journal: Journal) -> None:
    run = journal.flow_run()
    journal.artifact(run, key="old", kind="number", content=b"0")
    for number in range(50):
        journal.artifact(run, key="loss", kind="number", content=json.dumps(number).encode())
    table = {"columns": [], "rows": [[1]], "row_count": 1}
    journal.artifact(run, key="rows", kind="table", content=json.dumps(table).encode())
    for text in (b"1", b"2"):
        journal.artifact(run, kind="markdown", content_type="text/markdown", content=text)
    journal.send()

    artifacts = get(api, "/home")["artifacts"]

    assert [one["data"] for one in artifacts] == ["2", "1", table]
    journal.artifact(run, key="loss", kind="number", content=b"50.5")
    journal.send()
    newest, *others = get(api, "/home")["artifacts"]
    assert (newest["data"], newest["trend"]) == (50.5, [*range(11, 50), 50.5])
    assert [one["trend"] for one in others] == [[], []]


@pytest.mark.parametrize("query", [{"since": "yesterday"}, {"buckets": 0}, {"limit": 3}])
def test_what_it_does_not_understand_is_refused(api: TestClient, query: dict[str, Any]) -> None:
    answer = api.get("/api/home", params=query)

    assert (answer.status_code, answer.json()["type"]) == (422, "invalid")


def _counts(history: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(bucket["start"], bucket["counts"]) for bucket in history["buckets"]][:24]


def _names(page: dict[str, Any]) -> list[str]:
    return [run["name"] for run in page["items"]]
