"""Many tasks in one run: what is shown is consistent, and memory comes back."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from penstock.testing.children import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from penstock.testing.children import Nursery

MAP = """
import resource
from penstock import flow, task

@task
def add_one(number):
    return number + 1

@flow
def warm():
    add_one.map(range(100)).result()

@flow
def many():
    return sum(add_one.map(range({count})).result())

def now():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

warm()
print("warm")
before = now()
assert many() == {count} * ({count} + 1) // 2
# Not ru_maxrss: that begins with the memory of the process that started this one.
status = open("/proc/self/status").read()
peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
print("grown", (peak - before) / 1e6)
"""
MEGABYTES = """
import resource
from penstock import flow, task

@task
def load(number):
    return bytes([number % 256]) * 1_000_000

seen = []

@flow
def many():
    for number in range({count}):
        load(number)
        if number % {every} == 0:
            rss = int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
            seen.append(rss / 1e6)

many()
late = seen[len(seen) // 2:]
print("slope", (late[-1] - late[0]) / ((len(late) - 1) * {every} / 1_000))
"""
#: The state of the flow run, its task runs, and those that have not ended, at one moment.
SEEN = """
SELECT f.state_type, count(t.id), count(t.id) FILTER (WHERE t.state_type IN
    ('PENDING', 'RUNNING', 'SCHEDULED', 'PAUSED', 'CANCELLING'))
FROM flow_run f LEFT JOIN task_run t ON t.id >> 32 = f.no
WHERE f.flow_name = 'many' GROUP BY f.no"""


def test_a_reader_never_sees_a_flow_end_before_its_tasks(children: Nursery, home: Path) -> None:
    count = 10_000
    child = children.start_code(MAP.format(count=count))
    child.wait_for("warm")
    reader = sqlite3.connect(home / "penstock.db")
    seen: list[tuple[str, int, int]] = []

    def flow_has_ended() -> bool:
        row = reader.execute(SEEN).fetchone()
        if row is not None:
            seen.append(row)
        assert child.process.poll() in {None, 0}, child.said
        return bool(seen) and seen[-1][0] == "COMPLETED"

    eventually(flow_has_ended, "the end of the flow")
    reader.close()

    assert seen[-1] == ("COMPLETED", count, 0)
    assert len({tasks for _, tasks, _ in seen}) > 1, "it was not watched while it ran"
    assert child.end() == 0, child.said
    assert float(child.said.rpartition(" ")[2]) <= 150


def slope(children: Nursery, count: int) -> float:
    """Give the growth in MB per 1,000 tasks, after the first half."""
    child = children.start_code(MEGABYTES.format(count=count, every=count // 40))
    assert child.end(1_200) == 0, child.said
    return float(child.said.rpartition(" ")[2])


def test_large_results_do_not_stay_in_memory(
    children: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A third of them is kept in the store, so both ways are seen.
    monkeypatch.setenv("PENSTOCK_REMEMBER_BYTES", "700000000")

    assert slope(children, 2_000) <= 10  # MB: over so few, one buffer of the allocator counts


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_twenty_thousand_large_results_do_not_stay_in_memory(children: Nursery) -> None:
    assert slope(children, 20_000) <= 1
