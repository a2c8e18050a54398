"""Flows: what is known of them from their runs."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from penstock._schemas.common import Model, StateCount
from penstock._schemas.flow_runs import FlowRun

__all__ = ["Flow", "FlowDetail", "FlowVersion"]


class Flow(Model):
    """A flow in a list."""

    name: str
    run_count: int
    states: list[StateCount]
    last_run: FlowRun | None
    recent: list[str] = Field(description="State types of the last 20 runs, oldest first.")
    median_run_time: float | None = Field(description="Seconds, of the last 50 completed.")
    success_rate: float | None


class FlowVersion(Model):
    """A version of a flow, and how often it ran."""

    version: str | None
    run_count: int
    first: datetime
    last: datetime


class Point(Model):
    """One run in a trend."""

    flow_run_id: str
    name: str
    state_type: str
    start_time: datetime
    seconds: float


class FlowDetail(Flow):
    """A flow whole."""

    key: str = Field(description="Module and qualified name of the function.")
    entrypoint: str | None
    versions: list[FlowVersion]
    trend: list[Point] = Field(description="Its last 100 runs that ended, oldest first.")
    parameters: list[str] = Field(description="Names, as in the last run.")
