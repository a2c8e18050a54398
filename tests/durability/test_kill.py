"""`kill -9` at any moment takes nothing back that a caller was told."""

from __future__ import annotations

import random
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penstock.testing.children import eventually
from tests.durability.ledger import Dead, assert_nothing_lost

if TYPE_CHECKING:
    from penstock.testing.children import Child, Nursery

VICTIM = Path(__file__).with_name("victim.py")
SHAPES = ["direct", "submitted", "awaited", "nested", "logged", "saving", "threads"]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_LOG_CONSOLE", "0")


def has_been_told(witness: Path, child: Child) -> bool:
    """Tell whether the process knows that something is safe."""
    assert child.process.poll() is None, child.said
    return witness.exists() and witness.stat().st_size > 0


def kill_some(shape: str, kills: int, children: Nursery, folder: Path) -> None:
    """Kill one process after another, all on one data folder, and look at every second time.

    Where nobody looks, the next process recovers what the last one left.
    """
    dead: list[Dead] = []
    told = 0
    for number in range(kills):
        witness = folder / f"witness-{number}"
        child = children.start(VICTIM, shape, witness)
        if number % 4 != 3:  # or else it is killed while it starts
            eventually(partial(has_been_told, witness, child), "something acknowledged")
        # The moment is the fault, so nothing is waited for.
        threading.Event().wait(random.uniform(0.0, 0.25))
        assert child.process.poll() is None, child.said
        child.kill()
        assert child.said == ""
        dead.append(Dead(child.pid, witness))
        if number % 2 or number == kills - 1:
            told += assert_nothing_lost(dead[-2:])
    assert told > 0


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_acknowledged_is_lost(shape: str, children: Nursery, tmp_path: Path) -> None:
    kill_some(shape, 4 if shape != "threads" else 2, children, tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_acknowledged_is_lost_in_many_kills(
    shape: str, children: Nursery, tmp_path: Path
) -> None:
    kill_some(shape, 34, children, tmp_path)
