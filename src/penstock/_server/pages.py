"""The dashboard's files, from a list made once: no path is ever made from a request."""

from __future__ import annotations

import gzip
import mimetypes
import os
import re
from hashlib import blake2b
from html import escape
from typing import Final, NamedTuple

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from penstock._server.errors import problem

__all__ = ["IS_KNOWN", "STATIC", "Pages", "is_api"]

#: Where the build puts the dashboard.
STATIC: Final = os.path.join(os.path.dirname(__file__), "static")
#: Where the gate notes in a request whether who asks has shown the key.
IS_KNOWN: Final = "penstock.is_known"

#: The page that asks for the key. It is no part of the dashboard, so that a server whose
#: dashboard is not built can be logged in to.
_LOGIN: Final = os.path.join(os.path.dirname(__file__), "login")

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_BASE: Final = re.compile(rb"<base\b[^>]*>")
_HEAD: Final = re.compile(rb"<head\b[^>]*>")
#: What gains from being compressed; pictures and fonts are already.
_TEXTS: Final = ("text/", "application/json", "application/manifest", "image/svg")

_NOT_BUILT: Final = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Penstock</title></head><body>
<h1>The dashboard is not built</h1>
<p>The server and its API work, but this installation came without the dashboard's files.</p>
<p>In a checkout of the repository, build them with <code>make ui</code> and start the server
again; or install a released package: <code>pip install penstock</code>.</p>
<p><a href="api/openapi.json">The API's document</a></p>
</body></html>
"""


class File(NamedTuple):
    """A file as it is sent."""

    plain: bytes
    packed: bytes | None
    kind: str
    caching: str
    tag: str


def is_api(path: str) -> bool:
    """Tell whether a path belongs to the API."""
    return path == "/api" or path.startswith("/api/")


class Pages:
    """Answers everything outside of /api: a file, or the page, which knows the rest."""

    def __init__(self, api: ASGIApp, base: str, folder: str = STATIC) -> None:
        """List the files.

        Args:
            api: answers what is below /api.
            base: written into the page, whose addresses are all relative to it.
            folder: where the built dashboard lies; it may be missing.
        """
        self._api = api
        self._files = dict(_find_files(folder))
        page = self._files.pop("/index.html", None)
        found = _NOT_BUILT if page is None else page.plain
        self._page = _make_file("index.html", _with_base(found, base), _ASK_AGAIN)
        login = {f"/login{path}": file for path, file in _find_files(_LOGIN)}
        asking = _with_base(login.pop("/login/index.html").plain, base)
        self._login = _make_file("index.html", asking, "no-store")
        self._files.update(login)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or is_api(scope["path"]):
            await self._api(scope, receive, send)
            return
        page = self._page if scope.get(IS_KNOWN, True) else self._login
        response = self._answer(scope["method"], scope["path"], Headers(scope=scope), page)
        await response(scope, receive, send)

    def _answer(self, method: str, path: str, headers: Headers, page: File) -> Response:
        if method not in {"GET", "HEAD"}:
            detail = f"{method} is not for pages; the API is below /api."
            allow = {"Allow": "GET, HEAD"}
            return problem(
                "method_not_allowed", 405, "This cannot be done here", detail, headers=allow
            )
        file = self._files.get(path)
        if file is None:
            if path.startswith("/assets/"):
                detail = "This file is of another version. Load the page again."
                return problem("not_found", 404, "There is no such thing", detail)
            file = page
        return _send(file, headers)


def _send(file: File, headers: Headers) -> Response:
    answer = {"cache-control": file.caching, "etag": file.tag, "vary": "Accept-Encoding"}
    if headers.get("if-none-match") == file.tag:
        return Response(None, 304, answer)
    body = file.plain
    if file.packed is not None and "gzip" in headers.get("accept-encoding", ""):
        body = file.packed
        answer["content-encoding"] = "gzip"
    return Response(body, 200, answer, media_type=file.kind)


def _find_files(folder: str) -> list[tuple[str, File]]:
    """List the files of the built dashboard by the path under which they are asked for."""
    found = []
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            asked = "/" + os.path.relpath(path, folder).replace(os.sep, "/")
            with open(path, "rb") as file:
                content = file.read()
            # What is below assets/ has a digest of its content in its name.
            caching = _FOR_EVER if asked.startswith("/assets/") else _ASK_AGAIN
            found.append((asked, _make_file(name, content, caching)))
    return found


def _make_file(name: str, content: bytes, caching: str) -> File:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if name.endswith(".js"):
        kind = "text/javascript"  # some systems' tables have something else
    packed = gzip.compress(content, 6, mtime=0) if kind.startswith(_TEXTS) else None
    if packed is not None and len(packed) >= len(content):
        packed = None
    tag = f'"{blake2b(content, digest_size=9).hexdigest()}"'
    return File(content, packed, kind, caching, tag)


def _with_base(page: bytes, base: str) -> bytes:
    """Write the base into a page: in the place of the one it has, or first in its head."""
    tag = f'<base href="{escape(base)}">'.encode()
    if _BASE.search(page):
        return _BASE.sub(tag, page, count=1)
    return _HEAD.sub(lambda head: head.group(0) + tag, page, count=1)
