"""Every way into the application, found by walking it: nobody has to add a route here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.routing import Mount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fastapi import FastAPI

SAMPLES = {
    "flow_run_id": "0198f3a0-0000-7000-8000-000000000001",
    "task_run_id": "0198f3a0-0000-7000-8000-000000000001-0",
    "artifact_id": "0198f3a0-0000-7000-8000-000000000002",
    "log_id": "1",
    "view_id": "1",
    "flow_name": "nightly",
    "key": "accuracy",
}


class Way(NamedTuple):
    """A method and a path, with samples for its parameters."""

    method: str
    path: str
    template: str


def every_way(app: FastAPI) -> list[Way]:
    """List every route, mount and WebSocket of an application."""
    ways = list(_walk(app.routes, ""))
    assert len(ways) >= 30, "the walk has lost the routes"
    return ways


def parameters(app: FastAPI) -> list[tuple[Way, str]]:
    """Pair each way with each parameter of its path."""
    return [(way, name) for way in every_way(app) for name in re.findall(r"{(\w+)", way.template)]


def _walk(routes: Iterable[Any], prefix: str) -> Iterator[Way]:
    for route in routes:
        if isinstance(route, Mount):
            yield Way("GET", prefix + route.path + "/", route.path)
            yield from _walk(route.routes, prefix + route.path)
        elif hasattr(route, "effective_candidates"):  # a router of FastAPI's, with its prefix
            yield from _walk(route.effective_candidates(), prefix)
        elif getattr(route, "methods", None):
            for method in sorted(route.methods):
                yield Way(method, _fill(prefix + route.path), _plain(prefix + route.path))
        else:  # a WebSocket
            yield Way("WEBSOCKET", _fill(prefix + route.path), _plain(prefix + route.path))


def _plain(template: str) -> str:
    """Write a template as the document does: without the kind of a parameter."""
    return re.sub(r"{(\w+):\w+}", r"{\1}", template)


def _fill(template: str) -> str:
    return re.sub(r"{(\w+)(?::\w+)?}", lambda found: SAMPLES[found[1]], template)
