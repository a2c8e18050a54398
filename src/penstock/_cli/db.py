"""`penstock db`: where the runs are kept, how much there is, and making it less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from penstock._cli.files import in_bytes
from penstock._cli.flow_run_page import show_fields
from penstock._cli.lookup import newest_flow_runs, opened_store
from penstock._cli.options import Command, Duration, Group, json_option
from penstock._cli.output import Screen, print_json
from penstock._cli.times import iso, local
from penstock._clock import SYSTEM
from penstock.results import forget_file
from penstock.settings import load_settings, mask
from penstock.stores.filters import FlowRunFilter

if TYPE_CHECKING:
    from penstock.stores.protocol import Store

__all__ = ["db"]

#: Flow runs that are deleted before progress is told.
_SLICE = 200


@click.group(cls=Group)
def db() -> None:
    """Look at the database, and make it smaller."""


@db.command(cls=Command, examples=("penstock db path", 'sqlite3 -readonly "$(penstock db path)"'))
def path() -> None:
    """Print the path of the database file, or the address of the store."""
    url = load_settings().store_url
    shown = url.removeprefix("sqlite://") if url.startswith("sqlite:") else mask("store", url)
    Screen().line(shown)


@db.command(cls=Command, examples=("penstock db stats", "penstock db stats --json"))
@json_option
def stats(as_json: bool) -> None:
    """Count what is in the database."""
    with opened_store() as store:
        found = store.stats()
        if as_json:
            counts = found._asdict()
            print_json({"url": store.url, **counts, "oldest": iso(found.oldest)})
            return
        show_fields(
            Screen(),
            [
                ("Store", store.url),
                ("Size", in_bytes(found.size_bytes)),
                ("Flow runs", f"{found.flow_runs:,}"),
                ("Task runs", f"{found.task_runs:,}"),
                ("Log lines", f"{found.logs:,}"),
                ("State changes", f"{found.events:,}"),
                ("Cached values", f"{found.cache_entries:,}"),
                ("Oldest run", "none" if found.oldest is None else local(found.oldest)),
            ],
        )


@db.command(
    cls=Command,
    examples=("penstock db prune --older-than 30d --dry-run", "penstock db prune --older-than 30d"),
)
@click.option(
    "--older-than",
    type=Duration(),
    required=True,
    metavar="30d|12h|2w",
    help="Only flow runs that ended longer ago.",
)
@click.option("--dry-run", is_flag=True, help="Only tell how many there are.")
def prune(older_than: float, dry_run: bool) -> None:
    """Delete the flow runs that ended long ago, with all that belongs to them.

    Nested runs go with the run that called them. Runs that have not ended stay.
    """
    screen = Screen()
    before = SYSTEM.now_us() - int(older_than * 1_000_000)
    with opened_store() as store:
        if dry_run:
            count = _count_old(store, before)
            screen.line(f"{_runs(count)} would be deleted, with what is nested in them.")
            return
        size = store.stats().size_bytes
        total = 0
        while count := store.prune(before, _SLICE, forget_file):
            total += count
        freed = max(size - store.stats().size_bytes, 0)
    space = f", and gave back {in_bytes(freed)}" if freed else ""
    screen.line(f"Deleted {_runs(total)}{space}.")


def _count_old(store: Store, before: int) -> int:
    """Count the flow runs at the top that ended before an instant."""
    where = FlowRunFilter(created_before=before)
    old = newest_flow_runs(store, where, nested=False)
    return sum(1 for row in old if row.ended is not None and row.ended < before)


def _runs(count: int) -> str:
    return "1 flow run" if count == 1 else f"{count:,} flow runs"
