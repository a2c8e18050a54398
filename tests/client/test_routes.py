"""Every route of the API has a call, and the calls say what the routes take."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from penstock._schemas import queries
from penstock._server.app import create_app, make_document
from penstock.client import AsyncClient, Client, _words
from penstock.settings import load_settings
from penstock.stores.memory import MemoryStore
from tests.server.every_route import every_way

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

#: A client shows its key with each request, and knows the document.
NO_CALLS = {"/api/login", "/api/logout", "/api/openapi.json"}

#: Words that a call says by itself, or by another name.
UNSAID = {
    ("act_on_flow_runs", "where"),
    ("download_artifact", "download"),
    ("download_artifact", "inline"),
    ("get_artifact_content", "download"),
    ("get_artifact_content", "inline"),
    ("iterate_artifacts", "cursor"),
    ("iterate_events", "limit"),
    ("iterate_flow_runs", "cursor"),
    ("iterate_log", "around"),
    ("iterate_log", "limit"),
    ("iterate_log", "offset"),
    ("iterate_logs", "cursor"),
    ("iterate_task_runs", "cursor"),
    ("watch", "run"),
}

#: Arguments for the calls that have some that must be given.
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "act_on_flow_runs": ("retry", ["r"]),
    "find_in_log": ("r", "text"),
    "iterate_logs": ("text",),
    "save_view": ("name", "state=FAILED"),
    "search_logs": ("text",),
}


class Seen(Exception):
    """Ends a call: what it asks for is known."""


def calls() -> list[str]:
    return [
        name for name in dir(Client) if not name.startswith("_") and name not in {"close", "url"}
    ]


def asked_by(name: str, folder: Path) -> httpx.Request:
    """Make a call, and give the first request that it sends."""
    requests: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        raise Seen

    call = getattr(Client("http://there", transport=httpx.MockTransport(note)), name)
    with pytest.raises(Seen):
        next(call(*ARGUMENTS.get(name, _arguments(call, folder))))
    return requests[0]


def _arguments(call: Any, folder: Path) -> list[Any]:
    """Make up what the call must be given."""
    wanted = inspect.signature(call).parameters.values()
    names = [
        one.name
        for one in wanted
        if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
    ]
    return [folder / "file" if name == "to" else "r" for name in names]


def test_every_route_has_a_call_and_every_call_a_route(tmp_path: Path) -> None:
    app = create_app(MemoryStore(), load_settings())
    routes = {(way.method, way.template) for way in every_way(app) if way.method != "HEAD"}
    reached = set()
    for name in calls():
        request = asked_by(name, tmp_path)
        fits = [route for route in routes if _fits(route, request)]
        assert fits, f"{name} asks for {request.method} {request.url.path}, which no route answers"
        # A path without parameters is found first, as by the server.
        reached.add(min(fits, key=lambda route: route[1].count("{")))

    assert {route for route in routes - reached if route[1] not in NO_CALLS} == set()


def _fits(route: tuple[str, str], request: httpx.Request) -> bool:
    method, template = route
    pattern = re.sub(r"{\w+:path}", ".+", template)
    pattern = re.sub(r"{\w+}", "[^/]+", pattern)
    return method == request.method and bool(re.fullmatch(pattern, request.url.path))


def test_every_word_of_a_route_can_be_said(tmp_path: Path) -> None:
    document = make_document()
    missing = []
    for name in calls():
        request = asked_by(name, tmp_path)
        operation = _operation(document, request)
        words = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        schema = document["components"]["schemas"].get(
            body.get("schema", {}).get("$ref", "").rpartition("/")[2], {}
        )
        missing += [
            (name, word)
            for word in words | set(schema.get("properties", ()))
            if word not in _sayable(name) and (name, word) not in UNSAID
        ]

    assert missing == []


def _operation(document: dict[str, Any], request: httpx.Request) -> dict[str, Any]:
    method = request.method.lower()
    fits = [
        template
        for template, operations in document["paths"].items()
        if method in operations and _fits((request.method, template), request)
    ]
    operation: dict[str, Any] = document["paths"][min(fits, key=lambda one: one.count("{"))][method]
    return operation


def _sayable(name: str) -> set[str]:
    """List the keywords of a call, those of its TypedDict among them."""
    words = set()
    for one in inspect.signature(getattr(Client, name)).parameters.values():
        if one.kind is one.VAR_KEYWORD:
            kind = re.fullmatch(r"Unpack\[(\w+)\]", one.annotation)
            assert kind is not None
            words |= getattr(_words, kind[1]).__optional_keys__
        else:
            words.add(one.name)
    return words


def test_both_clients_have_the_same_calls() -> None:
    ours = {name for name in dir(Client) if not name.startswith("_")}
    theirs = {name for name in dir(AsyncClient) if not name.startswith("_")}

    assert ours - theirs == {"close"}
    assert theirs - ours == {"aclose"}


@pytest.mark.parametrize("name", calls())
def test_every_call_says_what_it_is_for(name: str) -> None:
    text = getattr(Client, name).__doc__

    assert text.splitlines()[0].endswith((".", ":"))


@pytest.mark.parametrize(
    ("words", "query", "apart"),
    [
        (_words.FlowRunWords, queries.FlowRunSelection, set()),
        (_words.FlowRunListWords, queries.FlowRunQuery, {"cursor"}),
        (_words.FlowRunWords, queries.HistoryQuery, {"buckets"}),
        (_words.TaskRunWords, queries.TaskRunQuery, {"cursor"}),
        (_words.LogWords, queries.LogQuery, set()),
        (_words.LogWindowWords, queries.LogWindowQuery, set()),
        (_words.LogWords, queries.LogMatchQuery, {"find"}),
        (_words.LogSearchWords, queries.LogSearch, {"q", "cursor"}),
        (_words.ArtifactWords, queries.ArtifactQuery, {"cursor"}),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_the_words_of_a_list_are_those_of_its_route(
    words: type, query: type[BaseModel], apart: set[str]
) -> None:
    assert words.__optional_keys__ == query.model_fields.keys() - apart  # type: ignore[attr-defined]
