"""Calls that nothing tells apart but their number keep their own values, however often resumed."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, task
from tests.engine.recorded import recorded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOTS = """
import os
from penstock import flow, task

#: Came to be by running, as the number of an open file does.
HANDLE = int(os.environ["HANDLE"])

@task
def draw():
    assert HANDLE
    with open("drawn", "ab") as file:
        file.write(b".")
        return file.tell()

@flow
def lots():
    drawn = []
    for _ in range(6):
        drawn.append(draw())
        if len(drawn) == int(os.environ["BREAKS_AFTER"]):
            raise ValueError("broken")
    return drawn
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Give what loads the flow as a new process would."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "lots.py"
    path.write_text(LOTS, "utf-8")

    def load(handle: int, breaks_after: int) -> Any:
        monkeypatch.setenv("HANDLE", str(handle))
        monkeypatch.setenv("BREAKS_AFTER", str(breaks_after))
        module = ModuleType("lots")
        module.__file__ = str(path)
        exec(compile(LOTS, str(path), "exec"), module.__dict__)
        return vars(module)["lots"]

    return load


def test_equal_calls_of_several_processes_keep_their_order(load: Callable[..., Any]) -> None:
    assert load(3, breaks_after=2)(return_state=True).is_failed()
    flow_run_id = recorded().flow.id
    # The later processes are like each other, and not like the first.
    for breaks_after in (4, 5):
        assert load(4, breaks_after).resume(flow_run_id, return_state=True).is_failed()

    assert load(4, breaks_after=0).resume(flow_run_id) == [1, 2, 3, 4, 5, 6]
    assert [row.index for row in recorded().tasks] == list(range(6))


def test_tasks_of_a_factory_keep_their_own_values_in_another_order() -> None:
    def make(factor: int) -> Any:
        @task
        def scaled(number: int) -> int:
            done.append(factor)
            return number * factor

        return scaled

    done: list[int] = []
    order = [2, 3]
    broken = [True]

    @flow
    def scale() -> list[int]:
        values = [make(factor)(10) for factor in order]
        if broken:
            raise ValueError("broken")
        return values

    assert scale(return_state=True).is_failed()
    order.reverse()
    broken.clear()

    assert scale.resume(recorded().flow.id) == [30, 20]
    assert done == [2, 3]
