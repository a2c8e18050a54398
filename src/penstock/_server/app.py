"""Puts the server together."""

from __future__ import annotations

from fastapi import FastAPI

from penstock._server.routes import actions, artifacts, flow_runs, flows, logs, server, task_runs

__all__ = ["create_app"]


def create_app() -> FastAPI:
    """Make the application."""
    app = FastAPI(title="Penstock", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    for part in (server, flow_runs, actions, task_runs, logs, flows, artifacts):
        # `/flow-runs/bulk` is asked for with POST only, so nothing hides it.
        app.include_router(part.router, prefix="/api")
    return app
