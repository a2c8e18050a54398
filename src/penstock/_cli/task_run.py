"""`penstock task-run`: list and inspect task runs."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from penstock._cli.flow_run_page import show_fields, show_traceback, state_line, when
from penstock._cli.lookup import (
    Names,
    all_task_runs,
    find_flow_run,
    find_task_run,
    opened_store,
    reference,
    state_types,
)
from penstock._cli.options import Command, Group, json_option, limit_option, state_option
from penstock._cli.output import Column, Screen, Table, print_json, state_style
from penstock._cli.records import history_record, run_time, task_run_record
from penstock._cli.times import age, local
from penstock._durations import took
from penstock.stores.filters import TaskRunFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock._cli.output import Line
    from penstock.stores.protocol import Store
    from penstock.stores.rows import FlowRunRow, StoredEvent, TaskRunRow

__all__ = ["task_run"]


@click.group(name="task-run", cls=Group)
def task_run() -> None:
    """List and inspect task runs.

    ID is `<flow run>-<index>`, where the flow run is an id, a beginning of it, its name,
    or `latest`.
    """


@task_run.command(
    name="ls",
    cls=Command,
    examples=(
        "penstock task-run ls --flow-run latest",
        "penstock task-run ls --state failed --limit 5",
        "penstock task-run ls --flow-run brisk-otter --name load --json",
    ),
)
@click.option("--flow-run", "flow_run_id", metavar="ID", help="Only those of this flow run.")
@state_option
@click.option("--name", metavar="TEXT", help="Only those whose name contains this.")
@limit_option(50, "task runs")
@json_option
def ls(
    flow_run_id: str | None, states: tuple[str, ...], name: str | None, limit: int, as_json: bool
) -> None:
    """List task runs: those of a flow run in the order of their calls, else the newest first."""
    with opened_store() as store:
        above = None if flow_run_id is None else find_flow_run(store, flow_run_id)
        where = TaskRunFilter(
            flow_run_id=None if above is None else above.id,
            state_types=state_types(states),
            name_contains=name,
        )
        rows = list(islice(all_task_runs(store, where), limit))
        names = Names(store)
        if as_json:
            print_json(
                [task_run_record(row, in_session=names.is_session(row.flow_run_id)) for row in rows]
            )
        elif rows:
            _show_list(Screen(), names, rows)
        else:
            Screen().line(_nothing(above, where))


@task_run.command(
    cls=Command,
    examples=(
        "penstock task-run inspect brisk-otter-3",
        "penstock task-run inspect load-3 --flow-run latest",
        "penstock task-run inspect latest-0 --json",
    ),
)
@click.argument("task_run_id", metavar="ID")
@click.option(
    "--flow-run", "flow_run_id", metavar="ID", help="The flow run; then ID may be a name or index."
)
@json_option
def inspect(task_run_id: str, flow_run_id: str | None, as_json: bool) -> None:
    """Show a task run: its attempts with all its states, and its error with the traceback."""
    with opened_store() as store:
        row = find_task_run(store, task_run_id, flow_run_id)
        history = store.flow_run_history(row.flow_run_id, row.index)
        if as_json:
            print_json(_page(store, row, history))
        else:
            _show(Screen(), store, row, history)


def _page(store: Store, row: TaskRunRow, history: Sequence[StoredEvent]) -> dict[str, Any]:
    """Describe a task run with its history, for scripts."""
    return {
        **task_run_record(row, in_session=Names(store).is_session(row.flow_run_id)),
        "traceback": row.traceback,
        "history": [history_record(event) for event in history],
    }


def _show(screen: Screen, store: Store, row: TaskRunRow, history: Sequence[StoredEvent]) -> None:
    above = store.get_flow_run(row.flow_run_id)
    in_session = above.kind == "session"
    word = row.flow_run_id if in_session else reference(store, above)
    fields: list[tuple[str, Line]] = [
        ("Task run", [(row.name, "bold"), f"  {row.id}"]),
        ("Task", row.task_key),
        ("State", state_line(row)),
        ("Began", when(screen, row)),
        ("Attempts", str(row.attempt) if row.attempt > 1 else ""),
        ("Tags", ", ".join(row.tags)),
        ("Flow run", _flow_run_line(above)),
        ("Called by", _name_of(store, row, row.parent_index)),
        ("After", ", ".join(_name_of(store, row, index) for index in row.upstreams)),
    ]
    show_fields(screen, fields)
    screen.line()
    _show_history(screen, history)
    for number, text in _tracebacks(row, history):
        screen.line()
        screen.line([(f"Error of attempt {number}" if number else "Error", "bold red")])
        show_traceback(screen, text)
    screen.line()
    screen.line([("Log lines: ", "dim"), f"penstock flow-run logs {word} --task {row.index}"])


def _flow_run_line(above: FlowRunRow) -> str:
    if above.kind == "session":
        return "none; the task was called outside of a flow"
    return f"{above.name} of flow {above.flow_name}  {above.id}"


def _name_of(store: Store, row: TaskRunRow, index: int | None) -> str:
    """Name a run next to this one; nested flow runs have indexes too, and no task run."""
    if index is None:
        return ""
    where = TaskRunFilter(flow_run_id=row.flow_run_id, after_index=index - 1)
    found = store.find_task_runs(where, 1)
    return found[0].name if found and found[0].index == index else f"call {index}"


def _show_history(screen: Screen, history: Sequence[StoredEvent]) -> None:
    """Show each state with the time from its beginning to the next one."""
    table = Table(Column("AT"), Column("STATE"), Column("FOR", right=True), note="MESSAGE")
    for event, after in zip(history, [*history[1:], None], strict=True):
        said = {} if event.body is None else json.loads(event.body)
        state = event.state_name or ""
        table.row(
            (local(event.at, milliseconds=True), "dim"),
            (state, state_style(event.state_type or "")),
            "" if after is None else took((after.at - event.at) / 1_000_000),
            note=said.get("message") or said.get("reason"),
        )
    table.write(screen)


def _tracebacks(row: TaskRunRow, history: Sequence[StoredEvent]) -> list[tuple[int, str]]:
    """Give the tracebacks of the attempts, by number; one that came before is not repeated."""
    found: list[tuple[int, str]] = []
    attempt = 1
    for event in history:
        said = {} if event.body is None else json.loads(event.body)
        attempt = said.get("attempt", attempt)
        text = said.get("traceback")
        if text and text not in {known for _, known in found}:
            found.append((attempt, text))
    if not found and row.traceback:
        found.append((0, row.traceback))
    return found if len(found) > 1 else [(0, text) for _, text in found]


def _show_list(screen: Screen, names: Names, rows: Sequence[TaskRunRow]) -> None:
    table = Table(
        Column("#" if screen.is_terminal else "ID", right=screen.is_terminal),
        Column("NAME", gives_way=True),
        Column("FLOW RUN", gives_way=True),
        Column("STATE"),
        Column("STARTED"),
        Column("TOOK", right=True),
        Column("ATTEMPTS", right=True),
        note="MESSAGE",
    )
    for row in rows:
        began = row.started or row.created
        table.row(
            str(row.index) if screen.is_terminal else row.id,
            row.name,
            names.of_flow_run(row.flow_run_id),
            (row.state_name, state_style(row.state_type)),
            age(began) if screen.is_terminal else local(began),
            took(run_time(row)),
            str(row.attempt) if row.attempt > 1 else "",
            note=row.message,
        )
    table.write(screen)


def _nothing(above: FlowRunRow | None, where: TaskRunFilter) -> str:
    if where != TaskRunFilter(flow_run_id=where.flow_run_id):
        return "No task run fits. Leave an option out to see more."
    if above is not None:
        return f"Flow run {above.name!r} has called no task."
    return "There are no task runs yet. Call a function decorated with @task, and it is one."
