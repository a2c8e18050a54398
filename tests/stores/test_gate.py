"""The gate between processes that open, write or close a database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penstock.errors import StoreBusy, StoreReadOnly
from penstock.stores.sqlite.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS = Path(__file__).with_name("workers.py")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and forks")


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "store.db.gate")


@pytest.fixture
def holder(path: str) -> Iterator[subprocess.Popen[str]]:
    """Have another process hold the gate."""
    with _start("hold_gate", path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def _start(what: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(WORKERS), what, *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_gate_held_for_too_long_is_given_up_and_its_holder_named(
    path: str, holder: subprocess.Popen[str]
) -> None:
    warnings: list[tuple[str, str]] = []
    gate = Gate(path, warn_after=0.05, give_up_after=0.2, warn=lambda *w: warnings.append(w))

    with pytest.raises(StoreBusy, match=f"process {holder.pid} "), gate.held():
        pass
    assert warnings == [(path, f"process {holder.pid}")]


def test_a_gate_given_up_is_free_once_its_holder_is_gone(
    path: str, holder: subprocess.Popen[str]
) -> None:
    gate = Gate(path, warn_after=0.01, give_up_after=0.05, warn=lambda *_: None)
    for _ in range(3):
        with pytest.raises(StoreBusy), gate.held():
            pass
    holder.kill()
    holder.wait()

    # Those who gave up still stand in the queue, and let it go as soon as it comes.
    with Gate(path, give_up_after=10).held():
        pass


def test_a_killed_holder_lets_the_gate_go_at_once(path: str, holder: subprocess.Popen[str]) -> None:
    killer = threading.Timer(0.1, holder.kill)
    killer.start()
    began = time.monotonic()

    with Gate(path).held():
        assert time.monotonic() - began < 5
    killer.join()


def test_a_forked_child_does_not_keep_the_gate_of_a_killed_parent(path: str) -> None:
    with _start("fork_holding_gate", path) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        try:
            os.kill(child, 0)  # it lives
            with Gate(path, give_up_after=5).held():
                pass
        finally:
            os.kill(child, signal.SIGKILL)


def test_waiting_for_the_gate_ends_with_ctrl_c(path: str, holder: subprocess.Popen[str]) -> None:
    with _start("wait_for_gate", path) as waiting:
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "waiting\n"
        # The first may come before the wait has begun; it ends that too.
        waiting.send_signal(signal.SIGINT)

        assert waiting.stdout.readline() == "interrupted\n"
        assert waiting.wait(10) == 0
    assert holder.poll() is None


def test_threads_of_a_process_keep_each_other_out(path: str) -> None:
    gate = Gate(path)
    inside = 0
    most = 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(50):
            with gate.held():
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1


def test_the_gate_file_names_its_holder_and_is_private(path: str) -> None:
    gate = Gate(path)
    with gate.held():
        assert gate.holder() == f"process {os.getpid()}"
    assert Path(path).stat().st_mode & 0o777 == 0o600


def test_a_gate_in_a_folder_that_is_not_there_cannot_be_made(tmp_path: Path) -> None:
    gate = Gate(str(tmp_path / "nothing" / "gate"))
    with pytest.raises(StoreReadOnly, match="PENSTOCK_HOME"), gate.held():
        pass


def test_an_error_inside_lets_the_gate_go(path: str) -> None:
    gate = Gate(path, give_up_after=1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), gate.held():
            raise ZeroDivisionError
