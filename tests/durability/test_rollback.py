"""What a killed process has left of a transaction is undone by the next one, once."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penstock.testing.children import eventually
from tests.engine.recorded import recorded

if TYPE_CHECKING:
    from penstock.testing.children import Child, Nursery

UNDOER = Path(__file__).with_name("undoer.py")

FORKS = """
import os

from penstock import flow, task
from penstock.transactions import get_transaction, transaction

@task(on_rollback=[lambda txn: print("undone by", txn.get("pid") == os.getpid())])
def write():
    pass

@flow
def inner():
    assert get_transaction() is None
    with transaction() as txn:
        txn.set("pid", os.getpid())
        write()
        raise KeyError("in the child")

def outer():
    with transaction() as txn:
        txn.set("pid", os.getpid())
        write()
        if os.fork() == 0:
            try:
                inner()
            except KeyError:
                raise SystemExit(3)
        print("child ended with", os.waitstatus_to_exitcode(os.wait()[1]))
        raise ValueError("in the parent")

{how}outer()
"""


class Witness:
    """The file in which the processes write down what they do."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "witness"

    def words(self, verb: str) -> list[str]:
        """What was done, undone, kept or returned, in order."""
        text = self.path.read_text("utf-8") if self.path.exists() else ""
        return re.findall(rf"^{verb} (\S+)", text, re.MULTILINE)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_LOG_CONSOLE", "0")


def killed_at(place: str, mode: str, children: Nursery, witness: Witness) -> None:
    """Kill a process at a place."""
    child = children.start(UNDOER, mode, witness.path, place)
    child.wait_for(f"at {place}")
    child.kill()


def resumed(children: Nursery, witness: Witness) -> Child:
    """Let a process go on to the end."""
    child = children.start(UNDOER, "resume", witness.path)
    assert child.end() == 0, child.said
    return child


def states() -> list[str]:
    found = recorded()
    run = found.flow_called("pipeline")
    return sorted({row.state for row in found.store.find_transactions(run.id)})


def test_an_open_transaction_is_undone_last_first_by_the_next_process(
    children: Nursery, witness: Witness
) -> None:
    killed_at("after n1", "run", children, witness)

    done = resumed(children, witness)

    assert witness.words("did") == ["kept", "a", "nested", "n0", "n1"]
    assert witness.words("kept") == ["kept"]
    assert witness.words("undid") == ["n1", "n0", "nested", "a"]
    assert "undid n1 of second" in witness.path.read_text("utf-8")
    assert states() == ["COMMITTED", "ROLLED_BACK"]
    # Not the two calls that were committed, nor 8, which was still running. 4 is a flow.
    assert done.said == "undone [2, 3, 4, 5, 6, 7, 9]"
    assert recorded().flow_called("nested").parent_index == 4


def test_a_task_that_is_not_loaded_is_named_in_the_log(children: Nursery, witness: Witness) -> None:
    killed_at("after n0", "run", children, witness)
    resumed(children, witness)

    lines = [row.message for row in recorded().logs if row.level == 40]
    said = [line for line in lines if not line.startswith("Crashed: ")]
    assert len(said) == 1
    assert "pipeline.<locals>.forgotten' is not in the code that is loaded" in said[0]


def test_a_second_crash_in_the_middle_calls_no_finished_hook_again(
    children: Nursery, witness: Witness
) -> None:
    killed_at("after n2", "run", children, witness)
    killed_at("undoing n0", "resume", children, witness)
    assert witness.words("undid") == ["n2", "n1"]
    assert states() == ["COMMITTED", "ROLLING_BACK"]

    resumed(children, witness)
    resumed(children, witness)

    assert witness.words("undid") == ["n2", "n1", "n0", "nested", "a"]
    assert states() == ["COMMITTED", "ROLLED_BACK"]


def test_what_was_committing_is_committed(children: Nursery, witness: Witness) -> None:
    killed_at("keeping kept", "run", children, witness)
    assert witness.words("kept") == []

    done = resumed(children, witness)

    assert witness.words("kept") == ["kept"]
    assert witness.words("undid") == []
    assert done.said == "undone []"
    assert states() == ["COMMITTED"]


@pytest.mark.parametrize("kill", range(3))
def test_at_any_moment_what_has_returned_is_undone_and_nothing_twice(
    kill: int, children: Nursery, witness: Witness
) -> None:
    child = children.start(UNDOER, "run", witness.path)
    eventually(lambda: len(witness.words("returned")) > 3, "some calls")
    # The moment is the fault, so nothing is waited for.
    threading.Event().wait(0.02 * kill)
    child.kill()

    resumed(children, witness)

    undone = [name for name in witness.words("undid") if name[1:].isdigit()]
    assert set(witness.words("returned")) <= set(undone) <= set(witness.words("did"))
    numbers = [int(name[1:]) for name in undone]
    assert numbers == sorted(set(numbers), reverse=True)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("how", ["flow(outer)() or ", ""], ids=["in a flow", "outside"])
def test_a_forked_child_leaves_the_block_of_its_parent_alone(how: str, children: Nursery) -> None:
    child = children.start_code(FORKS.format(how=how))

    assert child.end() == 1
    said = [line for line in child.said.splitlines() if line.startswith(("undone", "child"))]
    assert said == ["undone by True", "child ended with 3", "undone by True"]
