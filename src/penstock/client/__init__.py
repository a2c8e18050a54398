"""A client for the API of a Penstock server: what runs, what ran, and what to do with it.

    from penstock.client import Client

    with Client() as client:
        for run in client.iterate_flow_runs(state="FAILED"):
            print(run.name, run.message)

`AsyncClient` is the same for async code; both are made from one description of each call.
What they give are the models of the API, with the names that its document has. Running
flows needs no client, and no server: this is for programs that look on.
"""

from __future__ import annotations

from penstock._schemas.actions import BulkResult, Outcome, Reuse, ReuseOfTask, View
from penstock._schemas.artifacts import (
    Artifact,
    ArtifactKey,
    ArtifactPoint,
    ArtifactSeries,
    ColumnSummary,
    Table,
)
from penstock._schemas.common import Answer, Page, StateCount
from penstock._schemas.flow_runs import (
    Bucket,
    Failure,
    FlowRun,
    FlowRunDetail,
    FlowRunLink,
    History,
    Pause,
    Stats,
)
from penstock._schemas.flows import Flow, FlowDetail, FlowVersion, Point
from penstock._schemas.home import Home
from penstock._schemas.live import RunChanges
from penstock._schemas.logs import LogLine, LogMatches, LogPage, LogWindow
from penstock._schemas.server import Event, EventPage, Health, SettingValue, UIConfig, Version
from penstock._schemas.task_runs import (
    Edge,
    Graph,
    Node,
    StateChange,
    TaskRun,
    TaskRunDetail,
    Timeline,
)
from penstock.client._clients import AsyncClient, Client
from penstock.client._live import Change
from penstock.client._rows import TimelineRow, timeline_rows

__all__ = [
    "Answer",
    "Artifact",
    "ArtifactKey",
    "ArtifactPoint",
    "ArtifactSeries",
    "AsyncClient",
    "Bucket",
    "BulkResult",
    "Change",
    "Client",
    "ColumnSummary",
    "Edge",
    "Event",
    "EventPage",
    "Failure",
    "Flow",
    "FlowDetail",
    "FlowRun",
    "FlowRunDetail",
    "FlowRunLink",
    "FlowVersion",
    "Graph",
    "Health",
    "History",
    "Home",
    "LogLine",
    "LogMatches",
    "LogPage",
    "LogWindow",
    "Node",
    "Outcome",
    "Page",
    "Pause",
    "Point",
    "Reuse",
    "ReuseOfTask",
    "RunChanges",
    "SettingValue",
    "StateChange",
    "StateCount",
    "Stats",
    "Table",
    "TaskRun",
    "TaskRunDetail",
    "Timeline",
    "TimelineRow",
    "UIConfig",
    "Version",
    "View",
    "timeline_rows",
]
