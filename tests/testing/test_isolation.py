"""An isolated store takes what is run inside of its block, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, get_run_logger, task
from penstock._engine import process as processes
from penstock.compat.prefect._harness import prefect_test_harness
from penstock.errors import MissingResult, UsageError
from penstock.testing import FakeClock, Recorded, isolated_store
from tests.engine.recorded import recorded as recorded_outside

if TYPE_CHECKING:
    from collections.abc import Iterator


#: A bound on a busy machine; waiting for a store that is closed would take 30 s.
SOON = 5.0


@task
def load(number: int) -> list[int]:
    get_run_logger().info("loading %d", number)
    return [number]


@task
def total(*found: list[int]) -> int:
    return sum(sum(numbers) for numbers in found)


@flow
def etl() -> int:
    return total(load(1000), load(2000))


@flow
def broken() -> None:
    raise ValueError("no such column: price")


def test_what_runs_inside_is_found_inside() -> None:
    with isolated_store() as recorded:
        etl()

        run = recorded.flow_run()
        assert run.state_name == "Completed"
        assert recorded.task_run("total").result == 3000
        assert recorded.states() == {
            "load-0": "Completed",
            "load-1": "Completed",
            "total-2": "Completed",
        }
        assert recorded.task_run("total").upstreams == ["load-0", "load-1"]
        assert recorded.task_run("load-1").result == [2000]
        assert recorded.task_run("load-1").logs() == ["loading 2000"]
        assert recorded.task_run("load-1").history == ["Running", "Completed"]
        assert "loading 1000" in recorded.logs()
        assert run.logs() == recorded.logs()


def test_what_runs_around_it_is_recorded_around_it(home: Path) -> None:
    etl()
    with isolated_store() as recorded:
        broken(return_state=True)
        assert [run.row.flow_name for run in recorded.flow_runs()] == ["broken"]
    etl()

    assert [run.flow_name for run in recorded_outside().flows] == ["etl", "etl"]
    assert recorded_outside().store.check() == []


def test_the_process_around_it_stays_open(home: Path) -> None:
    etl()
    before = processes.get_process()
    threads = {*threading.enumerate()}

    with isolated_store():
        etl()
        assert processes.get_process() is not before

    assert processes.get_process() is before
    assert {*threading.enumerate()} <= threads


def test_nothing_is_opened_around_it_when_nothing_was_open(home: Path) -> None:
    with isolated_store():
        etl()

    assert processes._process is None
    assert not home.exists()


def test_blocks_may_be_nested() -> None:
    with isolated_store() as first:
        etl()
        with isolated_store() as second:
            broken(return_state=True)
            assert [run.row.flow_name for run in second.flow_runs()] == ["broken"]
            assert [run.row.flow_name for run in first.flow_runs()] == ["etl"]
        etl()
        assert len(first.flow_runs("etl")) == 2
        assert first.flow_runs("broken") == []


def test_a_block_inside_of_a_running_flow_is_not_part_of_it() -> None:
    inside: list[str] = []

    @flow
    def tests_itself() -> list[int]:
        with isolated_store() as recorded:
            etl()
            inside.append(recorded.flow_run().row.parent_flow_run_id or "no parent")
        return load(7)

    with isolated_store() as recorded:
        assert tests_itself() == [7]
        assert recorded.states() == {"load-0": "Completed"}
    assert inside == ["no parent"]


def test_settings_around_it_do_not_hold_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_THREADS", "3")
    with isolated_store(log_level="error", extra_loggers=["shop", "bank"], log_console=False):
        settings = processes.get_process().settings
        assert settings.threads == 64
        assert settings.log_level == "ERROR"
        assert settings.extra_loggers == ("shop", "bank")
        assert settings.log_console is False

    assert os.environ["PENSTOCK_THREADS"] == "3"
    assert "PENSTOCK_LOG_LEVEL" not in os.environ
    assert processes.get_process().settings.threads == 3


def test_loggers_of_others_are_left_as_they_were() -> None:
    shop = logging.getLogger("shop-of-the-test")
    with isolated_store(extra_loggers=["shop-of-the-test"]) as recorded:

        @flow
        def sells() -> None:
            shop.info("sold")

        sells()
        assert "sold" in recorded.logs()

    assert shop.handlers == []
    assert shop.level == logging.NOTSET


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no setting 'treads'. There are: .*threads"):
        isolated_store(treads=3).__enter__()


@pytest.mark.parametrize(
    ("url", "settings"), [("oracle://there", {}), ("sqlite:///", {}), (None, {"threads": "many"})]
)
def test_a_block_that_cannot_begin_leaves_everything_as_it_was(
    url: str | None, settings: dict[str, Any], home: Path
) -> None:
    etl()
    before = dict(os.environ), processes.get_process()

    with pytest.raises(UsageError):
        isolated_store(url, **settings).__enter__()

    assert (dict(os.environ), processes.get_process()) == before


def test_the_harness_of_prefect_is_such_a_block(home: Path) -> None:
    etl()
    before = processes.get_process()

    with prefect_test_harness():
        broken(return_state=True)
        assert [run.flow_name for run in recorded_outside().flows] == ["broken"]

    assert processes.get_process() is before
    assert [run.flow_name for run in recorded_outside().flows] == ["etl"]


def test_a_path_is_an_sqlite_file(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with isolated_store(path):
        etl()
    with isolated_store(f"sqlite:///{path}") as recorded:
        etl()
        assert len(recorded.flow_runs("etl")) == 2


def test_values_in_files_are_read_back() -> None:
    @task(persist_result=True)
    def kept() -> str:
        return "kept"

    with isolated_store() as recorded:
        kept()
        reference = recorded.task_run().row.result_ref
        assert reference is not None
        assert recorded.task_run().result == "kept"

    assert not Path(reference).exists()


def test_a_run_without_a_value_says_so() -> None:
    with isolated_store() as recorded:
        broken(return_state=True)
        assert recorded.flow_run().message == "ValueError: no such column: price"
        with pytest.raises(MissingResult, match="it is Failed"):
            _ = recorded.flow_run().result


def test_a_run_that_is_not_there_is_told_with_those_that_are() -> None:
    with isolated_store() as recorded:
        with pytest.raises(AssertionError, match="No flow run was recorded at all"):
            recorded.flow_run()
        etl()

        with pytest.raises(AssertionError, match=r"no task run 'save'. There are: load-0, load-1"):
            recorded.task_run("save")
        with pytest.raises(AssertionError, match=r"more than one task run 'load': load-0, load-1"):
            recorded.task_run("load")


def test_upstreams_of_a_nested_flow_are_runs_of_its_parent() -> None:
    @flow
    def inner(numbers: list[int]) -> list[int]:
        return [*numbers, 1]

    @flow
    def around() -> int:
        return total(inner(load(5000)))

    with isolated_store() as recorded:
        around()
        name = recorded.flow_run("inner").name
        assert recorded.flow_run("inner").upstreams == ["load-0"]
        assert recorded.task_run("total").upstreams == [name]
        assert recorded.flow_run("inner").result == [5000, 1]
        assert recorded.flow_run("around").upstreams == []


def test_async_flows_are_recorded() -> None:
    @task
    async def aload(number: int) -> int:
        return number

    @flow
    async def aetl() -> list[int]:
        return list(await asyncio.gather(aload(1), aload(2)))

    with isolated_store() as recorded:
        assert asyncio.run(aetl()) == [1, 2]
        assert recorded.states() == {"aload-0": "Completed", "aload-1": "Completed"}


def test_what_was_submitted_outside_of_flows_has_ended_at_the_end() -> None:
    go = threading.Event()
    done: list[int] = []

    @task
    def waits() -> None:
        go.wait()
        done.append(1)

    with isolated_store():
        waits.submit()
        threading.Timer(0.05, go.set).start()

    assert done == [1]


@flow
def numbers() -> Iterator[int]:
    yield 1
    yield 2


def test_a_run_that_is_left_open_is_named_at_the_end() -> None:
    block = isolated_store()
    block.__enter__()
    items = numbers()
    next(items)

    with pytest.raises(AssertionError, match=r"'\w+-\w+' is still Running: wait for it"):
        block.__exit__(None, None, None)

    assert processes._process is None
    # Its end finds nobody to tell, and does not wait for anybody either.
    began = time.monotonic()
    items.close()
    assert time.monotonic() - began < SOON


def test_an_error_in_the_block_is_the_one_that_is_seen() -> None:
    def leave_open_and_fail() -> None:
        with isolated_store():
            next(numbers())
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        leave_open_and_fail()

    assert processes._process is None


def test_it_refuses_questions_behind_its_block() -> None:
    with isolated_store() as recorded:
        etl()

    assert isinstance(recorded, Recorded)
    with pytest.raises(UsageError, match="inside of its block"):
        recorded.flow_run()


def test_blocks_that_are_left_in_the_wrong_order_are_told_and_gone(home: Path) -> None:
    etl()
    before = dict(os.environ), processes.get_process()
    first, second = isolated_store(), isolated_store()
    first.__enter__()
    etl()
    second.__enter__()
    etl()

    for block in (first, second):
        with pytest.raises(UsageError, match="reverse order"):
            block.__exit__(None, None, None)
        assert (dict(os.environ), processes.get_process()) == before
    etl()
    assert len(recorded_outside().flows) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_leaves_the_block_and_touches_nothing(tmp_path: Path, home: Path) -> None:
    etl()
    with isolated_store(tmp_path / "runs.db") as recorded:
        etl()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                assert processes._process is None
                assert [process for process, _ in processes._aside] == [None]
                processes.take_back(1)
                assert processes._process is None
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        assert status == 0
        etl()
        assert len(recorded.flow_runs("etl")) == 2
    etl()

    assert len(recorded_outside().flows) == 2


def test_print_is_a_log_line_only_where_the_block_says_so() -> None:
    @flow
    def talks() -> None:
        print("spoken")  # noqa: T201 - what is tested

    with isolated_store(log_prints=True) as recorded:
        talks()
        assert "spoken" in recorded.logs()
    with isolated_store() as recorded:
        talks()
        assert "spoken" not in recorded.logs()


def test_the_clock_is_that_of_the_block() -> None:
    clock = FakeClock()
    with isolated_store(clock=clock) as recorded:
        etl()
        assert recorded.clock is clock
        assert recorded.flow_run().row.created == clock.now_us()

    assert processes.get_process().clock is not clock


def test_names_load_when_they_are_used() -> None:
    program = """if True:
        import sys
        from penstock import testing

        loaded = {name for name in sys.modules if name.startswith("penstock.testing.")}
        assert not loaded, loaded
        assert all(getattr(testing, name).__doc__ for name in testing.__all__)
        assert dir(testing) == sorted(testing.__all__)
        try:
            testing.nothing
        except AttributeError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert done.stdout == "module 'penstock.testing' has no attribute 'nothing'\n"
