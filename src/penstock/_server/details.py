"""One run whole: what happened, what explains it, and what can be done."""

from __future__ import annotations

import json
import os
import shlex
from typing import Any, Final

from penstock._engine.answers import find_open_pauses, form_of, outermost
from penstock._engine.entrypoints import read_entrypoint
from penstock._engine.pauses import how_to_answer
from penstock._engine.resume import has_owner
from penstock._schemas.common import instant, moment
from penstock._schemas.flow_runs import Failure, FlowRunDetail, FlowRunLink, Pause
from penstock._schemas.task_runs import TaskRunDetail
from penstock._server.listed import flow_run_fields, link, run_time, task_run_fields
from penstock._server.story import blamed, hint_for_flow_run, hint_for_task_run, sentence
from penstock.events import TASK_RUN_STARTED
from penstock.settings import Settings
from penstock.states import FINAL, StateType
from penstock.stores.filters import ArtifactFilter, FlowRunFilter, LogFilter, TaskRunFilter
from penstock.stores.protocol import Store
from penstock.stores.rows import FlowRunRow, TaskRunRow

__all__ = ["command_for", "entrypoint_of", "find_failure", "flow_run_detail", "task_run_detail"]

#: So many task runs at most are followed from one that did not run to the one that failed.
_LONGEST_CHAIN: Final = 100
_MOST_NESTED: Final = 200
_MOST_ARTIFACTS: Final = 10_001
#: How deep flow runs nested in each other are looked into.
_DEEPEST: Final = 50


def flow_run_detail(store: Store, settings: Settings, flow_run_id: str, now: int) -> FlowRunDetail:
    """Describe a flow run with everything that the head of its page shows.

    Raises:
        NotFound: there is none.
    """
    # Asked for first: what happens while we read is told again.
    cursor = store.newest_event()
    row = store.get_flow_run(flow_run_id)
    tallies = store.tally_task_runs([row.id]).get(row.id, ())
    failure = find_failure(store, row)
    parameters: dict[str, Any] = json.loads(row.parameters or "{}")
    nested = FlowRunFilter(parent_flow_run_id=row.id, oldest_first=True)
    return FlowRunDetail(
        **flow_run_fields(row, tallies, now),
        sentence=sentence(row, run_time(row, now), tallies, failure),
        hint=hint_for_flow_run(row, tallies, failure),
        parameters=parameters,
        traceback=row.traceback,
        failure=None if failure is None else _failure(failure),
        pause=_pause(store, row),
        owner_is_alive=None if row.ended is not None else has_owner(settings, row),
        entrypoint=entrypoint_of(row),
        command=command_for(store, row),
        parents=_parents(store, row),
        nested=[link(child) for child in store.find_flow_runs(nested, _MOST_NESTED)],
        artifact_count=store.count_artifacts(ArtifactFilter(flow_run_id=row.id), _MOST_ARTIFACTS),
        log_count=store.count_logs(LogFilter(flow_run_id=row.id)),
        cursor=cursor,
    )


def task_run_detail(store: Store, task_run_id: str, now: int) -> TaskRunDetail:
    """Describe a task run whole.

    Raises:
        NotFound: there is none.
    """
    row = store.get_task_run(task_run_id)
    flow_run = store.get_flow_run(row.flow_run_id)
    of_it: dict[str, Any] = {"flow_run_id": row.flow_run_id, "index": row.index}
    return TaskRunDetail(
        **task_run_fields(row, flow_run.name, now),
        traceback=row.traceback,
        hint=hint_for_task_run(row),
        reason=_reason(store, row),
        result_size=None if row.result is None else len(row.result),
        result_ref=row.result_ref,
        log_count=store.count_logs(LogFilter(**of_it)),
        artifact_count=store.count_artifacts(ArtifactFilter(**of_it), _MOST_ARTIFACTS),
    )


