"""Options that several commands have, each made once."""

from __future__ import annotations

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
    "json_option",
    "level_option",
    "limit_option",
    "state_option",
]

F = TypeVar("F", bound="Callable[..., Any]")

#: The levels of log lines by name; numbers as in the standard library's logging.
LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


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
    help="Only runs in this state; may be given again.",
)
level_option: Final = click.option(
    "--level",
    type=click.Choice(list(LEVELS), case_sensitive=False),
    help="Only lines of this level and above.",
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
