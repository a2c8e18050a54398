"""`--param name=value`: text from the command line as values of a flow's parameters."""

from __future__ import annotations

import json
import types
import typing
from typing import TYPE_CHECKING, Any

from penstock.errors import ParameterError

if TYPE_CHECKING:
    from penstock.flows import Flow

__all__ = ["read_parameters"]


def read_parameters(flow: Flow[Any, Any], texts: tuple[str, ...]) -> dict[str, Any]:
    """Read `name=value` texts: JSON where they are JSON, else text.

    Where only text will do by the annotation, 007 stays the text it is.

    Raises:
        ParameterError: one is not of that form.
    """
    values: dict[str, Any] = {}
    hints = _hints(flow)
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ParameterError(
                f"--param {text!r}", "write name=value, as in --param day=2026-03-01."
            )
        if name in values:
            raise ParameterError(f"--param {name}", "is given twice.")
        values[name] = _read(value, hints.get(name))
    return values


def _read(text: str, hint: Any) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if _is_meant_as_text(value, hint) else value


def _is_meant_as_text(value: Any, hint: Any) -> bool:
    """Tell whether an annotation takes text, and not a value of this kind."""
    if isinstance(value, str):
        return False
    members = _members(hint)
    origins = {typing.get_origin(member) or member for member in members}
    if typing.Literal in origins:
        choices = [choice for member in members for choice in typing.get_args(member)]
        return value not in choices and not origins - {typing.Literal}
    return str in origins and type(value) not in origins


def _members(hint: Any) -> tuple[Any, ...]:
    """Take a union apart."""
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return typing.get_args(hint)
    return (hint,)


def _hints(flow: Flow[Any, Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(flow.fn)
    except Exception:  # noqa: BLE001 - annotations may be any expression
        # Validation has its own say about them; here they only help to guess.
        return {}
