"""Processes of isolated tasks die with the one that started them, however it ends."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penstock._processes import process_started
from penstock.testing.children import eventually

if TYPE_CHECKING:
    from penstock.testing.children import Nursery

#: A script as people write it: everything is in it, and its names are those of `__main__`.
_SCRIPT = """
import os, subprocess, sys, time
from penstock import flow, get_run_logger, task

class Wrong(Exception):
    def __init__(self, point):
        super().__init__(point)
        self.point = point

class Point:
    def __init__(self, x):
        self.x = x

def helper(point):
    return Point(point.x + 1)

@task
def plain(point):
    return helper(point)

@task(isolate=True)
def moved(point):
    return plain(point)

@task(isolate=True, retries=1)
def bad(point):
    raise Wrong(point)

@task(isolate=True)
def again(number):
    return number if number == 0 else again(number - 1)

@flow
def main():
    result = moved(Point(1))
    assert type(result) is Point, type(result)
    assert result.x == 2
    assert moved.submit(result).result().x == 3
    assert again(3) == 0
    try:
        bad(Point(7))
    except Wrong as wrong:
        assert type(wrong.point) is Point
        assert wrong.point.x == 7
    print("all well")

if __name__ == "__main__":
    main()
"""

_SLEEPER = """
import os, subprocess, sys, time
from penstock import flow, task

@task(isolate=True)
def rests(how):
    below = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    print("pids", os.getpid(), below.pid, flush=True)
    if how == "in C":
        import ctypes
        ctypes.PyDLL(None).sleep(60)
    time.sleep(60)

@flow
def main(how):
    rests(how)

main(sys.argv[1])
"""


def test_what_a_script_defines_travels_both_ways(children: Nursery) -> None:
    child = children.start_code(_SCRIPT)

    assert child.end() == 0, child.said
    assert "all well" in child.said


def test_what_a_file_defines_that_cannot_be_imported_travels_too(
    children: Nursery, tmp_path: Path
) -> None:
    script = tmp_path / "2024-report.py"
    script.write_text(_SCRIPT, "utf-8")

    child = children.start("-m", "penstock", "run", f"{script}:main")

    assert child.end() == 0, child.said
    assert "all well" in child.said


@pytest.mark.skipif(os.name != "posix", reason="signals are of POSIX")
@pytest.mark.parametrize("how", ["in Python", "in C"])
@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT"])
def test_the_process_ends_with_its_parent(children: Nursery, how: str, name: str) -> None:
    child = children.start_code(_SLEEPER, how)
    child.wait_for("pids")
    eventually(lambda: child.said.partition("pids")[2].count("\n"), "the whole line")
    pids = [int(word) for word in child.said.partition("pids")[2].split("\n")[0].split()]

    child.process.send_signal(getattr(signal, name))
    child.end()

    eventually(lambda: not any(map(_runs, pids)), f"{pids} are gone", seconds=10)


def test_processes_end_with_a_script_that_ends_well(children: Nursery) -> None:
    child = children.start_code(
        """if True:
        import os
        from penstock import task

        @task(isolate=True)
        def own_pid():
            return os.getpid()

        print("pids", own_pid(), flush=True)
        """
    )

    assert child.end() == 0, child.said

    pid = int(child.said.partition("pids")[2].split()[0])
    eventually(lambda: not _runs(pid), f"{pid} is gone", seconds=10)


def test_a_line_that_comes_after_the_end_is_shown_and_in_no_run(children: Nursery) -> None:
    child = children.start_code(
        """if True:
        import threading
        from penstock import get_run_logger, task

        @task(isolate=True)
        def leaves_a_thread():
            logger = get_run_logger()

            def speak_late():
                threading.Event().wait(0.1)
                logger.info("too late")

            threading.Thread(target=speak_late).start()

        leaves_a_thread()
        """
    )

    assert child.end() == 0, child.said

    assert "INFO  penstock.task_runs  too late" in child.said


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_copy_has_processes_of_its_own(children: Nursery) -> None:
    child = children.start_code(
        """if True:
        import os
        from penstock import task

        @task(isolate=True)
        def own_pid():
            return os.getpid()

        before = own_pid()
        if os.fork() == 0:
            assert own_pid() != before
            print("copy is well", flush=True)
        else:
            os.wait()
            assert own_pid() == before
            print("original is well", flush=True)
        """
    )

    assert child.end() == 0, child.said
    assert "copy is well" in child.said
    assert "original is well" in child.said


def _runs(pid: int) -> bool:
    """Tell whether a process runs; one that nobody has asked for its exit code does not."""
    if not Path("/proc/self").exists():
        return process_started(pid) != 0.0
    try:
        told = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return False
    return told.rpartition(")")[2].split()[0] not in {"Z", "X"}
