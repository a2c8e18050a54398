"""A signal stops a flow, even where the code that it reaches keeps what was raised."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.engine.recorded import recorded
from tests.engine.scripts import run_script

if TYPE_CHECKING:
    from pathlib import Path

if os.name != "posix":
    pytest.skip("sends signals", allow_module_level=True)

HEAD = """
import os, signal, subprocess, sys, threading
from penstock import flow, task

def signalled():
    os.kill(os.getpid(), signal.{name})
    threading.Event().wait(60)

@task
def waits():
    signalled()

@task
def after():
    print("after")
"""
CODES = {"SIGTERM": 143, "SIGINT": -signal.SIGINT}


def run(folder: Path, name: str, text: str) -> str:
    """Run a program that sends itself a signal; give what it has printed."""
    ran = run_script(folder, HEAD.format(name=name) + text)
    assert ran.code == CODES[name], ran.err
    return ran.out


@pytest.mark.parametrize("name", CODES)
def test_a_state_instead_of_an_exception_keeps_no_flow_running(tmp_path: Path, name: str) -> None:
    out = run(
        tmp_path,
        name,
        """
@flow
def etl():
    print(waits(return_state=True).name)
    print(after(return_state=True).name)

etl()
""",
    )

    assert out == "Cancelled\nCancelled\n"
    assert recorded().flow.state_name == "Cancelled"


@pytest.mark.parametrize("name", CODES)
def test_an_except_clause_for_everything_keeps_no_flow_running(tmp_path: Path, name: str) -> None:
    out = run(
        tmp_path,
        name,
        """
@flow
def etl():
    try:
        signalled()
    except BaseException:
        print("kept")
    after()

etl()
""",
    )

    assert out == "kept\n"
    assert recorded().flow.state_name == "Cancelled"


@pytest.mark.parametrize("name", CODES)
def test_the_flows_around_the_one_that_is_reached_are_cancelled_too(
    tmp_path: Path, name: str
) -> None:
    run(
        tmp_path,
        name,
        """
@flow
def inner():
    waits()

@flow
def outer():
    inner(return_state=True)
    after()

outer()
""",
    )

    assert {row.state_name for row in recorded().flows} == {"Cancelled"}
    assert len(recorded().tasks) == 1


def test_a_signal_for_a_child_that_is_just_being_forked_ends_the_child(tmp_path: Path) -> None:
    text = """
import os, signal, threading

# Before any of our own hooks: as early as a signal can come.
os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGTERM))

from penstock import flow

@flow
def forks():
    pid = os.fork()
    if pid == 0:
        threading.Event().wait(20)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

forks()
"""

    ran = run_script(tmp_path, text)

    assert (ran.code, ran.out) == (0, f"{-signal.SIGTERM}\n"), ran.err


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody knows whose processes")
def test_a_body_that_waits_for_its_process_as_it_ends_is_not_waited_for(tmp_path: Path) -> None:
    run(
        tmp_path,
        "SIGTERM",
        """
@task
def starts():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]):
        signalled()

@flow
def etl():
    starts()

etl()
""",
    )

    assert recorded().flow.state_name == "Cancelled"
    assert recorded().task("starts").state_name == "Cancelled"
