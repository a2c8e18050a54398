"""Fingerprint of the code a task runs: its own, and all of the user's that it reaches.

Followed are the functions and classes of the user that it names, in its own module
or in others, tasks and decorated functions included; and the values it reads from
globals and closures, unless the code itself changes them: a counter is its memory.
The standard library, installed packages and Penstock count by name: they change with
a version, not with an edit.

What was followed is remembered, so that asking again costs about 1 µs: are all
these names still bound to the same objects?
"""

from __future__ import annotations

import enum
import functools
from hashlib import blake2b
from operator import attrgetter, is_, itemgetter
from types import CodeType, FunctionType, GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from penstock._fingerprint.bytecode import outline
from penstock._fingerprint.origin import (
    find_code,
    is_users_class,
    is_users_function,
    is_users_module,
)
from penstock._fingerprint.stable import ATOMS, Unstable, full_name, is_task, type_name
from penstock._fingerprint.writer import Writer
from penstock._modules import real_module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from penstock._fingerprint.bytecode import Import, Outline

__all__ = ["CodeFingerprint", "print_code"]

#: Global values are read again on each call up to this size; beyond, only their identity
#: and length: a task must not pay for a large table on each of its calls.
_REREAD_BYTES: Final = 16_384

#: Larger buffers among global values are sampled.
_LIMIT_BYTES: Final = 16_777_216

#: A global value of more objects than this, such as a language model, counts by its type:
#: reading it would hold up the first call for a second and more.
_MOST_OBJECTS: Final = 50_000

#: Values that can only change by being replaced.
_IMMUTABLE: Final = ATOMS | {complex, range, type(Ellipsis), FunctionType, ModuleType, type}

_codes_of: Final = functools.partial(map, attrgetter("__code__"))
_contents_of: Final = functools.partial(map, attrgetter("cell_contents"))


class CodeFingerprint:
    """Prints the code that a function runs, each time as it is at that time."""

    __slots__ = ("_fn", "_walk")

    def __init__(self, fn: Callable[..., Any]) -> None:
        self._fn = fn
        # Not now: what a decorated function names is often defined further down.
        self._walk: _Walk | None = None

    def __reduce__(self) -> tuple[type[CodeFingerprint], tuple[Callable[..., Any]]]:
        return CodeFingerprint, (self._fn,)

    def digest(self) -> bytes:
        """Give 16 bytes that change when the code does, or a value that it reads."""
        walk = self._walk
        if walk is None or walk.is_outdated():
            walk = self._walk = _Walk(self._fn)
        return walk.digest

    def parts(self) -> list[tuple[str, str]]:
        """List what the code consists of, as (label, hex digest), to tell later what changed."""
        self.digest()
        return [] if self._walk is None else self._walk.named


@functools.lru_cache(maxsize=256)
def _fingerprint_of(value: Any) -> CodeFingerprint:
    return CodeFingerprint(value)


def print_code(value: Any) -> bytes:
    """Print a function, a class or a code object that is an input of a task."""
    if isinstance(value, CodeType):
        return outline(value).print
    if isinstance(value, type) and not is_users_class(value):
        return _hash(f"class {full_name(value)}")
    return _fingerprint_of(value).digest()


def _hash(*parts: str | bytes) -> bytes:
    hasher = blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        hasher.update(b"%d:" % len(data) + data)
    return hasher.digest()


