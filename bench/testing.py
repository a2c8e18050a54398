"""Tests of flows under pytest: each with a store of its own, and without."""

from __future__ import annotations

import importlib.util
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.figures import Figure, in_home, run_python

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Effort

FLOWS = """
from penstock import flow, task

@task
def load(number):
    return [number]

@task
def double(numbers):
    return [2 * number for number in numbers]

@task
def total(numbers):
    return sum(numbers)

@flow
def etl(number):
    return total(double(load(number)))
"""
#: The body of the test in each file; pytest takes the files by name.
TESTS = {
    "test_bare": """
        def test(number):
            assert etl.fn is not None
    """,
    "test_shared": """
        def test(number):
            assert etl(number) == 2 * number
    """,
    "test_with_store": """
        def test(number, penstock_store):
            assert etl(number) == 2 * number
    """,
}
CONFTEST = """
import json
import time
from collections import defaultdict
from pathlib import Path

import pytest

took = defaultdict(float)

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    began = time.perf_counter()
    yield
    took[item.path.stem] += time.perf_counter() - began

def pytest_sessionfinish():
    Path(__file__).with_name("took.json").write_text(json.dumps(took))
"""
#: The plugin is named, so that it does not matter how Penstock was installed.
PYTEST = ("-m", "pytest", "-q", "-p", "no:penstock", "-p", "penstock.testing.plugin",
          "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio")  # fmt: skip


def measure(effort: Effort) -> Iterator[Figure]:
    count = effort.size(200)
    each: dict[str, list[float]] = {name: [] for name in TESTS}
    alone, crowded = [], []
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), count)
        store = str(Path(folder, "test_with_store.py"))
        for _ in range(effort.repeats):
            with in_home():
                run_python(*PYTEST, folder)
                took = json.loads(Path(folder, "took.json").read_text("utf-8"))
                for name, values in each.items():
                    values.append(took[name] / count * 1000)
                alone.append(run_python(*PYTEST, store))
                if importlib.util.find_spec("xdist"):
                    crowded.append(run_python(*PYTEST, "-n", "2", store))
    yield Figure(
        "test of a flow of three tasks, store of its own", "ms", each["test_with_store"],
        "one store for all", each["test_shared"], 5,
        note=f"an empty test takes {min(each['test_bare']):.2f} ms",
    )  # fmt: skip
    yield Figure(f"{count} such tests, whole pytest", "s", alone, target=4)
    yield Figure(f"{count} such tests, whole pytest -n 2", "s", crowded, target=4)


def _write(folder: Path, count: int) -> None:
    (folder / "conftest.py").write_text(CONFTEST, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    for name, body in TESTS.items():
        mark = f"@pytest.mark.parametrize('number', range({count}))"
        lines = [line[8:] for line in body.strip("\n").split("\n")]
        text = "\n".join(["import pytest", FLOWS, mark, *lines])
        (folder / f"{name}.py").write_text(text, "utf-8")
