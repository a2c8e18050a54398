"""What a server costs while nobody asks it anything."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import pytest

from bench.serving import FIRST_PAGE, ask, run_flows, serving

if TYPE_CHECKING:
    from pathlib import Path

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux_only
def test_a_server_needs_little_memory() -> None:
    run_flows(20, 0.0)
    with serving() as server:
        ask(server, "/api/health", 1)
        at_first = server.memory_mib()
        ask(server, FIRST_PAGE, 100)
        later = server.memory_mib()

    assert at_first < 80
    assert later < 90


@linux_only
@pytest.mark.soak
def test_a_server_that_nobody_asks_asks_its_store_less_than_once_a_second(home: Path) -> None:
    said = home / "statements"
    quiet = threading.Event()
    run_flows(20, 0.0)
    with serving(counted=said) as server:
        server.client.get_health()
        quiet.wait(15)  # it looks around once after its start, and then once an hour
        before, used = said.read_bytes().count(b"\n"), server.cpu_seconds()
        quiet.wait(30)
        statements = said.read_bytes().count(b"\n") - before
        busy = server.cpu_seconds() - used

    assert statements < 30
    assert busy < 0.6, "more than 2 % of a core"
