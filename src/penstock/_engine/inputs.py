"""Looks into arguments: finds futures and states, and puts values in their place.

Looks inside of lists, tuples, sets, dicts, dataclasses and pydantic models. What
holds no future is handed on as it is, the very same object; what does is
rebuilt, and the original stays untouched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from penstock._fingerprint.stable import ATOMS
from penstock.futures import TaskFuture
from penstock.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["allow_failure", "find_futures", "quote", "replace", "unmapped"]

T = TypeVar("T")

#: A structure nested deeper than this is taken as it is: it is data, not arguments.
_DEEPEST: Final = 20
_COLLECTIONS: Final = frozenset({list, tuple, set, frozenset})


class _Mark(Generic[T]):
    """An argument with a word about how to take it."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def unwrap(self) -> T:
        """Give the argument itself."""
        return self.value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"


class unmapped(_Mark[T]):  # noqa: N801 - reads as a word in a call
    """Hand this argument of `.map` to every call whole, though it could be gone over."""

    __slots__ = ()


class allow_failure(_Mark[T]):  # noqa: N801 - as above
    """Let a task run although this input failed: it receives the exception instead."""

    __slots__ = ()


class quote(_Mark[T]):  # noqa: N801 - as above
    """Do not look for futures inside of this argument: it is large, and plain data."""

    __slots__ = ()


def find_futures(values: Iterable[Any]) -> tuple[list[TaskFuture[Any]], bool]:
    """List the futures in the arguments of a call, each once, in order.

    Also tells whether anything in them stands for something else, so that `replace`
    has work to do: a future, a state, or an argument with a mark on it.
    """
    found: dict[TaskFuture[Any], None] = {}
    stands_for_other = False

    def note(value: Any) -> Any:
        nonlocal stands_for_other
        stands_for_other = True
        if isinstance(value, TaskFuture):
            found[value] = None
        elif isinstance(value, allow_failure):
            _visit(value.value, walk, 0)
        return value

    walk = _Walk(note)
    for value in values:
        if type(value) not in ATOMS:
            stands_for_other |= isinstance(value, _Mark)
            _visit(value, walk, 0)
    return list(found), stands_for_other


def replace(value: Any, change: Callable[[Any], Any]) -> Any:
    """Rebuild a value with each future, state and mark in it changed."""
    return value if type(value) in ATOMS else _visit(value, _Walk(change), 0)


class _Walk:
    """One look through a structure: what to do with what is found, and what has been seen.

    Objects that know each other (a tree with links to the parents) have more paths
    through them than there are atoms, so each is visited once.
    """

    __slots__ = ("change", "seen")

    def __init__(self, change: Callable[[Any], Any]) -> None:
        self.change = change
        #: id -> (the structure, which keeps the id its own, and what became of it)
        self.seen: dict[int, tuple[Any, Any]] = {}


def _visit(value: Any, walk: _Walk, depth: int) -> Any:
    """Hand every future, state and mark in a structure to `change`; rebuild what it changes."""
    kind = type(value)
    if kind in ATOMS or depth > _DEEPEST or _is_plain_data(value, kind):
        return value
    if isinstance(value, (TaskFuture, State)):
        return walk.change(value)
    if isinstance(value, _Mark):
        return _visit_mark(value, walk, depth)
    visit = _visitor_of(value, kind)
    if visit is None:
        return value
    known = walk.seen.get(id(value))
    if known is None:
        walk.seen[id(value)] = (value, value)  # if it holds itself, the walk ends there
        known = walk.seen[id(value)] = (value, visit(value, walk, depth))
    return known[1]


def _is_plain_data(value: Any, kind: Any) -> bool:
    """Tell whether a collection holds atoms only. 30 ns an item, so large lists are no burden."""
    if kind is dict:
        return ATOMS.issuperset(map(type, value.values())) and ATOMS.issuperset(map(type, value))
    return kind in _COLLECTIONS and ATOMS.issuperset(map(type, value))


def _visitor_of(value: Any, kind: Any) -> Callable[[Any, _Walk, int], Any] | None:
    """Choose how to look into a value; None: nothing can be in it."""
    if kind in _COLLECTIONS:
        return _visit_items
    if kind is dict:
        return _visit_dict
    if isinstance(value, (list, tuple, set, dict)):
        return _visit_subclass
    if hasattr(kind, "__dataclass_fields__") or hasattr(kind, "__pydantic_fields__"):
        return _visit_fields
    return None


def _visit_mark(mark: _Mark[Any], walk: _Walk, depth: int) -> Any:
    if isinstance(mark, quote):
        return mark.value
    if isinstance(mark, allow_failure):
        return walk.change(mark)
    return _visit(mark.value, walk, depth)


def _visit_items(value: Any, walk: _Walk, depth: int) -> Any:
    items = [_visit(item, walk, depth + 1) for item in value]
    if all(new is old for new, old in zip(items, value, strict=True)):
        return value
    return type(value)(items)


def _visit_dict(value: dict[Any, Any], walk: _Walk, depth: int) -> Any:
    items = {
        _visit(key, walk, depth + 1): _visit(item, walk, depth + 1) for key, item in value.items()
    }
    if all(items.get(key, items) is item for key, item in value.items()):
        return value
    return items


def _visit_subclass(value: Any, walk: _Walk, depth: int) -> Any:
    """Visit a named tuple, an OrderedDict, a list of futures."""
    if isinstance(value, dict):
        plain: Any = _visit_dict(dict(value), walk, depth)
        if all(plain.get(key, plain) is item for key, item in value.items()):
            return value
        copied = value.copy()
        copied.clear()
        copied.update(plain)
        return copied
    items = [_visit(item, walk, depth + 1) for item in value]
    if all(new is old for new, old in zip(items, value, strict=True)):
        return value
    make = getattr(value, "_make", None)
    return (
        make(items)
        if make is not None
        else [*items]
        if isinstance(value, list)
        else type(value)(items)
    )


def _visit_fields(value: Any, walk: _Walk, depth: int) -> Any:
    """Visit the fields of a dataclass or a pydantic model; a changed one gives a copy."""
    if isinstance(value, type):
        return value
    changed = {}
    kind = type(value)
    for name in getattr(kind, "__dataclass_fields__", None) or kind.__pydantic_fields__:
        old = getattr(value, name, None)
        new = _visit(old, walk, depth + 1)
        if new is not old:
            changed[name] = new
    if not changed:
        return value
    from copy import copy  # noqa: PLC0415 - rarely wanted

    copied = copy(value)
    for name, new in changed.items():
        # Frozen classes refuse the ordinary way.
        object.__setattr__(copied, name, new)
    return copied
