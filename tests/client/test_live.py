"""Watching goes on where it was, whatever happens to the connection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from penstock import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.testing import FakeClock
    from tests.client.conftest import Network

    Call = Callable[..., Any]

NOTHING = {"flow_runs": [], "more": False, "run": None, "artifacts": False}


def stream(*events: tuple[str, str, dict[str, Any]]) -> httpx.Response:
    text = "".join(
        f"event: {event}\nid: {place}\ndata: {json.dumps(data)}\n\n"
        for event, place, data in events
    )
    return httpx.Response(200, content=text.encode())


def hello(cursor: int) -> tuple[str, str, dict[str, Any]]:
    now = "2026-01-01T00:00:00Z"
    return "hello", f"{cursor}:0:0", {"cursor": cursor, "server_time": now, "version": "1"}


def changes(cursor: int) -> tuple[str, str, dict[str, Any]]:
    return "changes", f"{cursor}:0:0", {"cursor": cursor, **NOTHING}


def end() -> httpx.Response:
    """Answer what ends a watch in these tests: nothing else does."""
    body = {"type": "not_found", "title": "", "status": 404, "detail": "End."}
    return httpx.Response(404, json=body)


def watched(call: Call, *args: Any, **kwargs: Any) -> list[Any]:
    """Watch until the end, and give what was seen."""
    return call("watch", *args, until=errors.NotOnServer, **kwargs)


def test_changes_come_with_the_place_to_go_on_from(call: Call, network: Network) -> None:
    network.answers = [stream(hello(1), changes(2), changes(5)), end()]

    seen = watched(call)

    assert [(change.cursor, change.id) for change in seen] == [(2, "2:0:0"), (5, "5:0:0")]


def test_a_connection_that_breaks_is_made_again_and_goes_on(
    call: Call, network: Network, clock: FakeClock
) -> None:
    broken = httpx.RemoteProtocolError("Server disconnected without sending a response.")
    network.answers = [stream(hello(1), changes(2)), broken, stream(hello(2), changes(3)), end()]

    seen = watched(call, "r", after="1:0:0")

    assert [change.cursor for change in seen] == [2, 3]
    assert [request.headers["last-event-id"] for request in network.requests] == [
        "1:0:0",
        "2:0:0",
        "2:0:0",
        "3:0:0",
    ]
    assert {request.url.params["run"] for request in network.requests} == {"r"}
    assert max(clock.sleeps) < 1


def test_too_much_at_once_is_a_change_that_says_so(call: Call, network: Network) -> None:
    network.answers = [stream(hello(1), ("reset", "90:0:0", {"cursor": 90})), end()]

    [change] = watched(call, "r")

    assert (change.cursor, change.id, change.more, change.artifacts) == (90, "90:0:0", True, True)
    assert (change.run.id, change.run.tasks, change.run.logs) == ("r", True, True)


def test_a_server_that_does_not_come_back_is_an_error(
    call: Call, network: Network, clock: FakeClock
) -> None:
    network.answers = [stream(hello(1))] + [httpx.ConnectError("Connection refused")] * 6

    with pytest.raises(errors.Unreachable, match="Connection refused"):
        call("watch", patience=10)

    assert 10 <= sum(clock.sleeps) < 20
    assert clock.sleeps == sorted(clock.sleeps)


def test_a_stream_that_ends_at_once_again_and_again_is_an_error(
    call: Call, network: Network
) -> None:
    network.answers = [httpx.Response(200, content=b"")] * 5

    with pytest.raises(errors.Unreachable, match="ended"):
        call("watch", patience=2)


def test_events_of_newer_servers_are_passed_over(call: Call, network: Network) -> None:
    network.answers = [stream(("mood", "1:0:0", {"good": True}), changes(2)), end()]

    assert [change.cursor for change in watched(call)] == [2]
