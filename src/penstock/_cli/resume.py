"""`penstock flow-run resume` and `retry`: go on with a run, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from penstock._cli.answer import answer
from penstock._cli.live import shown
from penstock._cli.lookup import find_flow_run
from penstock._cli.options import Command, json_option, quiet_option
from penstock._cli.output import Screen, print_json
from penstock._cli.records import flow_run_record
from penstock._cli.run import report, settle
from penstock._cli.script import load_flow_of
from penstock._cli.watch import Watch
from penstock._engine.answers import outermost
from penstock._engine.entrypoints import read_entrypoint, why_not_loadable
from penstock._engine.process import get_process
from penstock._engine.resume import has_living_owner
from penstock.errors import NotResumable
from penstock.states import StateType

if TYPE_CHECKING:
    from penstock.flows import Flow
    from penstock.stores.rows import FlowRunRow

__all__ = ["resume", "retry"]

_from_option = click.option(
    "--from",
    "rerun",
    multiple=True,
    metavar="TASK",
    help="Run this task (or this one task run) and all that depends on it again; may be repeated.",
)
_take_over_option = click.option(
    "--take-over",
    is_flag=True,
    help="Take the run from a process that stands still; it has 15 s to show a sign of life.",
)


@click.command(
    cls=Command,
    examples=(
        "penstock flow-run resume latest",
        "penstock flow-run resume brisk-otter --from clean",
        "penstock flow-run resume 01987f3a --take-over",
        "penstock flow-run resume brisk-otter --input day=2026-03-01",
    ),
)
@click.argument("flow_run_id", metavar="ID")
@_from_option
@_take_over_option
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Answer what the run waits for; may be repeated. VALUE alone where it asks for one.",
)
@click.option("--key", metavar="KEY", help="Which pause is meant, where the run has several.")
@quiet_option
@json_option
def resume(
    flow_run_id: str,
    rerun: tuple[str, ...],
    take_over: bool,
    inputs: tuple[str, ...],
    key: str | None,
    quiet: bool,
    as_json: bool,
) -> int:
    """Go on with a flow run that crashed, failed, was cancelled or waits.

    It runs here, under the same id, as a new attempt. What had completed hands back its
    value, down to the single item of a map; nothing has to be set beforehand. A task
    whose inputs or code have changed runs again, with all that depends on it.

    A run that waits for a person gets the answer. If its process lives, it goes on there,
    and this command ends; else it goes on here.

    Exit codes: as of `penstock run`.
    """
    if _has_answered(flow_run_id, inputs, key, take_over=take_over, as_json=as_json):
        return 0
    return _go_on(flow_run_id, rerun, take_over=take_over, quiet=quiet, as_json=as_json)


@click.command(
    cls=Command,
    examples=(
        "penstock flow-run retry latest",
        "penstock flow-run retry brisk-otter --from load",
    ),
)
@click.argument("flow_run_id", metavar="ID")
@_from_option
@quiet_option
@json_option
def retry(flow_run_id: str, rerun: tuple[str, ...], quiet: bool, as_json: bool) -> int:
    """Try a failed flow run again: only what has not completed is executed.

    Mend what was wrong, in the data or in the code, and call this.
    """
    return _go_on(flow_run_id, rerun, take_over=False, quiet=quiet, as_json=as_json)


def _has_answered(
    flow_run_id: str, inputs: tuple[str, ...], key: str | None, *, take_over: bool, as_json: bool
) -> bool:
    """Answer what a run waits for. False: it does not go on by itself.

    Raises:
        NotWaiting: it waits for nothing that was given.
        InvalidAnswer: what was given is not what it waits for.
    """
    process = get_process()
    store = process.store
    row = outermost(store, find_flow_run(store, flow_run_id))
    if row.state_type != StateType.PAUSED and not inputs and key is None:
        return False
    goes_on_there = not take_over and row.ended is None and has_living_owner(process, row)
    answer(store, row, inputs, key, process.now(), must=goes_on_there)
    if not goes_on_there:
        return False
    if as_json:
        print_json(flow_run_record(store.get_flow_run(row.id)))
    else:
        where = f"process {row.pid} on {row.host}"
        Screen().line(f"Flow run {row.name!r} has its answer, and goes on in {where}.")
    return True


def _go_on(
    flow_run_id: str, rerun: tuple[str, ...], *, take_over: bool, quiet: bool, as_json: bool
) -> int:
    process = get_process()
    row = find_flow_run(process.store, flow_run_id)
    flow = _load(row)
    watch = Watch(process)
    watch.expect(row.id, row.flow_name, row.name)
    try:
        with shown(watch, quiet=quiet, as_json=as_json):
            how: dict[str, Any] = {"rerun": rerun, "take_over": take_over}
            outcome = settle(flow, flow.resume(row.id, **how, return_state=True))
        code = report(outcome)
        if as_json:
            print_json(flow_run_record(process.store.get_flow_run(row.id)))
    finally:
        watch.close()
    return code


def _load(row: FlowRunRow) -> Flow[Any, Any]:
    """Load the flow of a run from where its code was.

    Raises:
        NotResumable: that is not known, or is a nested run.
        ScriptError: it is not there any more, or does not load.
    """
    if row.parent_flow_run_id is not None:
        why = f"another has called it; resume that one, {row.parent_flow_run_id}"
        raise NotResumable(row.name, row.id, why)
    obstacle = why_not_loadable(row.entrypoint, row.id)
    if obstacle is not None:
        raise NotResumable(row.name, row.id, obstacle)
    return load_flow_of(read_entrypoint(row.entrypoint or ""))
