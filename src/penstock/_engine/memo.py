"""What earlier attempts of a flow run have finished: handed back instead of done again.

A call is the same as an earlier one when its parent, its task and its inputs are the
same, and it is the n-th of those (docs/adr/0008-resume-keys.md). It takes the earlier
call's place: index, name and row stay, and if it had completed, so does its value.
Values go by inputs alone; where inputs are not known yet, a call takes the place of
one that depended on the same runs, and its value is looked for once they are.

The invariant: no value is handed back for other inputs than it came from, nor when a
run it came from was executed anew because of a change. Other code counts as a change,
unless runs of that very task had failed: then the change is taken for their cure, and
what had completed is kept.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from penstock._engine.changes import explain_change, is_same_task
from penstock._engine.report import INFO, say
from penstock._fingerprint.stable import Unstable
from penstock._fingerprint.values import UNSTABLE, fingerprint_call, fingerprint_call_partly
from penstock.errors import AlreadyBegun, MissingResult
from penstock.events import (
    TASK_RUN_CREATED,
    TASK_RUN_FINISHED,
    TASK_RUN_STARTED,
    TaskRunCreated,
    TaskRunFinished,
    TaskRunStarted,
)
from penstock.results import load, read_file
from penstock.states import StateType
from penstock.stores.filters import FlowRunFilter, TaskRunFilter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from penstock._engine.runs import TaskRun
    from penstock._engine.spec import RunSpec
    from penstock.stores.protocol import Store
    from penstock.stores.rows import FlowRunRow, TaskRunRow

__all__ = ["Earlier", "Memo", "Past", "print_call"]

#: Rows read at once, and results: at first few, then as many as take this many bytes.
_PAGE: Final = 5_000
_FIRST_RESULTS: Final = 16
_MOST_RESULTS: Final = 1_024
_RESULT_BYTES: Final = 16_777_216
_COMPLETED: Final = str(StateType.COMPLETED)
_FAILED: Final = str(StateType.FAILED)
_UPSTREAM_FAILED: Final = "UpstreamFailed"
#: As a name of what is to be executed again: everything.
ALL: Final = "*"
_ASKED: Final = "it was asked for"
_UPSTREAM_RAN: Final = "what it depends on ran again"
_INPUT_BYTES: Final = 16


def print_call(spec: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    """Print a call: 16 bytes of its inputs, 8 of its code."""
    try:
        inputs = fingerprint_call(args, kwargs)
    except Unstable:
        inputs = fingerprint_call_partly(args, kwargs)
    code: bytes = spec.code.digest()
    return inputs + code[:8]


class Past:
    """A call of an earlier attempt."""

    __slots__ = (
        "attempt",
        "flow_run_id",
        "has_place",
        "index",
        "print",
        "state_name",
        "state_type",
    )

    def __init__(self, row: TaskRunRow | FlowRunRow, index: int, flow_run_id: str | None) -> None:
        self.index = index
        #: of a nested flow run; None: a task run
        self.flow_run_id = flow_run_id
        self.attempt = row.attempt
        self.state_type = row.state_type
        self.state_name = row.state_name
        self.print = row.fingerprint
        #: no call of this attempt has its index yet
        self.has_place = True


class Earlier:
    """What a task run of a later attempt has of earlier ones."""

    __slots__ = ("before", "has_row", "print", "reason", "upstreams", "value_of")

    def __init__(self, upstreams: tuple[int, ...]) -> None:
        #: indexes of the runs it depends on
        self.upstreams = upstreams
        #: inputs and code; None: not known yet
        self.print: bytes | None = None
        #: the call whose value it may have
        self.value_of: Past | None = None
        #: it is in the store already, under its index
        self.has_row = False
        #: attempts at it that earlier attempts of the flow have begun
        self.before = 0
        #: why it is executed
        self.reason: str | None = None


class Memo:
    """The earlier calls of one flow run, as a new attempt takes their places."""

    def __init__(
        self,
        store: Store,
        flow_run_id: str,
        rerun: Collection[str] = (),
        gone: Collection[int] = (),
    ) -> None:
        """Read what there is.

        Args:
            store: has everything that happened.
            flow_run_id: whose earlier calls.
            rerun: names of tasks (or of single task runs) that are to be executed again,
                with all that depends on them.
            gone: indexes of task runs whose effects were rolled back.
        """
        self._store = store
        self._flow_run_id = flow_run_id
        self._rerun = frozenset(rerun)
        self._gone = frozenset(gone)
        self._lock = threading.Lock()
        #: by what a call is known by: those whose value nobody has taken, in their order
        self._by_print: dict[tuple[Any, ...], deque[Past]] = {}
        #: by what they depend on: those whose place nobody has, and among them those of
        #: which the inputs were never known
        self._by_place: dict[tuple[Any, ...], deque[Past]] = {}
        self._unknown: dict[tuple[Any, ...], deque[Past]] = {}
        #: tasks that have been called, and those that had failed
        self._keys: set[tuple[int | None, str]] = set()
        self._failed: set[str] = set()
        self._results: dict[int, tuple[bytes | None, str | None]] = {}
        self._many = _FIRST_RESULTS
        self._explained: dict[tuple[RunSpec, bytes, bytes], str | None] = {}
        self._alike: dict[tuple[RunSpec, bytes, bytes], bool] = {}
        #: indexes of runs that were executed again because something has changed
        self.changed: set[int] = set()
        #: names that `rerun` gave and that a call has answered to
        self.rerun_found: set[str] = set()
        #: how many calls had completed, and how many of them were handed back
        self.completed = 0
        self.reused = 0
        self.next_index = 0
        self._read()

    def _read(self) -> None:
        where = TaskRunFilter(flow_run_id=self._flow_run_id)
        while rows := self._store.find_task_runs(where, _PAGE):
            for row in rows:
                past = Past(row, row.index, None)
                self._add(past, row.parent_index, row.task_key, row.upstreams)
            where = where._replace(after_index=rows[-1].index)
        for flow in sorted(self._nested(), key=lambda row: row.parent_index or 0):
            past = Past(flow, flow.parent_index or 0, flow.id)
            self._add(past, None, flow.flow_key, flow.upstreams)

    def _nested(self) -> Iterator[FlowRunRow]:
        where = FlowRunFilter(parent_flow_run_id=self._flow_run_id)
        while rows := self._store.find_flow_runs(where, _PAGE):
            yield from rows
            where = where._replace(before_id=rows[-1].id)

    def _add(self, past: Past, parent: int | None, key: str, upstreams: tuple[int, ...]) -> None:
        self.next_index = max(self.next_index, past.index + 1)
        self.completed += past.state_type == _COMPLETED
        self._keys.add((parent, key))
        if past.state_type == _FAILED and past.state_name != _UPSTREAM_FAILED:
            self._failed.add(key)
        place = (parent, key, upstreams)
        self._by_place.setdefault(place, deque()).append(past)
        if past.print is None:
            self._unknown.setdefault(place, deque()).append(past)
        else:
            name = _name_of(parent, key, past.print, upstreams)
            self._by_print.setdefault(name, deque()).append(past)

    # A task is called

    def place(self, run: TaskRun, upstreams: tuple[int, ...]) -> None:
        """Give a call the index of the earlier call it is, or a new one."""
        earlier = run.earlier = Earlier(upstreams)
        key = run.spec.key
        if run.futures is None:
            earlier.print = print_call(run.spec, run.args, run.kwargs)
        with self._lock:
            past: Past | None = None
            if earlier.print is not None:
                name = _name_of(run.parent_index, key, earlier.print, upstreams)
                past = self._match(run.spec, name, earlier.print)
                earlier.value_of = past
            if past is None or not past.has_place:
                is_known = earlier.print is not None and self.changed.isdisjoint(upstreams)
                pools = self._unknown if is_known else self._by_place
                past = _take_place(pools.get((run.parent_index, key, upstreams)))
            if past is None:
                run.index = next(run.flow_run.indexes)
            else:
                past.has_place = False
                run.index = past.index
                run.attempt = past.attempt + 1
                earlier.before = past.attempt
                earlier.has_row = True
        if run.spec.run_name is None:
            run.name = f"{run.spec.name}-{run.index}"

    def recall(self, run: TaskRun) -> bool:
        """Give a placed run the value that it had before. False: it has to be executed."""
        earlier = run.earlier
        if earlier is None:
            return False
        upstreams = earlier.upstreams
        if earlier.print is None:
            earlier.print = print_call(run.spec, run.args, run.kwargs)
            name = _name_of(run.parent_index, run.spec.key, earlier.print, upstreams)
            with self._lock:
                earlier.value_of = self._match(run.spec, name, earlier.print, run.index)
        past = earlier.value_of
        if past is None:
            earlier.reason = self._why_new(run, earlier, upstreams)
            return False
        earlier.reason = self._why_not(run, earlier, past)
        if earlier.reason is None:
            self.reused += 1
            run.flow_run.origins.note(run.value, run.index)
            return True
        if past.state_type == _COMPLETED:
            self._say(run, f"runs again: {earlier.reason}")
        return False

    def refuse(self, run: TaskRun) -> AlreadyBegun | None:
        """Say why a run that was not recalled may not be executed either, if that is so."""
        earlier = run.earlier
        if not run.spec.once or earlier is None or not earlier.before or earlier.reason == _ASKED:
            return None
        return AlreadyBegun(run.name, earlier.before, run.flow_run.text_id)

    def _why_new(self, run: TaskRun, earlier: Earlier, upstreams: tuple[int, ...]) -> str | None:
        """Say why a call has no value, where there were other calls of its task."""
        if not self.changed.isdisjoint(upstreams):
            self.changed.add(run.index)
            return _UPSTREAM_RAN
        if earlier.before or (run.parent_index, run.spec.key) in self._keys:
            return "no earlier call had these inputs"
        return None

    def _why_not(self, run: TaskRun, earlier: Earlier, past: Past) -> str | None:
        """Say why an earlier call's value cannot stand for this one's; None: `run` has it."""
        function = run.spec.key.rpartition(".")[2]
        asked = self._rerun & {run.spec.name, run.name, function, ALL}
        self.rerun_found |= asked
        if past.state_type != _COMPLETED:
            return _ASKED if asked else _ended(past)
        why = _ASKED if asked else self._what_changed(run, past, earlier.upstreams)
        if why is not None:
            self.changed.add(run.index)
            return why
        if past.index in self._gone:
            return "its transaction was rolled back"
        with self._lock:
            blob, ref = self._result_of(past.index)
        if blob is None and ref is None:
            return "its value was not stored"
        try:
            if blob is not None:
                run.value = load(blob)
            else:
                run.value = read_file(str(ref), run.spec.serializer.loads)
        except MissingResult as error:
            return f"its value cannot be read ({error})"
        if run.index != past.index:
            _move_value(run, earlier, blob, ref)
        return None

    def _what_changed(self, run: TaskRun, past: Past, upstreams: tuple[int, ...]) -> str | None:
        if not self.changed.isdisjoint(upstreams):
            return _UPSTREAM_RAN
        if past.print is None:
            return None
        why = self._explain(run.spec, past.print)
        if why is not None and run.spec.key in self._failed:
            name = run.spec.name
            self._say(run, f"is kept where it had completed, though {why}; --from {name} runs all")
            return None
        return why

    def _explain(self, spec: RunSpec, print_: bytes) -> str | None:
        """Say in what code is not what it was. Asked for each call of a `.map`, found once."""
        case = (spec, spec.code.digest(), print_[_INPUT_BYTES:])
        if case not in self._explained:
            self._explained[case] = explain_change(self._store, spec, case[2])
        return self._explained[case]

    def _is_same(self, spec: RunSpec, print_: bytes) -> bool:
        """Tell whether an earlier call was one of this very task. Found once, as above."""
        case = (spec, spec.code.digest(), print_[_INPUT_BYTES:])
        if case not in self._alike:
            self._alike[case] = is_same_task(self._store, spec, case[2])
        return self._alike[case]

    def _say(self, run: TaskRun, what: str) -> None:
        """Say something of a task, once in a flow run."""
        if run.flow_run.once(f"{run.spec.key} {what}"):
            say(run.flow_run, INFO, f"Task {run.spec.name!r} {what}.")

    # A flow is called

    def rerun_in(self, flow: str) -> Collection[str]:
        """Name what is to be executed again in a nested run of a flow."""
        return {ALL} if flow in self._rerun else self._rerun

    def match_flow(
        self, spec: RunSpec, print_: bytes, upstreams: tuple[int, ...]
    ) -> tuple[Past | None, bytes | None]:
        """Find the earlier run that a call of a flow is, and its result if that can stand for it.

        Without a result, the run goes on under its id: what changed is found in it.
        """
        with self._lock:
            past = self._match(spec, _name_of(None, spec.key, print_, upstreams), print_)
            if past is None:
                return None, None
            past.has_place = False
        asked = bool(self._rerun)
        self.rerun_found |= self._rerun & {spec.name, ALL}
        must_run = asked or past.index in self._gone or not self.changed.isdisjoint(upstreams)
        if must_run or past.state_type != _COMPLETED:
            return past, None
        if self._explain(spec, past.print or b"") is not None:
            return past, None
        result = self._store.get_flow_run(str(past.flow_run_id)).result
        if result is not None:
            self.reused += 1
        return past, result

    def learn(self, nested: Memo, index: int) -> None:
        """Take over from the memo of a nested run whether anything in it has changed."""
        self.rerun_found |= nested.rerun_found
        if nested.changed:
            self.changed.add(index)

    # Looking

    def _match(
        self, spec: RunSpec, name: tuple[Any, ...], print_: bytes, index: int | None = None
    ) -> Past | None:
        """Take the first earlier call with these inputs.

        If it can be, one of the same task whose place is free, or is the `index` given.
        """
        waiting = self._by_print.get(name)
        if not waiting:
            return None
        for past in waiting:
            is_free = past.has_place if index is None else past.index == index
            if is_free and (past.print == print_ or self._is_same(spec, past.print or b"")):
                break
        else:
            past = next((past for past in waiting if past.has_place), waiting[0])
        if past is waiting[0]:
            waiting.popleft()
        else:
            waiting.remove(past)
        return past

    def _result_of(self, index: int) -> tuple[bytes | None, str | None]:
        """Give the stored result of a call; those after it are read along."""
        found = self._results.pop(index, None)
        if found is not None:
            return found
        where = TaskRunFilter(
            flow_run_id=self._flow_run_id,
            state_types=(_COMPLETED,),
            after_index=index - 1,
            with_result=True,
        )
        rows = self._store.find_task_runs(where, self._many)
        size = sum(len(row.result or b"") for row in rows)
        if size > _RESULT_BYTES:
            self._many = max(1, self._many // 2)
        else:
            self._many = min(_MOST_RESULTS, self._many * 2)
        # What was read along and nobody wanted is let go with the next page.
        self._results = {row.index: (row.result, row.result_ref) for row in rows}
        return self._results.pop(index, (None, None))


def _move_value(run: TaskRun, earlier: Earlier, blob: bytes | None, ref: str | None) -> None:
    """Record a value under the index that a run has now: another call has its earlier one."""
    flow_run = run.flow_run
    process = flow_run.process
    if not earlier.has_row:
        process.emit(
            TaskRunCreated(
                TASK_RUN_CREATED, flow_run.id, process.now(), run.index, False, run.spec.key,
                run.name, run.parent_index, earlier.upstreams, run.tags, None,
            )
        )  # fmt: skip
    process.emit(
        TaskRunStarted(
            TASK_RUN_STARTED, flow_run.id, process.now(), run.index, run.attempt, earlier.print
        )
    )
    process.emit(
        TaskRunFinished(
            TASK_RUN_FINISHED, flow_run.id, process.now(), run.index, _COMPLETED, "Reused",
            None, None, blob, ref,
        )
    )  # fmt: skip


def _ended(past: Past) -> str:
    if not past.attempt:
        return "it had not begun"
    return f"attempt {past.attempt} ended {past.state_name}"


def _take_place(waiting: deque[Past] | None) -> Past | None:
    """Take the first of these calls whose place nobody has."""
    while waiting:
        past = waiting.popleft()
        if past.has_place:
            return past
    return None


def _name_of(
    parent: int | None, key: str, print_: bytes, upstreams: tuple[int, ...]
) -> tuple[Any, ...]:
    """Say what a call is known by. Without stable inputs, also by what it depends on."""
    inputs = print_[:_INPUT_BYTES]
    if inputs.startswith(UNSTABLE):
        return parent, key, inputs, upstreams
    return parent, key, inputs
