"""Calls what users hung on states. A hook that fails is logged and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock._engine.report import ERROR, in_words, say
from penstock.errors import UsageError
from penstock.futures import here

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from penstock._engine.runs import OpenFlowRun, TaskRun
    from penstock._engine.steps import Step
    from penstock.states import State

__all__ = ["Ask", "Call", "run_hooks"]


class Call:
    """The step that calls a user's function, sync or async."""

    __slots__ = ("_arguments", "_function", "_run")

    def __init__(
        self, run: OpenFlowRun | TaskRun, function: Callable[..., Any], *arguments: Any
    ) -> None:
        self._run = run
        self._function = function
        self._arguments = arguments

    def run(self) -> Any:
        """Call it; an async one in the background loop.

        Raises:
            UsageError: it is async, and the background loop is what waits for it.
        """
        answer = self._function(*self._arguments)
        if hasattr(answer, "__await__"):
            if here.serves_async:
                answer.close()
                raise UsageError(
                    "This async hook is called by sync code inside of an async task, where nobody "
                    "can await it. Write 'async with', or make the hook a plain function."
                )
            return self._run.flow_run.process.bridge.run(_awaited(answer))
        return answer

    async def arun(self) -> Any:
        """Call it, and await it if it wants to be."""
        answer = self._function(*self._arguments)
        if hasattr(answer, "__await__"):
            return await answer
        return answer


class Ask(Call):
    """The step that calls a user's function with (what, run, state)."""

    __slots__ = ()

    def __init__(
        self, run: OpenFlowRun | TaskRun, function: Callable[..., Any], state: State[Any]
    ) -> None:
        super().__init__(run, function, run.spec.public, run.view(state), state)


async def _awaited(answer: Any) -> Any:
    return await answer


def run_hooks(
    run: OpenFlowRun | TaskRun, hooks: Iterable[Callable[..., Any]], state: State[Any]
) -> Generator[Step, Any, None]:
    """Call each hook in turn."""
    for hook in hooks:
        try:
            yield Ask(run, hook, state)
        except Exception as error:  # noqa: BLE001 - a user's hook may raise anything
            name = getattr(hook, "__name__", repr(hook))
            say(run, ERROR, f"Hook {name!r} failed: {in_words(error)}")
