"""`penstock logs`: find log lines, whatever run they belong to."""

from __future__ import annotations

from itertools import groupby

import click

from penstock._cli.lines import show_lines
from penstock._cli.lookup import Names, find_flow_run, opened_store
from penstock._cli.options import LEVELS, Command, Group, json_option, level_option, limit_option
from penstock._cli.output import Screen, print_json
from penstock._cli.records import log_record
from penstock.stores.filters import LogFilter

__all__ = ["logs"]


@click.group(cls=Group)
def logs() -> None:
    """Search the log lines of all runs."""


@logs.command(
    cls=Command,
    examples=(
        "penstock logs search timeout",
        'penstock logs search "no such column" --level warning --limit 5',
        "penstock logs search retry --flow-run latest --json",
    ),
)
@click.argument("text")
@click.option("--flow-run", "flow_run_id", metavar="ID", help="Only lines of this flow run.")
@level_option
@limit_option(50, "lines, the newest")
@json_option
def search(
    text: str, flow_run_id: str | None, level: str | None, limit: int, as_json: bool
) -> None:
    """Show the newest log lines that contain TEXT, in capitals or not, oldest first."""
    with opened_store() as store:
        where = LogFilter(
            flow_run_id=None if flow_run_id is None else find_flow_run(store, flow_run_id).id,
            level_from=None if level is None else LEVELS[level],
            contains=(text,),
            newest_first=True,
        )
        rows = list(reversed(store.find_logs(where, limit)))
        names = Names(store)
        if as_json:
            print_json([log_record(row, names.is_session(row.flow_run_id)) for row in rows])
            return
        screen = Screen()
        for flow_run, lines in groupby(rows, lambda row: row.flow_run_id):
            name = names.of_flow_run(flow_run)
            screen.line([("Flow run ", "bold"), (name, "bold"), (f"  {flow_run}", "dim")])
            show_lines(screen, names, lines)
        if not rows:
            screen.line(f"No log line contains {text!r}.")
        elif len(rows) == limit:
            screen.line([(f"These are the newest {limit}; --limit shows more.", "dim")])
