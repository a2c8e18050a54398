"""`pause_flow_run` and `resume_flow_run`: a flow that waits for a person, and the answer to it.

What a flow can wait for with several fields, `RunInput`, lives in `penstock.input`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock._engine.answers import get_waiting, give_answer, outermost
from penstock._engine.drive import adrive, drive
from penstock._engine.pauses import Question, ask, in_place
from penstock._engine.process import get_process
from penstock._engine.runs import OpenFlowRun, TaskRun
from penstock.context import current
from penstock.errors import MissingContext, OptionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["pause_flow_run", "resume_flow_run"]


def pause_flow_run(
    wait_for_input: Any = None,
    timeout: float | None = 3600,
    poll_interval: float = 0.5,
    key: str | None = None,
) -> Any:
    """Wait until a person says that the flow may go on, or enters what it asks for.

    The flow run is Paused meanwhile, and outlives its process. In an async flow or
    task, await the call. Gives what was entered, as a value of the type asked for.

    Args:
        wait_for_input: what is to be entered: a subclass of `RunInput`, any other pydantic
            model, or a type such as `str`, `int` or `bool`. None: a go-ahead is enough.
        timeout: most seconds to wait; None: as long as it takes.
        poll_interval: seconds between two looks for the answer.
        key: a name for this pause. A pause whose key had an answer in this flow run, also
            in an earlier attempt, has that answer. By default, each pause is its own.

    Raises:
        PauseTimedOut: nobody has answered in time.
        MissingContext: it was called outside of a flow run.
        OptionError: an argument with an impossible value.

    Example:
        day = pause_flow_run(wait_for_input=str)
    """
    scope = current.get()
    if scope is None or scope.flow_run.is_session:
        raise MissingContext("pause_flow_run was called outside of a flow run. Call it in a flow.")
    if not isinstance(scope, OpenFlowRun | TaskRun):
        raise UsageError(
            f"Task {scope.name!r} has isolate=True, so it cannot pause the flow run from its own "
            "process. Call pause_flow_run in the flow, and give the task what was entered."
        )
    if timeout is not None and not (_is_number(timeout) and timeout >= 0):
        raise OptionError("pause_flow_run", "timeout", timeout, "0 or more seconds, or None")
    if not (_is_number(poll_interval) and poll_interval > 0):
        raise OptionError("pause_flow_run", "poll_interval", poll_interval, "seconds above 0")
    waits = ask(Question(scope, wait_for_input, timeout, poll_interval, key))
    if scope.spec.is_async:
        return adrive(waits)
    return in_place(lambda: drive(waits))


def resume_flow_run(flow_run_id: Any, run_input: Any = None, key: str | None = None) -> _Answered:
    """Answer what a flow run waits for: it goes on.

    The answer is checked first; a wrong one is refused, and the run waits on. A run whose
    process has died keeps the answer until somebody goes on with it, by
    `penstock flow-run resume` or `flow.resume`. May be awaited, and need not be.

    Args:
        flow_run_id: id of the flow run, a unique beginning of it, or its unique name.
        run_input: what is asked for: a dictionary or a model, or a plain value.
        key: which pause is meant, where the run waits for several.

    Raises:
        InvalidAnswer: it is not what is asked for; the message names the field.
        NotWaiting: the flow run waits for no answer, or has it already.
        NotFound: there is no such flow run.
    """
    process = get_process()
    process.flush()
    row = outermost(process.store, process.store.get_flow_run(str(flow_run_id)))
    pause = get_waiting(process.store, row, key)
    give_answer(process.store, row, pause, run_input, process.now())
    return _Answered()


class _Answered:
    """What `resume_flow_run` gives, so that async code may await it as Prefect's."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, None]:
        return iter(())  # type: ignore[return-value] # an iterator will do, says the language

    def __repr__(self) -> str:
        return "<answered>"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
