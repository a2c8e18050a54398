"""The two drivers. They differ in `run` against `await arun`, and in nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.errors import Stopped

if TYPE_CHECKING:
    from collections.abc import Generator

    from penstock._engine.steps import Step

__all__ = ["adrive", "drive", "tell"]


def tell(life: Generator[Step, Any, Any], error: BaseException) -> Step:
    """Let a life know what its step has raised; give its next step.

    Thrown a GeneratorExit, `yield from` closes the inner generator and never lets it
    judge, so the run would stay open.
    """
    if isinstance(error, GeneratorExit):
        stopped = Stopped("GeneratorExit")
        stopped.__cause__ = error
        error = stopped
    return life.throw(error)


def drive(life: Generator[Step, Any, Any]) -> Any:
    """Carry out the steps of a life in the calling thread; give what it returns."""
    try:
        step = next(life)
        while True:
            try:
                outcome = step.run()
            except BaseException as error:  # noqa: BLE001 - the life decides what it means
                step = tell(life, error)
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
                step = tell(life, error)
            else:
                step = life.send(outcome)
    except StopIteration as stop:
        return stop.value
