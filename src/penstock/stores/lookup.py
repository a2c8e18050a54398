"""Finds the run a person means, and says so when that is not clear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from penstock.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Ambiguous", "pick_one", "unfinished"]

_HEX_DIGITS: Final = 32


class Ambiguous(NotFound):
    """Several runs fit. Facts: the kind, what was given, the ids that fit."""

    def __str__(self) -> str:
        kind, name, found = self.args
        return f"Several {kind}s fit {name!r}: {', '.join(found)}. Give more of the id."


def pick_one(text: str, named: Sequence[str], begin_with: Callable[[str], Sequence[str]]) -> str:
    """Give the id of the flow run that a person meant by a text that is no id.

    Args:
        text: what they gave.
        named: ids of the runs that have it for a name.
        begin_with: finds the ids that begin with a text.

    Raises:
        NotFound: there is none, or several fit.
    """
    found = named
    if not found and text:
        found = begin_with(_hyphened(text.lower()))
    if len(found) == 1:
        return found[0]
    if found:
        raise Ambiguous("flow run", text, tuple(found))
    raise NotFound("flow run", text)


def unfinished(flow_run_id: str, name: str, state_name: str) -> str:
    """Say why a flow run cannot be deleted."""
    return (
        f"Flow run {name!r} ({flow_run_id}) is {state_name}, so it cannot be deleted. "
        "Wait for its end, or cancel it first."
    )


def _hyphened(text: str) -> str:
    """Put the hyphens into an id that was written without."""
    if len(text) != _HEX_DIGITS or "-" in text:
        return text
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
