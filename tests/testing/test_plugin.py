"""The fixtures, as a suite of somebody else's uses them: in a pytest of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., str]

#: A bound against hangs on a busy machine; `bench/testing.py` measures.
LONGEST = 30.0

MANY = """
import pytest
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

@pytest.mark.parametrize("number", range(200))
def test_etl(penstock_store, number):
    assert etl(number) == 2 * number
    assert penstock_store.states() == {
        "load-0": "Completed", "double-1": "Completed", "total-2": "Completed"
    }
    assert penstock_store.flow_run("etl").state_name == "Completed"
    assert penstock_store.task_run("load").result == [number]
    assert penstock_store.task_run("total").upstreams == ["double-1"]
"""
CLOCK = """
import pytest
from penstock import flow, task

@task(retries=3, retry_delay_seconds=3600)
def fetch():
    raise ConnectionError

@flow
def etl():
    fetch()

def test_clock_alone(penstock_clock):
    assert etl(return_state=True).is_failed()
    assert penstock_clock.sleeps == [3600] * 3

def test_clock_and_store(penstock_store, penstock_clock):
    etl(return_state=True)
    assert penstock_clock.sleeps == [3600] * 3
    assert penstock_store.task_run("fetch").attempt == 4

@pytest.mark.usefixtures("penstock_clock")
def test_store_alone(penstock_store):
    etl(return_state=True)
    assert penstock_store.task_run("fetch").history.count("Retrying") == 3

class TestMethods:
    def test_method(self, penstock_clock, penstock_store):
        assert penstock_store.flow_runs() == []

def test_too_late(penstock_store, request):
    with pytest.raises(pytest.fail.Exception, match="open on another clock"):
        request.getfixturevalue("penstock_clock")
"""
SETTINGS = """
import os
import pytest
from penstock import flow, get_run_logger

@pytest.fixture
def penstock_settings():
    return {"log_level": "DEBUG", "log_console": False}

@flow
def talks():
    get_run_logger().debug("quietly")

def test_settings(penstock_store):
    talks()
    assert "quietly" in penstock_store.logs()
    assert os.environ["PENSTOCK_LOG_LEVEL"] == "DEBUG"
"""
LEFT_OPEN = """
from penstock import flow

@flow
def numbers():
    yield 1

items = numbers()

def test_leaves_a_run_open(penstock_store):
    next(items)

def test_is_not_disturbed(penstock_store):
    assert penstock_store.flow_runs() == []
"""
INI = """
import os
from penstock import flow

@flow
def etl():
    pass

def test_every_test_has_one():
    etl()
    assert os.environ["PENSTOCK_STORE"] == "memory:"
"""
UNUSED = """
import sys

def test_nothing_heavy_is_loaded():
    assert not {"sqlite3", "penstock.testing.isolation", "penstock.stores.memory"} & {*sys.modules}
"""


@pytest.fixture
def run_pytest(tmp_path: Path, home: Path) -> Run:
    """Run a test file in a pytest that has no plugin but ours, and those named."""
    folder = tmp_path / "suite"
    folder.mkdir()

    def run(text: str, *options: str, code: int = 0) -> str:
        (folder / "test_flows.py").write_text(text, "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "penstock.testing.plugin", *options],
            cwd=folder,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
            check=False,
            capture_output=True,
            encoding="utf-8",
            timeout=100,
        )
        assert done.returncode == code, done.stdout + done.stderr
        # Nothing may have gone to the data folder around the tests.
        assert not home.exists()
        return done.stdout

    return run


@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "xdist"])
def test_two_hundred_tests_each_have_a_store_of_their_own(
    run_pytest: Run, options: tuple[str, ...]
) -> None:
    began = time.monotonic()

    said = run_pytest(MANY, *options)

    assert re.search(r"^200 passed", said, re.MULTILINE)
    assert time.monotonic() - began < LONGEST


def test_a_clock_comes_with_a_store(run_pytest: Run) -> None:
    assert "5 passed" in run_pytest(CLOCK)


def test_settings_are_a_fixture(run_pytest: Run) -> None:
    assert "1 passed" in run_pytest(SETTINGS)


def test_a_run_left_open_is_an_error_of_its_test_alone(run_pytest: Run) -> None:
    said = run_pytest(LEFT_OPEN, code=1)

    assert "2 passed, 1 error" in said
    assert "is still Running: wait for it, or end what it waits for." in said


def test_one_line_of_settings_gives_every_test_a_store(run_pytest: Run) -> None:
    assert "1 passed" in run_pytest(INI, "-o", "usefixtures=penstock_store")


def test_a_suite_that_does_not_ask_pays_nothing(run_pytest: Run) -> None:
    assert "1 passed" in run_pytest(UNUSED)


def test_fixtures_are_told_to_who_asks(run_pytest: Run) -> None:
    said = run_pytest(UNUSED, "--fixtures")

    for name in ("penstock_store", "penstock_clock", "penstock_settings"):
        assert re.search(rf"^{name} .*\n    [A-Z].*\.", said, re.MULTILINE)


def test_asyncio_tests_have_a_store(run_pytest: Run) -> None:
    text = """
from penstock import flow, task

@task
async def load(number):
    return number

@flow
async def etl():
    return await load(1)

async def test_async(penstock_store):
    assert await etl() == 1
    assert penstock_store.states() == {"load-0": "Completed"}
"""
    said = run_pytest(
        text, "-p", "pytest_asyncio.plugin", "-o", "asyncio_mode=auto",
        "-o", "asyncio_default_fixture_loop_scope=function",
    )  # fmt: skip

    assert "1 passed" in said


def test_the_page_on_testing_is_true(run_pytest: Run) -> None:
    text = "\n".join(block.text for block in page("docs/howto/test-flows.md").blocks("python"))

    assert f"{text.count('def test_')} passed" in run_pytest(text)
    assert "2 passed" in run_pytest(text, "-o", "usefixtures=penstock_store")
