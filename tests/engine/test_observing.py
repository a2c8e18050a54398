"""What a run says and is told: logs, prints, the runtime, the context."""

# ruff: noqa: T201 - printing is under test

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, get_run_context, get_run_logger, runtime, task
from penstock.context import FlowRunContext, TaskRunContext
from penstock.errors import MissingContext
from penstock.logging import disable_run_logger, get_logger
from tests.engine.recorded import recorded
from tests.engine.scripts import run_script

if TYPE_CHECKING:
    from pathlib import Path


def test_lines_of_a_run_logger_are_kept_with_their_run() -> None:
    @task
    def step() -> None:
        get_run_logger().warning("in %s", "task")

    @flow
    def etl() -> None:
        get_run_logger().info("in flow")
        step()
        step.submit().wait()

    etl()

    lines = [(row.index, row.level, row.message) for row in recorded().logs]
    assert (None, logging.INFO, "in flow") in lines
    assert (0, logging.WARNING, "in task") in lines
    assert (1, logging.WARNING, "in task") in lines


def test_lines_of_a_retry_and_of_threads_in_a_task_belong_to_the_task() -> None:
    @task
    def step() -> None:
        logger = get_run_logger()
        thread = threading.Thread(target=logger.info, args=("from a thread",))
        thread.start()
        thread.join()

    @flow
    def etl() -> None:
        step()

    etl()

    assert (0, "from a thread") in [(row.index, row.message) for row in recorded().logs]


def test_a_line_below_the_level_is_not_kept() -> None:
    @flow
    def etl() -> None:
        get_run_logger().debug("too low")

    etl()

    assert "too low" not in recorded().lines()


def test_an_exception_is_logged_with_its_traceback() -> None:
    @flow
    def etl() -> None:
        try:
            raise ValueError("caught")
        except ValueError:
            get_run_logger().exception("it happened")

    etl()

    (line,) = [line for line in recorded().lines() if line.startswith("it happened")]
    assert "ValueError: caught" in line
    assert "Traceback" in line


def test_a_line_that_cannot_be_formatted_does_not_fail_the_run(tmp_path: Path, home: Path) -> None:
    # In a process of its own: the handlers of pytest do fail on such a line.
    text = r"""
        from penstock import flow, get_run_logger

        class Rude:
            def __str__(self):
                raise RuntimeError("no text")

        @flow
        def etl():
            get_run_logger().info("%d rows", "many")
            get_run_logger().info("%s", Rude())
            get_run_logger().info("%s %s", "one")
            return 1

        assert etl() == 1
    """

    ran = run_script(tmp_path, text)

    assert ran.code == 0, ran.err
    assert "a real number is required" in ran.err


def test_a_line_with_odd_characters_is_kept_and_shown(tmp_path: Path, home: Path) -> None:
    text = r"""
        from penstock import flow, get_run_logger

        @flow(log_prints=True)
        def etl():
            get_run_logger().info("caf\udce9 \0 \U0001f600 ä")
            print("caf\udce9")
        etl()
    """

    ran = run_script(tmp_path, text)

    assert ran.code == 0, ran.err
    assert ran.err.count("caf") == 2
    lines = [line for line in recorded().lines() if line.startswith("caf")]
    assert len(lines) == 2
    assert lines[0].endswith("\U0001f600 ä")


