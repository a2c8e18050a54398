"""`kill -9` at any moment, again and again: what was told as finished is not done twice."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from penstock.testing.children import PATIENCE, eventually
from tests.durability.resumed import assert_completed, assert_nothing_twice, read_witness, starts

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.testing.children import Child, Nursery

VICTIM = Path(__file__).with_name("resume_victim.py")


class Shape(NamedTuple):
    """What a run of a flow comes to."""

    result: int
    names: set[str]


def named(*words: str) -> Callable[[int], set[str]]:
    """Name calls by numbers."""
    return lambda count: {f"{word}-{number}" for word in words for number in range(count)}


def squares(count: int) -> int:
    return sum(number * number for number in range(count))


SHAPES = {
    "direct": Shape(59 * 59, named("square")(60)),
    "equal": Shape(60, named("alike")(60)),
    "chained": Shape(squares(30), named("square")(30)),
    "mapped": Shape(squares(60), named("square")(60)),
    "gathered": Shape(squares(60), named("asquare")(60)),
    "branched": Shape(squares(60), named("square")(60) | named("branch")(6)),
    "nested": Shape(squares(60), named("square")(60) | named("inner")(12)),
    "anested": Shape(squares(60), named("asquare")(60) | named("inner")(12)),
    "retried": Shape(60, named("square")(60)),
}


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_LOG_CONSOLE", "0")


class Driver:
    """Starts a flow, kills its process, goes on with its run, and so on until it completes."""

    def __init__(self, shape: str, children: Nursery, folder: Path) -> None:
        self.shape = shape
        self.children = children
        self.folder = folder
        self.kills = 0
        self.told = 0
        self.runs = 0

    def complete_one(self, most_kills: int) -> None:
        """Have one run complete, whatever happens to it, and judge it."""
        witness = self.folder / f"witness-{self.runs}"
        self.runs += 1
        child = self.children.start(VICTIM, self.shape, witness)
        self._wait_for_told(witness, child)
        for _ in range(most_kills):
            if not self._kill(child):
                break
            (flow_run_id,) = {line.key for line in read_witness(witness) if line.kind == "began"}
            child = self.children.start("-m", "penstock", "flow-run", "resume", flow_run_id)
            if random.random() < 0.75:  # or else it is killed while it starts
                self._wait_for_told(witness, child)
        code = child.end()
        # It may have been killed between the run's end and its own.
        assert code == 0 or (code == 2 and "it has completed" in child.said), child.said
        lines = read_witness(witness)
        self.told += assert_nothing_twice(lines)
        assert set(starts(lines)) == SHAPES[self.shape].names
        assert_completed(lines, *SHAPES[self.shape])

    def _wait_for_told(self, witness: Path, child: Child) -> None:
        """Wait until a process knows that something has finished, or has nothing to do."""

        def is_told() -> bool:
            ended = child.process.poll() is not None
            return ended or any(
                line.kind == "told" and line.pid == child.pid for line in read_witness(witness)
            )

        eventually(is_told, "something acknowledged", PATIENCE)

    def _kill(self, child: Child) -> bool:
        """Kill a process some time later; False: it had ended before."""
        # The moment is the fault, so nothing is waited for.
        threading.Event().wait(random.uniform(0.005, 0.250))
        if child.process.poll() is not None:
            return False
        child.kill()
        # On a slow machine one that had nothing to do may be killed while it says so.
        assert child.said == "" or "it has completed" in child.said
        self.kills += 1
        return True


def kill_and_resume(shape: str, kills: int, children: Nursery, folder: Path) -> None:
    """Kill so many processes of one flow, and go on with each run until it completes."""
    driver = Driver(shape, children, folder)
    while driver.kills < kills:
        driver.complete_one(kills - driver.kills)
    assert driver.kills == kills
    assert driver.told == driver.runs * len(SHAPES[shape].names)
    doctor = children.start("-m", "penstock", "doctor")
    assert doctor.end() == 0, doctor.said


@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_told_as_finished_is_not_done_twice(
    shape: str, children: Nursery, tmp_path: Path
) -> None:
    kill_and_resume(
        shape, 4 if shape in {"direct", "mapped", "gathered"} else 3, children, tmp_path
    )


@pytest.mark.soak
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_told_as_finished_is_not_done_twice_in_many_kills(
    shape: str, children: Nursery, tmp_path: Path
) -> None:
    kill_and_resume(shape, 56, children, tmp_path)
