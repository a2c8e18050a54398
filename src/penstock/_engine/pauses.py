"""How a flow run waits for a person: it asks, is Paused, looks for the answer, and goes on.

The outermost flow run asks, whichever of its flows or tasks wants to know: it is the one
that people see, and that is resumed. A pause is known by its key. Without one it is the
n-th of its place among the calls, so a later attempt of the run that comes by the same
place finds the answer that was given there, whatever else was handed back before.

The invariant: an answer that the store has taken reaches the flow, or nobody was told
that it was taken. So the store decides whether the answer or the end of patience came first.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final

from penstock._engine.forms import find_problem, in_words, is_object, make_form, read_answer
from penstock._engine.report import INFO, WARNING, console, say
from penstock._engine.steps import Sleep
from penstock._engine.stops import RAISED
from penstock.errors import PauseTimedOut, Stopped, StoreError
from penstock.events import (
    FLOW_RUN_STATE_CHANGED,
    PAUSE_ASKED,
    FlowRunStateChanged,
    PauseAsked,
)
from penstock.futures import here
from penstock.states import StateType

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from penstock._engine.process import Process
    from penstock._engine.runs import OpenFlowRun, TaskRun
    from penstock._engine.steps import Step
    from penstock.stores.rows import PauseRow

__all__ = ["Pauses", "Question", "ask", "how_to_answer", "in_place"]

_US: Final = 1_000_000
_making = threading.Lock()


class Pauses:
    """What a flow run asks people, and which of it is open."""

    __slots__ = ("_counts", "_lock", "_next", "waiting")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: by place and attempts: how many pauses it has come to
        self._counts: dict[tuple[tuple[int, int], ...], int] = {}
        self._next = 0
        #: what it waits for now, the longest first
        self.waiting: list[Question] = []

    def key_of(self, scope: OpenFlowRun | TaskRun) -> str:
        """Name the next pause of a place: `#0` of the flow's own code, `#3/0` of its call 3."""
        place = _place_of(scope)
        with self._lock:
            number = self._counts.get(place, 0)
            self._counts[place] = number + 1
        return "#" + "/".join(str(part) for part in (*(index for index, _ in place[1:]), number))

    def number(self, rows: Sequence[PauseRow], before: PauseRow | None) -> int:
        """Give a pause the number it had, or the next one."""
        with self._lock:
            if before is not None:
                return before.number
            self._next = max([self._next, *(row.number + 1 for row in rows)])
            self._next += 1
            return self._next - 1

    def abandon(self) -> None:
        """Wait for nothing any more: the run ends. A body over its time limit may still wait."""
        for question in list(self.waiting):
            question.close(is_answered=False)

    @property
    def has_asked(self) -> bool:
        """Tell whether it has asked for anything in this process."""
        return self._next > 0


class Question:
    """One pause: what is asked, until when, and whether there is an answer."""

    __slots__ = (
        "_every", "_form", "_has_complained", "_key", "_kind", "_number", "_pauses", "_process",
        "_scope", "_seconds", "_top", "_until", "flow_run", "message",
    )  # fmt: skip

    def __init__(
        self,
        scope: OpenFlowRun | TaskRun,
        kind: Any,
        seconds: float | None,
        every: float,
        key: str | None,
    ) -> None:
        """Prepare it; `ask` asks.

        Args:
            scope: the run whose body wants to know.
            kind: type of what is to be entered; None: a go-ahead is enough.
            seconds: after so many it gives up.
            every: seconds between two looks for the answer.
            key: what its author calls the pause.
        """
        self._scope = scope
        self.flow_run: OpenFlowRun = scope.flow_run
        self._top = _outermost(self.flow_run)
        self._process: Process = self._top.process
        self._pauses = _pauses_of(self._top)
        self._kind = kind
        self._form = make_form(kind)
        self._seconds = seconds
        self._every = every
        self._key = self._pauses.key_of(scope) if key is None else key
        self._number = -1
        self._until: int | None = None
        self._has_complained = False
        self.message = ""

    def recall(self) -> str | None:
        """Give the answer that this pause had before, in this attempt or an earlier one."""
        before = self._before(self._rows())
        return None if before is None else before.answer

    def ask(self, problem: str | None = None) -> None:
        """Say that the run waits, and for what.

        Args:
            problem: what was wrong with the answer before. The pause is a new one then.
        """
        process, top = self._process, self._top
        rows = self._rows()
        before = self._before(rows)
        if before is not None and before.answered is not None:
            before = None  # refused, or given up: answers are never changed
        self._number = self._pauses.number(rows, before)
        now = process.now()
        if self._seconds is not None:
            self._until = now + round(self._seconds * _US)
        form = None if self._form is None else json.loads(self._form)
        refused = "" if problem is None else f"The answer was refused ({problem}). "
        self.message = f"{refused}Waits for {in_words(form)}. {how_to_answer(top.name, form)}"
        process.emit(
            PauseAsked(PAUSE_ASKED, top.id, now, self._number, self._key, self._form, self._until)
        )
        if self not in self._pauses.waiting:
            self._pauses.waiting.append(self)
        self._say(StateType.PAUSED, None, self.message)
        say(self._scope, INFO, self.message)

    def look(self) -> str | None:
        """Give the answer, if there is one.

        Raises:
            PauseTimedOut: there is none, and the time is up.
            Stopped: the run is stopped.
        """
        self._check_open()
        row = self._find()
        if row is not None and row.answered is not None and row.answer is None:
            self.ask()  # another one with the same key has given up
            return None
        if row is not None and row.answer is not None:
            return row.answer
        if self._until is None or self._process.now() < self._until:
            return None
        if not self._withdraw():
            row = self._find()
            if row is not None and row.answer is not None:
                return row.answer
        wanted = in_words(None if self._form is None else json.loads(self._form))
        raise PauseTimedOut(self._top.name, f"{self._seconds:g} s for {wanted}")

    def read(self, answer: str) -> tuple[Any, str | None]:
        """Make the value out of the answer, or say what is wrong with it."""
        if self._form is not None:
            problem = find_problem(json.loads(self._form), json.loads(answer))
            if problem is not None:
                return None, problem
        return read_answer(self._kind, answer)

    def rest(self) -> float:
        """Tell how many seconds to wait before the next look."""
        if self._until is None:
            return self._every
        return min(self._every, max(1, self._until - self._process.now()) / _US)

    def close(self, *, is_answered: bool) -> None:
        """Wait no more: the run goes on, unless it is stopped or waits for something else."""
        waiting = self._pauses.waiting
        try:
            waiting.remove(self)
        except ValueError:
            return  # it never asked, or the run has ended before
        if self._top.stopped is not None or self._top not in self._process.open_runs:
            return
        if not is_answered:
            self._withdraw()
        if waiting:
            self._say(StateType.PAUSED, None, waiting[0].message)
        else:
            self._say(StateType.RUNNING, "Retrying" if self._top.attempt > 1 else None, None)

    def _before(self, rows: Sequence[PauseRow]) -> PauseRow | None:
        """Find this pause among those there were. Of several the last: it was asked again."""
        return next((row for row in reversed(rows) if row.key == self._key), None)

    def _rows(self) -> Sequence[PauseRow]:
        if self._top.memo is None and not self._pauses.has_asked:
            return ()  # the first pause of a first attempt
        return self._process.store.find_pauses(self._top.text_id)

    def _find(self) -> PauseRow | None:
        """Look for this pause in the store. One that cannot be asked may be asked later."""
        try:
            rows = self._process.store.find_pauses(self._top.text_id)
        except StoreError as error:
            self._complain(error)
            return None
        return next((row for row in rows if row.number == self._number), None)

    def _withdraw(self) -> bool:
        """Let the pause not be answered any more. False: it has been, or is not there."""
        process = self._process
        try:
            return process.store.answer_pause(self._top.text_id, self._number, None, process.now())
        except StoreError as error:
            self._complain(error)
            return False

    def _complain(self, error: StoreError) -> None:
        if not self._has_complained:
            self._has_complained = True
            console(self._process.now(), WARNING, self._top.name, str(error))

    def _check_open(self) -> None:
        stopped = self.flow_run.stopped or self._top.stopped
        if stopped is not None:
            raise Stopped(*stopped.args)
        if self.flow_run not in self._process.open_runs:
            raise Stopped("the end of its flow run", RAISED)

    def _say(self, state: StateType, name: str | None, message: str | None) -> None:
        top = self._top
        self._process.emit(
            FlowRunStateChanged(
                FLOW_RUN_STATE_CHANGED, top.id, self._process.now(), top.attempt, str(state),
                name, message, None, None,
            )
        )  # fmt: skip


