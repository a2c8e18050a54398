"""Lets the server stand below a path of a reverse proxy: https://example.org/penstock/."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["BasePath", "read_base"]


def read_base(text: str) -> str:
    """Read a base path as a person writes it; what comes back has slashes at both ends.

    Raises:
        ValueError: it has characters that would mean something else in an address.
    """
    inner = text.strip("/")
    if not all(part and part not in {".", ".."} for part in inner.split("/") if inner):
        raise ValueError
    if not all(char.isascii() and (char.isalnum() or char in "/-._~") for char in inner):
        raise ValueError
    return f"/{inner}/" if inner else "/"


class BasePath:
    """Takes the base off the path, where the proxy has not done so itself."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        self._app = app
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on."""
        if scope["type"] in {"http", "websocket"} and self._base != "/":
            path: str = scope["path"]
            if f"{path}/" == self._base:
                path += "/"
            if path.startswith(self._base):
                scope = {**scope, "path": path[len(self._base) - 1 :]}
        await self._app(scope, receive, send)
