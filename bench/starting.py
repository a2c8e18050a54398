"""Whole processes: importing, and the first flow of a new user."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.figures import Figure, in_home, run_python

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Effort

HELLO = """
from penstock import flow, task

@task
def load():
    return [1, 2, 3]

@task
def total(numbers):
    return sum(numbers)

@flow
def hello():
    print(total(load()))

if __name__ == "__main__":
    hello()
"""


def measure(effort: Effort) -> Iterator[Figure]:
    count = 5 if effort.divisor > 1 else 20
    bare, imported = [], []
    with in_home():
        run_python("-c", "import penstock")
        for _ in range(count):
            bare.append(run_python("-c", "pass") * 1000)
            imported.append(run_python("-c", "import penstock") * 1000)
    extra = [mine - floor for mine, floor in zip(imported, bare, strict=True)]
    yield Figure("import penstock, over bare Python", "ms", extra, "bare Python", bare, 60)
    yield from _hello(bare, count)


def _hello(bare: list[float], count: int) -> Iterator[Figure]:
    again, first = [], []
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "hello.py")
        script.write_text(HELLO, encoding="utf-8")
        with in_home():
            run_python(str(script))
            again.extend(run_python(str(script)) * 1000 for _ in range(count))
        for _ in range(count):
            with in_home():
                first.append(run_python(str(script)) * 1000)
    name = "hello of two tasks, whole process"
    yield Figure(name, "ms", again, "bare Python", bare, 200)
    yield Figure(f"{name}, new data folder", "ms", first, "bare Python", bare, 200)
