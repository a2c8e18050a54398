"""`penstock flow-run`: list, inspect, read the log of, go on with, and delete flow runs."""

from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from penstock._cli.cancel import cancel
from penstock._cli.flow_run_page import WENT_WRONG, flow_run_page, show_flow_run
from penstock._cli.lines import LineReader, follow, show_lines
from penstock._cli.lookup import (
    Names,
    find_flow_run,
    newest_flow_runs,
    opened_store,
    reference,
    state_types,
)
from penstock._cli.options import (
    Command,
    Duration,
    Group,
    json_option,
    level_option,
    limit_option,
    state_option,
)
from penstock._cli.output import Column, Screen, Table, print_json, state_style
from penstock._cli.records import flow_run_record, log_record, run_time
from penstock._cli.resume import resume, retry
from penstock._cli.times import age, local
from penstock._clock import SYSTEM
from penstock._durations import took
from penstock.errors import UsageError
from penstock.results import forget_file
from penstock.stores.filters import FlowRunFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.stores.protocol import Store
    from penstock.stores.rows import FlowRunRow

__all__ = ["flow_run"]

FIRST_FLOW: Final = """\
from penstock import flow

@flow
def hello(name="world"):
    print(f"Hello, {name}!")

if __name__ == "__main__":
    hello()
"""

#: Milliseconds of an id: enough to tell runs apart, unless two began in the same one.
_SHORT_ID: Final = 13


@click.group(name="flow-run", cls=Group)
def flow_run() -> None:
    """List, inspect, resume, cancel and delete flow runs; read their logs.

    ID is an id, a beginning of it, the run's name, or `latest`.
    """


