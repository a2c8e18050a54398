"""`penstock run`: run a flow from a file or a module, and say how it ended."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from penstock._cli.live import shown
from penstock._cli.options import Command, json_option, quiet_option
from penstock._cli.output import print_json, say_error
from penstock._cli.parameters import read_parameters
from penstock._cli.records import flow_run_record
from penstock._cli.script import (
    enter_folder,
    execute,
    explain,
    has_main_block,
    load_file,
    load_module,
    pick_flow,
    read_source,
    read_target,
)
from penstock._cli.tracebacks import show_failure
from penstock._cli.watch import Watch
from penstock._engine.process import get_process
from penstock._engine.report import in_words
from penstock._worker.supervise import supervise
from penstock.errors import PenstockError, ScriptError, StoreError, UsageError
from penstock.states import State

if TYPE_CHECKING:
    from penstock._cli.script import Target
    from penstock.flows import Flow

__all__ = ["report", "run", "settle"]

_DONE: Final = 0
_FAILED: Final = 1
_INTERRUPTED: Final = 130


@click.command(
    cls=Command,
    examples=(
        "penstock run etl.py",
        "penstock run etl.py:nightly --param day=2026-03-01 -p limit=10",
        "penstock run company.flows.etl:nightly --json",
        "penstock run --prefect old_flow.py",
        "penstock run etl.py --supervised",
        "penstock run etl.py --pdb",
        "penstock run report.py -- --verbose",
    ),
)
@click.argument("target", metavar="FILE.py[:FLOW]")
@click.argument("arguments", nargs=-1, metavar="[-- ARGUMENTS]")
@click.option(
    "--param",
    "-p",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the flow, as JSON or as text; may be given again.",
)
@click.option(
    "--prefect", is_flag=True, help="Let `from prefect import ...` mean Penstock, for old scripts."
)
@quiet_option
@click.option(
    "--supervised",
    is_flag=True,
    help="Run it in a child process, and go on with the run when that dies.",
)
@click.option(
    "--pdb", "debug", is_flag=True, help="On a failure, open the debugger at the line that raised."
)
@json_option
def run(
    target: str,
    arguments: tuple[str, ...],
    parameters: tuple[str, ...],
    prefect: bool,
    quiet: bool,
    supervised: bool,
    debug: bool,
    as_json: bool,
) -> int:
    """Run a flow from a file, or from a module as module.path:flow.

    With :FLOW or a --param, the file is imported and the flow is called; a file with one
    flow needs no :FLOW. Without them, a file that has an `if __name__ == "__main__":`
    block is run as `python FILE.py` would run it.

    A parameter's value is read as JSON where it is JSON, else as text, and then checked
    against the flow's annotations.

    Exit codes: 0 the flow completed, 1 it failed, 2 wrong use, 3 and up the store,
    130 Ctrl-C. With --json, what the flow prints goes to standard error.
    """
    wanted = read_target(target)
    if supervised:
        if debug:
            raise UsageError("--pdb needs the flow in this process; leave out --supervised.")
        flags = [flag for flag, is_on in (("--quiet", quiet), ("--json", as_json)) if is_on]
        command = [target, *(f"--param={text}" for text in parameters)]
        command += ["--prefect"] if prefect else []
        return _supervise(["run", *flags, *command, "--", *arguments], flags)
    if prefect:
        import_module("penstock.compat.prefect").install()
    enter_folder(wanted, arguments)
    process = get_process()
    watch = Watch(process)
    try:
        with shown(watch, quiet=quiet, as_json=as_json):
            outcome = _perform(wanted, parameters, watch)
        code = report(outcome)
        if debug:
            _open_debugger(outcome)
        if as_json:
            ids = watch.flow_run_ids
            print_json(flow_run_record(process.store.get_flow_run(ids[-1])) if ids else None)
    finally:
        watch.close()
    return code


def _supervise(command: list[str], flags: list[str]) -> int:
    ours = [sys.executable, "-m", "penstock"]
    return supervise([*ours, *command], [*ours, "flow-run", "resume", *flags])


def _perform(
    target: Target, parameters: tuple[str, ...], watch: Watch
) -> State[Any] | BaseException | None:
    """Do what was asked; give how it ended: a state, what was raised, or nothing to say.

    Raises:
        PenstockError: it could not begin.
    """
    says_no_flow = target.flow is None and not parameters
    if target.is_file:
        source, tree = read_source(target.place)
        if says_no_flow and has_main_block(tree):
            try:
                execute(target.place, source)
            except BaseException as error:  # noqa: BLE001 - a script may raise anything
                return _judge(target, error, watch)
            return None
    try:
        module = load_file(target.place) if target.is_file else load_module(target.place)
    except BaseException as error:  # noqa: BLE001 - as above
        ended = _judge(target, error, watch)
        if watch.flow_run_ids or not isinstance(ended, Exception):
            return ended
        show_failure(ended)
        raise ScriptError(target.place, f"did not load ({in_words(ended)}).") from None
    if says_no_flow and watch.flow_run_ids:
        # It has called its flow itself; a second time would be once too many.
        return None
    flow = pick_flow(target, module)
    given = read_parameters(flow, parameters)
    return settle(flow, flow(**given, return_state=True))


def _judge(target: Target, error: BaseException, watch: Watch) -> BaseException:
    """Give back what a run raised.

    Raises:
        PenstockError: it was not a run that raised it, but wrong use or the store.
    """
    if isinstance(error, StoreError):
        raise error
    if watch.flow_run_ids or not isinstance(error, Exception):
        return error
    if isinstance(error, PenstockError):
        raise error
    if isinstance(error, ImportError | SyntaxError):
        raise explain(target.place, error) from None
    return error


def settle(flow: Flow[Any, Any], called: Any) -> State[Any]:
    """Give the final state of a called flow; an async one gets a loop of its own."""
    if not flow.isasync:
        state: State[Any] = called
        return state

    async def wait() -> State[Any]:
        awaited: State[Any] = await called
        return awaited

    return asyncio.run(wait())


def _open_debugger(outcome: State[Any] | BaseException | None) -> None:
    """Stand where an error was raised, with the variables that were there."""
    error = outcome.data if isinstance(outcome, State) else outcome
    if isinstance(error, Exception) and error.__traceback__ is not None:
        import pdb  # noqa: PLC0415, T100 - asked for with --pdb

        pdb.post_mortem(error.__traceback__)


def report(  # noqa: PLR0911 - one for each kind of end
    outcome: State[Any] | BaseException | None,
) -> int:
    """Say how it ended, where that is not said yet; give the exit code."""
    match outcome:
        case None:
            return _DONE
        case State():
            if isinstance(outcome.data, BaseException):
                return report(outcome.data)
            if outcome.is_completed():
                return _DONE
            message = f": {outcome.message}" if outcome.message else "."
            say_error(f"The flow ended {outcome.name}{message}")
            return _FAILED
        case SystemExit():
            if outcome.code is None or isinstance(outcome.code, int):
                return outcome.code or _DONE
            say_error(str(outcome.code))
            return _FAILED
        case KeyboardInterrupt() | asyncio.CancelledError():
            return _INTERRUPTED
        case _:
            show_failure(outcome)
            return _FAILED
