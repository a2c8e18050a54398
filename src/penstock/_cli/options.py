"""Options that several commands have, each made once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from penstock._cli.times import read_duration
from penstock.states import StateType

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "LEVELS",
    "Command",
    "Duration",
    "Group",
    "json_option",
    "level_option",
    "limit_option",
    "quiet_option",
    "state_option",
]

F = TypeVar("F", bound="Callable[..., Any]")

#: The levels of log lines by name; numbers as in the standard library's logging.
LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


class Group(click.Group):
    """A group that knows what a mistyped command was meant to be."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or say which one is near."""
        names = self.list_commands(ctx)
        if args and args[0] not in names and not args[0].startswith("-"):
            from difflib import get_close_matches  # noqa: PLC0415 - only on the way to an error

            near = get_close_matches(args[0], names, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


class Command(click.Command):
    """A command whose help ends with examples."""

    def __init__(self, *args: Any, examples: tuple[str, ...] = (), **kwargs: Any) -> None:
        """Make it.

        Args:
            *args: as click takes them.
            examples: command lines, as one would type them.
            **kwargs: as click takes them.
        """
        super().__init__(*args, **kwargs)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, each on a line of its own."""
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{example}\n")


class Duration(click.ParamType[float]):
    """A length of time such as 30d; gives seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it, or fail with the forms there are."""
        try:
            return read_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


json_option: Final = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document, for scripts."
)
state_option: Final = click.option(
    "--state",
    "states",
    type=click.Choice([state.lower() for state in StateType], case_sensitive=False),
    multiple=True,
    metavar="STATE",
    help="Only runs that are so: running, completed, failed, crashed …; may be given again.",
)
level_option: Final = click.option(
    "--level",
    type=click.Choice(list(LEVELS), case_sensitive=False),
    metavar="LEVEL",
    help="Only lines of this level (debug, info, warning, error) and above.",
)


def _silence(_context: click.Context, _option: click.Parameter, value: bool) -> bool:
    # At once: what logs to the console is settled when anything opens the store.
    if value:
        os.environ["PENSTOCK_LOG_CONSOLE"] = "0"
    return value


#: Also has the log lines of this process and its children stay off the console.
quiet_option: Final = click.option(
    "--quiet",
    "-q",
    is_flag=True,
    callback=_silence,
    help="Show neither progress nor log lines.",
)


def limit_option(default: int, what: str) -> Callable[[F], F]:
    """Make the option that says how many to list."""
    return click.option(
        "--limit",
        type=click.IntRange(min=1),
        default=default,
        show_default=True,
        metavar="N",
        help=f"At most this many {what}.",
    )
