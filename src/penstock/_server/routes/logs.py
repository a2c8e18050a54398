"""Log lines: windows of a run's log, searches in it and in all."""

from __future__ import annotations

import re
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from penstock._schemas.logs import LogLine, LogMatches, LogPage, LogWindow
from penstock._schemas.queries import LogMatchQuery, LogQuery, LogSearch, LogWindowQuery
from penstock._server import log_pages
from penstock._server.deps import TheStore
from penstock._server.errors import Refused
from penstock._server.ids import RowId
from penstock._server.log_pages import Totals
from penstock.errors import NotFound

router = APIRouter(tags=["logs"])

_UNSAFE: Final = re.compile(r"[^\w.-]+", re.ASCII)


async def get_totals(request: Request) -> Totals:
    """Give what the server has counted."""
    totals: Totals = request.app.state.log_totals
    return totals


TheTotals = Annotated[Totals, Depends(get_totals)]


@router.get("/flow-runs/{flow_run_id}/logs")
def log_window(
    flow_run_id: str, query: Annotated[LogWindowQuery, Query()], store: TheStore, totals: TheTotals
) -> LogWindow:
    """Give a window of a flow run's log."""
    where = log_pages.selection(store, store.get_flow_run(flow_run_id).id, query)
    return log_pages.window(store, totals, where, query)


@router.get("/flow-runs/{flow_run_id}/logs/matches")
def log_matches(
    flow_run_id: str, query: Annotated[LogMatchQuery, Query()], store: TheStore, totals: TheTotals
) -> LogMatches:
    """Say where a text occurs in a flow run's log, among the lines that match the filters."""
    where = log_pages.selection(store, store.get_flow_run(flow_run_id).id, query)
    return log_pages.matches(store, totals, where, query.find)


@router.get(
    "/flow-runs/{flow_run_id}/logs/download",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def download_logs(
    flow_run_id: str, query: Annotated[LogQuery, Query()], store: TheStore
) -> StreamingResponse:
    """Give a flow run's log as a text file: the lines that match, whole."""
    run = store.get_flow_run(flow_run_id)
    where = log_pages.selection(store, run.id, query)
    plain = _UNSAFE.sub("_", run.name) or "flow-run"
    named = f"attachment; filename=\"{plain}.log\"; filename*=UTF-8''{quote(run.name, safe='')}.log"
    return StreamingResponse(
        log_pages.text_of(store, where),
        media_type="text/plain",
        headers={"Content-Disposition": named},
    )


@router.get("/flow-runs/{flow_run_id}/logs/loggers")
def loggers(flow_run_id: str, store: TheStore) -> list[str]:
    """Name the loggers that wrote in a flow run."""
    return list(store.find_loggers(store.get_flow_run(flow_run_id).id))


@router.get("/logs")
def search_logs(query: Annotated[LogSearch, Query()], store: TheStore) -> LogPage:
    """Search the lines of all runs, newest first."""
    return log_pages.search(store, query, _read_cursor(query.cursor))


@router.get("/logs/{log_id}")
def get_log_line(log_id: RowId, store: TheStore) -> LogLine:
    """Give a line whole."""
    line = log_pages.get_line(store, log_id)
    if line is None:
        raise NotFound("log line", str(log_id))
    return line


def _read_cursor(cursor: str | None) -> int | None:
    """Read the id that a page ended with."""
    if cursor is None:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", cursor):
        wrong = [("/query/cursor", "must be a `next_cursor` of this list")]
        detail = f"{cursor!r} is no cursor of this list."
        raise Refused("invalid", 422, "The request cannot be carried out", detail, wrong)
    return int(cursor)
