"""What all fingerprints share: plain types, the error for no content, names of types."""

from __future__ import annotations

import types
from typing import Any, Final

from penstock._modules import real_module

__all__ = ["ATOMS", "Unstable", "full_name", "is_task", "type_name"]

#: Types whose values are plain, immutable and written by marshal.
ATOMS: Final[frozenset[type]] = frozenset({int, str, float, bool, type(None), bytes})


class Unstable(Exception):
    """A value has no content that would be the same tomorrow.

    Facts: where it stands ("argument conn"), its type, and what is wrong with it.
    """

    def __init__(self, path: str, type_name: str, reason: str = "has no stable content") -> None:
        super().__init__(path, type_name, reason)
        self.path = path
        self.type_name = type_name
        self.reason = reason

    def inside(self, owner: str) -> Unstable:
        """Say where the thing stands that holds the value."""
        return Unstable(owner + self.path, self.type_name, self.reason)

    def __str__(self) -> str:
        return f"{self.path or 'value'} ({self.type_name}) {self.reason}"


def type_name(kind: type) -> str:
    """Name a type as people know it."""
    name = full_name(kind)
    return name.removeprefix("builtins.")


def full_name(named: Any) -> str:
    """Name a class or function by its module and qualified name."""
    name = str(getattr(named, "__qualname__", None) or getattr(named, "__name__", "?"))
    owner = getattr(named, "__self__", None)  # a classmethod, or a method written in C
    if owner is not None and not isinstance(owner, types.ModuleType) and name.isidentifier():
        name = f"{getattr(owner, '__qualname__', type(owner).__qualname__)}.{name}"
    return f"{real_module(getattr(named, '__module__', None))}.{name}"


def is_task(value: Any) -> bool:
    """Tell whether a value is a task or flow: callable, with its function in `fn`."""
    return isinstance(getattr(value, "fn", None), types.FunctionType) and callable(value)
