"""Remembers which value came out of which run, to draw edges between them.

`df = load(); clean(df)` hands a plain value on, and still the graph shows an
edge: the engine knows the object by identity. Weak references where the type
allows, so memory does not grow with the results; a small table otherwise.
Values that Python shares (None, True, small numbers, strings) are never traced.
"""

from __future__ import annotations

import sys
import weakref
from enum import Enum
from itertools import islice
from types import BuiltinFunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Origins"]

#: Python hands out the same object for equal values of these.
_SHARED: Final = frozenset({int, bool, type(None), str, bytes})
#: And these anybody can name, so having one says nothing about where it came from.
_NAMED: Final = (Enum, type, ModuleType, BuiltinFunctionType)
#: Elements of a result up to so many are traced too: `t, p = compare(df)`.
_FEW: Final = 8
#: Values without weak references are held: at most so many, none larger than that.
_HELD: Final = 32
_LARGEST_HELD_BYTES: Final = 1_048_576


class Origins:
    """The values that came out of one flow run's calls."""

    __slots__ = ("_held", "_weak")

    def __init__(self) -> None:
        #: id of the value -> (weak reference to it, index of the run)
        self._weak: dict[int, tuple[weakref.ref[Any], int]] = {}
        #: id of the value -> (the value, index of the run); oldest first
        self._held: dict[int, tuple[Any, int]] = {}

    def note(self, value: Any, index: int) -> None:
        """Remember that a run returned this value."""
        if type(value) in _SHARED:
            return
        self._note_one(value, index)
        if type(value) in {tuple, list} and len(value) <= _FEW:
            for item in value:
                if type(item) not in _SHARED:
                    self._note_one(item, index)
        elif type(value) is dict and len(value) <= _FEW:
            for item in value.values():
                if type(item) not in _SHARED:
                    self._note_one(item, index)

    def _note_one(self, value: Any, index: int) -> None:
        if isinstance(value, _NAMED):
            return
        key = id(value)
        weak = self._weak
        try:
            # An id may be given to another object later: the callback forgets it first.
            weak[key] = (weakref.ref(value, lambda _: weak.pop(key, None)), index)
        except TypeError:
            if type(value) is tuple and not value:
                return
            if sys.getsizeof(value) > _LARGEST_HELD_BYTES or _holds_arrays(value):
                return
            held = self._held
            held[key] = (value, index)
            if len(held) > _HELD:
                held.pop(next(iter(held)), None)

    def find(self, values: Iterable[Any]) -> list[int]:
        """List the runs that these values (or their elements) came from."""
        found: dict[int, None] = {}
        for value in values:
            kind = type(value)
            if kind in _SHARED:
                continue
            index = self._find_one(value)
            if index is not None:
                found[index] = None
            elif kind in {list, tuple, set} and len(value) <= _HELD:
                self._find_items(value, found)
            elif kind is dict and len(value) <= _HELD:
                self._find_items(value.values(), found)
        return list(found)

    def _find_items(self, items: Iterable[Any], found: dict[int, None]) -> None:
        for item in items:
            if type(item) not in _SHARED:
                index = self._find_one(item)
                if index is not None:
                    found[index] = None

    def _find_one(self, value: Any) -> int | None:
        key = id(value)
        entry = self._weak.get(key)
        if entry is not None and entry[0]() is value:
            return entry[1]
        held = self._held.get(key)
        if held is not None and held[0] is value:
            return held[1]
        return None


def _holds_arrays(value: Any) -> bool:
    """Tell whether a collection has arrays or frames in it, whose size it does not show."""
    if not isinstance(value, (list, tuple, dict)):
        return False
    items = value.values() if isinstance(value, dict) else value
    return any(hasattr(type(item), "__array__") for item in islice(items, _FEW))