def find_failure(store: Store, row: FlowRunRow) -> TaskRunRow | None:
    """Find the task run that explains why a flow run did not complete."""
    if row.state_type not in {StateType.FAILED, StateType.CRASHED}:
        return None
    named = blamed(row.message)
    if named is None:
        return None
    home: FlowRunRow | None = row
    if named.flow_run_name not in {None, row.name}:
        home = _nested_by_name(store, row, str(named.flow_run_name))
    if home is None:
        return None
    found = _task_run_by_name(store, home, named.name)
    for _ in range(_LONGEST_CHAIN):
        # One that did not run because another failed explains nothing.
        cause = blamed(found.message) if found and found.state_name == "UpstreamFailed" else None
        further = cause and _task_run_by_name(store, home, cause.name)
        if not further:
            break
        found = further
    return found


def _task_run_by_name(store: Store, home: FlowRunRow, name: str) -> TaskRunRow | None:
    """Find the task run of a name, one that went wrong first."""
    where = TaskRunFilter(flow_run_id=home.id, name_contains=name, newest_first=True)
    rows = [task for task in store.find_task_runs(where, _MOST_NESTED) if task.name == name]
    wrong = [task for task in rows if task.state_type in FINAL - {StateType.COMPLETED}]
    return next(iter(wrong or rows), None)


def entrypoint_of(row: FlowRunRow) -> str | None:
    """Say where the code of a flow run is: `file.py:flow`, seen from where it was started."""
    if row.entrypoint is None:
        return None
    found = read_entrypoint(row.entrypoint)
    if found.file is None:
        return f"{found.module}:{found.flow}"
    file = found.file
    if found.folder and file.startswith(found.folder + os.sep):
        file = file[len(found.folder) + 1 :]
    return f"{file}:{found.flow}"


def command_for(store: Store, row: FlowRunRow) -> str | None:
    """Give the shell command that goes on with a flow run, or runs it again."""
    if row.kind != "flow":
        return None
    root = outermost(store, row)
    if root.state_type == StateType.PAUSED:
        forms = [form_of(pause) for pause in find_open_pauses(store, root)]
        text = how_to_answer(root.id, forms[0] if forms else None)
        return text.removeprefix("To answer: ")
    if root.state_type == StateType.COMPLETED:
        return _run_command(root)
    if root.state_type not in FINAL:
        return None
    verb = "retry" if root.state_type == StateType.FAILED else "resume"
    return f"penstock flow-run {verb} {root.id}"


def _run_command(row: FlowRunRow) -> str | None:
    if row.entrypoint is None:
        return None
    found = read_entrypoint(row.entrypoint)
    if found.file is None:
        return None
    return f"penstock run {shlex.quote(f'{found.file}:{found.flow}')}"


def _failure(row: TaskRunRow) -> Failure:
    return Failure(task_run_id=row.id, name=row.name, message=row.message, traceback=row.traceback)


def _nested_by_name(store: Store, row: FlowRunRow, name: str) -> FlowRunRow | None:
    """Find the flow run of a name that is nested in another, however deep."""
    level = [row]
    for _ in range(_DEEPEST):
        below = [
            child
            for one in level
            for child in store.find_flow_runs(
                FlowRunFilter(parent_flow_run_id=one.id), _MOST_NESTED
            )
        ]
        for child in below:
            if child.name == name:
                return child
        if not below:
            return None
        level = below[:_MOST_NESTED]
    return None


def _parents(store: Store, row: FlowRunRow) -> list[FlowRunLink]:
    """List the flow runs that one is nested in, outermost first."""
    found: list[FlowRunLink] = []
    while row.parent_flow_run_id is not None and len(found) < _DEEPEST:
        row = store.get_flow_run(row.parent_flow_run_id)
        found.append(link(row))
    return found[::-1]


def _pause(store: Store, row: FlowRunRow) -> Pause | None:
    """Say what a flow run waits for; of several things, the first."""
    for pause in find_open_pauses(store, row):
        return Pause(
            number=pause.number,
            key=pause.key,
            asked=moment(pause.asked),
            until=instant(pause.until),
            form=form_of(pause),
        )
    return None


def _reason(store: Store, row: TaskRunRow) -> str | None:
    """Say why the last attempt at a task run was made, where that was recorded."""
    reason: str | None = None
    for event in store.flow_run_history(row.flow_run_id, row.index):
        if event.kind == TASK_RUN_STARTED:
            said: dict[str, Any] = {} if event.body is None else json.loads(event.body)
            reason = said.get("reason")
    return reason
