"""A server of its own for a test, asked from outside."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from penstock.testing.children import Child, Nursery, eventually

if TYPE_CHECKING:
    from pathlib import Path


class Served(NamedTuple):
    """A server that runs, and the data folder it looks at."""

    base: str  # ends with a slash
    home: Path
    child: Child

    def restart(self, children: Nursery) -> None:
        """Start it again, at the same address, after its process was killed."""
        start(children, self.base)

    def ask(self, path: str, **query: Any) -> Any:
        """Ask the API, as the page does: `ask("flow-runs", flow="library")`."""
        answer = httpx.get(f"{self.base}api/{path}", params=query, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def run_id(self, flow_name: str) -> str:
        """Give the id of the newest run of a flow, not nested in another."""
        return str(self.ask("flow-runs", flow=flow_name, parent="none")["items"][0]["id"])


def free_port() -> int:
    """Name a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def serve(children: Nursery, home: Path, *options: str) -> Served:
    """Start a server on the data folder of the environment, and wait until it answers."""
    base = f"http://127.0.0.1:{free_port()}/"
    return Served(base, home, start(children, base, *options))


def start(children: Nursery, base: str, *options: str) -> Child:
    """Start the program of a server, and wait until it answers."""
    port = str(urlsplit(base).port)
    child = children.start("-m", "penstock", "server", "start", "--port", port, *options)

    def answers() -> bool:
        assert child.process.poll() is None, child.said
        try:
            return httpx.get(f"{base}api/ready", timeout=5).is_success
        except httpx.TransportError:
            return False

    eventually(answers, f"an answer from {base}")
    return child
