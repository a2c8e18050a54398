"""Runs programs as a student does, and reads back what they left in the data folder."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from penstock._engine.process import open_recovered
from penstock.settings import load_settings
from tests.engine.recorded import Recorded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Ways to run a program: with `import penstock`, or as it was written for Prefect.
WAYS = ["penstock", "prefect"]
PREFECT_RUNS = find_spec("penstock.compat.prefect") and find_spec("penstock._cli.run")


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments, in a folder."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"},
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
    )


def run_program(text: str, way: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that imports `prefect`, or the same with `penstock` in its place."""
    program = cwd / "program.py"
    if way == "prefect":
        program.write_text(text, "utf-8")
        return run("-m", "penstock", "run", "--prefect", program, cwd=cwd)
    program.write_text(text.replace("from prefect", "from penstock"), "utf-8")
    return run(program, cwd=cwd)


@contextmanager
def history() -> Iterator[Recorded]:
    """Read what all programs of a test have recorded."""
    store = open_recovered(load_settings())
    try:
        yield Recorded(store)
    finally:
        store.close()
