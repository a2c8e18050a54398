"""A flow run has one owner: of several that want it one gets it, and who has lost it stops."""

from __future__ import annotations

import os
import signal
import sqlite3
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from penstock.errors import StoreBusy
from penstock.settings import load_settings
from penstock.stores.sqlite.gate import Gate
from penstock.testing.children import eventually
from tests.durability.resumed import assert_nothing_twice, family, read_witness

if TYPE_CHECKING:
    from penstock.testing.children import Child, Nursery

if os.name != "posix":
    pytest.skip("stops processes by signals", allow_module_level=True)

VICTIM = Path(__file__).with_name("resume_victim.py")
RACES = 20


def run_in(witness: Path) -> str:
    """Give the id of the run that writes into a witness file."""
    (flow_run_id,) = {line.key for line in read_witness(witness) if line.kind == "began"}
    return flow_run_id


def has_one_ended(pair: list[Child]) -> bool:
    return any(one.process.poll() is not None for one in pair)


def start(children: Nursery, shape: str, witness: Path) -> tuple[Child, str]:
    """Start a flow, and wait until something in it has finished, and others see it."""
    child = children.start(VICTIM, shape, witness, "0.02")
    eventually(partial(has_told, witness), f"something finished in {shape}")
    flow_run_id = run_in(witness)
    eventually(partial(is_in_store, flow_run_id), f"the run of {shape} in the store")
    return child, flow_run_id


def has_told(witness: Path) -> bool:
    return any(line.kind == "told" for line in read_witness(witness))


def is_in_store(flow_run_id: str) -> bool:
    return any(flow_run_id in row for row in all_rows()["flow_run"])


def stop(owner: Child) -> None:
    """Stop a process, though not while it writes to the database: then nobody could."""
    gate = Gate(f"{load_settings().path('penstock.db')}.gate", give_up_after=0.02)
    while True:
        os.kill(owner.pid, signal.SIGSTOP)
        try:
            with gate.held():
                return
        except StoreBusy:
            os.kill(owner.pid, signal.SIGCONT)


def start_and_stop(children: Nursery, shape: str, witness: Path) -> tuple[Child, str]:
    """Start a flow, and stop its process in the middle of it.

    On a busy machine a flow may come to its end before; then the next one is tried.
    """
    for _ in range(20):
        child, flow_run_id = start(children, shape, witness)
        stop(child)
        if not any(line.kind == "result" for line in read_witness(witness)):
            return child, flow_run_id
        child.kill()
        witness.unlink()
    pytest.fail(f"{shape} always came to its end before it was stopped.")


def resume(children: Nursery, flow_run_id: str, *options: str) -> Child:
    return children.start("-m", "penstock", "flow-run", "resume", flow_run_id, *options)


def all_rows() -> dict[str, list[Any]]:
    """Read all that is recorded of runs; signs of life of processes may change."""
    connection = sqlite3.connect(load_settings().path("penstock.db"))
    try:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        names = [name for (name,) in connection.execute(query) if name != "process"]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    finally:
        connection.close()


def test_of_two_that_resume_at_once_one_gets_the_run(children: Nursery, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    owner, flow_run_id = start(children, "gated", witness)

    for number in range(RACES):
        owner.kill()
        pair = [resume(children, flow_run_id) for _ in range(2)]
        eventually(partial(has_one_ended, pair), "one gives up")
        loser, owner = sorted(pair, key=lambda one: one.process.poll() is None)
        assert loser.process.returncode == 2, loser.said
        assert f"ing in process {owner.pid} on " in loser.said
        pids = {line.pid for line in read_witness(witness)}
        assert loser.pid not in pids
        family_now, _ = family(flow_run_id)
        assert (family_now[0].attempt, family_now[0].pid) == (number + 2, owner.pid)

    Path(f"{witness}.open").touch()
    assert owner.end() == 0, owner.said
    lines = read_witness(witness)
    assert assert_nothing_twice(lines) == 1
    assert sum(line.kind == "start" and line.key == "square-1" for line in lines) == 1


def take_over_all(children: Nursery, witnesses: dict[str, Path]) -> None:
    """Stop owners of runs, have others take them over, wake the old ones, and compare."""
    owners = {}
    for shape, witness in witnesses.items():
        owners[shape] = start_and_stop(children, shape.partition(" ")[0], witness)
        Path(f"{witness}.open").touch()
    refused = [(resume(children, run), owner) for owner, run in owners.values()]
    for one, owner in refused:
        assert one.end() == 2
        assert f"ing in process {owner.pid} on " in one.said
    heirs = [resume(children, run, "--take-over") for _, run in owners.values()]
    for heir in heirs:
        assert heir.end() == 0, heir.said
    before = all_rows()

    for shape, (owner, _) in owners.items():
        with witnesses[shape].open("a") as file:
            file.write(f"\nwoken {shape.partition(' ')[0]} {owner.pid} .\n")
        os.kill(owner.pid, signal.SIGCONT)
    for shape, (owner, run) in owners.items():
        assert owner.end() == 1, owner.said
        assert "belongs to another process now" in owner.said
        lines = read_witness(witnesses[shape])
        (woken,) = (at for at, line in enumerate(lines) if line.kind == "woken")
        flows, tasks = family(run)
        # What the old owner had begun (that is recorded) the new one has begun again. A thread
        # may have been stopped between the record and the first line of the body.
        had_begun = {task.name for task in tasks if task.attempt > 1}
        awake = [one for one in lines[woken:] if one.kind == "start" and one.pid == owner.pid]
        late = [one.key for one in awake if one.key not in had_begun]
        assert not late, f"{shape} went on with {late}"
        told = assert_nothing_twice([line for line in lines if line not in awake])
        assert told == (1 if shape == "gated" else 60)
        assert {flow.state_name for flow in flows} == {"Completed"}
    assert all_rows() == before


def test_who_stood_still_and_lost_its_run_changes_nothing(
    children: Nursery, tmp_path: Path
) -> None:
    # The last has begun all it will begin when it is stopped.
    shapes = ("direct", "mapped", "gathered", "gated")

    take_over_all(children, {shape: tmp_path / f"witness-{shape}" for shape in shapes})


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_many_that_stood_still_and_lost_their_runs_change_nothing(
    children: Nursery, tmp_path: Path
) -> None:
    for turn in range(9):
        shapes = [f"{shape} {n}" for shape in ("direct", "mapped", "gathered") for n in range(4)]
        take_over_all(children, {shape: tmp_path / f"{turn}-{shape}" for shape in shapes})


def test_who_wakes_up_in_time_keeps_its_run(children: Nursery, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    owner, flow_run_id = start(children, "gated", witness)
    stop(owner)
    other = resume(children, flow_run_id, "--take-over")
    other.wait_for(f"Process {owner.pid} on ")

    os.kill(owner.pid, signal.SIGCONT)

    assert other.end() == 2
    assert f"ing in process {owner.pid} on " in other.said
    Path(f"{witness}.open").touch()
    assert owner.end() == 0, owner.said
    assert family(flow_run_id)[0][0].attempt == 1


def test_who_dies_while_another_waits_for_it_leaves_its_run(
    children: Nursery, tmp_path: Path
) -> None:
    witness = tmp_path / "witness"
    owner, flow_run_id = start(children, "gated", witness)
    stop(owner)
    other = resume(children, flow_run_id, "--take-over")
    other.wait_for("loses the run if it shows no sign of life for 15 s")

    owner.kill()

    Path(f"{witness}.open").touch()
    assert other.end(10) == 0, other.said
    assert assert_nothing_twice(read_witness(witness)) == 1
