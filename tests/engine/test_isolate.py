"""A task with a process of its own: it works as any other, and its death is an error."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, get_run_context, get_run_logger, runtime, task
from penstock._engine.children import Children, children, kill_isolated, waiting
from penstock.context import TaskRunContext
from penstock.errors import (
    FailedRun,
    MissingContext,
    NotSendable,
    OptionError,
    ProcessDied,
    Stopped,
)
from penstock.task_runners import ThreadPoolTaskRunner
from penstock.testing.children import eventually
from tests.engine import bodies
from tests.engine.recorded import recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGKILL = getattr(signal, "SIGKILL", signal.SIGTERM)
posix = pytest.mark.skipif(os.name != "posix", reason="signals are of POSIX")


class CustomError(Exception):
    """An error as scripts define them."""

    def __init__(self, code: int) -> None:
        super().__init__(f"code {code}")
        self.code = code

    def __reduce__(self) -> Any:
        return type(self), (self.code,)


class Stubborn(Exception):
    """An error that pickles and cannot be made again: its constructor takes two things."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


@task
def doubled(number: int) -> int:
    return 2 * number


@task(isolate=True)
def pid_of(number: int = 0) -> int:
    return os.getpid()


@task(isolate=True)
async def pid_awaited(number: int = 0) -> int:
    await asyncio.get_running_loop().run_in_executor(None, threading.Event().wait, 0.01)
    return os.getpid()


@task(isolate=True)
def fails(kind: str) -> None:
    if kind == "custom":
        raise CustomError(7)
    if kind == "stubborn":
        raise Stubborn(1, 2)
    if kind == "exit":
        raise SystemExit(3)
    try:
        raise KeyError("inner")
    except KeyError as inner:
        raise ValueError("outer") from inner


@task(isolate=True)
def talks() -> None:
    logger = get_run_logger()
    for number in range(3):
        logger.info("line %d", number)
    logging.getLogger("elsewhere").warning("of nobody's")


@task(isolate=True, log_prints=True)
def prints(times: int) -> None:
    for number in range(times):
        print("printed", number)  # noqa: T201 - under test


@task(isolate=True, retries=1, task_run_name="tells-{number}")
def tells(number: int, other: str = "more") -> dict[str, Any]:
    if runtime.task_run.run_count == 1:
        raise ValueError
    context = get_run_context()
    assert isinstance(context, TaskRunContext)
    return {
        "id": runtime.task_run.id,
        "name": runtime.task_run.name,
        "task": context.task.name,
        "view": context.task_run.name,
        "parameters": runtime.task_run.parameters,
        "count": runtime.task_run.run_count,
        "flow": runtime.flow_run.name,
        "of": runtime.flow_run.parameters,
        "parent": runtime.flow_run.parent_flow_run_id,
    }


@task(isolate=True)
def calls_another(how: str) -> Any:
    if how == "called":
        return doubled(4)
    if how == "state":
        return doubled(4, return_state=True)
    return doubled.submit(4)


@task(isolate=True)
def takes(value: object) -> str:
    return type(value).__name__


@task(isolate=True)
def gives_a_lock() -> Any:
    return threading.Lock()


@task(isolate=True)
def surroundings() -> tuple[str, str | None, str]:
    return str(Path.cwd()), os.environ.get("PENSTOCK_TEST_WORD"), input_or_nothing()


def input_or_nothing() -> str:
    try:
        return input()
    except EOFError:
        return "nothing to read"


@pytest.fixture
def pool() -> Iterator[Children]:
    """Give a pool of processes that ends idle ones at once."""
    made = Children(idle_seconds=0.01)
    yield made
    made.close()


@pytest.mark.parametrize("how", ["called", "submitted", "awaited", "mapped"])
def test_the_body_has_a_process_of_its_own(how: str) -> None:
    @flow
    def etl() -> int:
        if how == "awaited":
            return pid_awaited.submit().result()
        if how == "mapped":
            return pid_of.map([1]).result()[0]
        return pid_of() if how == "called" else pid_of.submit().result()

    assert etl() in children.pids - {os.getpid()}


def test_an_async_body_is_awaited_in_an_async_flow() -> None:
    @flow
    async def etl() -> list[int]:
        return list(await asyncio.gather(pid_awaited(1), pid_awaited(2)))

    found = asyncio.run(etl())

    assert len(set(found)) == 2
    assert os.getpid() not in found


def test_a_process_is_used_again() -> None:
    assert pid_of() == pid_of()


def test_twenty_mapped_with_two_places_use_two_processes() -> None:
    @flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
    def etl() -> list[int]:
        return pid_of.map(range(20)).result()

    found = etl()

    assert len(found) == 20
    assert len(set(found)) <= 2
    assert set(recorded().task_states().values()) == {"Completed"}


