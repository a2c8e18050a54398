"""Answers to what flow runs wait for: found, checked, and given to the store.

Whoever answers need not be the process that waits, nor have its code: the form of the
pause is all that is asked. An answer is checked before it is kept, so a wrong one is
refused where it was given, and the flow run waits on.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from penstock._engine.forms import find_problem, is_object
from penstock.errors import InvalidAnswer, NotWaiting
from penstock.events import FLOW_RUN_STATE_CHANGED
from penstock.states import FINAL, StateType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.stores.protocol import Store
    from penstock.stores.rows import FlowRunRow, PauseRow

__all__ = ["find_open_pauses", "form_of", "get_waiting", "give_answer", "outermost"]


def outermost(store: Store, row: FlowRunRow) -> FlowRunRow:
    """Give the flow run that asks for one nested in it."""
    while row.parent_flow_run_id is not None:
        row = store.get_flow_run(row.parent_flow_run_id)
    return row


def find_open_pauses(store: Store, row: FlowRunRow) -> list[PauseRow]:
    """List what a flow run waits for now."""
    if row.state_type != StateType.PAUSED:
        return []
    found = [pause for pause in store.find_pauses(row.id) if pause.answered is None]
    if len(found) < 2:  # noqa: PLR2004 - one is the one
        return found
    # Of several, some may be left from an attempt that died, and not be asked again.
    began = _began(store, row)
    return [pause for pause in found if pause.asked >= began] or found


def get_waiting(store: Store, row: FlowRunRow, key: str | None = None) -> PauseRow:
    """Give the pause that an answer is for.

    Raises:
        NotWaiting: there is none; says why.
        InvalidAnswer: there are several, and `key` names none of them.
    """
    found = find_open_pauses(store, row)
    if not found:
        raise NotWaiting(row.name, row.id, _why_not(store, row))
    chosen = [pause for pause in found if key in {None, pause.key}]
    if len(chosen) == 1:
        return chosen[0]
    keys = ", ".join(repr(pause.key) for pause in found)
    if key is None:
        problem = f"it waits for {len(found)} of them; name one by its key ({keys})"
    else:
        problem = f"it has no open pause {key!r}; there is {keys}"
    raise InvalidAnswer(row.name, row.id, problem)


def form_of(pause: PauseRow) -> dict[str, Any] | None:
    """Read the form of a pause."""
    if pause.form is None:
        return None
    form: dict[str, Any] = json.loads(pause.form)
    return form


def give_answer(store: Store, row: FlowRunRow, pause: PauseRow, given: Any, at: int) -> None:
    """Check an answer and hand it to the flow run.

    Raises:
        InvalidAnswer: it is not what is asked for; names the field.
        NotWaiting: somebody was quicker.
    """
    form = form_of(pause)
    answer = _plain(given)
    problem = None
    if form is None:
        if answer not in (None, {}):
            problem = "it waits for a go-ahead only, and takes no input"
        answer = None
    else:
        if is_object(form):
            answer = {} if answer is None else answer
        elif isinstance(answer, dict) and set(answer) == {"value"}:
            answer = answer["value"]  # as scripts written for Prefect give it
        problem = find_problem(form, answer)
    if problem is not None:
        raise InvalidAnswer(row.name, row.id, problem)
    if not store.answer_pause(row.id, pause.number, json.dumps(answer, ensure_ascii=False), at):
        raise NotWaiting(row.name, row.id, "it was answered, or gave up, in this moment")


def _plain(given: Any) -> Any:
    """Turn an answer given in code into what JSON can carry."""
    try:
        json.dumps(given)
    except TypeError:
        from pydantic_core import to_jsonable_python  # noqa: PLC0415 - 30 ms, for models and dates

        return to_jsonable_python(given)
    return given


def _began(store: Store, row: FlowRunRow) -> int:
    """Tell when the last attempt at a flow run began."""
    for event in store.flow_run_history(row.id):
        if event.kind == FLOW_RUN_STATE_CHANGED and event.state_type == StateType.RUNNING:
            body = {} if event.body is None else json.loads(event.body)
            if body.get("attempt", 1) == row.attempt:
                return event.at
    return 0


def _why_not(store: Store, row: FlowRunRow) -> str:
    if row.state_type in FINAL:
        return f"it has ended, {row.state_name}"
    if row.state_type != StateType.PAUSED:
        return f"it is {row.state_name}"
    answers: Sequence[PauseRow] = store.find_pauses(row.id)
    if not any(pause.answered is not None for pause in answers):
        return "what it asks for is not in the store yet; try again"
    return (
        "it has been answered already, and goes on by itself; if its process has died, go on with "
        f"penstock flow-run resume {row.id}"
    )
