"""Flows."""

from __future__ import annotations

from fastapi import APIRouter

from penstock._schemas.flows import Flow, FlowDetail

router = APIRouter(prefix="/flows", tags=["flows"])


@router.get("")
def find_flows(q: str | None = None) -> list[Flow]:
    """List the flows that have run, the one that ran last first."""
    raise NotImplementedError


@router.get("/{flow_name}")
def get_flow(flow_name: str) -> FlowDetail:
    """Give what is known of a flow."""
    raise NotImplementedError
