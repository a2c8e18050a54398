"""Whatever a run is doing when somebody stops it, nothing of it goes on."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import penstock
from penstock.testing.children import eventually
from tests.durability.resumed import family, read_witness

if TYPE_CHECKING:
    from penstock.testing.children import Child, Nursery

if os.name != "posix":
    pytest.skip("sends signals", allow_module_level=True)

VICTIM = Path(__file__).with_name("cancel_victim.py")
OUR_FOLDER = str(Path(penstock.__file__).parent)
#: What Python can interrupt ends by itself; the others only with their process.
BY_ITSELF = ("asleep", "isolated", "looping", "nested", "queued", "tree")
WITH_ITS_PROCESS = ("computing", "sleeping")
#: Only on Linux it is known which processes a body has started.
SHAPES = tuple(s for s in BY_ITSELF + WITH_ITS_PROCESS if s != "tree" or sys.platform == "linux")
#: Ctrl-C and SIGTERM are obeyed within so many seconds ...
AT_ONCE = 3.0
#: ... on a machine that has nothing else to do. Ours starts eight processes at once.
BUSY = 5.0
#: Python ends itself by Ctrl-C, so that shells see it; of SIGTERM we make an exit code.
EXIT_CODES = {signal.SIGINT: -signal.SIGINT, signal.SIGTERM: 143}


class Victim:
    """A flow that runs, and what it writes down."""

    def __init__(self, shape: str, witness: Path, children: Nursery) -> None:
        self.shape = shape
        self.witness = witness
        self.child: Child = children.start(VICTIM, shape, witness)

    def is_busy(self) -> bool:
        """Tell whether its body executes, with all the processes it is to start."""
        assert self.child.process.poll() is None, self.child.said
        lines = read_witness(self.witness)
        wanted = 2 if self.shape == "tree" else 0
        has_started = any(line.kind == "start" for line in lines)
        return has_started and len(self.pids("pid")) >= wanted

    def pids(self, kind: str) -> list[int]:
        return [int(line.key) for line in read_witness(self.witness) if line.kind == kind]

    @property
    def flow_run_id(self) -> str:
        (found,) = {line.key for line in read_witness(self.witness) if line.kind == "began"}
        return found

    def assert_nothing_goes_on(self) -> None:
        """Check that no body executes, that no process is left, and that the end is final."""
        before = read_witness(self.witness)
        eventually(lambda: not any(map(is_running, self.pids("pid"))), "its processes end", 5)
        flows, tasks = family(self.flow_run_id)
        assert {flow.state_name for flow in flows} == {"Cancelled"}, self.child.said
        open_tasks = [t.name for t in tasks if t.state_type in {"PENDING", "RUNNING", "SCHEDULED"}]
        assert not open_tasks
        assert "COMPLETED" not in {t.state_type for t in tasks} or self.shape == "queued"
        assert read_witness(self.witness) == before

    def assert_quiet_end(self, number: signal.Signals) -> None:
        """Check how the process ended after a signal: with its code, and no line of ours."""
        assert self.child.process.returncode == EXIT_CODES[number], self.child.said
        said = [line for line in self.child.said.splitlines() if OUR_FOLDER in line]
        assert not said, self.child.said


@pytest.fixture
def victims(children: Nursery, tmp_path: Path) -> dict[str, Victim]:
    """Have one flow of each shape run, all at once."""
    found = {shape: Victim(shape, tmp_path / f"witness-{shape}", children) for shape in SHAPES}
    for shape, victim in found.items():
        eventually(victim.is_busy, f"{shape} is busy")
    return found


def is_running(pid: int) -> bool:
    """Tell whether a process runs; one that nobody has asked for its exit code does not."""
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def cancel(children: Nursery, flow_run_id: str, *options: str) -> Child:
    return children.start("-m", "penstock", "flow-run", "cancel", flow_run_id, *options)


def test_a_cancelled_run_stops_whatever_it_does(
    victims: dict[str, Victim], children: Nursery
) -> None:
    asked = {
        shape: cancel(children, victim.flow_run_id, "--grace", "2s")
        for shape, victim in victims.items()
    }

    for shape, victim in victims.items():
        assert asked[shape].end() == 0, asked[shape].said
        was_killed = "Its process was killed." in asked[shape].said
        assert was_killed == (shape in WITH_ITS_PROCESS), f"{shape}: {asked[shape].said}"
        code = victim.child.end(10)
        assert code == (-signal.SIGKILL if was_killed else 1), victim.child.said
    for victim in victims.values():
        victim.assert_nothing_goes_on()
        again = cancel(children, victim.flow_run_id)
        assert again.end() == 0
        assert "had ended before: Cancelled" in again.said


def test_what_does_not_stop_is_said_and_not_called_cancelled(
    children: Nursery, tmp_path: Path
) -> None:
    victim = Victim("computing", tmp_path / "witness", children)
    eventually(victim.is_busy, "it computes")

    asked = cancel(children, victim.flow_run_id, "--grace", "2s", "--no-kill")

    assert asked.end() == 1
    assert "is Cancelling in process" in asked.said
    assert "Still running: computes-0, in a call that Python cannot interrupt" in asked.said
    assert family(victim.flow_run_id)[0][0].state_name == "Cancelling"
    killing = cancel(children, victim.flow_run_id, "--grace", "0s", "--kill")
    assert killing.end() == 0, killing.said
    assert victim.child.end(5) == -signal.SIGKILL
    victim.assert_nothing_goes_on()


@pytest.mark.parametrize("number", EXIT_CODES, ids=lambda number: number.name)
def test_a_signal_ends_a_program_whatever_it_does(
    number: signal.Signals, victims: dict[str, Victim]
) -> None:
    began = time.monotonic()
    for victim in victims.values():
        victim.child.process.send_signal(number)

    for victim in victims.values():
        victim.child.end(max(0.0, began + BUSY - time.monotonic()))
        victim.assert_quiet_end(number)
        victim.assert_nothing_goes_on()


def test_a_cancelled_run_whose_process_has_died_is_cancelled(
    children: Nursery, tmp_path: Path
) -> None:
    victim = Victim("looping", tmp_path / "witness", children)
    eventually(victim.is_busy, "it loops")
    eventually(partial(_is_in_store, victim), "its run is in the store")
    victim.child.kill()

    asked = cancel(children, victim.flow_run_id)

    assert asked.end(10) == 0
    assert "is Cancelled" in asked.said
    victim.assert_nothing_goes_on()


def _is_in_store(victim: Victim) -> bool:
    try:
        return bool(family(victim.flow_run_id)[0])
    except penstock.errors.NotFound:
        return False


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_runs_are_cancelled_at_any_moment(children: Nursery, tmp_path: Path) -> None:
    """Cancel a hundred times at random moments; a third of the processes die right before."""
    for turn in range(100):
        dies = turn % 3 == 0
        # What a body has started outlives a process that is killed: nobody is left to end it.
        shape = random.choice([shape for shape in SHAPES if shape != "tree" or not dies])
        victim = Victim(shape, tmp_path / f"witness-{turn}", children)
        eventually(partial(_has_begun, victim), "its run begins")
        # The moment is the fault, so nothing is waited for.
        threading.Event().wait(random.uniform(0.0, 0.3))
        eventually(partial(_is_in_store, victim), "its run is in the store")
        if dies:
            victim.child.kill()
        asked = cancel(children, victim.flow_run_id, "--grace", "2s")

        assert asked.end(10) == 0, asked.said
        assert "is Cancelled" in asked.said
        victim.child.end(5)
        victim.assert_nothing_goes_on()


def _has_begun(victim: Victim) -> bool:
    return any(line.kind == "began" for line in read_witness(victim.witness))


@pytest.mark.soak
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("number", EXIT_CODES, ids=lambda number: number.name)
def test_a_busy_map_ends_at_once_fifty_times_of_fifty(
    number: signal.Signals, children: Nursery, tmp_path: Path
) -> None:
    for turn in range(50):
        victim = Victim("queued", tmp_path / f"witness-{turn}", children)
        eventually(victim.is_busy, "the map is busy")
        threading.Event().wait(random.uniform(0.0, 0.5))
        began = time.monotonic()
        victim.child.process.send_signal(number)
        victim.child.end(10)

        assert time.monotonic() - began < AT_ONCE
        victim.assert_quiet_end(number)
        victim.assert_nothing_goes_on()
