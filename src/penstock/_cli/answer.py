"""What a flow run waits for: shown, and answered by `penstock flow-run resume --input`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock._cli.times import age, iso, local
from penstock._engine.answers import find_open_pauses, form_of, get_waiting, give_answer
from penstock._engine.forms import in_words, is_object, read_texts
from penstock._engine.pauses import how_to_answer
from penstock.errors import InvalidAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock._cli.output import Line, Screen
    from penstock.stores.protocol import Store
    from penstock.stores.rows import FlowRunRow

__all__ = ["answer", "pause_records", "what_it_waits_for"]


def answer(
    store: Store,
    row: FlowRunRow,
    texts: tuple[str, ...],
    key: str | None,
    at: int,
    *,
    must: bool,
) -> None:
    """Answer what a flow run waits for, with what was typed.

    Args:
        store: where it is.
        row: the flow run.
        texts: what was given with `--input`.
        key: which pause is meant.
        at: the instant.
        must: it can only go on with an answer. Else it may as well ask again.

    Raises:
        NotWaiting: it waits for nothing that was given.
        InvalidAnswer: what was given is not what it waits for.
    """
    is_given = bool(texts) or key is not None
    if not is_given and not find_open_pauses(store, row):
        return  # it has its answer, or waits for none
    pause = get_waiting(store, row, key)
    form = form_of(pause)
    given: Any = None
    problem: str | None = None
    if texts:
        given, problem = read_texts(form, texts)
    elif _needs_input(form):
        if not must and not is_given:
            return
        how = how_to_answer(row.name, form).removeprefix("To answer: ")
        problem = f"there is none, and it waits for {in_words(form)}; write {how}"
    if problem is not None:
        raise InvalidAnswer(row.name, row.id, problem)
    give_answer(store, row, pause, given, at)


def what_it_waits_for(screen: Screen, store: Store, row: FlowRunRow) -> Iterator[tuple[str, Line]]:
    """Give a line for each open pause: what it asks for, and since when."""
    found = find_open_pauses(store, row)
    for pause in found:
        form = form_of(pause)
        text = f"{in_words(form)}, since {local(pause.asked)}"
        if screen.is_terminal:
            text += f" ({age(pause.asked)})"
        if pause.until is not None:
            text += f", until {local(pause.until)}"
        yield "Waits for", text
        about = None if form is None else form.get("description")
        yield "", "" if about is None else str(about)
        chosen = f" --key '{pause.key}'" if len(found) > 1 else ""
        yield "", how_to_answer(row.name, form) + chosen


def pause_records(store: Store, row: FlowRunRow) -> list[dict[str, Any]]:
    """Describe the pauses of a flow run, for scripts."""
    open_ones = {pause.number for pause in find_open_pauses(store, row)}
    return [
        {
            "number": pause.number,
            "key": pause.key,
            "form": form_of(pause),
            "asked": iso(pause.asked),
            "until": iso(pause.until),
            "is_open": pause.number in open_ones,
            "answered": None if pause.answer is None else iso(pause.answered),
        }
        for pause in store.find_pauses(row.id)
    ]


def _needs_input(form: dict[str, Any] | None) -> bool:
    """Tell whether something must be entered."""
    return form is not None and (not is_object(form) or bool(form.get("required")))
