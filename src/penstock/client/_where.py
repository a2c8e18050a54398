"""Finds the server to talk to, and the key to show it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final, NamedTuple

import httpx

from penstock._addresses import find_entries
from penstock.errors import UsageError
from penstock.settings import Settings, load_settings

__all__ = ["Where", "find_server"]

_EXAMPLE: Final = "http://localhost:4200"


class Where(NamedTuple):
    """A server, and what opens it."""

    url: str
    key: str

    @property
    def is_here(self) -> bool:
        """Whether it can only be reached from this machine."""
        host = httpx.URL(self.url).host
        if host == "localhost":
            return True
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return False


def find_server(url: str | None, key: str | None) -> Where:
    """Say where the server is: what is given, what is set, what runs, or the usual place.

    Raises:
        UsageError: the address is none.
    """
    settings = load_settings()
    if url is None:
        url = settings.api_url or _running(settings)
    return Where(_checked(url), settings.api_key if key is None else key)


def _running(settings: Settings) -> str:
    """Name the server that runs on this data folder, or the place where it would."""
    usual = f"http://localhost:{settings.server_port}"
    urls = {entry.port: entry.url for entry in find_entries(settings)}
    return urls.get(settings.server_port) or next(iter(urls.values()), usual)


def _checked(url: str) -> str:
    # Addresses written for Prefect name the API itself.
    base = url.strip().rstrip("/").removesuffix("/api")
    try:
        parsed = httpx.URL(base)
    except httpx.InvalidURL as error:
        raise UsageError(f"{url!r} is no address of a server: {error}.") from None
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise UsageError(f"{url!r} is no address of a server, as {_EXAMPLE} is.")
    return base
