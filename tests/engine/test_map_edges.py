"""A map over a list that a task returned depends on that task."""

from __future__ import annotations

from penstock import flow, task
from penstock._engine.process import get_process
from tests.engine.recorded import Recorded


@task
def load() -> list[int]:
    return [1, 2, 3]


@task
def double(x: int) -> int:
    return 2 * x


@flow
def doubling() -> list[int]:
    return double.map(load()).result()


def test_each_element_comes_from_the_task_that_gave_the_list() -> None:
    assert doubling() == [2, 4, 6]

    upstreams = [run.upstreams for run in Recorded(get_process().store).tasks]

    assert upstreams == [(), (0,), (0,), (0,)]
