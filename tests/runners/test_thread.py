"""The thread runner keeps what every runner must keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, task
from penstock.errors import OptionError
from penstock.runners.thread import ThreadRunner
from tests.runners.conformance import RunnerConformance

if TYPE_CHECKING:
    from penstock._engine.runner import Runner


class TestThreadRunner(RunnerConformance):
    """The default."""

    def make(self, max_workers: int) -> Runner:
        return ThreadRunner(max_workers)


@pytest.mark.parametrize("places", [0, -1])
def test_a_runner_has_at_least_one_place(places: int) -> None:
    with pytest.raises(OptionError, match="max_workers must be 1 or more"):
        ThreadRunner(places)


def test_the_setting_is_the_number_of_places_of_the_default_runner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PENSTOCK_THREADS", "1")
    order: list[int] = []

    @task
    def step(n: int) -> None:
        order.append(n)

    @flow
    def etl() -> None:
        step.map(range(30))

    etl()

    assert order == list(range(30))


def test_a_process_pool_may_be_used_in_a_task() -> None:
    """Forks (or spawns) while runner threads are alive."""
    import multiprocessing

    @task
    def pooled() -> Any:
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            return pool.map(abs, [-1, -2])

    @flow
    def etl() -> Any:
        return pooled.submit().result()

    assert etl() == [1, 2]
