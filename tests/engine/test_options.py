"""Options of the decorators: what they do, and what is said of those that cannot be."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, runtime, tags, task
from penstock.errors import OptionError
from penstock.retries import exponential_backoff
from penstock.task_runners import SequentialTaskRunner, ThreadPoolTaskRunner
from tests.engine.recorded import recorded

if TYPE_CHECKING:
    from penstock.testing.clock import FakeClock


def noop() -> None: ...


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"retries": -1}, "retries=-1 cannot be; retries must be a whole number, 0 or more"),
        ({"retries": 1.5}, "retries must be a whole number"),
        ({"retries": True}, "retries must be a whole number"),
        ({"retry_delay_seconds": -1}, "retry_delay_seconds must be a number of seconds >= 0"),
        ({"timeout_seconds": 0}, "timeout_seconds=0 cannot be; timeout_seconds must be a number"),
        ({"timeout_seconds": "1"}, "timeout_seconds must be a number of seconds above 0"),
        ({"timeout_seconds": float("nan")}, "timeout_seconds must be"),
        ({"retrys": 3}, "there is no such option; did you mean 'retries'"),
        ({"max_retries": 3}, "there is no such option"),
        ({"name": 3}, "name must be text"),
        ({"on_failure": noop}, "on_failure must be a list of functions"),
        ({"on_failure": ["x"]}, "on_failure must be a list of functions"),
        ({"result_serializer": "yaml"}, "result_serializer must be 'pickle'"),
        ({"tags": "daily"}, "tags must be"),
        ({"tags": 3}, "tags must be"),
    ],
    ids=lambda given: str(given)[:30],
)
@pytest.mark.parametrize("decorate", [task, flow])
def test_an_option_that_cannot_be_is_refused_by_name(
    decorate: Any, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(OptionError) as caught:
        decorate(**options)(noop)

    assert told in str(caught.value)
    assert str(caught.value).startswith(("task ", "flow "))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"retry_jitter_factor": -1}, "retry_jitter_factor must be 0 or more"),
        ({"retry_condition_fn": "x"}, "retry_condition_fn must be a function"),
        ({"cache_key_fn": "x"}, "cache_key_fn must be a function"),
        ({"cache_policy": "x"}, "cache_policy must be a policy"),
        ({"cache_expiration": -1}, "cache_expiration must be a timedelta"),
        ({"cache_expiration": "1h"}, "cache_expiration must be a timedelta"),
        ({"task_runner": ThreadPoolTaskRunner}, "there is no such option"),
        ({"task_run_name": 3}, "task_run_name must be"),
    ],
    ids=lambda given: str(given)[:30],
)
def test_an_option_of_tasks_that_cannot_be_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(OptionError) as caught:
        task(**options)(noop)

    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"task_runner": "threads"}, "task_runner must be a runner"),
        ({"cache_key_fn": noop}, "there is no such option"),
        ({"flow_run_name": 3}, "flow_run_name must be"),
    ],
    ids=lambda given: str(given)[:30],
)
def test_an_option_of_flows_that_cannot_be_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(OptionError) as caught:
        flow(**options)(noop)

    assert told in str(caught.value)


@pytest.mark.parametrize("word", ["return_state", "wait_for"])
@pytest.mark.parametrize("decorate", [task, flow])
def test_words_of_a_call_cannot_be_parameters(decorate: Any, word: str) -> None:
    namespace: dict[str, Any] = {}
    exec(f"def taken({word}): ...", namespace)

    with pytest.raises(OptionError, match=rf"{word}.*the word is taken"):
        decorate(namespace["taken"])


def test_options_may_be_given_as_none() -> None:
    made = task(
        name=None,
        retries=None,
        retry_delay_seconds=None,
        timeout_seconds=None,
        tags=None,
        on_failure=None,
        cache_key_fn=None,
        cache_policy=None,
    )(noop)

    assert made.name == "noop"
    assert made.retries == 0


def test_a_time_limit_may_be_a_timedelta() -> None:
    assert task(timeout_seconds=dt.timedelta(seconds=2))(noop).spec.timeout == 2.0  # type: ignore[typeddict-item] # taken kindly


def test_with_options_changes_a_copy() -> None:
    @task(retries=1, tags=["a"], name="first")
    def step() -> int:
        return 1

    other = step.with_options(retries=5, name="second")

    assert (step.name, step.retries, step.tags) == ("first", 1, {"a"})
    assert (other.name, other.retries, other.tags) == ("second", 5, {"a"})
    assert other.fn is step.fn
    assert other() == 1


def test_with_options_keeps_hooks_that_were_hung_on_later() -> None:
    called: list[str] = []

    @task
    def step() -> None: ...

    @flow
    def etl() -> None:
        step.with_options(name="copy")()

    @step.on_completion
    def done(*_: Any) -> None:
        called.append("task")

    @etl.on_completion
    def flow_done(*_: Any) -> None:
        called.append("flow")

    etl.with_options(name="copy")()

    assert called == ["task", "flow"]


def test_hooks_hung_on_a_copy_leave_the_original_alone() -> None:
    called: list[str] = []

    @task(on_completion=[lambda *_: called.append("both")])
    def step() -> None: ...

    copy = step.with_options(name="copy")
    copy.on_completion(lambda *_: called.append("copy"))

    step()
    assert called == ["both"]
    copy()
    assert called == ["both", "both", "copy"]


def test_fn_is_the_plain_function_and_records_nothing() -> None:
    @task
    def step(n: int) -> int:
        return n + 1

    assert step.fn(1) == 2
    assert recorded().tasks == []


# ---- names and tags ----


def test_run_names_are_templates_over_the_parameters() -> None:
    @task(task_run_name="load-{day}-{n:03d}")
    def load(day: str, n: int = 7) -> None: ...

    @flow(flow_run_name="report-{day}")
    def report(day: str) -> None:
        load(day)
        load.submit(day, n=8)

    report("monday")

    assert recorded().flow.name == "report-monday"
    assert sorted(recorded().task_states()) == ["load-monday-007", "load-monday-008"]


def test_run_names_may_be_made_by_a_function() -> None:
    @flow(flow_run_name=lambda: "by hand")
    def report() -> None: ...

    report()

    assert recorded().flow.name == "by hand"


def test_a_template_that_names_no_parameter_is_an_error_that_lists_them() -> None:
    @task(task_run_name="load-{hour}")
    def load(day: str) -> None: ...

    with pytest.raises(OptionError, match=r"task_run_name='load-\{hour\}'.*\(day\).*hour"):
        load("monday")


def test_tags_come_from_the_decorator_and_from_around_the_call() -> None:
    @task(tags=["extract"])
    def load() -> list[str]:
        return runtime.task_run.tags

    @flow(tags={"nightly"})
    def report() -> Any:
        with tags("inner"):
            return load(), load.submit().result()

    with tags("eu", "test"):
        called, submitted = report()

    assert called == submitted == ["eu", "extract", "inner", "test"]
    assert recorded().flow.tags == ("eu", "nightly", "test")
    assert {row.tags for row in recorded().tasks} == {tuple(called)}


# ---- hooks ----


def test_hooks_are_told_what_ran_and_how_it_ended() -> None:
    told: list[Any] = []

    def hook(what: Any, run: Any, state: Any) -> None:
        told.append((what.name, run.name, state.name, run.state is state))

    @task(on_running=[hook], on_completion=[hook])
    def good() -> int:
        return 1

    @task(on_failure=[hook], on_completion=[hook])
    def bad() -> None:
        raise ValueError("no")

    @flow(on_running=[hook], on_failure=[hook], flow_run_name="run")
    def etl() -> None:
        good()
        bad()

    with pytest.raises(ValueError, match="no"):
        etl()

    assert told == [
        ("etl", "run", "Running", True),
        ("good", "good-0", "Running", True),
        ("good", "good-0", "Completed", True),
        ("bad", "bad-1", "Failed", True),
        ("etl", "run", "Failed", True),
    ]


def test_a_failure_hook_is_called_once_when_retries_have_run_out(clock: FakeClock) -> None:
    told: list[Any] = []

    @task(retries=2, retry_delay_seconds=3, on_failure=[lambda *a: told.append(a[2].result(False))])
    def bad() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        bad()

    assert [type(error) for error in told] == [ValueError]
    assert clock.sleeps == [3, 3]


def test_hooks_of_a_call_with_wrong_arguments_are_called() -> None:
    told: list[str] = []

    @task(on_failure=[lambda *_: told.append("failed")])
    def needs(n: int) -> None: ...

    with pytest.raises(TypeError, match="n"):
        needs()  # type: ignore[call-arg] # that is the mistake

    assert told == ["failed"]


def test_cancellation_and_crash_hooks_are_called() -> None:
    told: list[str] = []

    @task(on_cancellation=[lambda *_: told.append("task cancelled")])
    def stopped() -> None:
        raise KeyboardInterrupt

    @task(on_crashed=[lambda *_: told.append("task crashed")])
    def leaves() -> None:
        raise SystemExit(3)

    @flow(on_cancellation=[lambda *_: told.append("flow cancelled")])
    def etl() -> None:
        stopped()

    with pytest.raises(KeyboardInterrupt):
        etl()
    with pytest.raises(SystemExit):
        leaves()

    assert told == ["task cancelled", "flow cancelled", "task crashed"]


def test_a_hook_that_fails_is_logged_and_changes_nothing() -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("broken hook")

    @flow(on_completion=[broken])
    def etl() -> int:
        return 1

    assert etl() == 1
    assert "Hook 'broken' failed: RuntimeError: broken hook" in recorded().lines("penstock")


# ---- retries ----


def test_delays_jitter_and_backoff_are_slept_on_the_clock(clock: FakeClock) -> None:
    @task(retries=3, retry_delay_seconds=exponential_backoff(10), retry_jitter_factor=0.5)
    def bad() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        bad()

    assert len(clock.sleeps) == 3
    for slept, delay in zip(clock.sleeps, [10, 20, 40], strict=True):
        assert delay <= slept <= 1.5 * delay


def test_each_attempt_is_recorded_with_its_reason(clock: FakeClock) -> None:
    left = [ValueError("one"), ValueError("two")]

    @task(retries=2, retry_delay_seconds=1)
    def flaky() -> None:
        if left:
            raise left.pop(0)

    @flow
    def etl() -> None:
        flaky()

    etl()

    found = recorded()
    assert found.history(found.flow.id, 0) == [
        "Running",
        "AwaitingRetry",
        "Retrying",
        "AwaitingRetry",
        "Retrying",
        "Completed",
    ]
    lines = found.lines("penstock")
    assert "Attempt 1 of 3 failed: ValueError: one. Next in 1 s." in lines
    assert "Attempt 2 of 3 failed: ValueError: two. Next in 1 s." in lines


def test_a_flow_that_is_retried_runs_only_what_has_not_completed(clock: FakeClock) -> None:
    calls: list[str] = []

    @task
    def step(name: str) -> str:
        calls.append(name)
        return name

    @flow(retries=2, retry_delay_seconds=60)
    def etl() -> str:
        calls.append("body")
        step("first")
        if calls.count("body") < 3:
            raise ValueError("again")
        return step("last")

    assert etl() == "last"
    assert calls == ["body", "first", "body", "body", "last"]
    found = recorded()
    assert [(row.name, row.attempt) for row in found.tasks] == [("step-0", 1), ("step-1", 1)]
    assert found.flow.attempt == 3
    assert found.history(found.flow.id)[-2:] == ["Retrying", "Completed"]
    assert clock.sleeps == [60, 60]


def test_a_failed_submitted_task_counts_for_the_retry_of_its_flow(clock: FakeClock) -> None:
    calls: list[int] = []

    @task
    def flaky() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("again")

    @flow(retries=1)
    def etl() -> None:
        flaky.submit()

    etl()

    assert recorded().flow.state_type == "COMPLETED"


# ---- runners ----


@pytest.mark.parametrize(
    "runner", [SequentialTaskRunner, SequentialTaskRunner(), ThreadPoolTaskRunner(max_workers=2)]
)
def test_a_flow_runs_its_tasks_with_the_runner_it_names(runner: Any) -> None:
    @task
    def step(n: int) -> int:
        return n

    @flow(task_runner=runner)
    def etl() -> list[int]:
        return step.map(range(10)).result()

    assert etl() == list(range(10))


@pytest.mark.parametrize("workers", [0, -1, 1.5, "4", True])
def test_a_number_of_workers_that_cannot_be_is_refused(workers: Any) -> None:
    with pytest.raises(OptionError, match="max_workers must be"):
        ThreadPoolTaskRunner(max_workers=workers)
