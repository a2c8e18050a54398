"""The live stream."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from penstock._server.cursors import read_cursor
from penstock._server.errors import Refused
from penstock._server.stream import Hub, Stream

router = APIRouter(tags=["server"])

_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Events `hello`, `changes`, `tick` and `reset`, until somebody has enough.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get("/stream", response_class=Response, responses=_ANSWER)
async def stream(
    request: Request,
    run: Annotated[
        str | None, Query(max_length=64, description="Id of a flow run to follow closely.")
    ] = None,
    after: Annotated[
        str | None,
        Query(max_length=64, description="Id of the last event known: `event:log:artifact`."),
    ] = None,
    last_event_id: Annotated[
        str | None, Header(max_length=64, description="The same, as browsers send it.")
    ] = None,
) -> Response:
    """Tell what changes, as it changes, as server-sent events."""
    known = last_event_id or after
    cursor = None if known is None else read_cursor(known)
    if known is not None and cursor is None:
        pointer = "/query/after" if last_event_id is None else "/header/last-event-id"
        detail = f"{pointer} must be the id of an event of this stream, such as 17:4:0."
        raise Refused(
            "invalid", 422, "The request cannot be carried out", detail, [(pointer, detail)]
        )
    hub: Hub = request.app.state.hub
    events = hub.listen(run, cursor)
    return Stream(events, await anext(events))
