"""What is done again after a failure or a death is what had not been finished, and no more."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penstock.testing.children import crashed, eventually
from tests.durability.resumed import read_witness, starts

if TYPE_CHECKING:
    from penstock.testing.children import Nursery

SCRIPT = """
import os, sys
from pathlib import Path
from penstock import flow, task
from penstock.task_runners import ThreadPoolTaskRunner

WITNESS = Path(sys.argv[2])

def note(key):
    with open(WITNESS, "ab") as file:
        file.write(f"\\nstart {key} {os.getpid()} .\\n".encode())

@task
def link(number, before):
    note(f"link-{number}")
    return before + 1

@task
def item(number, base):
    note(f"item-{number}")
    if number == 57 and not os.path.exists(f"{WITNESS}.mended"):
        raise ValueError("57 is broken")
    return number + base

@task
def total(values):
    note("total")
    return sum(values)

# One at a time, so that it is known which ones were done when the process dies.
@flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
def pipeline():
    base = 0
    for number in range(60):
        base = link(number, base)
    values = item.map(range(100), base=base)
    print("total:", total.submit(values).result())

@flow
def long():
    for number in range(10_000):
        tiny(number)
    last()

@task
def tiny(number):
    return number

@task
def last():
    note("last")

{"pipeline": pipeline, "long": long}[sys.argv[1]]()
"""
#: Seconds; it takes about one.
GENEROUS = 30
TOTAL = f"total: {sum(range(100)) + 100 * 60}\n"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the script; it calls its flow as it is imported, as people's scripts do."""
    monkeypatch.setenv("PENSTOCK_LOG_CONSOLE", "0")
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, "utf-8")
    return path


def test_of_a_chain_and_a_map_only_the_failed_item_is_tried_again(
    script: Path, children: Nursery, tmp_path: Path
) -> None:
    witness = tmp_path / "witness"
    failed = children.start(script, "pipeline", witness)
    assert failed.end() == 1
    assert len(starts(read_witness(witness))) == 160

    Path(f"{witness}.mended").touch()
    again = children.start("-m", "penstock", "flow-run", "retry", "latest")

    assert again.end() == 0, again.said
    assert again.said == TOTAL
    executed = [line.key for line in read_witness(witness) if line.pid == again.pid]
    assert executed == ["item-57", "total"]


def test_after_a_death_with_forty_items_done_sixty_are_executed(
    script: Path, children: Nursery, tmp_path: Path
) -> None:
    witness = tmp_path / "witness"
    Path(f"{witness}.mended").touch()
    crashed(script, "pipeline", witness, after="item", count=40)
    before = starts(read_witness(witness))

    again = children.start("-m", "penstock", "flow-run", "resume", "latest")

    assert again.end() == 0, again.said
    assert again.said == TOTAL
    executed = [line.key for line in read_witness(witness) if line.pid == again.pid]
    assert executed == [f"item-{number}" for number in range(40, 100)] + ["total"]
    assert before == {f"link-{n}": 1 for n in range(60)} | {f"item-{n}": 1 for n in range(40)}


def test_ten_thousand_finished_tasks_are_passed_over(
    script: Path, children: Nursery, tmp_path: Path
) -> None:
    witness = tmp_path / "witness"
    crashed(script, "long", witness, after="tiny", count=10_000)
    assert not witness.exists()
    began = time.monotonic()

    again = children.start("-m", "penstock", "flow-run", "resume", "latest")

    eventually(witness.exists, "the first new task", GENEROUS)
    print(f"first new task after {time.monotonic() - began:.2f} s")  # noqa: T201 - for -s
    assert again.end() == 0, again.said
    assert starts(read_witness(witness)) == {"last": 1}
