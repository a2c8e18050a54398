"""Lets requests in, or refuses them: around everything, and closed by default.

It knows no routes but the few that are public, by exact method and path. So a route that
is added tomorrow, or a mount, or a WebSocket, is closed without anybody thinking of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Final, NoReturn

from starlette.types import ASGIApp, Receive, Scope, Send

from penstock._server.bodies import check_json, read_body, replay
from penstock._server.errors import Refused
from penstock._server.keys import Keys
from penstock._server.names import Names
from penstock._server.pages import IS_KNOWN, is_api

__all__ = ["PUBLIC", "Gate"]

#: What needs no key, below /api. Pages need none either: there is nothing in them.
PUBLIC: Final = frozenset({("GET", "/api/health"), ("GET", "/api/ready"), ("POST", "/api/login")})

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: Of these a request has one, or the two ends may read it differently.
_ONCE: Final = frozenset(
    {
        *(b"host", b"origin", b"authorization", b"content-type", b"content-length"),
        *(b"sec-fetch-site", b"sec-fetch-mode", b"transfer-encoding", b"cookie"),
    }
)
_FOREIGN: Final = frozenset({b"cross-site", b"same-site"})
_DELETE: Final = 0x7F
_SPACE: Final = 0x20

_WEBSOCKET_CODES: Final = {401: 4401, 403: 4403, 421: 4421, 429: 4429}


class Gate:
    """The one way in."""

    def __init__(
        self, app: ASGIApp, names: Names, keys: Keys, now: Callable[[], float] = time.time
    ) -> None:
        """Put it before an application.

        Args:
            app: what is let through to.
            names: what `Host` and `Origin` may say.
            keys: who may come in.
            now: seconds since the epoch.
        """
        self._app = app
        self._names = names
        self._keys = keys
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it through."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            headers = _read_headers(scope)
            self._check_where_from(scope, headers)
            is_known = self._is_known(scope, headers)
            if scope["type"] != "http":
                _refuse_path(404, "not_found", "There is no such thing", "No WebSocket is here.")
            _check_path(scope)
            if scope["method"] not in _SAFE:
                receive = await _checked_body(headers, receive)
        except Refused as refused:
            await _refuse(refused, scope, receive, send)
            return
        await self._app({**scope, IS_KNOWN: is_known}, receive, send)

    def _check_where_from(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        """Keep the pages of other sites out, whatever name they came by."""
        reached = scope.get("server")
        if not self._names.has_host(headers.get(b"host", b""), reached):
            _refuse_host(headers.get(b"host"))
        origin = headers.get(b"origin")
        if origin is not None and not self._names.has_origin(origin, reached):
            _refuse_origin(f"The page that asks comes from {_shown(origin)}")
        if headers.get(b"sec-fetch-site") not in _FOREIGN:
            return
        # A link on another site may lead here, and nothing else may come from there.
        is_link = scope.get("method") in _SAFE and headers.get(b"sec-fetch-mode") == b"navigate"
        if not is_link:
            _refuse_origin("A page of another site asks")

    def _is_known(self, scope: Scope, headers: dict[bytes, bytes]) -> bool:
        """Tell whether who asks has the key; only for what is public may it be missing."""
        if not self._keys.is_needed:
            return True
        given = headers.get(b"authorization")
        if given is not None:
            self._check_key(scope, given)
            return True
        session = _cookie(headers, self._keys.cookie)
        if session is not None and self._keys.is_session(session, self._now()):
            return True
        method, path = scope.get("method"), scope["path"]
        if (method, path) in PUBLIC or (method in {"GET", "HEAD"} and not is_api(path)):
            return False
        return _refuse_key("This server wants its key, and none was given.")

    def _check_key(self, scope: Scope, given: bytes) -> None:
        address = address_of(scope)
        wait = self._keys.wait_of(address)
        if wait is not None:
            refuse_for_now(wait)
        kind, _, key = given.partition(b" ")
        if kind.lower() != b"bearer" or not self._keys.is_key(key.strip()):
            self._keys.note_failure(address)
            _refuse_key("That is not the key of this server.")


def address_of(scope: Scope) -> str:
    """Give the address that a request came from."""
    client = scope.get("client")
    return client[0] if client else ""


def refuse_for_now(seconds: int) -> NoReturn:
    """Refuse whoever has shown too many wrong keys."""
    raise Refused(
        "too_many_failures",
        429,
        "Too many wrong keys",
        f"Too many wrong keys came from this address. Try again in {seconds} s.",
        headers={"Retry-After": str(seconds)},
    )


async def _checked_body(headers: dict[bytes, bytes], receive: Receive) -> Receive:
    """Read the body of a request that changes something: JSON, and not too much of it."""
    kind = headers.get(b"content-type")
    if kind is not None and not _is_json(kind):
        _refuse_kind(f"not {_shown(kind)}")
    if headers.get(b"content-encoding", b"identity") != b"identity":
        _refuse_kind("not packed")
    body = await read_body(receive, headers.get(b"content-length"))
    if body and kind is None:
        _refuse_kind("and the request does not say what it is")
    if body:
        await check_json(body)
    return replay(body, receive)


def _read_headers(scope: Scope) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in headers and name in _ONCE:
            word = _shown(name)
            raise Refused(
                "malformed", 400, "The request cannot be read", f"It has {word} more than once."
            )
        headers[name] = value
    return headers


def _check_path(scope: Scope) -> None:
    path: str = scope["path"]
    if any(ord(char) < _SPACE or ord(char) == _DELETE for char in path):
        detail = "The path holds a control character."
        _refuse_path(422, "invalid", "The request cannot be carried out", detail, "/path")
    if b"%00" in scope.get("query_string", b""):
        detail = "The query holds a NUL character."
        _refuse_path(422, "invalid", "The request cannot be carried out", detail, "/query")


def _cookie(headers: dict[bytes, bytes], name: str) -> str | None:
    try:
        cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return None
    return cookies[name].value if name in cookies else None


def _is_json(kind: bytes) -> bool:
    word, _, rest = kind.lower().partition(b";")
    return word.strip() == b"application/json" and rest.strip() in {
        *(b"", b"charset=utf-8", b'charset="utf-8"'),
    }


def _shown(text: bytes) -> str:
    """Show what was sent, without what would be odd in a sentence."""
    return repr(text[:80].decode("ascii", "replace"))


def _refuse_host(host: bytes | None) -> NoReturn:
    shown = "none" if host is None else _shown(host)
    raise Refused(
        "unknown_host",
        421,
        "This server does not go by that name",
        f"The request is for the host {shown}, and this server does not know that name. "
        "If it is right, start the server with --allow-host NAME, or set "
        "PENSTOCK_SERVER_HOSTS.",
    )


def _refuse_origin(why: str) -> NoReturn:
    raise Refused(
        "foreign_origin",
        403,
        "A page of another site may not ask this",
        f"{why}. Only pages of this server may. If that is one, start the server with "
        "--allow-host and the name in the browser's address bar.",
    )


def _refuse_key(why: str) -> NoReturn:
    raise Refused(
        "no_key",
        401,
        "The key is missing or wrong",
        f"{why} Send it as `Authorization: Bearer KEY`, or log in on the page.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _refuse_kind(why: str) -> NoReturn:
    raise Refused(
        "wrong_content_type",
        415,
        "Only JSON is taken here",
        f"What a request brings must be application/json in UTF-8, {why}.",
    )


def _refuse_path(status: int, word: str, title: str, detail: str, pointer: str = "") -> NoReturn:
    raise Refused(word, status, title, detail, [(pointer, detail)] if pointer else ())


async def _refuse(refused: Refused, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await refused.answer()(scope, receive, send)
        return
    await receive()  # what asks for the connection
    code = _WEBSOCKET_CODES.get(refused.args[1], 4404)
    await send({"type": "websocket.close", "code": code, "reason": refused.args[0]})
