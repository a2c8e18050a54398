"""Log lines: windows of a run's log, searches in it and in all."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from penstock._schemas.logs import LogLine, LogMatches, LogPage, LogWindow
from penstock._schemas.queries import LogMatchQuery, LogQuery, LogSearch, LogWindowQuery

router = APIRouter(tags=["logs"])


@router.get("/flow-runs/{flow_run_id}/logs")
def log_window(flow_run_id: str, query: Annotated[LogWindowQuery, Query()]) -> LogWindow:
    """Give a window of a flow run's log."""
    raise NotImplementedError


@router.get("/flow-runs/{flow_run_id}/logs/matches")
def log_matches(
    flow_run_id: str,
    query: Annotated[LogMatchQuery, Query()],
) -> LogMatches:
    """Say where a text occurs in a flow run's log, among the lines that match the filters."""
    raise NotImplementedError


@router.get("/flow-runs/{flow_run_id}/logs/download")
def download_logs(flow_run_id: str, query: Annotated[LogQuery, Query()]) -> Response:
    """Give a flow run's log as a text file."""
    raise NotImplementedError


@router.get("/flow-runs/{flow_run_id}/logs/loggers")
def loggers(flow_run_id: str) -> list[str]:
    """Name the loggers that wrote in a flow run."""
    raise NotImplementedError


@router.get("/logs")
def search_logs(query: Annotated[LogSearch, Query()]) -> LogPage:
    """Search the lines of all runs, newest first."""
    raise NotImplementedError


@router.get("/logs/{log_id}")
def get_log_line(log_id: int) -> LogLine:
    """Give a line whole."""
    raise NotImplementedError
