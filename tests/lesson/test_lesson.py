"""What the lesson on pipelines promises, as its reader tries it out: with a file and Python.

Each program is run in two ways: importing `penstock`, and importing `prefect`.
"""

from __future__ import annotations

import logging
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.lesson.programs import PREFECT_RUNS, WAYS, history, run_program

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Run = Callable[[str], subprocess.CompletedProcess[str]]

EXAMPLES = Path(__file__).parents[2] / "examples"
SECOND = 1_000_000  # instants are in microseconds

HELLO = """
from prefect import flow, task

@task
def say_hello(name):
    print("Hello,", name)

@flow
def hellos():
    say_hello("Code the Dream")
    say_hello("students")

if __name__ == "__main__":
    hellos()
"""

FLAKY = """
from pathlib import Path
from prefect import flow, task

ATTEMPTS = Path("attempts.txt")

@task(retries=3, retry_delay_seconds=0.3)
def flaky():
    with ATTEMPTS.open("a") as file:
        print("attempt", file=file)
    if len(ATTEMPTS.read_text().split()) <= FAILURES:
        raise ConnectionError("the line is down")
    print("worked")

@flow
def retry_demo():
    flaky()

if __name__ == "__main__":
    retry_demo()
"""

CACHED = """
import sys
from datetime import timedelta
from time import sleep
from prefect import flow, task
from prefect.tasks import task_input_hash

@task(cache_key_fn=task_input_hash, cache_expiration=timedelta(seconds=EXPIRATION))
def download(url):
    print("downloading", url)
    return f"data from {url}"

@flow
def fetch():
    assert download("one") == "data from one"
    sleep(PAUSE)
    assert download("one") == "data from one"
    assert download("two") == "data from two"

if __name__ == "__main__":
    fetch()
"""

MAPPED = """
from time import sleep
from prefect import flow, task

@task
def double(item: int) -> int:
    sleep(1)
    return item * 2

@flow
def parallel():
    results = double.map([1, 2, 3, 4])
    return results

@flow
def printed():
    print([state.result() for state in parallel()])

if __name__ == "__main__":
    printed()
"""

LOGGED = """
from prefect import flow, task
from prefect.logging import get_run_logger

@task
def measure():
    logger = get_run_logger()
    logger.info("all is well")
    logger.warning("the needle shakes")
    logger.debug("nobody reads this")

@flow
def laboratory():
    get_run_logger().error("the lamp is out")
    measure()

if __name__ == "__main__":
    laboratory()
"""


@pytest.fixture(params=WAYS)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Run a program in one of the two ways, in a folder of the test's own."""
    if request.param == "prefect" and not PREFECT_RUNS:
        pytest.skip("`penstock run --prefect` is not there yet")
    return lambda text: run_program(text, request.param, tmp_path)


def test_hello_runs_two_tasks_in_order(run: Run) -> None:
    done = run(HELLO)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "Hello, Code the Dream\nHello, students\n"
    with history() as found:
        assert found.flow.flow_name == "hellos"
        assert found.flow.state_name == "Completed"
        assert found.task_states() == {"say_hello-0": "Completed", "say_hello-1": "Completed"}
        first, second = found.tasks
        assert first.ended is not None
        assert second.started is not None
        assert first.ended <= second.started


def test_flaky_task_is_retried_after_its_delay(run: Run) -> None:
    done = run(FLAKY.replace("FAILURES", "2"))

    assert done.returncode == 0, done.stderr
    assert done.stdout == "worked\n"
    with history() as found:
        assert found.flow.state_name == "Completed"
        assert found.task("flaky").attempt == 3
        events = found.store.flow_run_history(found.flow.id, 0)
        assert [event.state_name for event in events] == [
            "Running",
            "AwaitingRetry",
            "Retrying",
            "AwaitingRetry",
            "Retrying",
            "Completed",
        ]
        for waits, begins in pairwise(events):
            if waits.state_name == "AwaitingRetry":
                assert 0.3 * SECOND <= begins.at - waits.at < 1.3 * SECOND


def test_flow_fails_when_retries_run_out(run: Run, tmp_path: Path) -> None:
    done = run(FLAKY.replace("FAILURES", "9"))

    assert done.returncode == 1
    assert "ConnectionError: the line is down" in done.stderr
    assert len((tmp_path / "attempts.txt").read_text("utf-8").split()) == 4
    with history() as found:
        assert found.flow.state_name == "Failed"
        assert found.task_states() == {"flaky-0": "Failed"}
        assert found.task("flaky").attempt == 4
        assert found.flow.message is not None
        assert "the line is down" in found.flow.message


def test_download_is_executed_once_for_each_input(run: Run) -> None:
    done = run(CACHED.replace("EXPIRATION", "3600").replace("PAUSE", "0"))

    assert done.returncode == 0, done.stderr
    assert done.stdout == "downloading one\ndownloading two\n"
    with history() as found:
        assert list(found.task_states().values()) == ["Completed", "Cached", "Completed"]


def test_download_of_an_earlier_process_is_not_executed_again(run: Run) -> None:
    program = CACHED.replace("EXPIRATION", "3600").replace("PAUSE", "0")
    run(program)

    done = run(program)

    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_expired_download_is_executed_again(run: Run) -> None:
    done = run(CACHED.replace("EXPIRATION", "0.2").replace("PAUSE", "0.4"))

    assert done.returncode == 0, done.stderr
    assert done.stdout == "downloading one\ndownloading one\ndownloading two\n"


def test_mapped_tasks_run_at_the_same_time(run: Run) -> None:
    done = run(MAPPED)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "[2, 4, 6, 8]\n"
    with history() as found:
        mapped = found.flow_called("parallel")
        assert mapped.started is not None
        assert mapped.ended is not None
        assert SECOND <= mapped.ended - mapped.started < 1.7 * SECOND
        assert found.task_states() == {f"double-{n}": "Completed" for n in range(4)}


def test_log_lines_are_kept_with_level_time_task_and_flow(run: Run) -> None:
    done = run(LOGGED)

    assert done.returncode == 0, done.stderr
    assert "the needle shakes" in done.stderr
    with history() as found:
        flow = found.flow
        own = [line for line in found.logs if line.logger != "penstock"]
        assert [(line.index, line.level, line.message) for line in own] == [
            (None, logging.ERROR, "the lamp is out"),
            (0, logging.INFO, "all is well"),
            (0, logging.WARNING, "the needle shakes"),
        ]
        assert found.tasks[0].name == "measure-0"
        assert {line.flow_run_id for line in own} == {flow.id}
        assert flow.started is not None
        assert flow.ended is not None
        assert all(flow.started <= line.at <= flow.ended for line in own)


def test_whole_pipeline_runs_from_load_to_report(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    csv = (EXAMPLES / "data" / "exam_scores.csv").read_text("utf-8")
    (tmp_path / "data" / "exam_scores.csv").write_text(csv, "utf-8")
    program = (EXAMPLES / "exam_scores.py").read_text("utf-8")

    # Figures and tables as artifacts are ours: Prefect has no name for them.
    theirs = program.replace("from penstock", "from prefect")
    done = run(theirs.replace("from prefect.artifacts", "from penstock.artifacts"))

    assert done.returncode == 0, done.stderr
    assert "t = -8.07, p = 0.0002" in done.stdout
    assert "the difference is statistically significant" in done.stdout
    with history() as found:
        assert set(found.task_states().values()) == {"Completed"}
        assert len(found.tasks) == 5
