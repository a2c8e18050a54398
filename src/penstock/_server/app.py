"""Puts the server together: routes, and what stands around them.

`create_app` makes the API alone, as tests of routes want it. `create_site` is what
listens: every request goes through headers, gate and base path before it reaches a
file or the API. The invariant: nothing is reachable beside the gate.
"""

from __future__ import annotations

from functools import cache, partial
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Lifespan

from penstock._clock import SYSTEM, Clock
from penstock._schemas.common import Problem
from penstock._server.base_path import BasePath
from penstock._server.errors import PROBLEMS, answer_errors
from penstock._server.examples import EXAMPLES
from penstock._server.gate import Gate
from penstock._server.headers import SecureHeaders
from penstock._server.keys import Keys
from penstock._server.launching import Launcher
from penstock._server.log_pages import Totals
from penstock._server.names import Names
from penstock._server.pages import Pages
from penstock._server.routes import (
    actions,
    artifacts,
    flow_runs,
    flows,
    home,
    login,
    logs,
    server,
    stream,
    task_runs,
)
from penstock._server.shown import find_shown
from penstock._server.stream import Hub
from penstock.settings import Settings
from penstock.stores.protocol import Store

__all__ = ["create_app", "create_site", "make_bare", "make_document"]

#: Smaller answers gain nothing by being packed.
_PACKED_FROM: Final = 1_000
#: Instead of 9: a third of the time for 3 % more.
_PACK_LEVEL: Final = 5


def create_app(
    store: Store,
    settings: Settings,
    *,
    clock: Clock = SYSTEM,
    keys: Keys | None = None,
    base: str = "/",
    lifespan: Lifespan[FastAPI] | None = None,
) -> FastAPI:
    """Make the API.

    Args:
        store: what it reads and commands.
        settings: those of the process.
        clock: what it asks for the time.
        keys: who may log in; None: everybody is.
        base: path under which a browser finds the server; begins and ends with a slash.
        lifespan: what runs as long as the application does.
    """
    app = make_bare(lifespan)
    app.state.store = store
    app.state.settings = settings
    app.state.clock = clock
    app.state.log_totals = Totals()
    app.state.keys = keys or Keys("", 0, clock.monotonic)
    app.state.base = base
    app.state.launcher = Launcher(settings)
    app.state.hub = Hub(store, clock, partial(find_shown, store, clock))
    answer_errors(app)
    return app


def create_site(api: FastAPI, names: Names) -> ASGIApp:
    """Put everything around the API that a server which listens needs.

    Args:
        api: what `create_app` gave.
        names: those the server goes by.
    """
    base: str = api.state.base
    clock: Clock = api.state.clock
    inside = Pages(GZipMiddleware(api, _PACKED_FROM, _PACK_LEVEL), base)
    gate = Gate(inside, names, api.state.keys, lambda: clock.now_us() / 1_000_000)
    return SecureHeaders(BasePath(gate, base))


def make_document() -> dict[str, Any]:
    """Give the OpenAPI document; needs no store."""
    return make_bare().openapi()


def make_bare(lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """Make the routes alone, with nothing behind them."""
    app = FastAPI(
        title="Penstock",
        version=version("penstock"),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # FastAPI would make it in the loop, and all others wait 0.3 s
        lifespan=lifespan,
        redirect_slashes=False,
    )
    parts = (server, stream, login, home, flow_runs, actions, task_runs, logs, flows, artifacts)
    for part in parts:
        # `/flow-runs/bulk` is asked for with POST only, so nothing hides it.
        app.include_router(part.router, prefix="/api", responses=PROBLEMS)
    make = app.openapi

    @cache
    def with_problems() -> dict[str, Any]:
        """Add what every route may answer, as no route names it."""
        document = make()
        schema = Problem.model_json_schema(
            mode="serialization", ref_template="#/components/schemas/{model}"
        )
        document["components"]["schemas"].update(schema.pop("$defs"))
        document["components"]["schemas"]["Problem"] = schema
        for name, example in EXAMPLES.items():
            document["components"]["schemas"][name]["examples"] = [example]
        document["info"]["version"] = "1"  # of the API; the program's own is at /api/version
        return document

    @app.get("/api/openapi.json", include_in_schema=False)
    def document() -> JSONResponse:
        return JSONResponse(with_problems())

    app.openapi = with_problems  # type: ignore[method-assign] # as FastAPI has it done
    return app
