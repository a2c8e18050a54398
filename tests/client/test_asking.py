"""What the client makes of answers, and when it asks again."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from penstock import errors
from penstock._addresses import Entry, write_entry
from penstock._processes import process_started
from penstock.client import Client
from penstock.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.testing import FakeClock
    from tests.client.conftest import Network

    Call = Callable[..., Any]

HEALTH = {"status": "ok", "version": "1"}
REFUSED = httpx.ConnectError("[Errno 111] Connection refused")


def problem(status: int, word: str = "word", **more: Any) -> httpx.Response:
    body = {"type": word, "title": "T", "status": status, "detail": "What happened.", **more}
    return httpx.Response(status, json=body)


def test_an_answer_is_a_model(call: Call, network: Network) -> None:
    network.answers = [httpx.Response(200, json=HEALTH)]

    health = call("get_health")

    assert (health.status, health.version) == ("ok", "1")
    [request] = network.requests
    assert str(request.url) == "http://there/api/health"
    assert request.headers["authorization"] == "Bearer k"


def test_what_newer_servers_say_besides_is_no_error(call: Call, network: Network) -> None:
    network.answers = [httpx.Response(200, json={**HEALTH, "mood": "good"})]

    assert call("get_health").status == "ok"


def test_words_of_a_list_are_written_as_the_server_reads_them(call: Call, network: Network) -> None:
    page = {"items": [], "next_cursor": None, "total": 0, "total_is_exact": True}
    network.answers = [httpx.Response(200, json=page)]

    call(
        "find_flow_runs",
        state="FAILED",
        flow=["etl", "a&b"],
        tag=[],
        since=datetime(2026, 1, 2, 3, tzinfo=UTC),
        cursor=None,
    )

    assert network.requests[0].url.params.multi_items() == [
        ("state", "FAILED"),
        ("flow", "etl"),
        ("flow", "a&b"),
        ("since", "2026-01-02T03:00:00+00:00"),
    ]


def test_names_in_a_path_cannot_lead_elsewhere(call: Call, network: Network) -> None:
    network.answers = [problem(404)]

    with pytest.raises(errors.NotOnServer):
        call("get_flow", "../a/b?c")

    assert network.requests[0].url.raw_path == b"/api/flows/..%2Fa%2Fb%3Fc"


def test_lists_are_gone_through_page_by_page(call: Call, network: Network) -> None:
    key = {"id": 1, "timestamp": "2026-01-01T00:00:00Z", "level": 20, "logger": "x"}
    line = {**key, "message": "m", "length": 1, "is_cut": False, "flow_run_id": "r"}
    line = {**line, "flow_run_name": "n", "task_run_id": None, "task_run_name": None}
    pages = [([line, {**line, "id": 2}], "next"), ([{**line, "id": 3}], None)]
    network.answers = [
        httpx.Response(200, json={"items": items, "next_cursor": cursor, "took": 0.0})
        for items, cursor in pages
    ]

    lines = call("iterate_logs", "m", level=20)

    assert [one.id for one in lines] == [1, 2, 3]
    assert [request.url.params.get("cursor") for request in network.requests] == [None, "next"]
    assert {request.url.params["limit"] for request in network.requests} == {"200"}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.InvalidRequest),
        (401, errors.NotAllowed),
        (403, errors.NotAllowed),
        (404, errors.NotOnServer),
        (409, errors.Conflict),
        (421, errors.NotAllowed),
        (422, errors.InvalidRequest),
        (429, errors.NotAllowed),
        (500, errors.ServerFailed),
        (501, errors.ServerFailed),
    ],
)
def test_a_problem_is_the_error_that_fits(
    call: Call, network: Network, status: int, kind: type[errors.APIError]
) -> None:
    network.answers = [
        problem(status, "limit_too_large", errors=[{"pointer": "/query/limit", "message": "≤ 200"}])
    ]

    with pytest.raises(errors.APIError) as raised:
        call("get_health")

    error = raised.value
    assert type(error) is kind
    assert (error.status, error.type, error.message) == (
        status,
        "limit_too_large",
        "What happened.",
    )
    assert error.pointer == "/query/limit"
    assert "≤ 200" in str(error)


def test_who_answers_no_problem_is_no_server_of_ours(call: Call, network: Network) -> None:
    network.answers = [httpx.Response(404, html="<h1>nginx</h1>")]

    with pytest.raises(errors.NotOnServer, match="is it a Penstock server"):
        call("get_health")


@pytest.mark.parametrize("body", [b"<html>", b'{"status": 3}', b""])
def test_an_answer_that_cannot_be_read_says_so(call: Call, network: Network, body: bytes) -> None:
    network.answers = [httpx.Response(200, content=body)]

    with pytest.raises(errors.ServerFailed, match="not what this version of the client reads"):
        call("get_health")


def test_nobody_there_says_what_to_do(call: Call, network: Network, clock: FakeClock) -> None:
    network.answers = [REFUSED] * 4

    with pytest.raises(errors.Unreachable, match="penstock server start") as raised:
        call("get_health")

    assert "http://there" in str(raised.value)
    assert "Connection refused" in str(raised.value)
    assert len(clock.sleeps) == 3
    assert sum(clock.sleeps) <= 2


def test_a_server_that_is_being_restarted_is_waited_for(call: Call, network: Network) -> None:
    network.answers = [
        REFUSED,
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        httpx.Response(200, json=HEALTH),
    ]

    assert call("get_health").status == "ok"


def test_a_busy_database_is_asked_again_when_the_server_says(
    call: Call, network: Network, clock: FakeClock
) -> None:
    busy = problem(503, "store_busy")
    busy.headers["retry-after"] = "3"
    network.answers = [busy, httpx.Response(200, json=HEALTH)]

    assert call("get_health").status == "ok"
    assert clock.sleeps == [3.0]


def test_a_server_that_stays_unwell_is_an_error_in_the_end(call: Call, network: Network) -> None:
    network.answers = [problem(503, "store_full") for _ in range(4)]

    with pytest.raises(errors.ServerFailed, match="store_full"):
        call("get_health")


def test_what_changes_something_is_not_done_twice(
    call: Call, network: Network, clock: FakeClock
) -> None:
    network.answers = [httpx.ReadError("Connection reset by peer")]

    with pytest.raises(errors.Unreachable, match="reset by peer"):
        call("retry_flow_run", "r")

    assert clock.sleeps == []
    assert json.loads(network.requests[0].content) == {"rerun": []}


def test_what_has_not_reached_the_server_may_be_sent_again(call: Call, network: Network) -> None:
    outcome = {"flow_run_id": "r", "name": "n", "done": True, "message": "m"}
    network.answers = [REFUSED, httpx.Response(200, json=outcome)]

    assert call("cancel_flow_run", "r").done


def test_no_answer_in_time_is_not_asked_for_again(call: Call, network: Network) -> None:
    network.answers = [httpx.ReadTimeout("timed out")]

    with pytest.raises(errors.Unreachable, match="no answer in time"):
        call("get_flow_run", "r")


def test_all_runs_must_be_asked_for(call: Call) -> None:
    with pytest.raises(errors.UsageError, match=r'flow="\*"'):
        call("act_on_flow_runs", "delete")


def test_many_runs_are_named_by_ids_or_by_words(call: Call, network: Network) -> None:
    done = httpx.Response(200, json={"done": 0, "refused": 0, "outcomes": []})
    network.answers = [done, done]

    call("act_on_flow_runs", "cancel", ["a"])
    call("act_on_flow_runs", "retry", flow="etl", q="x", state=("FAILED", "CRASHED"))

    assert [json.loads(request.content) for request in network.requests] == [
        {"action": "cancel", "ids": ["a"], "where": None},
        {
            "action": "retry",
            "ids": None,
            "where": {"flow": ["etl"], "q": "x", "state": ["FAILED", "CRASHED"]},
        },
    ]


def test_none_is_an_answer_and_nothing_is_none(call: Call, network: Network) -> None:
    outcome = {"flow_run_id": "r", "name": "n", "done": True, "message": "m"}
    network.answers = [httpx.Response(200, json=outcome) for _ in range(3)]

    call("resume_flow_run", "r")
    call("resume_flow_run", "r", input=None)
    call("resume_flow_run", "r", input={"go": True}, key="approval", rerun=["load"])

    assert [json.loads(request.content) for request in network.requests] == [
        {"rerun": []},
        {"rerun": [], "input": None},
        {"rerun": ["load"], "input": {"go": True}, "key": "approval"},
    ]


@pytest.mark.parametrize("url", ["", "localhost:4200", "ftp://there", "http://", "http://[::1"])
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(errors.UsageError, match="no address of a server"):
        Client(url)


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("http://there:1/", "http://there:1"),
        ("http://there/penstock/", "http://there/penstock"),
        ("http://there:4200/api", "http://there:4200"),
    ],
)
def test_addresses_are_taken_as_people_write_them(given: str, base: str) -> None:
    assert Client(given).url == base


def test_address_and_key_come_from_the_settings(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_API_URL", "http://elsewhere:1")
    monkeypatch.setenv("PENSTOCK_API_KEY", "from the environment")
    network.answers = [httpx.Response(200, json=HEALTH)]

    Client(transport=httpx.MockTransport(network)).get_health()

    [request] = network.requests
    assert request.url.host == "elsewhere"
    assert request.headers["authorization"] == "Bearer from the environment"


def test_the_server_of_this_data_folder_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Client().url == "http://localhost:4200"

    started = process_started(os.getpid())
    assert started is not None
    url = "http://localhost:4321/base/"
    entry = Entry(os.getpid(), started, "127.0.0.1", 4321, url, 0, "1", None)
    write_entry(load_settings(), entry)

    assert Client().url == "http://localhost:4321/base"
    monkeypatch.setenv("PENSTOCK_API_URL", "http://elsewhere:1")
    assert Client().url == "http://elsewhere:1"