def ask(question: Question) -> Generator[Step, Any, Any]:
    """Carry a pause from the asking to the answer; give the value."""
    is_answered = False
    known = question.recall()
    if known is not None:
        value, problem = question.read(known)
        if problem is None:
            return value
    try:
        question.ask()
        # The pause is to be seen before anybody can answer it.
        yield _Flush(question.flow_run.process)
        while True:
            answer = question.look()
            if answer is None:
                yield _Rest(question.flow_run, question.rest())
                continue
            value, problem = question.read(answer)
            if problem is None:
                is_answered = True
                return value
            question.ask(problem)
            yield _Flush(question.flow_run.process)
    finally:
        question.close(is_answered=is_answered)


def in_place(block: Callable[[], Any]) -> Any:
    """Call something that waits, with this thread's place in the runner given to others."""
    place = here.place
    if place is None:
        return block()
    place.lend()
    try:
        return block()
    finally:
        place.reclaim()


def how_to_answer(name: str, form: dict[str, Any] | None) -> str:
    """Say which command answers."""
    shown = f"'{name}'" if " " in name else name
    if form is None:
        given = ""
    elif not is_object(form):
        given = " --input ..."
    else:
        given = "".join(f" --input {field}=..." for field in form.get("required", ()))
    return f"To answer: penstock flow-run resume {shown}{given}"


class _Rest(Sleep):
    """Sleep whose place in the runner is lent for the whole of the pause."""

    __slots__ = ()

    def run(self) -> None:
        """Block until the next look, or until the run is stopped."""
        self._sleep()


class _Flush:
    """Bring into the store what is recorded. Should it take long, the pause goes on."""

    __slots__ = ("_process",)

    def __init__(self, process: Process) -> None:
        self._process = process

    def run(self) -> None:
        """Block until it is there."""
        self._process.writer.flush(self._process.settings.flush_seconds)

    async def arun(self) -> None:
        """Await it."""
        import asyncio  # noqa: PLC0415 - async code has it loaded

        await asyncio.to_thread(self.run)


def _outermost(run: OpenFlowRun) -> OpenFlowRun:
    while run.parent is not None:
        run = run.parent
    return run


def _pauses_of(run: OpenFlowRun) -> Pauses:
    with _making:
        if run.pauses is None:
            run.pauses = Pauses()
        return run.pauses


def _place_of(scope: OpenFlowRun | TaskRun) -> tuple[tuple[int, int], ...]:
    """Name the calls that lead to a body, outermost first, each with its attempt."""
    place: list[tuple[int, int]] = []
    if scope.index is not None:
        place.append((scope.index, scope.attempt))
    run: OpenFlowRun | None = scope.flow_run
    while run is not None:
        place.append((run.parent_index or 0, run.attempt))
        run = run.parent
    return tuple(reversed(place))
