"""Child processes, as the operating system tells of them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from penstock import _processes
from penstock._processes import (
    children_of_thread,
    descendants,
    end_group,
    end_processes,
    process_started,
    start_group,
    wait_readable,
)
from penstock.testing.children import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose child it is")
posix = pytest.mark.skipif(os.name != "posix", reason="groups of processes are of POSIX")

_SLEEPS = "import time; time.sleep(60)"
_SLEEPS_ON = "import signal; signal.signal(15, signal.SIG_IGN); print('on', flush=True); " + _SLEEPS
_STARTS = (
    "import subprocess, sys; below = subprocess.Popen([sys.executable, '-c', sys.argv[1]]); "
    "print(below.pid, flush=True); below.wait()"
)


class Started:
    """Programs of one test."""

    def __init__(self) -> None:
        self.all: list[subprocess.Popen[bytes]] = []

    def program(self, code: str, *words: str) -> subprocess.Popen[bytes]:
        made = subprocess.Popen([sys.executable, "-c", code, *words], stdout=subprocess.PIPE)
        self.all.append(made)
        return made


@pytest.fixture
def started() -> Iterator[Started]:
    made = Started()
    yield made
    for process in made.all:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def first_line(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


@linux
def test_a_thread_has_the_processes_it_has_started(started: Started) -> None:
    done = threading.Event()
    found: list[tuple[int, int]] = []

    def start() -> None:
        found.append((threading.get_native_id(), started.program(_SLEEPS).pid))
        done.wait()

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(found) == 2, "both have started one")

    assert [children_of_thread(native) for native, _ in found] == [[pid] for _, pid in found]

    done.set()
    for thread in threads:
        thread.join()


def test_a_thread_that_is_not_there_has_none() -> None:
    assert children_of_thread(0) == []
    assert descendants(0) == []


@linux
def test_what_a_process_has_started_is_below_it(started: Started) -> None:
    above = started.program(_STARTS, _SLEEPS)
    below = int(first_line(above))

    assert descendants(above.pid) == [below]
    assert below in descendants(os.getpid())

    end_processes([below], 10)


@linux
def test_a_process_that_ends_when_asked_is_not_killed(started: Started) -> None:
    process = started.program(_SLEEPS)

    end_processes([process.pid], 10)

    assert process.wait() == -15


@linux
def test_a_process_that_does_not_end_when_asked_is_killed(started: Started) -> None:
    process = started.program(_SLEEPS_ON)
    assert first_line(process) == "on"

    end_processes([process.pid], 0.05)

    assert process.wait() == -9


def test_a_process_that_has_ended_is_left_alone(started: Started) -> None:
    process = started.program("pass")
    process.wait()

    end_processes([process.pid], 10)

    assert process.returncode == 0


@linux
def test_another_process_of_the_same_number_is_left_alone(started: Started) -> None:
    process = started.program(_SLEEPS)

    _processes._send(process.pid, process_started(process.pid) - 1, 9)

    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.2)


@linux
def test_one_that_has_left_the_group_ends_with_it() -> None:
    leaves = (
        "import os, subprocess, sys; os.read(0, 1); "
        "below = subprocess.Popen([sys.executable, '-c', sys.argv[1]], start_new_session=True); "
        "os.write(int(sys.argv[2]), str(below.pid).encode()); below.wait()"
    )
    reading, writing = os.pipe()
    process = start_group([sys.executable, "-c", leaves, _SLEEPS], [writing])
    assert process.stdin is not None
    with process.stdin as stdin:
        stdin.write(b"!")
    stray = int(os.read(reading, 100))
    began = process_started(stray)

    end_group(process.pid)

    assert process.wait() == -9
    eventually(lambda: not _processes._is_running(stray, began), "it has ended")
    os.close(reading)
    os.close(writing)


@posix
@pytest.mark.parametrize("how", ["as the system can", "by a thread"])
def test_a_process_ends_when_its_line_is_cut(how: str) -> None:
    """What other systems do is tried here by hiding what Linux has."""
    code = (
        "import fcntl, sys, time; "
        f"{'del fcntl.F_SETSIG; ' if how == 'by a thread' else ''}"
        "from penstock._processes import die_with, receive_descriptor; "
        "die_with(receive_descriptor(sys.argv[1])); "
        "sys.stdout.write('on'); sys.stdout.flush(); time.sleep(60)"
    )
    end, line = os.pipe()
    said, saying = os.pipe()
    before = os.dup(1)
    os.dup2(saying, 1)
    process = start_group([sys.executable, "-c", code], [end])
    os.dup2(before, 1)
    assert wait_readable(said, 30)

    os.close(line)

    assert process.wait(10) == -9
    assert process.stdin is not None
    process.stdin.close()
    for descriptor in (end, said, saying, before):
        os.close(descriptor)


def test_a_pipe_that_stays_silent_is_waited_for_in_vain() -> None:
    reading, writing = os.pipe()

    assert not wait_readable(reading, 0.01)
    os.write(writing, b"!")
    assert wait_readable(reading, None)
    os.read(reading, 1)
    os.close(writing)
    assert wait_readable(reading, None)

    os.close(reading)
