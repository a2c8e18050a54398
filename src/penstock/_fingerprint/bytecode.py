"""What a code object does, without how it was written down.

The instructions as they run are the truth; source text can be missing, or newer
than what was loaded. Line numbers, comments, formatting, docstrings and the order
in which constants lie are left out.
"""

from __future__ import annotations

import functools
from bisect import bisect_left
from types import CodeType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from penstock._fingerprint.stable import Unstable, type_name
from penstock._fingerprint.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from dis import Instruction

__all__ = ["Import", "Outline", "outline"]

#: They do nothing, or only stretch the argument of the next one.
_EMPTY: Final = frozenset({"NOP", "CACHE", "EXTENDED_ARG", "RESUME"})

#: Python 3.13 joins two instructions only where they stand on one line.
_JOINED: Final = {
    "LOAD_FAST_LOAD_FAST": ("LOAD_FAST", "LOAD_FAST"),
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW": ("LOAD_FAST_BORROW", "LOAD_FAST_BORROW"),
    "STORE_FAST_LOAD_FAST": ("STORE_FAST", "LOAD_FAST"),
    "STORE_FAST_STORE_FAST": ("STORE_FAST", "STORE_FAST"),
}

#: What a class body stores that is no behaviour: words, lines, and names in no fixed order.
_WORDS: Final = frozenset({"__doc__", "__firstlineno__", "__static_attributes__"})

_GLOBALS: Final = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
_ATTRIBUTES: Final = frozenset({"LOAD_ATTR", "LOAD_METHOD"})
_OUTER: Final = _GLOBALS | {"LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"}
_REBINDS: Final = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL", "STORE_DEREF", "DELETE_DEREF"})

#: Methods that change a list, a dict, a set, a deque, a counter, a queue or a file.
_WORDS_OF_CHANGE: Final = (
    "add append appendleft clear discard extend extendleft insert pop popitem popleft put "
    "put_nowait remove reverse rotate setdefault sort subtract update write writelines"
)
_CHANGING: Final = frozenset(_WORDS_OF_CHANGE.split())


class Import(NamedTuple):
    """An import statement inside of a function."""

    module: str
    level: int  #: leading dots
    names: tuple[str, ...]


class Outline(NamedTuple):
    """What a code object does, and what it reads from outside."""

    print: bytes  #: 16 bytes
    reads: tuple[tuple[str, ...], ...]  #: globals, with the attributes taken from them
    imports: tuple[Import, ...]
    changes: frozenset[str]  #: globals and closure names that it rebinds, or changes in place


@functools.lru_cache(maxsize=4096)
def outline(code: CodeType) -> Outline:
    """Read a code object and those inside of it."""
    from dis import Bytecode  # noqa: PLC0415 - 2 ms, and many processes never print code

    bytecode = Bytecode(code)
    steps = _without_words([step for step in bytecode if step.opname not in _EMPTY])
    offsets = [step.offset for step in steps]
    writer = Writer(lambda inner: outline(inner).print)
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + 2]
    writer.plain([code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags])
    writer.plain(list(names))
    reads: dict[tuple[str, ...], None] = {}
    imports: dict[Import, None] = {}
    changes = set(_changes(steps, code.co_freevars))
    for number, step in enumerate(steps):
        _write_step(writer, step, offsets)
        if step.opname in _GLOBALS:
            reads[_path(steps, number)] = None
        elif step.opname == "IMPORT_NAME":
            level, wanted = steps[number - 2].argval, steps[number - 1].argval
            imports[Import(step.argval, level, tuple(wanted or ()))] = None
        elif isinstance(step.argval, CodeType):
            inner = outline(step.argval)
            reads |= dict.fromkeys(inner.reads)
            imports |= dict.fromkeys(inner.imports)
            changes |= inner.changes
    for entry in getattr(bytecode, "exception_entries", None) or ():
        places = [bisect_left(offsets, at) for at in (entry.start, entry.end, entry.target)]
        writer.plain([*places, entry.depth, entry.lasti])
    return Outline(writer.digest(), tuple(reads), tuple(imports), frozenset(changes))


def _without_words(steps: list[Instruction]) -> list[Instruction]:
    """Leave out the pairs that load a docstring and store it."""
    kept: list[Instruction] = []
    for step in steps:
        if step.opname == "STORE_NAME" and step.argval in _WORDS:
            kept.pop()
        else:
            kept.append(step)
    return kept


def _write_step(writer: Writer, step: Instruction, offsets: list[int]) -> None:
    name, value = step.opname, step.argval
    parts = _JOINED.get(name)
    if parts is not None:
        for part, local in zip(parts, value, strict=True):
            writer.text(part)
            writer.plain(local)
        return
    writer.text(name)
    if "JUMP" in name or name in {"FOR_ITER", "SEND"}:
        writer.plain(bisect_left(offsets, value))
    elif name in _GLOBALS or name in _ATTRIBUTES:
        writer.plain(step.argrepr)  # the name, and whether it is about to be called
    elif isinstance(value, str) or "CONST" in name or name == "KW_NAMES":
        _write_constant(writer, value)
    else:
        writer.plain(step.arg)


def _write_constant(writer: Writer, value: Any) -> None:
    try:
        writer.write(value)
    except Unstable:  # nothing a compiler makes; but code can be made by hand
        writer.text(type_name(type(value)))


def _path(steps: list[Instruction], number: int) -> tuple[str, ...]:
    """Read the attributes that are taken from a global as soon as it is loaded."""
    path = [steps[number].argval]
    for step in steps[number + 1 :]:
        if step.opname not in _ATTRIBUTES:
            break
        path.append(step.argval)
    return tuple(path)


def _changes(steps: list[Instruction], freevars: tuple[str, ...]) -> Iterator[str]:
    """Name what code from outside it writes to: `n += 1`, `seen.append(x)`, `count[x] = 1`.

    Such a thing is a memory of the code and no part of it. What is not recognised here
    (a change through another name) counts as content, so at worst a task runs again.
    """
    for number, step in enumerate(steps):
        name = step.opname
        if name in _REBINDS:
            if "DEREF" not in name or step.argval in freevars:
                yield step.argval
        elif name in _OUTER:
            after = steps[number + 1 : number + 5]
            if _is_changed([one.opname for one in after], [one.argval for one in after]):
                yield step.argval


def _is_changed(opnames: list[str], values: list[Any]) -> bool:
    """Tell from the next four steps whether what was just loaded is about to be changed."""
    match opnames:
        case ["LOAD_ATTR" | "LOAD_METHOD", *_]:
            return values[0] in _CHANGING
        case ["STORE_ATTR" | "DELETE_ATTR", *_]:  # it.n = 1
            return True
        case ["COPY", "LOAD_ATTR", *_]:  # it.n += 1
            return True
        case [_, "STORE_SUBSCR" | "DELETE_SUBSCR", *_]:  # it[key] = 1
            return True
        case [_, "COPY", "COPY", *_]:  # it[key] += 1
            return True
        case _:
            return False