@flow_run.command(
    name="ls",
    cls=Command,
    examples=(
        "penstock flow-run ls",
        "penstock flow-run ls --state failed --since 2d",
        "penstock flow-run ls --flow nightly --limit 5 --json",
    ),
)
@click.option("--flow", "flow_name", metavar="NAME", help="Only runs of this flow.")
@state_option
@click.option("--name", metavar="TEXT", help="Only runs whose name contains this.")
@click.option("--since", type=Duration(), metavar="30m|12h|2d", help="Only runs made since then.")
@click.option("--no-nested", is_flag=True, help="Leave out runs that other flows have called.")
@limit_option(20, "runs")
@json_option
def ls(
    flow_name: str | None,
    states: tuple[str, ...],
    name: str | None,
    since: float | None,
    no_nested: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List flow runs, the newest first."""
    where = FlowRunFilter(
        flow_name=flow_name,
        state_types=state_types(states),
        name_contains=name,
        created_from=None if since is None else SYSTEM.now_us() - int(since * 1_000_000),
    )
    with opened_store() as store:
        rows = list(islice(newest_flow_runs(store, where, nested=not no_nested), limit))
        if as_json:
            print_json([flow_run_record(store.get_flow_run(row.id)) for row in rows])
        elif rows:
            _show_list(Screen(), store, rows)
        else:
            _teach(Screen(), is_filtered=where != FlowRunFilter())


@flow_run.command(
    cls=Command,
    examples=(
        "penstock flow-run inspect latest",
        "penstock flow-run inspect brisk-otter",
        "penstock flow-run inspect 01987f3a-5b2c --json",
    ),
)
@click.argument("flow_run_id", metavar="ID")
@json_option
def inspect(flow_run_id: str, as_json: bool) -> None:
    """Show a flow run: its state, its task runs, and its error with the traceback."""
    with opened_store() as store:
        row = find_flow_run(store, flow_run_id)
        if as_json:
            print_json(flow_run_page(store, row))
        else:
            show_flow_run(Screen(), store, row)


@flow_run.command(
    cls=Command,
    examples=(
        "penstock flow-run logs latest",
        "penstock flow-run logs brisk-otter --task load-3 --level warning",
        "penstock flow-run logs latest --follow",
    ),
)
@click.argument("flow_run_id", metavar="ID")
@click.option("--task", metavar="NAME|INDEX", help="Only lines of this task run.")
@level_option
@click.option("--follow", "-f", "follows", is_flag=True, help="Go on until the run has ended.")
@json_option
def logs(
    flow_run_id: str, task: str | None, level: str | None, follows: bool, as_json: bool
) -> None:
    """Show the log lines of a flow run and of the runs nested in it, oldest first."""
    if follows and as_json:
        raise UsageError("--follow has no end that a JSON document could wait for; leave out one.")
    with opened_store() as store:
        row = find_flow_run(store, flow_run_id)
        reader = LineReader(store, row, task, level)
        if as_json:
            names = Names(store)
            lines = reader.read()
            print_json([log_record(line, names.is_session(line.flow_run_id)) for line in lines])
        elif follows:
            follow(Screen(), store, row, reader)
        elif not show_lines(Screen(), Names(store), reader.read()):
            narrower = " that fit" if task or level else ""
            Screen(sys.stderr).line(f"Flow run {row.name!r} has no log lines{narrower}.")


flow_run.add_command(cancel)
flow_run.add_command(resume)
flow_run.add_command(retry)


@flow_run.command(
    cls=Command,
    examples=("penstock flow-run delete brisk-otter", "penstock flow-run delete 01987f3a --yes"),
)
@click.argument("flow_run_id", metavar="ID")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(flow_run_id: str, yes: bool) -> None:
    """Delete a flow run with its nested runs, task runs, log lines and results."""
    with opened_store() as store:
        row = find_flow_run(store, flow_run_id)
        if not yes and not _may_delete(store, row):
            return
        count = store.delete_flow_run(row.id, forget_file)
    nested = f" and {count - 1} nested in it" if count > 1 else ""
    Screen().line(f"Deleted flow run {row.name!r} ({row.id}){nested}.")


def _may_delete(store: Store, row: FlowRunRow) -> bool:
    """Ask the person at the terminal.

    Raises:
        UsageError: there is none.
    """
    what = f"flow run {row.name!r} ({row.flow_name}, {row.state_name}, {age(row.created)})"
    if not sys.stdin.isatty():
        raise UsageError(f"To delete {what} without being asked, add --yes.")
    tasks = sum(store.count_task_runs(row.id).values())
    return click.confirm(f"Delete {what} with its {tasks} task runs and all log lines?")


def _show_list(screen: Screen, store: Store, rows: Sequence[FlowRunRow]) -> None:
    shown = _shorten([row.id for row in rows]) if screen.is_terminal else [row.id for row in rows]
    table = Table(
        Column("ID"),
        Column("NAME", gives_way=True),
        Column("FLOW", gives_way=True),
        Column("STATE"),
        Column("STARTED"),
        Column("TOOK", right=True),
        note="MESSAGE",
    )
    for row, short_id in zip(rows, shown, strict=True):
        began = row.started or row.created
        table.row(
            (short_id, "dim"),
            row.name,
            row.flow_name,
            (row.state_name, state_style(row.state_type)),
            age(began) if screen.is_terminal else local(began),
            took(run_time(row)),
            note=row.message,
        )
    table.write(screen)
    failed = next((row for row in rows if row.state_type in WENT_WRONG), None)
    if screen.is_terminal and failed is not None:
        name = reference(store, failed)
        screen.line()
        screen.line([("See what went wrong: ", "dim"), f"penstock flow-run inspect {name}"])


def _shorten(ids: Sequence[str]) -> list[str]:
    """Cut ids to the part that tells them apart, all at the same length."""
    for length in (_SHORT_ID, _SHORT_ID + 5, _SHORT_ID + 10):
        short = [text[:length] for text in ids]
        if len(set(short)) == len(ids):
            return short
    return list(ids)


def _teach(screen: Screen, *, is_filtered: bool) -> None:
    """Say how to get a first run, where there is none."""
    if is_filtered:
        screen.line("No flow run fits. `penstock flow-run ls` without options lists the newest.")
        return
    screen.line("There are no flow runs yet. Put this into hello.py:")
    screen.line()
    screen.lines(FIRST_FLOW)
    screen.line()
    screen.line("and run it with `penstock run hello.py`, or `python hello.py`.")
