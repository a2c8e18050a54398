"""The entry of the command: which commands there are, and how an error ends one.

A command's module is loaded when the command is used, so that `penstock --help`
costs no more than click. The invariant: an error of ours is one line on standard
error, and the exit code says what kind it was.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from penstock._cli.options import Group
from penstock._cli.output import say_error
from penstock.errors import PenstockError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "cli", "main", "print_version"]

#: Each command: the module that has it under the same name, and what it is for.
COMMANDS: Final = {
    "run": ("run", "Run a flow from a file or a module."),
    "flow-run": ("flow_run", "List, inspect, resume, cancel and delete flow runs; read logs."),
    "task-run": ("task_run", "List and inspect task runs."),
    "server": ("server", "Start, stop and look at the server with its dashboard."),
    "why": ("why", "Say why a task run was executed, and executed again."),
    "artifact": ("artifact", "List, show and fetch what runs have saved for people to look at."),
    "logs": ("logs", "Search the log lines of all runs."),
    "config": ("config", "Show the settings, and where each comes from."),
    "db": ("db", "Look at the database, and make it smaller."),
    "doctor": ("doctor", "Check the data folder, the database and the disk."),
    "version": ("version", "Show the versions of Penstock and of what it uses."),
}

_INTERRUPTED: Final = 130
#: As the shell names the end of a program whose reader has gone away.
_BROKEN_PIPE: Final = 141
_WRONG_USE: Final = 2


class _Commands(Group):
    """A group that loads a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Name the commands, in the order in which people need them."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's
        cmd_name: str,
    ) -> click.Command | None:
        """Load a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"penstock._cli.{module}"), module)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's
        formatter: click.HelpFormatter,
    ) -> None:
        """List the commands without loading one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, purpose) for name, (_, purpose) in COMMANDS.items()])


def print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Answer `--version`."""
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version  # noqa: PLC0415 - 20 ms

        click.echo(f"penstock {version('penstock')}")
        ctx.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`penstock COMMAND --help` explains a command, with examples.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Run flows, and see what became of their runs.

    A run is named by its id, a beginning of its id, its name (brisk-otter), or `latest`.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 the flow failed, 2 wrong use, 3 and up: the store.

    Args:
        arguments: without the program's name; those of the process by default.
    """
    for stream in (sys.stdout, sys.stderr):
        _never_fail_on_a_character(stream)
    sys.exit(_call(None if arguments is None else list(arguments)))


def _call(arguments: list[str] | None) -> Any:  # noqa: PLR0911 - one for each way to end
    try:
        code = _invoke(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except click.exceptions.Exit as asked:
        return asked.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help())
        return _WRONG_USE
    except click.ClickException as error:
        say_error(_in_a_sentence(error))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except PenstockError as error:
        say_error(str(error))
        return error.exit_code
    except BrokenPipeError:
        # Python would complain again when it flushes standard output at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    return code


def _invoke(arguments: list[str]) -> Any:
    """Find the command and call it. Not by `cli.main`: that exits 1 on a broken pipe."""
    if "_PENSTOCK_COMPLETE" in os.environ:
        cli.main(arguments, prog_name="penstock")  # a shell asks how a word goes on
    with cli.make_context("penstock", arguments) as context:
        return cli.invoke(context)


def _in_a_sentence(error: click.ClickException) -> str:
    """Say what click found wrong, and where help is."""
    text = error.format_message().strip()
    text = text if text.endswith((".", "?", ")")) else f"{text}."
    context = getattr(error, "ctx", None)
    if context is None:
        return text
    return f"{text} `{context.command_path} --help` explains."


def _never_fail_on_a_character(stream: Any) -> None:
    """Show what a console's encoding lacks as a question mark."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
