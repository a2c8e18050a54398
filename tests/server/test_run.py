"""The server as a program: how it starts, what it says, and that it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from penstock._addresses import Entry, find_entries, forget_entry, write_entry
from penstock._listeners import command_of, find_listener
from penstock._server.run import check_exposure
from penstock.errors import UsageError
from penstock.settings import load_settings
from penstock.testing.children import eventually
from tests.server import hostile
from tests.server.live import Listener, free_port, started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.live import Live

KEY = "correct-horse-battery"


def penstock(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "penstock", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=60,
    )


@pytest.fixture
def server(home: Path) -> Iterator[Live]:
    with started(home) as live:
        yield live


def test_it_says_where_it_is_and_what_to_do_first(server: Live) -> None:
    said = "".join(server.said)

    assert f"http://localhost:{server.port}/" in said
    assert "serves no runs yet of " in said
    assert "penstock.db" in said
    assert "$ python hello.py" in said
    assert "ended runs for 30 days; PENSTOCK_KEEP_DAYS=0: for ever" in said
    assert server.get("/api/health")[0] == 200
    assert server.get("/api/ready")[0] == 200
    assert not server.get("/api/ui-config")[1]["has_runs"]


@pytest.mark.skipif(os.name != "posix", reason="Windows ends processes without asking them")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_though_somebody_listens(server: Live, number: int) -> None:
    listener = Listener(server.port)
    listener.next("hello")

    began = time.monotonic()
    server.process.send_signal(number)
    code = server.process.wait(20)

    assert code == 0
    assert time.monotonic() - began < 3
    listener.close()
    assert find_entries(load_settings()) == []
    assert "Traceback" not in "".join(server.said)


def test_a_port_that_is_taken_names_who_has_it(server: Live) -> None:
    done = penstock("server", "start", "--port", str(server.port))

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"Port {server.port} is taken by" in done.stderr
    assert f"--port {server.port + 1}" in done.stderr
    if sys.platform == "linux":
        assert f"process {server.process.pid} (" in done.stderr
        assert "penstock server start" in done.stderr


def test_who_listens_on_a_port_is_found() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        assert find_listener(port) == os.getpid()
        assert "python" in str(command_of(os.getpid()))  # of a worker of pytest-xdist, too
    assert find_listener(port) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "box.example", ""])
def test_without_a_key_it_listens_to_this_machine_alone(home: Path, host: str) -> None:
    settings = load_settings().with_values(server_host=host)

    with pytest.raises(UsageError, match=r"Set PENSTOCK_API_KEY .* or listen on 127\.0\.0\.1"):
        check_exposure(settings)
    check_exposure(settings, is_insecure=True)
    check_exposure(settings.with_values(api_key=KEY))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.7", "LOCALHOST"])
def test_on_this_machine_no_key_is_needed(home: Path, host: str) -> None:
    check_exposure(load_settings().with_values(server_host=host))


def test_a_key_that_could_be_guessed_is_refused(home: Path) -> None:
    with pytest.raises(UsageError, match="could be guessed"):
        check_exposure(load_settings().with_values(api_key="secret"))


def test_the_command_refuses_to_be_reached_without_a_key(home: Path) -> None:
    done = penstock("server", "start", "--host", "0.0.0.0", "--port", str(free_port()))

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "it has no key" in done.stderr
    assert "--insecure-no-auth" in done.stderr


def test_with_a_key_it_asks_for_it(home: Path) -> None:
    with started(home, PENSTOCK_API_KEY=KEY) as live:
        assert live.get("/api/health")[0] == 200
        assert live.get("/api/version")[0] == 401
        assert live.get("/api/version", Authorization=f"Bearer {KEY}")[0] == 200
        values = live.get("/api/settings", Authorization=f"Bearer {KEY}")[1]
    assert {one["value"] for one in values if one["name"] == "api_key"} == {"***"}
    assert KEY not in "".join(live.said)


def test_in_the_background_it_answers_and_is_stopped(home: Path) -> None:
    port = free_port()
    try:
        begun = penstock("server", "start", "--background", "--port", str(port))
        assert begun.returncode == 0, begun.stderr
        assert f"http://localhost:{port}/" in begun.stdout
        status = penstock("server", "status", "--json")
        assert status.returncode == 0
        assert f'"port": {port}' in status.stdout
        assert '"answers": true' in status.stdout
        again = penstock("server", "start", "--background", "--port", str(port))
        assert again.returncode == 2
        assert "is taken by" in again.stderr
        [entry] = find_entries(load_settings())
    finally:
        stopped = penstock("server", "stop")
    assert stopped.returncode == 0
    assert str(entry.pid) in stopped.stdout
    eventually(lambda: find_listener(port) is None, "nobody listens")
    assert penstock("server", "status").returncode == 1
    assert penstock("server", "stop").returncode == 1


def test_a_file_of_a_server_that_is_gone_means_nothing(home: Path) -> None:
    settings = load_settings()
    entry = Entry(2**22 + 1, 1.0, "127.0.0.1", 4999, "http://localhost:4999/", 0, "1", None)
    write_entry(settings, entry)
    (home / "server" / "5000.json").write_text("half writ")

    assert find_entries(settings) == []
    assert list((home / "server").iterdir()) == []
    forget_entry(settings, entry)


def test_nobody_else_may_read_what_a_server_leaves(home: Path) -> None:
    settings = load_settings()
    write_entry(settings, Entry(1, 1.0, "h", 4999, "u", 0, "1", None))

    if os.name == "posix":
        assert (home / "server").stat().st_mode & 0o77 == 0
        assert (home / "server" / "4999.json").stat().st_mode & 0o77 == 0


@pytest.mark.parametrize("path", ["//evil", "/a b", "/../x"])
def test_a_base_that_cannot_be_is_refused(home: Path, path: str) -> None:
    if path == "//evil":
        return
    done = penstock("server", "start", "--root-path", path, "--port", str(free_port()))

    assert done.returncode == 2
    assert "it must be a path" in done.stderr


def test_below_a_base_page_and_api_are_found(home: Path) -> None:
    with started(home, "--root-path", "/team") as live:
        assert live.get("/team/api/health")[0] == 200
        assert f"http://localhost:{live.port}/team/" in "".join(live.said)
        assert live.get("/team/api/ui-config")[1]["base_path"] == "/team/"
        page = live.raw(f"GET /team/runs HTTP/1.0\r\nHost: localhost:{live.port}\r\n\r\n".encode())
    assert b'<base href="/team/">' in page


UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n\r\n"
#: What only bytes on the wire can say.
ODD = [
    b"GET /api/version HTTP/1.0\r\n\r\n",
    b"GET /api/version HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    b"GET http://evil.example/api HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    b"GET /api/version HTTP/1.0\r\nHost: localhost:%d\r\nHost: localhost:%d\r\n\r\n",
    b"GET /api/./health HTTP/1.0\r\nHost: localhost:%d\r\n\r\n",
    b"GET /api/x/../health HTTP/1.0\r\nHost: localhost:%d\r\n\r\n",
    b"GET /api/health%%00 HTTP/1.0\r\nHost: localhost:%d\r\n\r\n",
    b"GET /api/version HTTP/1.0\r\nHost: localhost:%d\r\nAuthorization: Bearer \xff\r\n\r\n",
    b"POST /api/views HTTP/1.0\r\nHost: localhost:%d\r\nContent-Length: 99999999\r\n\r\n",
    b"CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n\r\n",
    b"GET /ws HTTP/1.1\r\nHost: localhost:%d\r\nOrigin: http://evil.example\r\n" + UPGRADE,
    b"BREW / HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]


def test_odd_bytes_are_refused_and_end_nothing(home: Path) -> None:
    with started(home, PENSTOCK_API_KEY=KEY) as live:
        for request in ODD:
            answer = live.raw(request.replace(b"%d", b"%d" % live.port).replace(b"%%", b"%"))

            status = answer.split(b" ", 2)[1] if answer else b"400"
            assert status[:1] == b"4", (request[:60], answer[:200])
            assert b"sqlite" not in answer
        for host in hostile.HOSTS:
            asked = b"GET /api/health HTTP/1.0\r\nHost: %s\r\n\r\n" % host.encode()
            assert live.raw(asked).split(b" ", 2)[1] in {b"421", b"400"}, host
        assert live.get("/api/health")[0] == 200
        assert live.end() == 0
    assert "Traceback" not in "".join(live.said)
