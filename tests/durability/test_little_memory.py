"""Without memory a run fails with a clear error, and everything recorded stays whole."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from penstock._engine.process import open_recovered
from penstock.settings import load_settings
from penstock.states import FINAL
from penstock.stores.filters import FlowRunFilter
from tests.durability.ledger import integrity

if TYPE_CHECKING:
    from penstock.testing.children import Nursery

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_AS and /proc")

PROGRAM = """
import resource, sys, threading
from penstock import flow, task

hoard = []

@task
def keep(number):
    hoard.append(bytearray(4_000_000))
    return number

@task
def small(number):
    return number

@flow
def direct():
    for number in range(1_000):
        keep(number)

@flow
def submitted():
    return keep.map(range(1_000)).result()

@flow
def between():
    # The engine is as likely to be refused memory as the user is.
    try:
        while True:
            hoard.append(bytearray(1_000_000))
    except MemoryError:
        pass
    while len(hoard) > 3:
        for number in range(50):
            small(number)
        hoard.pop()

@flow
def warm_up():
    small.map(range(200)).result()

warm_up()
with open("/proc/self/status") as file:
    (size,) = (int(line.split()[1]) * 1024 for line in file if line.startswith("VmSize"))
resource.setrlimit(resource.RLIMIT_AS, (size + 150_000_000,) * 2)
globals()[sys.argv[1]]()
"""


SHAPES = ["direct", "submitted", "between"]


def _check_a_run_without_memory(shape: str, children: Nursery) -> None:
    child = children.start_code(PROGRAM, shape)

    code = child.end()

    assert code == 1 or (code == 0 and shape == "between"), child.said
    if code == 1:
        assert "memory" in child.said.lower()
    settings = load_settings()
    store = open_recovered(settings)
    try:
        assert store.check() == []
        runs = store.find_flow_runs(FlowRunFilter(), 2)
        assert [row.state_type in FINAL for row in runs] == [True, True]
        if code:
            assert runs[0].state_type in {"FAILED", "CRASHED"}
    finally:
        store.close()
    assert integrity(settings.path("penstock.db")) == "ok"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_run_without_memory_ends_and_leaves_the_records_whole(
    shape: str, children: Nursery
) -> None:
    _check_a_run_without_memory(shape, children)


@pytest.mark.soak
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_hundred_runs_without_memory_end_and_leave_the_records_whole(
    shape: str, children: Nursery
) -> None:
    # Where memory ends is chance: in the user's code, in the engine, in the interpreter.
    for _ in range(100):
        _check_a_run_without_memory(shape, children)
