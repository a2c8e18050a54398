"""The server runs nothing, opens nothing and breaks at nothing that a request brings."""

from __future__ import annotations

import ast
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from penstock import _server
from penstock._server.app import make_bare, make_document
from penstock.testing.journal import Journal
from tests.server import hostile
from tests.server.every_route import every_way, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from penstock.stores.protocol import Store

PACKAGE = Path(str(_server.__file__)).parent
#: What would run what somebody has stored, or hand words to a shell.
FORBIDDEN_MODULES = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "yaml"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "system", "popen", "load_flow_of"}
STREAM = "/api/stream"


def test_no_module_of_the_server_can_read_a_pickle_or_run_a_word() -> None:
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names: set[str] = set()
            if isinstance(node, ast.Import):
                names = {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names = {str(node.module).partition(".")[0]}
                if node.module == "penstock.results":
                    names |= {a.name for a in node.names} - {"forget_file"}
            elif isinstance(node, ast.Call):
                called = getattr(node.func, "id", getattr(node.func, "attr", ""))
                names = {called} & FORBIDDEN_CALLS
                # `re.compile` is another one.
                if called == "compile" and isinstance(node.func, ast.Attribute):
                    names = set()
                names |= {f"{word.arg}=" for word in node.keywords if word.arg == "shell"}
            bad = names & (FORBIDDEN_MODULES | FORBIDDEN_CALLS | {"shell=", "load", "loads"})
            wrong += [f"{path.name}: {name}" for name in bad]

    assert not [one for one in wrong if not one.endswith((": loads", ": load"))]
    assert not [one for one in wrong if one.endswith((": loads", ": load"))]


@pytest.fixture
def opened() -> Iterator[set[str]]:
    """Note every file that this process opens, from any thread."""
    found: set[str] = set()
    is_on = threading.Event()
    is_on.set()

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if is_on.is_set() and event == "open" and isinstance(arguments[0], str | bytes):
            found.add(os.fsdecode(arguments[0]))

    sys.addaudithook(hear)  # for ever: a hook cannot be taken back
    yield found
    is_on.clear()


def test_no_word_in_a_path_leads_to_a_file(
    app: FastAPI, api: TestClient, home: Path, opened: set[str]
) -> None:
    assert len(hostile.TRAVERSALS) >= 60
    api.get("/api/ready")
    opened.clear()
    for way, name in parameters(app):
        for text in hostile.TRAVERSALS:
            for word in (text, quote(text, safe="")):
                path = way.template
                for other in (n for w, n in parameters(app) if w == way and n != name):
                    path = path.replace(f"{{{other}}}", "1")
                path = path.replace(f"{{{name}}}", word)
                answer = api.request(way.method, path)

                # A step upwards may have led to another route, never to a file.
                assert answer.status_code in {200, 404, 405, 422}, (way, word, answer.text)
                assert "root:" not in answer.text
    outside = {
        path
        for path in opened
        if not path.startswith((str(home), sys.prefix, sys.base_prefix, str(PACKAGE.parents[1])))
    }
    assert not outside


def asked(*kinds: str) -> Iterator[tuple[str, str]]:
    """Pair each path that can be got with each word of its query that is of some kind."""
    for template, methods in make_document()["paths"].items():
        path = next(way.path for way in WAYS if way.template == template)
        for parameter in methods.get("get", {}).get("parameters", ()):
            schema = str(parameter["schema"])
            if parameter["in"] == "query" and any(f"'{kind}'" in schema for kind in kinds):
                yield path, parameter["name"]


WAYS = every_way(make_bare())


def test_no_word_in_a_query_leads_to_a_file_or_a_mistake(api: TestClient) -> None:
    words = list(asked("string", "array"))
    assert len(words) >= 30
    for path, field in words:
        for text in hostile.TRAVERSALS[::6] if path != STREAM else ():
            answer = api.get(path, params={field: text})

            assert answer.status_code < 500, (path, field, text, answer.text)


NUMBERS = ["-1", "9223372036854775807", "9223372036854775808", "1e400", "nan", "\u0663", "0x10", ""]


def test_no_number_is_a_mistake(app: FastAPI, api: TestClient) -> None:
    fields = list(asked("integer", "number"))
    assert len(fields) >= 8
    for number in NUMBERS:
        for path, field in fields:
            assert api.get(path, params={field: number}).status_code < 500, (path, field, number)
        for way, name in parameters(app):
            path = way.template.replace(f"{{{name}}}", number)
            if "{" not in path:
                assert api.request(way.method, path).status_code < 500, (way, number)


def _fill(store: Store) -> None:
    """Leave something to be found: one of each kind, under the ids of the samples."""
    journal = Journal(store)
    run = bytes.fromhex("0198f3a0000070008000000000000001")
    journal.flow_run(run, name="calm-otter", flow_name="nightly", parameters='{"day": 1}')
    journal.task_run(run, 0)
    journal.finish(run, 0)
    journal.log(run, 0, "hello")
    journal.artifact(run, 0, key="accuracy", kind="number", content=b"42")
    journal.state(run, "COMPLETED")
    journal.send()


def fuzz(app: FastAPI, store: Store, cases: int) -> int:
    """Send what the document allows, and what it does not; count the requests."""
    _fill(store)
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    operations = [
        found.ok()
        for found in schema.get_all_operations()
        if found.ok().path != STREAM  # it never ends
    ]
    # Where nothing can be varied there is one case; the others make up for that.
    each = -(-cases * 3 // (2 * len(operations)))
    sent = 0
    broken: list[str] = []
    for operation in operations:
        strategy = operation.as_strategy()

        @settings(
            max_examples=each,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=cases < 10_000,
        )
        @given(case=strategy)
        def send(case: Any) -> None:
            nonlocal sent
            sent += 1
            answer = case.call()
            if answer.status_code >= 500:
                broken.append(f"{case.method} {case.formatted_path} {case.query} {case.body!r}")

        send()
    assert not broken
    return sent


def test_whatever_the_document_allows_is_answered(app: FastAPI, store: Store) -> None:
    assert fuzz(app, store, 1_000) >= 1_000


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_whatever_the_document_allows_is_answered_20_000_times(app: FastAPI, store: Store) -> None:
    assert fuzz(app, store, 20_000) >= 20_000
