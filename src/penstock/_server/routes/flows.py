"""Flows."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from penstock._schemas.flows import Flow, FlowDetail
from penstock._server.deps import TheClock, TheStore
from penstock._server.flow_pages import flow_detail, list_flows

router = APIRouter(prefix="/flows", tags=["flows"])


@router.get("")
def find_flows(
    store: TheStore,
    clock: TheClock,
    q: Annotated[str | None, Query(max_length=200, description="Part of the name.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="Those that ran last.")] = 500,
) -> list[Flow]:
    """List the flows that have run, the one that ran last first."""
    return list_flows(store, q, limit, clock.now_us())


@router.get("/{flow_name:path}")  # a name may hold a slash
def get_flow(flow_name: str, store: TheStore, clock: TheClock) -> FlowDetail:
    """Give what is known of a flow."""
    return flow_detail(store, flow_name, clock.now_us())
