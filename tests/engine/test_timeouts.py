"""A time limit ends a run in time, whatever its body does."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, runtime, task
from penstock._processes import process_started
from penstock.errors import TimedOut
from penstock.task_runners import ThreadPoolTaskRunner
from penstock.testing.children import eventually
from tests.engine import bodies
from tests.engine.recorded import recorded

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 0.15
#: A generous bound on a busy machine; the bodies would take twenty seconds.
SOON = 5.0
LONG = 20.0

given_up = threading.Event()


def waits_in_c() -> None:
    threading.Event().wait(LONG)


def sleeps() -> None:
    time.sleep(LONG)  # noqa: TID251 - the body of many a script


def is_busy() -> None:
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        pass


def swallows_everything() -> None:
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        try:
            while time.monotonic() < end:
                pass
        except Exception:  # noqa: BLE001 - as scripts do
            continue


async def awaits() -> None:
    await asyncio.Event().wait()


BODIES = [waits_in_c, sleeps, is_busy, swallows_everything, awaits]


@pytest.mark.parametrize("how", ["called", "submitted"])
@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_a_task_over_its_limit_is_timed_out(body: Any, how: str) -> None:
    limited = task(timeout_seconds=LIMIT)(body)

    @flow
    def etl() -> None:
        limited() if how == "called" else limited.submit().result()

    @flow
    async def aetl() -> None:
        await (limited() if how == "called" else limited.submit())

    began = time.monotonic()
    with pytest.raises(TimedOut, match=rf"{body.__name__}-0 exceeded its timeout of {LIMIT} s"):
        asyncio.run(aetl()) if body is awaits else etl()

    assert time.monotonic() - began < SOON
    assert recorded().task_states() == {f"{body.__name__}-0": "TimedOut"}
    assert recorded().task(body.__name__).state_type == "FAILED"


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_a_flow_over_its_limit_is_timed_out(body: Any) -> None:
    limited = flow(timeout_seconds=LIMIT)(body)

    began = time.monotonic()
    with pytest.raises(TimedOut):
        asyncio.run(limited()) if body is awaits else limited()

    assert time.monotonic() - began < SOON
    row = recorded().flow
    assert (row.state_type, row.state_name) == ("FAILED", "TimedOut")


def test_a_flow_over_its_limit_does_not_wait_for_its_tasks(leaves_runs_open: None) -> None:
    @task
    def slow() -> None:
        threading.Event().wait(LONG)

    @flow(timeout_seconds=LIMIT)
    def etl() -> None:
        slow.submit().result()

    began = time.monotonic()
    with pytest.raises(TimedOut):
        etl()

    assert time.monotonic() - began < SOON
    assert recorded().unfinished() == []


def test_retries_begin_when_the_time_is_up() -> None:
    calls: list[int] = []

    @task(timeout_seconds=LIMIT, retries=1)
    def slow_once() -> str:
        calls.append(1)
        if len(calls) == 1:
            is_busy()
        return "done"

    assert slow_once() == "done"
    assert recorded().task("slow_once").attempt == 2


def test_nothing_of_a_busy_attempt_goes_on() -> None:
    beats: list[float] = []
    ended = threading.Event()

    @task(timeout_seconds=LIMIT)
    def busy() -> None:
        try:
            while True:
                beats.append(time.monotonic())
        finally:
            ended.set()

    with pytest.raises(TimedOut):
        busy()

    assert ended.wait(SOON)


def test_a_body_that_cannot_be_interrupted_is_told_of() -> None:
    @task(timeout_seconds=LIMIT)
    def stuck() -> None:
        waits_in_c()

    with pytest.raises(TimedOut):
        stuck()

    told = (
        f"stuck-0 exceeded its timeout of {LIMIT} second(s); its code still runs in a call that "
        "Python cannot interrupt; isolate=True makes it killable"
    )
    assert f"{told}." in recorded().lines("penstock")
    assert recorded().task("stuck").message == f"TimedOut: {told}"


def test_a_body_within_its_limit_is_not_disturbed() -> None:
    @task(timeout_seconds=60)
    def quick() -> tuple[int, str, str]:
        return 1, runtime.task_run.name, runtime.flow_run.flow_name

    @flow(timeout_seconds=60)
    def etl() -> Any:
        return quick(), quick.submit().result()

    assert etl() == ((1, "quick-0", "etl"), (1, "quick-1", "etl"))


def test_an_error_within_the_limit_is_the_bodys_own() -> None:
    @task(timeout_seconds=60)
    def bad() -> None:
        raise TimeoutError("of my own")

    with pytest.raises(TimeoutError, match="of my own"):
        bad()
    assert recorded().task_states() == {"bad-0": "Failed"}


def test_a_timeout_of_an_awaited_library_is_the_bodys_own() -> None:
    @task(timeout_seconds=60)
    async def bad() -> None:
        await asyncio.wait_for(asyncio.Event().wait(), 0.01)

    with pytest.raises(TimeoutError):
        asyncio.run(bad())
    assert recorded().task_states() == {"bad-0": "Failed"}


def test_a_limited_body_that_waits_for_others_lends_its_place() -> None:
    @task
    def inner() -> int:
        return 1

    @task(timeout_seconds=60)
    def outer() -> int:
        return inner.submit().result()

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def etl() -> int:
        return outer.submit().result()

    assert etl() == 1


def test_a_run_that_was_timed_out_gives_its_place_back() -> None:
    @task(timeout_seconds=LIMIT)
    def slow() -> None:
        is_busy()

    @task
    def after() -> int:
        return 1

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def etl() -> int:
        slow.submit().result(raise_on_failure=False)
        return after.submit().result()

    assert etl() == 1


def test_generators_have_time_limits_too() -> None:
    @task(timeout_seconds=LIMIT)
    def drips() -> Any:
        yield 1
        is_busy()
        yield 2

    began = time.monotonic()
    with pytest.raises(TimedOut):
        list(drips())
    assert time.monotonic() - began < SOON


class Watched:
    """A run that goes over its limit twice, and the witnesses its body has left."""

    def __init__(self, body: Any, folder: Path, how: str, *, isolate: bool) -> None:
        self.folder = folder
        limited = task(timeout_seconds=WATCHED_LIMIT, retries=1, isolate=isolate)(body)

        @flow
        def etl() -> None:
            limited(folder) if how == "called" else limited.submit(folder).result()

        began = time.monotonic()
        with pytest.raises(TimedOut):
            etl()
        self.took = time.monotonic() - began

    @property
    def pids(self) -> list[int]:
        return [int(line.split()[1]) for line in bodies.lines(self.folder / "witness")]

    def assert_two_attempts_and_no_end(self) -> None:
        row = recorded().tasks[0]
        assert (row.state_name, row.attempt) == ("TimedOut", 2)
        assert bodies.words(self.folder / "witness") == ["began", "began"]

    def assert_nothing_goes_on(self) -> None:
        """Look for longer than a body that is alive would be silent."""
        before = bodies.lines(self.folder / "beats")
        threading.Event().wait(0.3)
        assert bodies.lines(self.folder / "beats") == before
        self.assert_two_attempts_and_no_end()


#: Long enough for a body to have left its witness, and for a program to have started.
WATCHED_LIMIT = 0.3
HARD_BODIES = [
    bodies.sleeps,
    bodies.listens_to_silence,
    bodies.computes_in_c,
    bodies.computes_in_python,
    bodies.starts_a_process,
    bodies.holds_the_lock_of_python,
]
linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells whose child it is")


@pytest.mark.parametrize("how", ["called", "submitted"])
@pytest.mark.parametrize("body", HARD_BODIES, ids=lambda body: body.__name__)
def test_nothing_of_an_isolated_attempt_goes_on(body: Any, how: str, tmp_path: Path) -> None:
    if body is bodies.holds_the_lock_of_python and os.name != "posix":
        pytest.skip("sleep() is of POSIX")

    watched = Watched(body, tmp_path, how, isolate=True)

    # Two attempts, the second in a process that had to be started.
    assert watched.took < 2 * (WATCHED_LIMIT + 1)
    assert len(set(watched.pids)) == 2
    assert os.getpid() not in watched.pids
    eventually(lambda: not any(map(_runs, watched.pids)), "its processes are gone")
    watched.assert_nothing_goes_on()


@pytest.mark.parametrize("how", ["called", "submitted"])
@pytest.mark.parametrize(
    "body",
    [bodies.computes_in_python, pytest.param(bodies.starts_a_process, marks=linux)],
    ids=lambda body: body.__name__,
)
def test_nothing_goes_on_of_an_attempt_that_python_can_interrupt(
    body: Any, how: str, tmp_path: Path
) -> None:
    watched = Watched(body, tmp_path, how, isolate=False)

    assert watched.took < 2 * (WATCHED_LIMIT + 1)
    watched.assert_nothing_goes_on()


@pytest.mark.parametrize("how", ["called", "submitted"])
@pytest.mark.parametrize(
    "body", [bodies.sleeps, bodies.listens_to_silence], ids=lambda body: body.__name__
)
def test_an_attempt_that_goes_on_is_told_of_and_does_not_hold_up_the_next(
    body: Any, how: str, tmp_path: Path
) -> None:
    watched = Watched(body, tmp_path, how, isolate=False)

    assert watched.took < 2 * (WATCHED_LIMIT + 1)
    watched.assert_two_attempts_and_no_end()
    assert sum("isolate=True makes it killable" in line for line in recorded().lines()) >= 2


@linux
def test_a_tree_of_processes_ends_with_its_body(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1], sys.argv[2]])"
    )

    @task(timeout_seconds=WATCHED_LIMIT)
    def starts_a_tree() -> None:
        import subprocess

        below = [sys.executable, "-c", program, bodies.BEATS, str(tmp_path / "beats")]
        subprocess.run(below, check=True)

    with pytest.raises(TimedOut):
        starts_a_tree()

    before = bodies.lines(tmp_path / "beats")
    threading.Event().wait(0.3)
    assert bodies.lines(tmp_path / "beats") == before != []


def test_a_flow_over_its_limit_ends_the_process_it_waits_for(tmp_path: Path) -> None:
    isolated = task(isolate=True)(bodies.sleeps)

    # A flow's limit is for all of it, and starting the process is in it.
    @flow(timeout_seconds=WATCHED_LIMIT + 2.0)
    def etl() -> None:
        isolated(tmp_path)

    with pytest.raises(TimedOut):
        etl()

    (line,) = bodies.lines(tmp_path / "witness")
    eventually(lambda: not _runs(int(line.split()[1])), "its process is gone")


def test_an_async_body_with_a_process_of_its_own_has_a_limit(tmp_path: Path) -> None:
    @task(isolate=True, timeout_seconds=WATCHED_LIMIT)
    async def blocks(folder: Path) -> None:
        bodies.sleeps(folder)

    @flow
    async def etl() -> None:
        await blocks(tmp_path)

    with pytest.raises(TimedOut):
        asyncio.run(etl())

    (line,) = bodies.lines(tmp_path / "witness")
    eventually(lambda: not _runs(int(line.split()[1])), "its process is gone")


def _runs(pid: int) -> bool:
    return process_started(pid) != 0.0
