"""The two drivers. They differ in `run` against `await arun`, and in nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

    from penstock._engine.steps import Step

__all__ = ["adrive", "drive"]


def drive(life: Generator[Step, Any, Any]) -> Any:
    """Carry out the steps of a life in the calling thread; give what it returns."""
    try:
        step = next(life)
        while True:
            try:
                outcome = step.run()
            except BaseException as error:  # noqa: BLE001 - the life decides what it means
                step = life.throw(error)
            else:
                step = life.send(outcome)
    except StopIteration as stop:
        return stop.value


async def adrive(life: Generator[Step, Any, Any]) -> Any:
    """Carry out the steps of a life in the running event loop; give what it returns."""
    try:
        step = next(life)
        while True:
            try:
                outcome = await step.arun()
            except BaseException as error:  # noqa: BLE001 - the life decides what it means
                step = life.throw(error)
            else:
                step = life.send(outcome)
    except StopIteration as stop:
        return stop.value
