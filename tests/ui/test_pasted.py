"""What empty pages show to be pasted works when it is pasted."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.ui import built

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = built.ROOT / "ui" / "src" / "features"

#: The program that each empty page shows, and how many task runs come of it.
PROGRAMS = [("runs/NoRuns.tsx", "hello", 3), ("artifacts/NoArtifacts.tsx", "exam", 1)]


@pytest.mark.parametrize(("source", "flow", "tasks"), PROGRAMS)
def test_the_program_of_an_empty_page_runs(
    source: str, flow: str, tasks: int, tmp_path: Path, home: Path
) -> None:
    text = (SOURCES / source).read_text("utf-8")
    program = re.search(r"= `(from penstock import flow.*?)`;", text, re.DOTALL)
    assert program is not None, f"{source} shows no program"
    assert "\\" not in program[1], "what is escaped is not what the page shows"
    path = tmp_path / f"{flow}.py"
    path.write_text(program[1], "utf-8")

    done = subprocess.run(
        [sys.executable, path], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr
    assert f"{tasks} task" in done.stderr + done.stdout
