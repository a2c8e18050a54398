"""The dashboard's first page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from penstock._schemas.home import Home
from penstock._schemas.queries import HomeQuery
from penstock._server.deps import TheClock, TheStore
from penstock._server.home import make_home

router = APIRouter(tags=["home"])


@router.get("/home")
def get_home(query: Annotated[HomeQuery, Query()], store: TheStore, clock: TheClock) -> Home:
    """Give all that the dashboard's first page shows."""
    return make_home(store, query, clock.now_us())
