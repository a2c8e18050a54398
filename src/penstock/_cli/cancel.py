"""`penstock flow-run cancel`: stop a run, wherever it runs, and see that it stops."""

from __future__ import annotations

import getpass
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from penstock._cli.lookup import find_flow_run
from penstock._cli.options import Command, Duration, json_option
from penstock._cli.output import Screen, print_json
from penstock._cli.records import flow_run_record
from penstock._clock import SYSTEM
from penstock._engine.entrypoints import read_entrypoint
from penstock._engine.process import journal_folder
from penstock._journal.reaper import Reaper
from penstock._platform import boot_id, host_name
from penstock._processes import descendants, end_processes, process_started
from penstock.settings import load_settings
from penstock.states import FINAL, StateType
from penstock.stores import open_store
from penstock.stores.filters import FlowRunFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.stores.protocol import Store
    from penstock.stores.rows import FlowRunRow, ProcessRow

__all__ = ["cancel"]

_LOOK_EVERY: Final = 0.05
_OPEN: Final = tuple(str(state) for state in StateType if state not in FINAL)
#: A killed process is gone, and its run recorded, within so many seconds.
_AFTER_KILL_SECONDS: Final = 5.0


@click.command(
    cls=Command,
    examples=(
        "penstock flow-run cancel brisk-otter",
        "penstock flow-run cancel latest --grace 30s",
        "penstock flow-run cancel 01987f3a --no-kill",
    ),
)
@click.argument("flow_run_id", metavar="ID")
@click.option(
    "--grace",
    type=Duration(),
    default="10s",
    show_default=True,
    metavar="10s|1m",
    help="How long the run may take to stop by itself.",
)
@click.option(
    "--kill/--no-kill",
    "kills",
    default=None,
    help="Then end its process, or leave it. By default: end it if it runs nothing else.",
)
@json_option
def cancel(flow_run_id: str, grace: float, kills: bool | None, as_json: bool) -> int:
    """Cancel a flow run: what waits never starts, what runs is interrupted.

    The nested runs are cancelled with it, and the processes end that it has started.
    Python cannot interrupt every call. What has not stopped when the grace is over is
    ended with its process, if that is on this machine and runs nothing else; otherwise
    the run stays Cancelling, and says what holds it up.

    Exit codes: 0 the run is cancelled (or had ended), 1 it still runs.
    """
    with _unrecovered_store() as store:
        row = find_flow_run(store, flow_run_id)
        had_ended = not store.send_command(row.id, "cancel", _sender(), SYSTEM.now_us())
        killed = False
        if not had_ended:
            row = _wait(store, row.id, grace)
            if row.state_type not in FINAL and _may_kill(store, row, kills):
                killed = _kill(store, row)
                row = _wait(store, row.id, _AFTER_KILL_SECONDS)
        row = store.get_flow_run(row.id)
    if as_json:
        print_json(flow_run_record(row))
    else:
        _tell(row, had_ended=had_ended, killed=killed)
    return 0 if row.state_type in FINAL else 1


@contextmanager
def _unrecovered_store() -> Iterator[Store]:
    """Open the store as it is: a run whose process has died is to hear of the command first."""
    store = open_store(load_settings().store_url)
    try:
        yield store
    finally:
        store.close()


def _sender() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # nobody of that number has a name here
        name = "somebody"
    return f"{name} on {host_name()}"


def _wait(store: Store, flow_run_id: str, seconds: float) -> FlowRunRow:
    """Wait for a run to end, bringing in what its process leaves if that dies."""
    reaper = Reaper(store, journal_folder(load_settings()))
    deadline = time.monotonic() + seconds
    while True:
        reaper.tick(SYSTEM.now_us(), time.monotonic())
        row = store.get_flow_run(flow_run_id)
        if row.state_type in FINAL or time.monotonic() >= deadline:
            return row
        time.sleep(_LOOK_EVERY)


def _may_kill(store: Store, row: FlowRunRow, kills: bool | None) -> bool:
    """Tell whether the process of a run may be ended for it."""
    if kills is not None:
        return kills
    root = _root_of(store, row)
    where = FlowRunFilter(owner=row.owner, state_types=_OPEN)
    others = [
        one
        for one in store.find_flow_runs(where, 1_000)
        if one.parent_flow_run_id is None and one.id != root.id
    ]
    if others or root.id != row.id:
        return False
    entrypoint = store.get_flow_run(root.id).entrypoint
    # A notebook or a shell is somebody's work, and no flow that has failed to stop.
    return entrypoint is not None and read_entrypoint(entrypoint).file is not None


def _root_of(store: Store, row: FlowRunRow) -> FlowRunRow:
    while row.parent_flow_run_id is not None:
        row = store.get_flow_run(row.parent_flow_run_id)
    return row


def _kill(store: Store, row: FlowRunRow) -> bool:
    """End the process of a run, if it is that process and on this machine."""
    owner = next((one for one in store.unfinished_owners() if one.incarnation == row.owner), None)
    if owner is None or not _is_here(owner):
        return False
    end_processes([owner.pid, *descendants(owner.pid)], 0.0)
    return True


def _is_here(owner: ProcessRow) -> bool:
    same_machine = (owner.host, owner.boot) == (host_name(), boot_id())
    return same_machine and process_started(owner.pid) == owner.process_started


def _tell(row: FlowRunRow, *, had_ended: bool, killed: bool) -> None:
    if had_ended:
        Screen().line(f"Flow run {row.name!r} had ended before: {row.state_name}.")
        return
    if row.state_type in FINAL:
        how = " Its process was killed." if killed else ""
        Screen().line(f"Flow run {row.name!r} is {row.state_name}.{how}")
        return
    where = f"process {row.pid} on {row.host}"
    said = row.message if row.state_name == "Cancelling" else f"{where} has not heard of it yet."
    Screen(sys.stderr).line(f"Flow run {row.name!r} is {row.state_name} in {where}. {said}")
