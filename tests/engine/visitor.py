"""Somebody who comes by while a flow waits, and flows that wait for somebody."""

from __future__ import annotations

import asyncio
import datetime as dt  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, pause_flow_run, resume_flow_run
from penstock.input import RunInput
from penstock.testing.clock import FakeClock
from tests.engine.clock import open_process
from tests.engine.recorded import recorded

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from penstock.stores.rows import PauseRow


class Visitor(FakeClock):
    """A clock on which somebody does something at each sleep, as long as there is anything."""

    def __init__(self) -> None:
        super().__init__()
        self.visits: list[Callable[[], object]] = []

    def sleep(self, seconds: float, until: threading.Event | None = None) -> None:
        super().sleep(seconds, until)
        if self.visits:
            self.visits.pop(0)()


def open_visited() -> Visitor:
    """Open the engine's belongings on a clock of that kind."""
    visitor = Visitor()
    open_process(visitor)
    return visitor


class Order(RunInput):
    """What to load."""

    day: dt.date
    rows: int = 10
    note: str | None = None


def the_run() -> str:
    """Give the id of the one flow run."""
    return recorded().flow.id


def pauses() -> list[PauseRow]:
    return list(recorded().store.find_pauses(the_run()))


def answer(value: Any = None, **how: Any) -> Callable[[], object]:
    """Come by and answer."""
    return lambda: resume_flow_run(the_run(), value, **how)


@flow
def asks(kind: Any = None, **how: Any) -> Any:
    return pause_flow_run(wait_for_input=kind, **how)


@flow
async def aasks(kind: Any = None, **how: Any) -> Any:
    return await pause_flow_run(wait_for_input=kind, **how)


def call(colour: str, *args: Any, **kwargs: Any) -> Any:
    if colour == "sync":
        return asks(*args, **kwargs)
    return asyncio.run(aasks(*args, **kwargs))


COLOURS = pytest.mark.parametrize("colour", ["sync", "async"])
