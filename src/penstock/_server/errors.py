"""Every error as a problem document (RFC 9457): a word, a status, what to do.

The invariant: what nobody expected is answered with a number to look for in the
server's log, and never with a traceback.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from penstock.errors import (
    InvalidAnswer,
    InvalidTransition,
    NotFound,
    NotResumable,
    NotWaiting,
    NotYet,
    PenstockError,
    StaleOwner,
    StillRunning,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreReadOnly,
    UsageError,
)

__all__ = ["PROBLEMS", "Refused", "Unexpected", "answer_errors", "problem"]

_log = logging.getLogger(__name__)

#: Seconds after which it is worth trying again when the database was busy.
_RETRY_AFTER: Final = "5"

#: The errors of ours: word, status, title. The first that fits counts.
_OURS: Final[tuple[tuple[type[PenstockError], str, int, str], ...]] = (
    (NotFound, "not_found", 404, "There is no such thing"),
    (StillRunning, "still_running", 409, "A living process has the run"),
    (NotResumable, "not_resumable", 409, "There is nothing to go on with"),
    (NotWaiting, "not_waiting", 409, "Nobody waits for an answer"),
    (InvalidTransition, "illegal_transition", 409, "The run cannot make this move"),
    (StaleOwner, "stale_owner", 409, "The run belongs to another process"),
    (InvalidAnswer, "invalid_answer", 422, "The answer is not what is asked for"),
    (UsageError, "invalid", 422, "The request cannot be carried out"),
    (NotYet, "not_yet", 501, "Penstock does not have this yet"),
    (StoreBusy, "store_busy", 503, "The database is busy"),
    (StoreFull, "store_full", 503, "No space is left for the database"),
    (StoreReadOnly, "store_read_only", 503, "The database cannot be written"),
    (StoreError, "store_error", 503, "The database cannot be used"),
)

#: Words for what Starlette itself refuses.
_WORDS: Final = {
    400: ("malformed", "The request cannot be read"),
    404: ("not_found", "There is no such thing"),
    405: ("method_not_allowed", "This cannot be done here"),
}


class Refused(Exception):
    """A request that is answered with a problem. Facts: as `problem` takes them."""

    def __init__(
        self,
        word: str,
        status: int,
        title: str,
        detail: str,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(word, status, title, detail, errors, headers)

    def answer(self) -> Response:
        """Make the answer."""
        return problem(*self.args)


def problem(
    word: str,
    status: int,
    title: str,
    detail: str,
    errors: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make an answer that says what is wrong.

    Args:
        word: for programs.
        status: of HTTP.
        title: the same for every problem with this word.
        detail: what happened, and what to do.
        errors: JSON pointer and message of each thing that is wrong.
        headers: of the answer.
    """
    wrong = [{"pointer": pointer, "message": message} for pointer, message in errors]
    # As ASCII: what was sent may hold halves of surrogate pairs.
    body = json.dumps(
        {"type": word, "title": title, "status": status, "detail": detail, "errors": wrong}
    )
    return Response(
        body.encode("ascii"), status, dict(headers or {}), media_type="application/problem+json"
    )


def answer_errors(app: FastAPI) -> None:
    """Have an application answer its errors so."""
    app.add_exception_handler(PenstockError, _answer_ours)
    app.add_exception_handler(Refused, _answer_refused)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_middleware(Unexpected)


async def _answer_ours(request: Request, error: Exception) -> Response:
    for kind, word, status, title in _OURS:
        if isinstance(error, kind):
            headers = {"Retry-After": _RETRY_AFTER} if kind is StoreBusy else None
            if issubclass(kind, StoreError):
                _log.error("%s %s: %s", request.method, request.url.path, error)
            return problem(word, status, title, str(error), headers=headers)
    return _unexpected(request.scope, error)


async def _answer_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - the handler is for nothing else
    return error.answer()


async def _answer_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    wrong = [(_pointer(one["loc"]), str(one["msg"])) for one in error.errors()[:20]]
    names = ", ".join(dict.fromkeys(pointer for pointer, _ in wrong))
    detail = f"Wrong in the request: {names}. `errors` says what each must be."
    return problem("invalid", 422, "The request cannot be carried out", detail, wrong)


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    word, title = _WORDS.get(error.status_code, ("refused", str(error.detail)))
    match error.status_code:
        case 404:
            detail = f"There is nothing at {request.url.path}; /api/openapi.json lists what is."
        case 405:
            allowed = (error.headers or {}).get("Allow", "other methods")
            detail = f"{request.method} is not for {request.url.path}; it takes {allowed}."
        case _:
            detail = str(error.detail)
    return problem(word, error.status_code, title, detail, headers=error.headers)


def _pointer(place: Sequence[Any]) -> str:
    """Write a place in a request as a JSON pointer."""
    if place[:1] == ("body",) and len(place) == 2 and isinstance(place[1], int):  # noqa: PLR2004
        return "/body"  # where in the text the JSON broke off
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def _unexpected(scope: Scope, error: BaseException) -> Response:
    number = secrets.token_hex(6)
    _log.error("Error %s in %s %s", number, scope["method"], scope["path"], exc_info=error)
    detail = f"Something went wrong here. The server's log has it under {number}."
    return problem("internal", 500, "The server made a mistake", detail)


class Unexpected:
    """Answers what no other handler does, inside of what would show a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            response = _unexpected(scope, error)
            if begun:
                raise  # half an answer is out: only breaking it off tells the other side
            await response(scope, receive, send)


#: For the document: what any route may answer besides what it says itself.
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "What went wrong.",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
}
