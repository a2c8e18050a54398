"""The names under which a browser may know this server, each with its port.

A page of somebody else's that has its own name point to this machine (DNS rebinding)
still says that name in `Host`, so exact names keep it out.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final, NamedTuple

__all__ = ["Names", "is_loopback", "make_names"]

_LOCAL: Final = ("localhost", "127.0.0.1", "[::1]")
_EVERYWHERE: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - named to be told apart
_HTTP_PORT: Final = 80


class Names(NamedTuple):
    """What `Host` and `Origin` may say."""

    hosts: frozenset[bytes]
    origins: frozenset[bytes]
    port: int
    #: it listens on every address, and the one that was reached is as good as a name
    takes_addresses: bool

    def has_host(self, host: bytes, reached: tuple[str, int | None] | None) -> bool:
        """Tell whether a request may say this host."""
        host = host.lower()
        return host in self.hosts or (host != b"" and host == self._address(reached))

    def has_origin(self, origin: bytes, reached: tuple[str, int | None] | None) -> bool:
        """Tell whether a page from there may speak to this server."""
        if origin.lower() in self.origins:
            return True
        address = self._address(reached)
        return address is not None and origin == b"http://" + address

    def _address(self, reached: tuple[str, int | None] | None) -> bytes | None:
        """Give the address of this machine that was reached, where any counts."""
        if not self.takes_addresses or reached is None:
            return None
        return f"{_in_brackets(reached[0])}:{self.port}".encode()


def make_names(host: str, port: int, others: Iterable[str] = ()) -> Names:
    """List the names of a server.

    Args:
        host: address it listens on.
        port: its port.
        others: names that a proxy or the network knows it by; without a port, both the
            default port and ours.
    """
    names = [*_LOCAL] if host in _EVERYWHERE else [*_LOCAL, _in_brackets(host)]
    plain = {f"{name}:{port}" for name in names}
    if port == _HTTP_PORT:
        plain.update(names)
    given = set()
    for other in others:
        given.add(other)
        if not _has_port(other):
            given.add(f"{other}:{port}")
    origins = {f"http://{name}" for name in plain | given} | {f"https://{name}" for name in given}
    return Names(
        frozenset(name.lower().encode() for name in plain | given),
        frozenset(origin.lower().encode() for origin in origins),
        port,
        host in _EVERYWHERE,
    )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches what listens on a host."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _in_brackets(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _has_port(name: str) -> bool:
    return ":" in name.rpartition("]")[2]
