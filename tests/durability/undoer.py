"""Does things in a transaction, is killed, and goes on with what the killed one has left.

A line goes to the witness file, which is no file of Penstock's, for each effect and for
each undoing, as well as for each call that has returned.

    python undoer.py run WITNESS [HOLD]
    python undoer.py resume WITNESS [HOLD]

With HOLD it waits for ever at that place, saying so, to be killed there.
"""

from __future__ import annotations

import os
import sys
import threading
from itertools import count

from penstock import flow, task
from penstock._engine.process import get_process
from penstock._engine.rollback import roll_back_open
from penstock._engine.runs import OpenFlowRun
from penstock._ids import parse_id
from penstock.events import FLOW_RUN_STATE_CHANGED, FlowRunStateChanged
from penstock.stores.filters import FlowRunFilter
from penstock.transactions import Transaction, get_transaction, transaction

MODE, WITNESS, HOLD = (*sys.argv[1:], "")[:3]

_witness = os.open(WITNESS, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def note(line: str) -> None:
    """Write down what has happened."""
    os.write(_witness, f"{line}\n".encode())


def hold(place: str) -> None:
    """Wait here for ever, if this is the place."""
    if place == HOLD:
        sys.stdout.write(f"at {place}\n")
        threading.Event().wait()


@task
def write(name: str) -> str:
    with transaction(commit_mode="lazy") as txn:
        txn.set("name", name)
        note(f"did {name}")
        leave_note(name)
    hold(f"after {name}")
    return name


@task
def leave_note(name: str) -> None:
    """Be what is undone: its hooks read the name in the innermost transaction."""


@leave_note.on_rollback
def undo(transaction: Transaction) -> None:
    name = transaction.get("name")
    hold(f"undoing {name}")
    note(f"undid {name} of {transaction.get('block')}")


@leave_note.on_commit
def keep(transaction: Transaction) -> None:
    name = transaction.get("name")
    hold(f"keeping {name}")
    note(f"kept {name}")


@flow
def nested() -> None:
    write("nested")


@flow
def pipeline() -> None:
    """Commit one block, then work on in another until something ends it."""

    @task
    def forgotten() -> None:
        """Be a task that no other process can find."""

    forgotten.on_rollback(undo)
    with transaction(commit_mode="eager") as first:
        first.set("block", "first")
        write("kept")
    with transaction() as second:
        second.set("block", "second")
        second.set("lock", threading.Lock())
        write("a")
        nested()
        forgotten()
        for number in count():
            write(f"n{number}")
            note(f"returned n{number}")
            assert get_transaction() is second


def resume() -> None:
    """Go on with the flow run there is, as far as its transactions go."""
    process = get_process()
    (found,) = process.store.find_flow_runs(FlowRunFilter(flow_name="pipeline"), 9)
    run = OpenFlowRun(process, parse_id(found.id), pipeline.spec, found.name)
    run.attempt = found.attempt + 1
    process.open_runs.add(run)

    def change(state: str, claims: bool | None) -> None:
        process.emit(
            FlowRunStateChanged(
                FLOW_RUN_STATE_CHANGED, run.id, process.now(), run.attempt, state,
                None, None, None, None, claims,
            )
        )  # fmt: skip

    change("RUNNING", claims=True)
    undone = roll_back_open(run, process.store)
    sys.stdout.write(f"undone {sorted(undone)}")
    change("COMPLETED", claims=None)
    process.open_runs.discard(run)
    process.flush()


if __name__ == "__main__":
    if MODE == "run":
        pipeline()
    else:
        resume()
