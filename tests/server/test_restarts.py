"""The server dies and comes back: flows never notice, and who watches misses nothing."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from penstock import errors
from penstock.client import Client
from penstock.testing import eventually, nursery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from penstock.testing import Child, Nursery

FLOWS = """
import sys
from threading import Event

from penstock import flow, get_run_logger, task

@task
def load(number):
    get_run_logger().info("Loading %d", number)
    Event().wait(float(sys.argv[2]))
    return list(range(number))

@task
def double(value):
    return 2 * value

@flow
def etl(number):
    return sum(double.map(load(number)).result())

for number in range(int(sys.argv[1])):
    assert etl(5) == 20
    print("done", number, flush=True)
"""


class Server:
    """A server that can be killed, and started again at the same address."""

    def __init__(self, children: Nursery) -> None:
        self._children = children
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self._port = str(taken.getsockname()[1])
        self.client = Client(f"http://localhost:{self._port}")
        self.process = self._start()

    def restart(self) -> None:
        """Kill it as the system does, and start another."""
        self.process.kill()
        self.process = self._start()

    def _start(self) -> Child:
        child = self._children.start("-m", "penstock", "server", "start", "--port", self._port)
        eventually(self._answers, "an answer of the server")
        return child

    def _answers(self) -> bool:
        with suppress(errors.Unreachable):
            return self.client.get_health().status == "ok"
        return False


class Watcher:
    """Notes which runs it is told have completed, until its client is closed."""

    def __init__(self, client: Client) -> None:
        self.seen: set[str] = set()
        self._client = client
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        with suppress(errors.Unreachable, RuntimeError):  # its client was closed
            for change in self._client.watch():
                self.seen |= {run.id for run in change.flow_runs if run.state_type == "COMPLETED"}

    def close(self) -> None:
        """Be done."""
        self._client.close()
        self._thread.join(60)


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Nursery]:
    """Processes that end with the test."""
    with nursery(tmp_path) as made:
        yield made


def run_flows(
    children: Nursery, count: int, seconds: float, rhythm: Callable[[Child, int], bool]
) -> tuple[Child, int]:
    """Let flows run while the server dies again and again; give their process, and how often.

    Args:
        children: what processes are started in.
        count: how many flows run.
        seconds: how long each takes at least.
        rhythm: waits until the server is to be killed; says whether it is.
    """
    server = Server(children)
    watcher = Watcher(Client(server.client.url))
    flows = children.start_code(FLOWS, str(count), str(seconds))
    kills = 0
    while rhythm(flows, kills):
        server.restart()
        kills += 1
    assert flows.end() == 0, flows.said
    runs = list(server.client.iterate_flow_runs())

    assert [run.state_type for run in runs] == ["COMPLETED"] * count
    assert {run.attempt for run in runs} == {1}
    assert [sum(one.count for one in run.task_counts) for run in runs] == [6] * count
    eventually(lambda: watcher.seen >= {run.id for run in runs}, "word of every run")
    server.process.kill()
    server.client.close()
    watcher.close()
    return flows, kills


def test_flows_do_not_notice_that_the_server_dies(children: Nursery) -> None:
    def after_some_flows(flows: Child, kills: int) -> bool:
        if kills == 3:
            return False
        flows.wait_for(f"done {3 * kills + 1}\n")
        return True

    flows, kills = run_flows(children, 10, 0.1, after_some_flows)

    assert kills == 3
    assert not [line for line in flows.said.splitlines() if "WARNING" in line or "ERROR" in line]


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_fifty_flows_do_not_notice_that_the_server_dies_every_three_seconds(
    children: Nursery,
) -> None:
    three_seconds = threading.Event()

    def every_three_seconds(flows: Child, _: int) -> bool:
        three_seconds.wait(3)
        return flows.process.poll() is None

    flows, kills = run_flows(children, 50, 0.8, every_three_seconds)

    assert kills >= 5
    assert not [line for line in flows.said.splitlines() if "WARNING" in line or "ERROR" in line]
