"""`.map`: one call for each element of the arguments that can be gone over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock._engine.inputs import allow_failure, quote, unmapped
from penstock.errors import MapError
from penstock.futures import TaskFuture
from penstock.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["calls_of"]


def calls_of(
    task: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Give the arguments of each call.

    Lists, tuples, ranges, arrays, generators and the like are gone over together;
    text, bytes and everything marked `unmapped` is handed to every call. A future
    is waited for and gone over if its result can be.

    Raises:
        MapError: lengths differ, or nothing can be gone over.
    """
    columns: dict[int | str, list[Any]] = {}
    whole: dict[int | str, Any] = {}
    given: list[tuple[int | str, Any]] = [*enumerate(args), *kwargs.items()]
    for key, value in given:
        elements = _elements(value)
        if elements is None:
            whole[key] = value.value if isinstance(value, unmapped) else value
        else:
            columns[key] = elements
    length = _common_length(task, columns)
    positions = range(len(args))
    if len(columns) == 1 and not whole and not kwargs:
        # The common case: one list.
        return (((element,), kwargs) for element in columns[0])
    return (
        (
            tuple([columns[p][i] if p in columns else whole[p] for p in positions]),
            {name: columns[name][i] if name in columns else whole[name] for name in kwargs},
        )
        for i in range(length)
    )


def _elements(value: Any) -> list[Any] | None:
    """List what an argument is gone over by, or None when it is handed on whole."""
    if isinstance(value, allow_failure) and not isinstance(value.value, (unmapped, quote)):
        inner = _elements(value.value)
        return None if inner is None else [allow_failure(element) for element in inner]
    if isinstance(value, quote):
        value = value.value
    if isinstance(value, (unmapped, str, bytes, bytearray)):
        return None
    if isinstance(value, (TaskFuture, State)):
        value = value.result()
        return _elements(value)
    if hasattr(value, "read") or hasattr(value, "model_fields"):
        return None  # an open file, a pydantic model
    try:
        return list(value)
    except TypeError:
        return None


def _common_length(task: str, columns: dict[int | str, list[Any]]) -> int:
    if not columns:
        problem = (
            "nothing to go over. Give it at least one list (or other iterable), "
            "or use .submit for a single call."
        )
        raise MapError(task, problem)
    lengths = {key: len(column) for key, column in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(
            f"{f'argument {key + 1}' if isinstance(key, int) else repr(key)} has {length}"
            for key, length in lengths.items()
        )
        problem = (
            f"the arguments have different lengths: {listed}. Make them equal, or wrap "
            "one in unmapped(...) to hand it whole to every call."
        )
        raise MapError(task, problem)
    return next(iter(lengths.values()))
