"""The server as whoever opens the dashboard meets it: its start, its rest, its answers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.figures import Figure, clock, in_home, run_python
from penstock.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Effort

FLOWS = """
import sys
from threading import Event
from penstock import flow, task

@task
def load(number):
    return number

@flow
def etl(number):
    return load(number)

for number in range(int(sys.argv[1])):
    etl(number)
    Event().wait(float(sys.argv[2]))
"""
#: Notes the first word of every statement that a server has SQLite execute.
COUNTED = """
import sqlite3
import sys
said = open(sys.argv.pop(1), "ab", buffering=0)
real = sqlite3.connect
def connect(*args, **kwargs):
    connection = real(*args, **kwargs)
    connection.set_trace_callback(lambda text: said.write(text.split()[0].encode() + b"\\n"))
    return connection
sqlite3.connect = connect
from penstock._cli.main import main
main()
"""
#: What a page of the dashboard asks for when it is opened.
FIRST_PAGE = "/api/flow-runs?limit=50"


class Server(NamedTuple):
    """A server that runs."""

    pid: int
    client: Client
    #: from the start of its process to its first answer
    seconds: float

    def cpu_seconds(self) -> float:
        """Tell how much of a core it has used."""
        words = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self) -> float:
        """Tell how much memory it has."""
        lines = Path(f"/proc/{self.pid}/status").read_text("utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def measure(effort: Effort) -> Iterator[Figure]:
    yield from _starts(effort)
    with in_home() as home:
        run_flows(100, 0.0)
        yield from _rest(effort, Path(home))
        yield from _answers(effort)
        yield from _news(effort)


def _starts(effort: Effort) -> Iterator[Figure]:
    starts, imports, busy, busy_imports = [], [], [], []
    for _ in range(effort.repeats):
        before = _children_seconds()
        imports.append(run_python("-c", "import fastapi") * 1000)
        busy_imports.append((_children_seconds() - before) * 1000)
        with in_home(), serving() as server:
            starts.append(server.seconds * 1000)
            if sys.platform == "linux":
                busy.append(server.cpu_seconds() * 1000)
    name = "server: start to first answer"
    yield Figure(name, "ms", starts, "import fastapi", imports, 1000)
    yield Figure(f"{name}, of processor time", "ms", busy, "import fastapi", busy_imports)


def _rest(effort: Effort, home: Path) -> Iterator[Figure]:
    """What it costs while nobody asks."""
    if sys.platform != "linux":
        return
    seconds = 30.0 if effort.divisor == 1 else 5.0
    said = home / "statements"
    with serving(counted=said) as server:
        server.client.get_health()
        rest(15)  # it looks around once after its start, and then once an hour
        before, used = _lines(said), server.cpu_seconds()
        rest(seconds)
        statements = (_lines(said) - before) / seconds
        busy = (server.cpu_seconds() - used) / seconds * 100
    yield Figure("server idle: statements", "1/s", [statements], target=1)
    yield Figure("server idle: of a core", "%", [busy], note=f"over {seconds:g} s")
    with serving() as server:
        rest(3)
        idle = server.memory_mib()
        ask(server, FIRST_PAGE, 200)
        yield Figure("server idle: memory", "MiB", [idle], target=80)
        yield Figure(
            "server after 200 lists of runs: memory", "MiB", [server.memory_mib()], target=80
        )


def _answers(effort: Effort) -> Iterator[Figure]:
    count = effort.size(2_000)
    with serving() as server:
        for name, path in (("health", "/api/health"), ("50 runs", FIRST_PAGE)):
            waits = sorted(wait * 1000 for wait in ask(server, path, count))
            rate = 1000 * len(waits) / sum(waits)
            note = f"p95 {waits[len(waits) * 95 // 100]:.1f} ms"
            yield Figure(f"server: {name}, one after the other", "1/s", [rate], note=note)


def _news(effort: Effort) -> Iterator[Figure]:
    """How old a change of state is when who listens hears of it."""
    count = effort.size(100)
    with serving() as server:
        ages = hear(server, count)
    ages.sort()
    p95 = ages[len(ages) * 95 // 100]
    name = "server: from the end of a run to word of it"
    yield Figure(f"{name}, p50", "ms", [ages[len(ages) // 2]], target=1000)
    yield Figure(f"{name}, p95", "ms", [p95], target=1000, note=f"{len(ages)} runs")


def hear(server: Server, count: int) -> list[float]:
    """Let flows run, and note how old the word of each one's end is, in milliseconds."""
    heard: dict[str, float] = {}
    ready, over = threading.Event(), threading.Event()

    def listen() -> None:
        with Client(server.client.url) as client:
            for change in client.watch():
                ready.set()
                now = time.time()
                for run in change.flow_runs:
                    if run.end_time is not None and run.id not in heard:
                        heard[run.id] = (now - run.end_time.timestamp()) * 1000
                if len(heard) > count:
                    over.set()
                    return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    while not ready.is_set():  # nothing is told before something changes
        run_flows(1, 0.3)
    heard.clear()
    run_flows(count + 1, 0.15)
    over.wait(10)
    return list(heard.values())


def ask(server: Server, path: str, count: int) -> list[float]:
    """Ask for something again and again over one connection; give the seconds of each."""
    waits = []
    http = server.client._http  # noqa: SLF001 - as the browser does, nothing is read of the answer
    for _ in range(count):
        began = clock()
        http.get(path).raise_for_status()
        waits.append(clock() - began)
    return waits


@contextmanager
def serving(counted: Path | None = None) -> Iterator[Server]:
    """Let a server run inside of the block."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    start = ["-m", "penstock"] if counted is None else ["-c", COUNTED, str(counted)]
    command = [sys.executable, *start, "server", "start", "--port", port]
    began = clock()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words
    try:
        while not _accepts(port):
            if process.poll() is not None:
                raise SystemExit(f"bench: the server ended with code {process.returncode}")
            time.sleep(0.005)
        with Client(f"http://127.0.0.1:{port}") as client:
            client.get_health()
            yield Server(process.pid, client, clock() - began)
    finally:
        process.terminate()
        process.wait()


def _children_seconds() -> float:
    """Tell how much of a core all processes have used that we started and that ended."""
    times = os.times()
    return times.children_user + times.children_system


def _accepts(port: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", int(port)), 1).close()
    except ConnectionRefusedError:
        return False
    return True


def run_flows(count: int, pause: float) -> None:
    """Let flows run in a process of their own."""
    run_python("-c", FLOWS, str(count), str(pause))


def rest(seconds: float) -> None:
    """Do nothing."""
    time.sleep(seconds)


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n")
