"""From `kill -9` to the first new task of the resumed run, in a new process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.figures import Figure, clock, in_home, run_python

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Effort

SCRIPT = """
import os
import sys
import threading

from penstock import flow, task

@task
def tiny(number):
    return number

@task
def last():
    os.write(1, b"here")
    if sys.argv[1] == "dies":
        threading.Event().wait()

@flow
def long():
    for number in range(int(sys.argv[2])):
        tiny(number)
    last()

if __name__ == "__main__":
    long()
"""


def measure(effort: Effort) -> Iterator[Figure]:
    for finished in (1_000, 10_000, 100_000) if effort.full else (1_000, 10_000):
        count = effort.size(finished)
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder, "script.py")
            script.write_text(SCRIPT, "utf-8")
            took = [_resume(script, count) for _ in range(effort.repeats)]
            floor = [run_python("-c", "pass") * 1e3 for _ in range(effort.repeats)]
        yield Figure(
            f"kill -9 to first new task of a resumed run, {count:,} finished", "ms", took,
            "bare Python", floor, target=400 + count // 10,
        )  # fmt: skip


def _resume(script: Path, count: int) -> float:
    """Kill a run in its last task, and go on with it up to there; give milliseconds."""
    with in_home():
        victim = _start(str(script), "dies", str(count))
        _wait_for_last(victim)
        victim.kill()
        began = clock()
        victim.wait()
        again = _start("-m", "penstock", "flow-run", "resume", "latest")
        _wait_for_last(again)
        took = clock() - began
        again.kill()
        again.wait()
    return took * 1e3


def _start(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ)  # noqa: S603 - our own words


def _wait_for_last(process: subprocess.Popen[bytes]) -> None:
    if process.stdout is None or process.stdout.read(4) != b"here":
        raise SystemExit("bench: the last task of a long flow was not reached")
    process.stdout.close()
