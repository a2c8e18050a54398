"""Runs one flow that does not end by itself, and writes down what its bodies do.

Lines go to the witness file, which is no file of Penstock's: the run's id, when a body
starts, its heartbeats where it can give them, and the processes it has started.

    python cancel_victim.py SHAPE WITNESS
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from penstock import flow, task
from penstock.runtime import flow_run

if TYPE_CHECKING:
    from typing import NoReturn

#: A name, and no open file: the body of an isolated task has it too.
_WITNESS = sys.argv[2]
_FOR_EVER = 600
#: A process that has one below it; both would run for ever.
_TREE = """
import subprocess, sys, time
below = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(below.pid, flush=True)
time.sleep(600)
"""


def note(kind: str, key: object) -> None:
    witness = os.open(_WITNESS, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(witness, f"\n{kind} {key} {os.getpid()} .\n".encode())
    os.close(witness)


@task
def sleeps() -> None:
    note("start", "sleeps")
    time.sleep(_FOR_EVER)  # noqa: TID251 - a call that waits in C, as people's tasks do


@task
def computes() -> None:
    note("start", "computes")
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 1_000_000_000)


@task
def loops() -> NoReturn:
    note("start", "loops")
    while True:
        note("beat", "loops")
        for _ in range(100_000):
            pass


@task
def starts_others() -> None:
    note("start", "starts_others")
    with subprocess.Popen([sys.executable, "-c", _TREE], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        note("pid", child.pid)
        note("pid", int(child.stdout.readline()))
        child.wait()


@task(isolate=True)
def apart() -> None:
    """Compute in a process of its own, where nothing interrupts it either."""
    note("pid", os.getpid())
    note("start", "apart")
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 1_000_000_000)


@task
def item(number: int) -> None:
    note("start", f"item-{number}")
    for _ in range(10):
        time.sleep(0.01)  # noqa: TID251 - a little work that may be interrupted


def began() -> None:
    note("began", flow_run.id)


@flow
def sleeping() -> None:
    began()
    sleeps.submit()


@flow
def computing() -> None:
    began()
    computes.submit()


@flow
def asleep() -> None:
    """Sleep in the main thread, which a signal wakes."""
    began()
    sleeps()


@flow
def looping() -> None:
    began()
    loops.submit()


@flow
def tree() -> None:
    began()
    starts_others()


@flow
def isolated() -> None:
    began()
    apart.submit()


@flow
def inner() -> None:
    loops()


@flow
def nested() -> None:
    began()
    inner()


@flow
def queued() -> None:
    began()
    item.map(range(5_000))


FLOWS = {
    "asleep": asleep,
    "computing": computing,
    "isolated": isolated,
    "looping": looping,
    "nested": nested,
    "queued": queued,
    "sleeping": sleeping,
    "tree": tree,
}

if __name__ == "__main__":
    FLOWS[sys.argv[1]]()
