"""What the dashboard shows first."""

from __future__ import annotations

from pydantic import Field

from penstock._schemas.artifacts import Artifact
from penstock._schemas.common import Model, Page
from penstock._schemas.flow_runs import FlowRun, History, Stats

__all__ = ["Home"]


class Home(Model):
    """All that the dashboard's first page shows, in one answer."""

    has_runs: bool = Field(description="Whether any flow has run, however long ago.")
    stats: Stats = Field(description="Of the flow runs since the instant asked for.")
    history: History = Field(description="Of the same flow runs.")
    trouble: Page[FlowRun] = Field(description="Those that failed or crashed, the newest 6.")
    active: Page[FlowRun] = Field(
        description="Flow runs that have not ended, whenever they were created, the newest 6."
    )
    artifacts: list[Artifact] = Field(
        description="The newest 3, one of each kind and key, with their trends."
    )