def test_a_line_of_a_megabyte_is_kept_and_a_longer_one_says_what_is_lost() -> None:
    @flow
    def etl() -> None:
        logger = get_run_logger()
        logger.info("x" * (1 << 20))
        logger.info("ü" * ((1 << 19) + 500))

    etl()

    whole, cut = sorted(recorded().lines(), key=len)[-1:-3:-1]
    assert whole == "x" * (1 << 20)
    assert cut.startswith("ü" * (1 << 19))
    assert cut.removeprefix("ü" * (1 << 19)) == (
        "… [1,000 more bytes are lost; PENSTOCK_LOG_LINE_BYTES keeps more]"
    )


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_a_line_is_cut_between_characters(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setenv("PENSTOCK_LOG_LINE_BYTES", str(limit))

    @flow
    def etl() -> None:
        get_run_logger().info("ü€" * 100)

    etl()

    cut = [line for line in recorded().lines() if "PENSTOCK_LOG_LINE_BYTES" in line]
    line = next(line for line in cut if not line.startswith("F"))  # the engine's: "Flow..."
    kept = line.partition("…")[0]
    assert ("ü€" * 100).startswith(kept)
    assert limit - 3 < len(kept.encode()) <= limit


def test_outside_of_a_run_there_is_no_run_logger() -> None:
    with pytest.raises(MissingContext, match=r"logging\.getLogger"):
        get_run_logger()
    assert get_logger("mine").name == "penstock.mine"


def test_extra_fields_do_not_disturb() -> None:
    @flow
    def etl() -> None:
        get_run_logger(customer="x").info("line", extra={"day": "monday"})

    etl()

    assert "line" in recorded().lines()


def test_lines_can_be_kept_out() -> None:
    @flow
    def etl() -> None:
        with disable_run_logger():
            get_run_logger().info("hidden")
        get_run_logger().info("shown")

    etl()

    assert "hidden" not in recorded().lines()
    assert "shown" in recorded().lines()


def test_lines_of_other_libraries_join_without_asking_for_a_run_logger(
    tmp_path: Path, home: Path
) -> None:
    text = """
        import logging
        from penstock import flow, task

        @task
        def step():
            logging.getLogger("mylib.inner").warning("from the library")
            logging.getLogger("mylib").info("rows read")

        @flow
        def etl():
            step()
        etl()
    """

    ran = run_script(tmp_path, text, PENSTOCK_EXTRA_LOGGERS="mylib, other")

    assert ran.code == 0, ran.err
    kept = recorded().lines()
    assert "from the library" in kept
    assert "rows read" in kept


def test_the_level_of_the_settings_is_that_of_run_loggers(tmp_path: Path, home: Path) -> None:
    text = """
        from penstock import flow, get_run_logger

        @flow
        def etl():
            get_run_logger().debug("fine detail")
            get_run_logger().info("plain")
        etl()
    """

    run_script(tmp_path, text, PENSTOCK_LOG_LEVEL="debug")

    assert {"fine detail", "plain"} <= set(recorded().lines())


# ---- prints ----


def test_prints_become_lines_where_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    @task
    def inherits() -> None:
        print("from task", 1, sep="-")

    @task(log_prints=False)
    def refuses() -> None:
        print("refused")

    @flow(log_prints=True)
    def etl() -> None:
        print("from flow", end="!\n")
        inherits()
        refuses()

    etl()
    print("outside")

    assert recorded().lines("prints") == ["from flow", "from task-1"]
    assert capsys.readouterr().out == "refused\noutside\n"


def test_prints_stay_prints_where_not_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    @flow
    def etl() -> None:
        print("plain")

    etl()

    assert recorded().lines("prints") == []
    assert capsys.readouterr().out == "plain\n"


def test_prints_to_a_file_go_to_the_file(tmp_path: Path) -> None:
    @flow(log_prints=True)
    def etl() -> None:
        with (tmp_path / "out.txt").open("w") as file:
            print("to file", file=file)

    etl()

    assert (tmp_path / "out.txt").read_text() == "to file\n"
    assert recorded().lines("prints") == []


def test_the_setting_makes_prints_lines_everywhere(tmp_path: Path, home: Path) -> None:
    text = """
        from penstock import flow

        @flow
        def etl():
            print("by setting")
        etl()
    """

    run_script(tmp_path, text, PENSTOCK_LOG_PRINTS="1")

    assert recorded().lines("prints") == ["by setting"]


def test_nested_flows_take_over_prints() -> None:
    @flow
    def inner() -> None:
        print("inner")

    @flow(log_prints=True)
    def outer() -> None:
        inner()

    outer()

    assert recorded().lines("prints") == ["inner"]


# ---- the runtime and the context ----


def test_the_runtime_describes_the_runs_around_the_code() -> None:
    seen: dict[str, Any] = {}

    @task(tags=["t"], retries=1)
    def step(n: int, m: int = 2) -> None:
        run = runtime.task_run
        seen["task"] = (run.name, run.task_name, run.parameters, run.tags, run.run_count, run.id)
        seen["flow in task"] = runtime.flow_run.name

    @flow(version="1.2", flow_run_name="run-{day}")
    def etl(day: str) -> None:
        run = runtime.flow_run
        seen["flow"] = (run.name, run.flow_name, run.flow_version, run.parameters, run.run_count)
        seen["ids"] = (run.id, run.get_id(), run.parent_flow_run_id, run.root_flow_run_id)
        step(1)

    etl("monday")

    flow_run = recorded().flow
    assert seen["flow"] == ("run-monday", "etl", "1.2", {"day": "monday"}, 1)
    assert seen["ids"] == (flow_run.id, flow_run.id, None, flow_run.id)
    assert seen["task"] == ("step-0", "step", {"n": 1, "m": 2}, ["t"], 1, f"{flow_run.id}-0")
    assert seen["flow in task"] == "run-monday"


def test_the_runtime_counts_attempts() -> None:
    seen: list[int] = []

    @task(retries=2)
    def flaky() -> None:
        seen.append(runtime.task_run.run_count)
        if len(seen) < 3:
            raise ValueError("again")

    flaky()

    assert seen == [1, 2, 3]


def test_nested_runs_know_their_parent_and_root() -> None:
    seen: dict[str, Any] = {}

    @flow
    def innermost() -> None:
        seen["parent"] = runtime.flow_run.parent_flow_run_id
        seen["root"] = runtime.flow_run.root_flow_run_id

    @flow
    def inner() -> None:
        innermost()

    @flow
    def outer() -> None:
        inner()

    outer()

    found = recorded()
    assert seen == {"parent": found.flow_called("inner").id, "root": found.flow_called("outer").id}


def test_outside_of_a_run_the_runtime_is_empty() -> None:
    assert runtime.flow_run.id is None
    assert runtime.flow_run.tags == []
    assert runtime.task_run.name is None
    assert runtime.task_run.parameters == {}
    assert runtime.deployment.name is None


def test_what_the_runtime_gives_cannot_change_the_run() -> None:
    @flow
    def etl(day: str) -> str:
        runtime.flow_run.parameters["day"] = "other"
        runtime.flow_run.tags.append("other")
        return runtime.flow_run.parameters["day"]

    assert etl("monday") == "monday"
    assert runtime.flow_run.tags == []


def test_an_unknown_attribute_of_the_runtime_is_an_error_that_lists_those_there_are() -> None:
    with pytest.raises(AttributeError, match=r"flow_run has no 'nmae'; it has .*name"):
        _ = runtime.flow_run.nmae
    with pytest.raises(AttributeError, match=r"task_run has no 'idd'"):
        _ = runtime.task_run.idd


def test_the_context_holds_what_was_called_and_with_what() -> None:
    seen: list[Any] = []

    @task
    def step(n: int) -> None:
        context = get_run_context()
        assert isinstance(context, TaskRunContext)
        outer = FlowRunContext.get()
        assert outer is not None
        seen.append((context.task, context.task_run.name, context.parameters, outer.flow))

    @flow
    def etl(day: str) -> None:
        context = get_run_context()
        assert isinstance(context, FlowRunContext)
        seen.append((context.flow, context.flow_run.name, context.parameters, TaskRunContext.get()))
        step(1)

    etl("monday")

    assert seen == [
        (etl, recorded().flow.name, {"day": "monday"}, None),
        (step, "step-0", {"n": 1}, etl),
    ]


def test_outside_of_a_run_there_is_no_context() -> None:
    with pytest.raises(MissingContext, match="no run here"):
        get_run_context()
    assert FlowRunContext.get() is None
    assert TaskRunContext.get() is None


def test_a_task_outside_of_a_flow_has_a_context_of_its_own_and_no_flow() -> None:
    @task
    def step() -> tuple[str, Any, Any]:
        return get_run_context().task_run.name, FlowRunContext.get(), runtime.flow_run.id  # type: ignore[union-attr]

    assert step() == ("step-0", None, None)


def test_the_begin_and_the_end_of_a_flow_are_told() -> None:
    @task
    def step() -> None: ...

    @flow
    def etl() -> None:
        step()
        step()

    etl()

    first, *_, last = recorded().lines("penstock")
    assert first == "Flow 'etl' began"
    assert last.startswith("Completed in ")
    assert last.endswith("2 tasks")


@pytest.mark.parametrize("broken", ["closed", "none", "full"])
def test_a_standard_error_that_cannot_be_written_takes_nothing_from_the_run(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    import sys

    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    stream: Any = {"closed": io.StringIO(), "none": None, "full": Full()}[broken]
    if broken == "closed":
        stream.close()

    @flow
    def etl() -> int:
        get_run_logger().info("line")
        return 1

    monkeypatch.setattr(sys, "stderr", stream)
    try:
        assert etl() == 1
    finally:
        monkeypatch.undo()
