"""Generators as bodies: their items go to the caller as they come.

The run is open from the first item asked for to the last one given. Once an item
is out the run is not tried again: the caller has it. Submitted, a generator's
result is the list of its items.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from penstock._engine.drive import tell
from penstock._engine.interrupt import may_wait
from penstock._engine.timeouts import Timed
from penstock.context import current

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from penstock._engine.runs import OpenFlowRun, TaskRun
    from penstock._engine.steps import Step

__all__ = ["aiterate", "collected", "iterate"]


def collected(fn: Callable[..., Any], *, is_async: bool) -> Callable[..., Any]:
    """Make the function that gives all items of a generator function as a list."""

    def collect(*args: Any, **kwargs: Any) -> list[Any]:
        return list(fn(*args, **kwargs))

    async def acollect(*args: Any, **kwargs: Any) -> list[Any]:
        return [item async for item in fn(*args, **kwargs)]

    return acollect if is_async else collect


def iterate(
    life: Generator[Step, Any, Any], run: OpenFlowRun | TaskRun
) -> Generator[Any, Any, Any]:
    """Carry out a life in the calling thread, handing on the items of its body."""
    try:
        step = next(life)
        while True:
            try:
                if step is run or isinstance(step, Timed):
                    yield from _items(run, step)
                    outcome = None
                else:
                    outcome = step.run()
            except BaseException as error:  # noqa: BLE001 - the life decides what it means
                step = tell(life, error)
            else:
                step = life.send(outcome)
    except StopIteration as stop:
        return stop.value


class _Next:
    """The step that asks a body for its next item."""

    __slots__ = ("_body", "_run")

    def __init__(self, run: OpenFlowRun | TaskRun, body: Any) -> None:
        self._run = run
        self._body = body

    def run(self) -> Any:
        token = current.set(self._run)
        try:
            return next(self._body)
        finally:
            current.reset(token)

    async def arun(self) -> Any:
        token = current.set(self._run)
        try:
            return await anext(self._body)
        finally:
            current.reset(token)


may_wait(_Next.run)


def _items(run: OpenFlowRun | TaskRun, step: Step) -> Generator[Any, None, None]:
    body = iter(run.spec.fn(*run.args, **run.kwargs))
    ask = _Next(run, body)
    spent = 0.0
    monotonic = run.flow_run.process.clock.monotonic
    try:
        while True:
            began = monotonic()
            try:
                item = (step.part(ask, spent) if isinstance(step, Timed) else ask).run()
            except StopIteration:
                return
            spent += monotonic() - began
            run.committed = True
            yield item
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()


async def aiterate(
    life: Generator[Step, Any, Any], run: OpenFlowRun | TaskRun, ended: Callable[[Any], None]
) -> AsyncGenerator[Any, None]:
    """Carry out a life in the running loop, handing on the items of its body.

    An async generator returns nothing, so `ended` is told what the life returned.
    """
    try:
        step = next(life)
        while True:
            try:
                if step is run or isinstance(step, Timed):
                    async with aclosing(_aitems(run, step)) as items:
                        async for item in items:
                            yield item
                    outcome = None
                else:
                    outcome = await step.arun()
            except BaseException as error:  # noqa: BLE001 - the life decides what it means
                step = tell(life, error)
            else:
                step = life.send(outcome)
    except StopIteration as stop:
        ended(stop.value)


async def _aitems(run: OpenFlowRun | TaskRun, step: Step) -> AsyncGenerator[Any, None]:
    body = run.spec.fn(*run.args, **run.kwargs)
    ask = _Next(run, body)
    spent = 0.0
    monotonic = run.flow_run.process.clock.monotonic
    try:
        while True:
            began = monotonic()
            try:
                item = await (step.part(ask, spent) if isinstance(step, Timed) else ask).arun()
            except StopAsyncIteration:
                return
            spent += monotonic() - began
            run.committed = True
            yield item
    finally:
        await body.aclose()