class _Walk:
    """One walk over everything that a function reaches, and what to look at to see it change."""

    def __init__(self, root: Callable[..., Any]) -> None:
        self.parts: list[tuple[str, bytes]] = []
        #: id -> label of what was reached, and the thing itself so that its id stays its own
        self._reached: dict[int, tuple[str, Any]] = {}
        self._labels: set[str] = set()
        self._queue: list[tuple[str, Any]] = []
        self._files: set[str] = set()
        self._functions: dict[FunctionType, CodeType] = {}
        self._cells: list[tuple[Any, Any]] = []
        #: by id of the namespace: the namespace, and what its names are bound to
        self._bound: dict[int, tuple[Mapping[str, Any], dict[str, Any]]] = {}
        self._unbound: dict[int, tuple[Mapping[str, Any], set[str]]] = {}
        #: values that may change in place: how to print them, and the print
        self._mutable: list[tuple[Any, bytes | int]] = []
        self._module = real_module(getattr(root, "__module__", None))
        self._start(root)
        while self._queue:
            label, found = self._queue.pop()
            print_ = self._class(found) if isinstance(found, type) else self._function(label, found)
            self.parts.append((label, print_))
        # The order in which sets are gone over must not matter.
        self.parts.sort(key=lambda part: (not part[0].startswith("source of"), part))
        self.digest = _hash(*[item for part in self.parts for item in part])
        #: the parts for people, made once
        self.named = [(label, print_.hex()) for label, print_ in self.parts]
        self._looks = self._make_looks()

    def is_outdated(self) -> bool:
        """Tell whether something that was read is not what it was."""
        try:
            for look, holder, expected in self._looks:
                if not all(map(is_, look(holder), expected)):
                    return True
            for value, print_ in self._mutable:
                if (len(value) if type(print_) is int else self._reprint(value)) != print_:
                    return True
        except (LookupError, ValueError, AttributeError, Unstable):
            return True
        return False

    def _make_looks(self) -> list[tuple[Callable[[Any], Iterable[Any]], Any, tuple[Any, ...]]]:
        """Prepare the comparisons of `is_outdated`, so that each runs within C."""
        looks: list[tuple[Callable[[Any], Iterable[Any]], Any, tuple[Any, ...]]] = []
        for holder, names in self._bound.values():
            # Twice the first name, because a getter of one name gives no tuple.
            first = next(iter(names))
            looks.append((itemgetter(first, *names), holder, (names[first], *names.values())))
        for holder, missing in self._unbound.values():
            looks.append((_AreMissing(missing), holder, (True,)))
        if self._functions:
            looks.append((_codes_of, tuple(self._functions), tuple(self._functions.values())))
        if self._cells:
            cells, contents = zip(*self._cells, strict=True)
            looks.append((_contents_of, cells, contents))
        return looks

    # What is reached

    def _start(self, root: Any) -> None:
        """Take the function itself, whoever wrote it."""
        inner = root
        while not isinstance(inner, (FunctionType, type)):
            following = getattr(inner, "__func__", None) or getattr(inner, "fn", None)
            following = following or getattr(inner, "__wrapped__", None)
            if not callable(following):
                break
            inner = following
        if isinstance(inner, (FunctionType, type)):
            self._add(f"source of {inner.__name__}()", inner)
            owner = getattr(root, "__self__", None)
            if owner is not None and not isinstance(owner, ModuleType):
                self._reach(owner, "closure value self")
        else:  # written in C, a partial, or an object that can be called
            name = getattr(root, "__name__", type(root).__name__)
            self._reach(root, f"source of {name}()")

    def _add(self, label: str, found: Any) -> str:
        """Note something to go into, once. Gives its label, which nothing else has."""
        known = self._reached.get(id(found))
        if known is not None:
            return known[0]
        label = self._unique(label)
        self._reached[id(found)] = label, found
        self._queue.append((label, found))
        return label

    def _unique(self, label: str) -> str:
        unique, number = label, 1
        while unique in self._labels:
            number += 1
            unique = f"{label} #{number}"
        self._labels.add(unique)
        return unique

    def _reach(self, value: Any, label: str) -> str:
        """Follow a value that code names, into code or by its content; give what stands for it."""
        if isinstance(value, ModuleType):
            return f"module {value.__name__}"
        if is_task(value):
            value = value.fn
        elif isinstance(getattr(value, "__wrapped__", None), FunctionType):
            value = value if isinstance(value, FunctionType) else value.__wrapped__
        if isinstance(value, FunctionType):
            if is_users_function(value):
                return self._add(f"helper {self._short(value)}", value)
            self._look_into(value)
            return f"function {full_name(value)}"
        if isinstance(value, type):
            users = is_users_class(value)
            name = f"class {self._short(value)}"
            return self._add(name, value) if users else name
        return self._value(value, label)

    def _look_into(self, function: FunctionType) -> None:
        """Follow what a wrapper from elsewhere holds of the user's."""
        if id(function) in self._reached:  # wrappers may refer to themselves
            return
        self._reached[id(function)] = f"function {full_name(function)}", function
        inner = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
        for value in [*inner, getattr(function, "__wrapped__", None)]:
            if isinstance(value, FunctionType):
                self._reach(value, "")

    def _value(self, value: Any, label: str) -> str:
        """Take the content of a value as a part, and the class of an object of the user's."""
        kind = type(value)
        known = None if kind in _IMMUTABLE else self._reached.get(id(value))
        if known is not None:
            return known[0]
        label = self._unique(label)
        if kind not in _IMMUTABLE:
            self._reached[id(value)] = label, value
        self.parts.append((label, self._print(value)))
        if is_users_class(kind):
            self._reach(kind, "")
        return label

    def _print(self, value: Any) -> bytes:
        writer = Writer(self._code_inside, _LIMIT_BYTES, _MOST_OBJECTS)
        try:
            writer.write(value)
            print_ = writer.digest()
        except (Unstable, RecursionError):
            return _hash(f"a {type_name(type(value))}")
        kind = type(value)
        if kind in _IMMUTABLE or (kind is tuple and set(map(type, value)) <= _IMMUTABLE):
            return print_
        if writer.written <= _REREAD_BYTES and _changes_in_place(kind):
            self._mutable.append((value, print_))
        elif hasattr(kind, "__len__"):
            self._mutable.append((value, len(value)))
        return print_

    def _reprint(self, value: Any) -> bytes:
        writer = Writer(lambda found: _hash(self._reached[id(found)][0]), _LIMIT_BYTES)
        writer.write(value)
        return writer.digest()

    def _code_inside(self, found: Any) -> bytes:
        """Print a function or class inside of a value, such as a dict of handlers, by its label."""
        if isinstance(found, CodeType):
            return outline(found).print
        label = self._reach(found, "")
        self._reached.setdefault(id(found), (label, found))
        return _hash(self._reached[id(found)][0])

    def _short(self, named: Any) -> str:
        """Name something as the task's own module would."""
        name = full_name(named)
        return name.removeprefix(f"{self._module}.")

    # What is gone into

    def _function(self, label: str, function: FunctionType) -> bytes:
        self._functions[function] = code = function.__code__
        inside = outline(code)
        writer = Writer(self._code_inside)
        writer.out += inside.print
        for value in (function.__defaults__, function.__kwdefaults__):
            # As they were defined: a default that changes is a memory, not code.
            writer.out += self._quiet_print(value)
        for path in inside.reads:
            if not _is_memory(path[0], function.__globals__.get(path[0]), inside):
                writer.text(self._read(function.__globals__, path))
        for statement in inside.imports:
            writer.text(self._import(function.__globals__, statement))
        place = "" if label.startswith("source of") else f" of {label}"
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            if _is_filled(cell) and not _is_memory(name, cell.cell_contents, inside):
                value = cell.cell_contents
                self._cells.append((cell, value))
                writer.text(self._reach(value, f"closure value {name}{place}"))
        wrapped = getattr(function, "__wrapped__", None)
        if wrapped is not None:
            writer.text(self._reach(wrapped, f"what {label} wraps"))
        owner = self._owner_or_none(function)
        if owner is not None:
            writer.text(self._reach(owner, ""))
        return writer.digest()

    def _quiet_print(self, value: Any) -> bytes:
        writer = Writer(self._code_inside, _LIMIT_BYTES)
        try:
            writer.write(value)
        except (Unstable, RecursionError):
            return _hash(*[type_name(type(item)) for item in value])
        return writer.digest()

    def _owner_or_none(self, function: FunctionType) -> type | None:
        """Find the class that a method stands in: it may call the others on self."""
        name, dot, _ = function.__qualname__.rpartition(".")
        if not dot or "." in name or name not in function.__globals__:
            return None
        owner = function.__globals__[name]
        self._bind(function.__globals__, name, owner)
        return owner if isinstance(owner, type) else None

    def _bind(self, holder: Mapping[str, Any], name: str, value: Any) -> None:
        self._bound.setdefault(id(holder), (holder, {}))[1][name] = value

    def _read(self, namespace: dict[str, Any], path: tuple[str, ...]) -> str:
        """Follow a global, and attributes through the user's modules. Gives what it came to."""
        holder: Mapping[str, Any] = namespace
        label = "global "
        module = real_module(namespace.get("__name__"), namespace)
        if module != self._module:
            label += f"{module}."
        for position, name in enumerate(path):
            if name not in holder:  # a builtin, or not there yet
                self._unbound.setdefault(id(holder), (holder, set()))[1].add(name)
                return f"{name}?"
            value = holder[name]
            self._bind(holder, name, value)
            is_last = position == len(path) - 1
            if is_last or not isinstance(value, ModuleType) or not is_users_module(value):
                return f"{name} {self._reach(value, label + name)}"
            holder, label = vars(value), f"global {value.__name__}."
        return ""

    def _import(self, namespace: dict[str, Any], statement: Import) -> str:
        """Take the user's modules that a function imports when it runs, by their whole code.

        From the file and not from sys.modules: the print may not change by the import.
        """
        base = statement.module
        if statement.level:
            package = namespace.get("__package__") or ""
            for _ in range(statement.level - 1):
                package = package.rpartition(".")[0]
            base = f"{package}.{base}".strip(".")
        for name in (base, *[f"{base}.{name}" for name in statement.names]):
            found = None if name in self._files else find_code(name)
            self._files.add(name)
            if found is not None:
                inside = outline(found)
                self.parts.append((f"module {name}", inside.print))
                inner = {"__package__": name.rpartition(".")[0]}
                for further in inside.imports:
                    self._import(inner, further)
        return base

    def _class(self, found: type) -> bytes:
        writer = Writer(self._code_inside, _LIMIT_BYTES)
        for base in found.__bases__:
            writer.text(self._reach(base, ""))
        members = vars(found)
        for name in sorted(members):
            member = members[name]
            if _is_written(found, name, member):
                self._bind(members, name, member)
                writer.text(name)
                for part in _parts_of(member):
                    writer.text(self._reach(part, f"constant {self._short(found)}.{name}"))
        notes = members.get("__annotations__", {})
        writer.plain([f"{name}: {_in_words(notes[name])}" for name in notes])
        for fields in ("__dataclass_fields__", "__pydantic_fields__"):
            for name, field in members.get(fields, {}).items():
                writer.text(name)
                for fact in ("default", "default_factory", "metadata"):
                    writer.out += self._quiet_print((getattr(field, fact, None),))
        return writer.digest()


