"""A failed flow names what went wrong, not what could not start because of it."""

from __future__ import annotations

import pytest

from penstock import flow, task
from penstock._engine.process import get_process
from penstock._engine.report import describe
from tests.engine.recorded import Recorded


@task
def fetch(page: int) -> int:
    if page == 2:
        raise ValueError("page 2 is gone")
    return page


@task
def store(page: int) -> int:
    return page


@flow
def crawl() -> list[int]:
    return store.map(fetch.map([1, 2, 3]))  # type: ignore[return-value] # futures decide the state


def test_the_flow_names_the_task_that_failed_and_not_the_one_after_it() -> None:
    with pytest.raises(ValueError, match="page 2 is gone"):
        crawl()

    message = Recorded(get_process().store).flow.message

    assert message == "Task run 'fetch-1': ValueError: page 2 is gone"


def test_errors_behind_an_error_show_no_frame_of_the_engine() -> None:
    state = crawl(return_state=True)
    failed = Recorded(get_process().store).task("store-4")

    assert state.is_failed()
    assert failed.state_name == "UpstreamFailed"
    assert "penstock/_engine" not in describe(state.data)[1]
