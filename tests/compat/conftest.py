"""Prefect's names, taken over for one test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penstock.compat.prefect import install, uninstall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    RunPython = Callable[..., subprocess.CompletedProcess[str]]

SCRIPTS = Path(__file__).parent / "scripts"

#: How a script is run unchanged.
RUN_SCRIPT = """if True:
    import runpy, sys
    import penstock.compat.prefect as p
    p.install()
    runpy.run_path(sys.argv[1], run_name="__main__")
"""


@pytest.fixture
def installed() -> Iterator[None]:
    install()
    yield
    uninstall()


@pytest.fixture
def run_python(home: Path) -> RunPython:
    """Run a program in a process of its own, with variables set beside the ordinary ones."""

    def run(program: str, *arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
        ours = {name: value for name, value in os.environ.items() if name[:8] != "PREFECT_"}
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", program, *map(str, arguments)],
            check=False,
            capture_output=True,
            text=True,
            env={**ours, "PENSTOCK_HOME": str(home), **environ},
        )

    return run