def test_a_task_without_a_flow_may_have_one() -> None:
    assert pid_of() != os.getpid()
    assert recorded().task_states() == {"pid_of-0": "Completed"}


def test_a_closure_travels_with_what_it_closes_over() -> None:
    offset = 40

    @task(isolate=True)
    def add(number: int) -> tuple[int, bool]:
        return number + offset, os.getpid() == parent

    parent = os.getpid()

    assert add(2) == (42, False)


def test_a_method_travels_with_its_object() -> None:
    class Loader:
        def __init__(self, word: str) -> None:
            self.word = word

        @task(isolate=True)
        def load(self, times: int) -> str:
            return self.word * times

    assert Loader("ab").load(2) == "abab"


@posix
def test_a_process_that_is_killed_fails_its_run() -> None:
    with pytest.raises(ProcessDied, match=r"'dies-0' was killed by signal 9 \(SIGKILL\)"):
        task(isolate=True)(bodies.dies)(SIGKILL)

    row = recorded().task("dies")
    assert row.state_type == "FAILED"
    assert pid_of() != os.getpid()


@posix
def test_a_segmentation_fault_is_an_error_too() -> None:
    with pytest.raises(ProcessDied, match="SIGSEGV"):
        task(isolate=True)(bodies.dies)(signal.SIGSEGV)


def test_an_exit_behind_pythons_back_is_an_error_too() -> None:
    @task(isolate=True)
    def leaves() -> None:
        os._exit(5)

    with pytest.raises(ProcessDied, match="ended with exit code 5 in mid-body"):
        leaves()


@posix
def test_a_killed_process_is_retried_in_another(tmp_path: Path) -> None:
    retried = task(isolate=True, retries=1)(bodies.dies_once)

    assert retried(tmp_path) == "done"

    assert recorded().task("dies_once").attempt == 2
    pids = {line.split()[1] for line in bodies.lines(tmp_path / "witness")}
    assert len(pids) == 2


@posix
def test_a_process_that_dies_without_work_is_replaced_unnoticed() -> None:
    before = pid_of()
    os.kill(before, SIGKILL)

    after = pid_of()

    assert after != before
    assert set(recorded().task_states().values()) == {"Completed"}


def test_another_thread_can_kill_it(tmp_path: Path) -> None:
    sleeps = task(isolate=True)(bodies.sleeps)

    @flow
    def etl() -> str:
        future = sleeps.submit(tmp_path)
        eventually(lambda: bodies.words(tmp_path / "witness"), "the body begins")
        (run,) = waiting
        assert kill_isolated(run)
        future.wait()
        assert not kill_isolated(run)
        return future.state.name

    assert etl() == "Cancelled"
    assert recorded().task("sleeps").state_type == "CANCELLED"
    assert bodies.words(tmp_path / "witness") == ["began"]


def test_cancelling_what_awaits_it_kills_it(tmp_path: Path) -> None:
    @task(isolate=True)
    async def rests(folder: Path) -> None:
        bodies.sleeps(folder)

    async def main() -> None:
        call = asyncio.ensure_future(rests(tmp_path))
        while not bodies.words(tmp_path / "witness"):
            await asyncio.wait({call}, timeout=0.01)
        call.cancel()
        await asyncio.wait({call})

    asyncio.run(main())

    eventually(lambda: not waiting, "nobody waits any more")
    assert recorded().task("rests").state_type == "CANCELLED"
    pid = int(bodies.lines(tmp_path / "witness")[0].split()[1])
    assert pid not in children.pids


def test_errors_come_back_as_they_are() -> None:
    with pytest.raises(CustomError) as caught:
        fails("custom")

    assert caught.value.code == 7
    names = [entry.name for entry in caught.traceback]
    assert names[-1] == "fails"
    assert "raise CustomError(7)" in str(caught.traceback[-1].statement)


def test_the_cause_of_an_error_comes_along() -> None:
    with pytest.raises(ValueError, match="outer") as caught:
        fails("chained")

    assert repr(caught.value.__cause__) == "KeyError('inner')"
    traceback = recorded().task("fails").traceback
    assert traceback is not None
    assert 'raise KeyError("inner")' in traceback
    assert "The above exception was the direct cause" in traceback


def test_an_error_that_cannot_be_made_again_comes_as_text() -> None:
    with pytest.raises(FailedRun, match=r"Stubborn: 1 and 2 \(as text"):
        fails("stubborn")


def test_sys_exit_is_what_it_is_elsewhere() -> None:
    with pytest.raises(SystemExit):
        fails("exit")

    assert recorded().task("fails").state_type == "CRASHED"


def test_an_argument_that_cannot_travel_is_named() -> None:
    with pytest.raises(NotSendable, match=r"argument 'value' of task run 'takes-0' cannot go"):
        takes(threading.Lock())