class _AreMissing:
    """Tells whether names are still not bound in a namespace."""

    __slots__ = ("_names",)

    def __init__(self, names: set[str]) -> None:
        self._names = frozenset(names)

    def __call__(self, namespace: Mapping[str, Any]) -> tuple[bool]:
        return (self._names.isdisjoint(namespace),)


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - an empty cell says so by raising
    except ValueError:
        return False
    return True


def _is_memory(name: str, value: Any, code: Outline) -> bool:
    """Tell whether a name holds what code writes to: `seen.append(x)`, not `tools.update(x)`."""
    return name in code.changes and not isinstance(value, (ModuleType, FunctionType, type))


def _changes_in_place(kind: type) -> bool:
    """Tell whether values of a type are read again: containers, arrays, the user's own."""
    if kind.__module__ in {"builtins", "collections"}:
        return True
    return is_users_class(kind) or kind.__module__.partition(".")[0] == "numpy"


def _parts_of(member: Any) -> list[Any]:
    """Take the functions out of the descriptors that Python makes of them."""
    if isinstance(member, property):
        return [part for part in (member.fget, member.fset, member.fdel) if part is not None]
    return [member.func] if isinstance(member, functools.cached_property) else [member]


def _is_written(owner: type, name: str, member: Any) -> bool:
    """Tell whether a class member is the user's, and not bookkeeping of Python or a library."""
    if name.startswith("__") and name.endswith("__"):
        return isinstance(member, (FunctionType, staticmethod, classmethod, property))
    if name.startswith("_abc_") or isinstance(member, (MemberDescriptorType, GetSetDescriptorType)):
        return False
    return not (issubclass(owner, enum.Enum) and name.startswith("_"))


def _in_words(annotation: Any) -> str:
    """Name the type in an annotation; never with an address in memory."""
    words = full_name(annotation) if isinstance(annotation, type) else repr(annotation)
    return words.partition(" at 0x")[0]
