"""Flows in flows, tasks in tasks, tasks outside of flows, flows side by side."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from penstock import flow, get_run_context, runtime, task
from penstock.task_runners import ThreadPoolTaskRunner
from tests.engine.recorded import recorded


@task
def add(a: int, b: int) -> int:
    return a + b


@flow
def child(n: int) -> int:
    return add(n, 1)


def test_a_flow_called_in_a_flow_is_a_run_of_its_own_with_a_parent() -> None:
    @flow
    def parent() -> int:
        return child(1) + child(10)

    assert parent() == 13

    found = recorded()
    above = found.flow_called("parent")
    below = [row for row in found.flows if row.flow_name == "child"]
    assert [(row.parent_flow_run_id, row.parent_index) for row in below] == [
        (above.id, 0),
        (above.id, 1),
    ]
    assert all(task.flow_run_id in {row.id for row in below} for task in found.tasks)


def test_the_result_of_a_nested_flow_is_an_edge() -> None:
    @flow
    def makes() -> list[int]:
        return [1, 2]

    @flow
    def takes(rows: list[int]) -> int:
        return len(rows)

    @flow
    def parent() -> int:
        return takes(makes())

    parent()

    assert recorded().flow_called("takes").upstreams == (0,)


def test_a_nested_flow_takes_futures_as_arguments() -> None:
    @flow
    def parent() -> int:
        return child(add.submit(1, 2))

    assert parent() == 4
    assert recorded().flow_called("child").upstreams == (0,)


def test_a_failure_in_a_nested_flow_can_be_caught() -> None:
    @flow
    def fails() -> None:
        raise ValueError("no")

    @flow
    def parent() -> str:
        state = fails(return_state=True)
        try:
            fails()
        except ValueError:
            return str(state.name)
        return "not raised"

    assert parent() == "Failed"
    assert recorded().flow_called("parent").state_type == "COMPLETED"


def test_a_task_called_in_a_task_is_a_run_with_a_parent() -> None:
    @task
    def outer(n: int) -> int:
        return add(n, 1) + add.submit(n, 2).result()

    @flow
    def etl() -> int:
        return outer(1)

    assert etl() == 5

    found = recorded()
    parents = {row.name: row.parent_index for row in found.tasks}
    assert parents == {"outer-0": None, "add-1": 0, "add-2": 0}


def test_a_flow_called_in_a_task_is_nested_in_the_tasks_flow() -> None:
    @task
    def outer() -> int:
        return child(1)

    @flow
    def etl() -> int:
        return outer.submit().result()

    assert etl() == 2
    found = recorded()
    assert found.flow_called("child").parent_flow_run_id == found.flow_called("etl").id


def test_a_task_outside_of_a_flow_is_recorded_without_a_flow_run() -> None:
    assert add(1, 2) == 3

    found = recorded()
    assert found.flows == []
    assert found.task_states() == {"add-0": "Completed"}
    assert found.value("add-0") == 3


def test_a_task_outside_of_a_flow_is_retried() -> None:
    left = [ValueError("one"), ValueError("two")]

    @task(retries=2)
    def flaky() -> str:
        if left:
            raise left.pop()
        return "done"

    assert flaky() == "done"
    assert recorded().task("flaky").attempt == 3


def test_tasks_outside_of_a_flow_may_be_submitted_and_mapped() -> None:
    assert add.submit(1, 2).result() == 3
    assert add.map([1, 2], b=[3, 4]).result() == [4, 6]
    assert add.submit(add.submit(1, 1), 1).result() == 3


def test_tasks_outside_of_a_flow_leave_no_trace_in_memory() -> None:
    from penstock._engine.process import get_process

    @task
    def fails() -> None:
        raise ValueError("no")

    for _ in range(50):
        with pytest.raises(ValueError, match="no"):
            fails()
        future = fails.submit()
        future.result(raise_on_failure=False)
        add.submit(1, 2).wait()

    session = get_process().session
    assert not session.open_futures
    assert not session.failures


def test_a_task_may_call_itself_150_deep() -> None:
    @task
    def count(n: int) -> int:
        return 0 if n == 0 else 1 + count(n - 1)

    @flow
    def etl() -> int:
        return count(150)

    result: list[int] = []
    # In a thread of its own: pytest's frames are not the user's.
    thread = threading.Thread(target=lambda: result.append(etl()))
    thread.start()
    thread.join(60)

    assert result == [150]
    assert len(recorded().tasks) == 151


def test_a_task_may_submit_itself_200_deep_with_one_place() -> None:
    @task
    def count(n: int) -> int:
        return 0 if n == 0 else 1 + count.submit(n - 1).result()

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def etl() -> int:
        return count.submit(200).result()

    assert etl() == 200


def test_a_flow_may_call_itself() -> None:
    @flow
    def down(n: int) -> int:
        return 0 if n == 0 else 1 + down(n - 1)

    assert down(20) == 20
    assert len(recorded().flows) == 21


@pytest.mark.parametrize("extra", range(6))
def test_endless_recursion_of_tasks_is_an_error_and_every_run_ends(extra: int) -> None:
    """Wherever the stack runs out: in a body, or in the engine between two of them."""

    @task
    def endless(n: int) -> int:
        return endless(n + 1)

    def deeper(left: int) -> int:
        return endless(0) if left == 0 else deeper(left - 1)

    @flow
    def etl() -> int:
        return deeper(extra)

    with pytest.raises(RecursionError):
        etl()

    found = recorded()
    assert found.flow.state_type == "FAILED"
    assert found.unfinished() == []


@pytest.mark.parametrize("extra", range(6))
def test_endless_recursion_of_flows_is_an_error_and_every_run_ends(extra: int) -> None:
    @flow
    def endless(n: int) -> int:
        return endless(n + 1)

    def deeper(left: int) -> int:
        return endless(0) if left == 0 else deeper(left - 1)

    with pytest.raises(RecursionError):
        deeper(extra)

    assert recorded().unfinished() == []


def test_flows_in_threads_keep_their_runs_apart() -> None:
    barrier = threading.Barrier(6)

    @task
    def step(name: str, n: int) -> str:
        assert runtime.flow_run.parameters == {"name": name}
        return f"{name}{n}"

    @flow
    def etl(name: str) -> list[str]:
        barrier.wait(20)
        called = [step(name, n) for n in range(10)]
        submitted = step.map([name] * 10, range(10, 20)).result()
        return called + submitted

    results: dict[str, Any] = {}
    threads = [
        threading.Thread(target=lambda name=name: results.update({name: etl(name)}))
        for name in "abcdef"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert results == {name: [f"{name}{n}" for n in range(20)] for name in "abcdef"}
    found = recorded()
    assert len(found.flows) == 6
    for row in found.flows:
        assert row.parent_flow_run_id is None
        tasks = [task for task in found.tasks if task.flow_run_id == row.id]
        assert [task.index for task in tasks] == list(range(20))


def test_a_future_may_be_handed_to_another_flow() -> None:
    @flow
    def takes(n: int) -> int:
        return add(n, 1)

    @flow
    def parent() -> int:
        future = add.submit(1, 1)
        return takes(future) + future.result()

    assert parent() == 5


def test_a_future_of_a_flow_that_has_ended_is_still_good() -> None:
    kept: list[Any] = []

    @flow
    def makes() -> None:
        kept.append(add.submit(1, 1))

    makes()

    @flow
    def takes() -> int:
        return add(kept[0], 1)

    assert takes() == 3


def test_the_context_is_that_of_the_innermost_run() -> None:
    seen: list[str] = []

    @task
    def step() -> None:
        seen.append(type(get_run_context()).__name__)

    @flow
    def etl() -> None:
        seen.append(type(get_run_context()).__name__)
        step()
        step.submit().wait()
        seen.append(type(get_run_context()).__name__)

    etl()

    assert seen == ["FlowRunContext", "TaskRunContext", "TaskRunContext", "FlowRunContext"]
