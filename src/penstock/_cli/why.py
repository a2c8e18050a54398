"""`penstock why`: why a task run was executed, each time it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from penstock._cli.flow_run_page import show_fields
from penstock._cli.lookup import find_task_run, opened_store
from penstock._cli.options import Command, json_option
from penstock._cli.output import Column, Screen, Table, print_json
from penstock._cli.times import iso, local
from penstock._fingerprint.values import UNSTABLE
from penstock.events import TASK_RUN_CREATED, TASK_RUN_RETRYING, TASK_RUN_STARTED
from penstock.states import StateType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.stores.protocol import Store
    from penstock.stores.rows import StoredEvent, TaskRunRow

__all__ = ["why"]


class Attempt(NamedTuple):
    """A time that a task run was executed."""

    attempt: int
    at: int
    reason: str


@click.command(
    cls=Command,
    examples=(
        "penstock why brisk-otter-3",
        "penstock why clean-1 --flow-run latest",
        "penstock why 01987f3a-5b2c-7e10-a5d4-0c9d8e7f6a5b-3 --json",
    ),
)
@click.argument("task_run_id", metavar="TASK-RUN")
@click.option("--flow-run", metavar="ID", help="The flow run it is in; then its name is enough.")
@json_option
def why(task_run_id: str, flow_run: str | None, as_json: bool) -> None:
    """Say why a task run was executed, and whether a resumed run would do it again.

    A later attempt at a flow run hands back what had completed. What it executes again,
    it does for a reason: the inputs or the code changed, the value could not be stored,
    or somebody asked for it.
    """
    with opened_store() as store:
        row = find_task_run(store, task_run_id, flow_run)
        row = store.get_task_run(row.id)
        attempts = _attempts(store.flow_run_history(row.flow_run_id, row.index))
        outlook = _outlook(store, row)
    if as_json:
        print_json(
            {
                "id": row.id,
                "name": row.name,
                "state_name": row.state_name,
                "attempts": [
                    {"attempt": one.attempt, "timestamp": iso(one.at), "reason": one.reason}
                    for one in attempts
                ],
                "is_value_stored": _is_stored(row),
                "outlook": outlook,
            }
        )
        return
    screen = Screen()
    show_fields(
        screen,
        [
            ("Task run", [(row.name, "bold"), f"  {row.id}"]),
            ("Task", row.task_key),
            ("State", row.state_name),
            ("If resumed", outlook),
        ],
    )
    if attempts:
        screen.line()
        table = Table(Column("ATTEMPT", right=True), Column("BEGAN"), note="BECAUSE")
        for one in attempts:
            began = local(one.at, milliseconds=True)
            table.row(str(one.attempt), (began, "dim"), note=one.reason)
        table.write(screen)


def _attempts(history: Sequence[StoredEvent]) -> list[Attempt]:
    """Find the times it was executed, and why."""
    found: list[Attempt] = []
    failed: str | None = None
    for event in history:
        said: dict[str, Any] = {} if event.body is None else json.loads(event.body)
        if event.kind == TASK_RUN_RETRYING:
            failed = said.get("message")
        begins = event.kind == TASK_RUN_STARTED or (
            event.kind == TASK_RUN_CREATED and event.state_type == StateType.RUNNING
        )
        if begins:
            reason = said.get("reason")
            if reason is None and failed is not None:
                reason = f"the attempt before failed: {failed}"
            found.append(Attempt(said.get("attempt", 1), event.at, reason or "it was called"))
            failed = None
    return found


def _is_stored(row: TaskRunRow) -> bool:
    return row.result is not None or row.result_ref is not None


def _outlook(store: Store, row: TaskRunRow) -> str:
    """Say what a later attempt at its flow run would do with it."""
    if store.get_flow_run(row.flow_run_id).kind == "session":
        return "it was called outside of a flow, so there is no run to resume"
    if row.state_type != StateType.COMPLETED:
        return f"it would be executed: it ended {row.state_name}"
    if not _is_stored(row):
        return "it would be executed: its value was not stored"
    if (row.fingerprint or UNSTABLE).startswith(UNSTABLE):
        return "its value would be handed back by its place: not all inputs have stable content"
    return "its value would be handed back, if its inputs and its code are the same"
