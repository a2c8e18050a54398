"""Whatever goes wrong is a problem document that says what to do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from fastapi import APIRouter

from penstock import errors
from penstock._schemas.queries import MOST

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

FACTS: dict[type[Exception], tuple[object, ...]] = {
    errors.NotFound: ("flow run", "otter"),
    errors.StillRunning: ("otter", "1", "RUNNING", 7, "here", None),
    errors.NotResumable: ("otter", "1", "it has completed"),
    errors.NotWaiting: ("otter", "1", "it has ended"),
    errors.InvalidTransition: ("1", "COMPLETED", "RUNNING"),
    errors.StaleOwner: ("otter", "1"),
    errors.InvalidAnswer: ("otter", "1", "day is missing"),
    errors.OptionError: ("settings", "PENSTOCK_THREADS", 0, "1 or more"),
    errors.NotYet: ("prefect.deploy", "", "Use the command line."),
    errors.StoreBusy: ("penstock.db", "busy for a minute"),
    errors.StoreFull: ("penstock.db", "no space"),
    errors.StoreCorrupt: ("penstock.db", "damaged"),
}


@pytest.mark.parametrize(
    ("error", "status", "word"),
    [
        (errors.NotFound, 404, "not_found"),
        (errors.StillRunning, 409, "still_running"),
        (errors.NotResumable, 409, "not_resumable"),
        (errors.NotWaiting, 409, "not_waiting"),
        (errors.InvalidTransition, 409, "illegal_transition"),
        (errors.StaleOwner, 409, "stale_owner"),
        (errors.InvalidAnswer, 422, "invalid_answer"),
        (errors.OptionError, 422, "invalid"),
        (errors.NotYet, 501, "not_yet"),
        (errors.StoreBusy, 503, "store_busy"),
        (errors.StoreFull, 503, "store_full"),
        (errors.StoreCorrupt, 503, "store_error"),
    ],
)
def test_an_error_of_ours_has_its_status_and_word(
    app: FastAPI, api: TestClient, error: type[Exception], status: int, word: str
) -> None:
    raised = error(*FACTS[error])
    _raise_at(app, "/api/trial", raised)

    answer = api.get("/api/trial")

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == word
    assert answer.json()["status"] == status
    assert answer.json()["detail"] == str(raised)
    assert ("retry-after" in answer.headers) == (error is errors.StoreBusy)


def test_what_nobody_expected_is_a_number_and_in_the_log(
    app: FastAPI, api: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    _raise_at(app, "/api/trial", ZeroDivisionError("secret of line 7"))

    with caplog.at_level(logging.ERROR, "penstock._server"):
        answer = api.get("/api/trial", headers={"Authorization": "Bearer canary"})

    number = answer.json()["detail"].rpartition(" ")[2].rstrip(".")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert number in caplog.text
    assert "secret of line 7" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": MOST + 1}, "/query/limit"),
        ({"limit": "many"}, "/query/limit"),
        ({"order": "sideways"}, "/query/order"),
        ({"sort": "name"}, "/query/sort"),
        ({"since": "yesterday"}, "/query/since"),
    ],
)
def test_a_wrong_field_is_named_by_a_pointer(
    api: TestClient, query: dict[str, str], pointer: str
) -> None:
    answer = api.get("/api/flow-runs", params=query)

    assert answer.status_code == 422
    assert answer.json()["type"] == "invalid"
    assert [wrong["pointer"] for wrong in answer.json()["errors"]] == [pointer]
    assert pointer in answer.json()["detail"]


def test_a_wrong_field_of_a_body_is_named_by_a_pointer(api: TestClient) -> None:
    answer = api.post("/api/views", json={"name": "", "query": 7, "colour": "red"})

    assert answer.status_code == 422
    assert {wrong["pointer"] for wrong in answer.json()["errors"]} == {
        "/body/name",
        "/body/query",
        "/body/colour",
    }


@pytest.mark.parametrize("path", ["/api/nothing", "/api", "/api/", "/api/health/"])
def test_an_unknown_path_is_not_found(api: TestClient, path: str) -> None:
    answer = api.get(path)

    assert answer.status_code == 404
    assert answer.json()["type"] == "not_found"


def test_a_wrong_method_says_which_are_right(api: TestClient) -> None:
    answer = api.put("/api/flow-runs")

    assert answer.status_code == 405
    assert "it takes GET" in answer.json()["detail"]


def _raise_at(app: FastAPI, path: str, error: Exception) -> None:
    router = APIRouter()

    @router.get(path)
    def trial() -> None:
        raise error

    app.include_router(router)
