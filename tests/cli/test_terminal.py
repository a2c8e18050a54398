"""What a person at a terminal sees: colours, widths, live progress."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.runs import run_nightly

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

if os.name != "posix":
    pytest.skip("needs a pseudo terminal", allow_module_level=True)

import fcntl
import pty
import termios

SLOW = """\
import sys, threading
from penstock import flow, task

@task
def wait(n):
    threading.Event().wait(0.15)

@flow
def slow():
    print("a whole line")
    for n in range(5):
        wait(n)
    print("half a line", end="", flush=True)
    wait(5)
    print(", and its end")
    print("on standard error", file=sys.stderr)
    for n in range(5):
        wait(n)
"""


def test_lists_fit_the_terminal(penstock: Callable[..., Said]) -> None:
    run_nightly()
    penstock("version")  # the run is in the store now

    for width in (80, 120):
        output = on_terminal("flow-run", "ls", width=width)
        lines = seen(output)
        assert all(len(line) <= width for line in lines)
        assert "\x1b[31mFailed" in output
        assert any(line.startswith("    Task run 'clean-5'") for line in lines)
        assert lines[-1].startswith("See what went wrong: penstock flow-run inspect ")


def test_no_color_leaves_the_colours_out(penstock: Callable[..., Said]) -> None:
    run_nightly()
    penstock("version")

    output = on_terminal("flow-run", "ls", NO_COLOR="1")

    assert "\x1b[31m" not in output
    assert "Failed" in output


def test_errors_are_red_on_a_terminal() -> None:
    output = on_terminal("flow-run", "inspect", "nobody")

    assert "\x1b[1;31mError:\x1b[0m There is no flow run 'nobody'." in output


def test_deleting_asks_on_a_terminal(penstock: Callable[..., Said]) -> None:
    run_nightly()
    penstock("version")

    no = on_terminal("flow-run", "delete", "latest", answer=("[y/N]", "n"))
    yes = on_terminal("flow-run", "delete", "latest", answer=("[y/N]", "y"))

    assert "Delete flow run '" in no
    assert "with its 6 task runs" in no
    assert "Deleted" not in no
    assert "Deleted flow run" in yes


def test_live_progress_comes_and_goes_without_a_trace(
    write: Callable[[str, str], str], tmp_path: Path
) -> None:
    write("slow.py", SLOW)

    output = on_terminal("run", "slow.py", cwd=tmp_path)

    assert re.search(r"slow.{0,4} \w+-\w+ .*/\d+", output), "progress was shown"
    assert "now: wait-" in output
    lines = [line for line in seen(output) if " INFO " not in line]
    assert lines == ["a whole line", "half a line, and its end", "on standard error"]


def test_a_quiet_run_shows_no_progress(write: Callable[[str, str], str], tmp_path: Path) -> None:
    write("slow.py", SLOW)

    output = on_terminal("run", "--quiet", "slow.py", cwd=tmp_path)

    assert "\x1b" not in output


def test_a_prompt_of_the_flow_stands_alone(
    write: Callable[[str, str], str], tmp_path: Path
) -> None:
    write(
        "ask.py",
        "import threading\nfrom penstock import flow\n@flow\ndef ask():\n"
        "    threading.Event().wait(0.7)\n    name = input('Who? ')\n    print('Hello', name)\n",
    )

    output = on_terminal("run", "ask.py", cwd=tmp_path, answer=("Who?", "Ada"))

    lines = [line for line in seen(output) if " INFO " not in line]
    assert "Hello Ada" in lines
    assert "Who? Ada" in lines


def on_terminal(
    *arguments: str,
    width: int = 80,
    answer: tuple[str, str] | None = None,
    cwd: Path | None = None,
    **environment: str,
) -> str:
    """Run the command at a terminal of its own; give all it wrote there.

    `answer`: a prompt, and what to type when it is there.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    terminal = {"TERM": "xterm-256color", "PYTHONUTF8": "1", **environment}
    hidden = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"}
    inherited = {name: value for name, value in os.environ.items() if name not in hidden}
    process = subprocess.Popen(
        [sys.executable, "-m", "penstock", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=cwd,
        env={**inherited, **terminal},
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # Linux says so when the other end is closed
            break
        if not part:
            break
        written += part
        if answer is not None and answer[0].encode() in written:
            os.write(ours, f"{answer[1]}\n".encode())
            answer = None
    os.close(ours)
    process.wait()
    return written.decode()


def seen(output: str) -> list[str]:
    """Give the lines that stand on the terminal in the end."""
    screen = [""]
    row = column = 0
    for piece in re.findall(r"\x1b\[[0-9;?]*[a-zA-Z]|[^\x1b]|\x1b", output):
        if piece == "\n":
            row += 1
            if row == len(screen):
                screen.append("")
        elif piece == "\r":
            column = 0
        elif piece.endswith("A") and piece.startswith("\x1b["):
            row -= int(piece[2:-1])
        elif piece == "\x1b[J":
            screen[row:] = [screen[row][:column]]
        elif not piece.startswith("\x1b"):
            screen[row] = screen[row][:column].ljust(column) + piece + screen[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in screen if line.strip()]
