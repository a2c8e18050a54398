"""Logging a browser in and out, where the server has a key."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from penstock._schemas.common import Answer
from penstock._schemas.server import Login
from penstock._server.deps import TheClock
from penstock._server.errors import Refused
from penstock._server.gate import address_of, refuse_for_now
from penstock._server.keys import SESSION_SECONDS, Keys

router = APIRouter(prefix="/login", tags=["server"])


@router.post("")
def log_in(given: Login, request: Request, response: Response, clock: TheClock) -> Answer:
    """Take the key and give a browser a session for it, as a cookie. Needs no key."""
    keys: Keys = request.app.state.keys
    if not keys.is_needed:
        return Answer(message="This server has no key: everybody who reaches it is logged in.")
    address = address_of(request.scope)
    wait = keys.wait_of(address)
    if wait is not None:
        refuse_for_now(wait)
    if not keys.is_key(given.key.encode()):
        keys.note_failure(address)
        raise Refused(
            "no_key",
            401,
            "The key is missing or wrong",
            "That is not the key of this server. PENSTOCK_API_KEY has it where that runs.",
        )
    response.set_cookie(
        keys.cookie,
        keys.make_session(clock.now_us() / 1_000_000),
        max_age=SESSION_SECONDS,
        path=request.app.state.base,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return Answer(message="Logged in.")


@router.delete("")
def log_out(request: Request, response: Response) -> Answer:
    """Take a browser's session back."""
    keys: Keys = request.app.state.keys
    response.delete_cookie(keys.cookie, path=request.app.state.base)
    return Answer(message="Logged out.")
