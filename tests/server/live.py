"""A real server in a process of its own, for tests of what only that shows."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 20.0


def free_port() -> int:
    """Find a port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Live:
    """A server that runs."""

    def __init__(self, process: subprocess.Popen[str], port: int, said: list[str]) -> None:
        self.process = process
        self.port = port
        self.said = said

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        """Ask it something; give the status and the JSON."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request("GET", path, headers={"Host": f"localhost:{self.port}", **headers})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def raw(self, request: bytes) -> bytes:
        """Send bytes as they are, and give all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as connection:
            connection.sendall(request)
            parts = []
            while part := connection.recv(65_536):
                parts.append(part)
        return b"".join(parts)

    def end(self) -> int:
        """Tell it to end; give its exit code."""
        self.process.terminate()
        return self.process.wait(SECONDS)


@contextmanager
def started(
    home: Path, *options: str, port: int | None = None, **environment: str
) -> Iterator[Live]:
    """Start a server on a data folder, and end it afterwards."""
    port = free_port() if port is None else port
    command = [sys.executable, "-m", "penstock", "server", "start", "--port", str(port), *options]
    environ = {**os.environ, "PENSTOCK_HOME": str(home), "PYTHONUNBUFFERED": "1", **environment}
    process = subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    said: list[str] = []
    try:
        for line in process.stdout:
            said.append(line)
            if "ends it" in line:
                break
        else:
            raise AssertionError(f"it did not start: {''.join(said)}")
        reading = threading.Thread(target=lambda: said.extend(process.stdout or ()), daemon=True)
        reading.start()
        yield Live(process, port, said)
    finally:
        process.kill()
        process.wait(SECONDS)
        process.stdout.close()


class Heard(NamedTuple):
    """An event of the stream."""

    name: str
    id: str | None
    data: dict[str, Any]


class Listener:
    """Somebody who listens to the stream of a server."""

    def __init__(self, port: int, query: str = "", last: str | None = None) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        again = "" if last is None else f"Last-Event-ID: {last}\r\n"
        # By the old version: it sends no chunks.
        asked = f"GET /api/stream{query} HTTP/1.0\r\nHost: localhost:{port}\r\n{again}\r\n"
        self._socket.sendall(asked.encode())
        self._file = self._socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        self.headers: dict[str, str] = {}
        while line := self._file.readline().strip().decode():
            name, _, value = line.partition(": ")
            self.headers[name.lower()] = value
        self.heard: Queue[Heard] = Queue()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def next(self, name: str, seconds: float = SECONDS) -> Heard:
        """Wait for the next event of that name."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                event = self.heard.get(timeout=max(deadline - time.monotonic(), 0))
            except Empty:
                raise AssertionError(f"no {name} came") from None
            if event.name == name:
                return event

    def close(self) -> None:
        """Have enough."""
        with suppress(OSError):  # the server was quicker
            self._socket.shutdown(socket.SHUT_RDWR)
        self.wait(SECONDS)
        self._file.close()
        self._socket.close()

    def wait(self, seconds: float) -> None:
        """Wait until the server has had enough."""
        self._reading.join(seconds)
        assert not self._reading.is_alive()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        with suppress(OSError):  # closed in the middle of an event
            while line := self._file.readline():
                text = line.decode().rstrip("\n")
                if text:
                    name, _, value = text.partition(": ")
                    fields[name] = value
                elif "event" in fields:
                    data = json.loads(fields["data"])
                    self.heard.put(Heard(fields["event"], fields.get("id"), data))
                    fields = {}