def test_a_result_that_cannot_travel_is_named() -> None:
    with pytest.raises(NotSendable, match=r"result \(a lock\) of task run 'gives_a_lock-0'"):
        gives_a_lock()


def test_a_function_that_cannot_travel_is_named() -> None:
    lock = threading.Lock()

    @task(isolate=True)
    def holds() -> bool:
        return lock.locked()

    with pytest.raises(NotSendable, match="function of task run 'holds-0'"):
        holds()


def test_log_lines_arrive_in_their_order() -> None:
    talks()

    assert recorded().lines("penstock.task_runs") == ["line 0", "line 1", "line 2"]


def test_prints_arrive_in_their_order() -> None:
    prints(300)

    assert recorded().lines("prints") == [f"printed {number}" for number in range(300)]


def test_log_lines_arrive_while_the_body_runs(tmp_path: Path) -> None:
    @task(isolate=True)
    def waits_for_a_file(file: Path) -> None:
        get_run_logger().info("waiting")
        eventually(file.exists, "the file")
        get_run_logger().info("there")

    @flow
    def etl() -> None:
        future = waits_for_a_file.submit(tmp_path / "go")
        eventually(lambda: "waiting" in recorded().lines("penstock.task_runs"), "the first line")
        (tmp_path / "go").touch()
        future.result()

    etl()

    assert recorded().lines("penstock.task_runs") == ["waiting", "there"]


def test_other_loggers_join_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_EXTRA_LOGGERS", "elsewhere")

    talks()

    assert recorded().lines("elsewhere") == ["of nobody's"]


def test_the_body_knows_its_run() -> None:
    @flow
    def outer(day: str) -> dict[str, Any]:
        return inner(day)

    @flow
    def inner(day: str) -> dict[str, Any]:
        return tells(5)

    found = outer("monday")

    row = recorded().flow_called("inner")
    assert found == {
        "id": f"{row.id}-0",
        "name": "tells-5",
        "task": "tells",
        "view": "tells-5",
        "parameters": {"number": 5, "other": "more"},
        "count": 2,
        "flow": row.name,
        "of": {"day": "monday"},
        "parent": recorded().flow_called("outer").id,
    }


def test_large_parameters_of_the_flow_stay_where_they_are() -> None:
    @task(isolate=True)
    def asks() -> Any:
        return runtime.flow_run.parameters

    @flow
    def etl(data: bytes) -> None:
        asks()

    with pytest.raises(MissingContext, match="not known in the process of an isolated task"):
        etl(bytes(100_000))


def test_a_task_called_by_the_body_is_a_plain_function() -> None:
    assert calls_another("called") == 8
    assert recorded().task_states() == {"calls_another-0": "Completed"}


@pytest.mark.parametrize("how", ["submitted", "state"])
def test_a_body_cannot_submit(how: str) -> None:
    with pytest.raises(MissingContext, match="task 'doubled' was called inside of an isolated"):
        calls_another(how)


def test_the_body_stands_where_the_caller_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PENSTOCK_TEST_WORD", raising=False)
    assert surroundings()[1] is None

    monkeypatch.setenv("PENSTOCK_TEST_WORD", "set later")
    monkeypatch.chdir(tmp_path)

    assert surroundings() == (str(tmp_path.resolve()), "set later", "nothing to read")


def test_large_values_travel() -> None:
    @task(isolate=True)
    def reverse(data: bytes) -> bytes:
        return data[::-1]

    data = bytes(range(256)) * 20_000

    assert reverse(data) == data[::-1]


def test_idle_processes_end(pool: Children) -> None:
    child = pool.take()

    pool.give_back(child)

    eventually(lambda: not pool.pids, "no process is left")
    assert not child.is_alive


@pytest.mark.parametrize("value", ["yes", 2])
def test_the_option_is_yes_or_no(value: Any) -> None:
    with pytest.raises(OptionError, match="isolate must be True or False"):
        task(isolate=value)(bodies.own_pid)


def test_generators_cannot_be_isolated() -> None:
    def items() -> Iterator[int]:
        yield 1

    with pytest.raises(OptionError, match="isolate must be False for a generator"):
        task(isolate=True)(items)


def test_a_kill_before_the_process_is_there_counts() -> None:
    from penstock._engine.isolate import Isolated
    from penstock._engine.process import get_process
    from penstock._engine.runs import TaskRun

    step = Isolated(TaskRun(get_process().session, pid_of.spec, (), {}, None))
    step.kill("a test")

    with pytest.raises(Stopped, match="a test"):
        step.run()


def test_waiting_for_a_process_takes_no_time_of_this_one() -> None:
    @task(isolate=True)
    def waits() -> None:
        threading.Event().wait(0.3)

    waits()
    before = time.process_time()
    waits()

    assert time.process_time() - before < 0.1
