"""Ctrl-C at a terminal that shows live progress ends the program and leaves no trace."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_terminal import seen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

if os.name != "posix":
    pytest.skip("needs a pseudo terminal", allow_module_level=True)

import pty
import termios

BUSY = """
import threading
from penstock import flow, task

@task
def item(number):
    for _ in range(20):
        threading.Event().wait(0.01)

@flow
def busy():
    item.map(range(10_000))
"""
#: Gives a program a terminal of its own, whose Ctrl-C it hears.
ON_TERMINAL = """
import os, sys
os.setsid()
os.close(os.open(sys.argv[1], os.O_RDWR))
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
CTRL_C = b"\x03"
PATIENCE = 30.0


def test_ctrl_c_leaves_the_terminal_as_it_was(
    write: Callable[[str, str], str], tmp_path: Path
) -> None:
    write("busy.py", BUSY)
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    name = os.ttyname(theirs)
    process = subprocess.Popen(
        [sys.executable, "-c", ON_TERMINAL, name, "-m", "penstock", "run", "busy.py"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=tmp_path,
        env={**os.environ, "TERM": "xterm-256color", "PYTHONUTF8": "1"},
    )
    try:
        written = read_until(ours, lambda text: re.search(rb"now: .*item-\d", text) is not None)
        os.write(ours, CTRL_C)
        written += read_until(ours, lambda _: process.poll() is not None)
    finally:
        process.kill()
        process.wait()

    assert process.returncode == 130, written.decode()[-2_000:]
    assert b"Traceback" not in written
    left = seen(written.decode())
    assert not [line for line in left if "now:" in line]
    assert any("Cancelled after" in line for line in left)
    assert termios.tcgetattr(theirs) == before
    os.close(theirs)
    os.close(ours)


def read_until(terminal: int, is_enough: Callable[[bytes], bool]) -> bytes:
    """Read what is written on a terminal; fail when that is not enough in time."""
    written = b""
    deadline = time.monotonic() + PATIENCE
    while not is_enough(written):
        assert time.monotonic() < deadline, written.decode()[-2_000:]
        if select.select([terminal], [], [], 0.05)[0]:
            written += os.read(terminal, 4096)
    return written
