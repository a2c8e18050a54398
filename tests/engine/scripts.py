"""Runs a program of a user's in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

_SOURCE = str(Path(__file__).parents[2] / "src")


class Ran(NamedTuple):
    """What became of a program."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        """The last line on standard error."""
        return self.err.rstrip().rpartition("\n")[2]


def run_script(folder: Path, text: str, *options: str, **environ: str) -> Ran:
    """Write a program to a file and run it with this Python; `options` go to Python."""
    path = folder / "script.py"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    paths = [_SOURCE, *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, *options, str(path)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **environ},
    )
    return Ran(done.returncode, done.stdout, done.stderr)
