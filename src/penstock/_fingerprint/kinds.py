"""What each type is written as: one table by exact type, and families of types.

Whatever is not here is written as pickle would take it apart, but in an order of
its own: the class by its name, then its state.
"""

from __future__ import annotations

import copyreg
import enum
import functools
import types
from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any, Final

from penstock._fingerprint.arrays import find_array_writer
from penstock._fingerprint.stable import ATOMS, Unstable, full_name, is_task, type_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from penstock._fingerprint.writer import Writer

    Write: TypeAlias = Callable[[Writer, Any], None]

__all__ = ["SORTABLE", "find_writer"]

#: Kinds of keys that can be sorted among themselves.
SORTABLE: Final = ({str}, {int}, {bytes})

#: Packages whose objects pickle, but with numbers of this process in them.
_WITHOUT_CONTENT: Final = frozenset({"matplotlib", "mpl_toolkits"})

#: What attrs keeps in an object though it is no content: the hash differs in each process.
_DERIVED: Final = frozenset({"_attrs_cached_hash"})


def _items(writer: Writer, values: Any) -> None:
    writer.items(values)


def _items_of(writer: Writer, mapping: Any) -> None:
    writer.items(mapping.items())


def _pairs(writer: Writer, mapping: Any) -> None:
    writer.pairs(mapping)


def _element(writer: Writer, value: Any) -> None:
    writer.write(value)


def _elements(writer: Writer, values: Any) -> None:
    writer.apart(values, _element)


# What the types of the language and its library need, each by its exact type.


def _write_list(writer: Writer, value: list[Any]) -> None:
    writer.out += b"L"
    if ATOMS.issuperset(map(type, value)):
        writer.plain(value)
    else:
        writer.nest(value, _items)


def _write_items(writer: Writer, value: Any) -> None:
    writer.out += b"T" if type(value) is tuple else b"Q" if type(value) is deque else b"V"
    if ATOMS.issuperset(map(type, value)):
        writer.plain(list(value))
    else:
        writer.nest(value, _items)


def _write_dict(writer: Writer, value: dict[Any, Any]) -> None:
    writer.out += b"D"
    if ATOMS.issuperset(map(type, value.values())) and ATOMS.issuperset(map(type, value)):
        writer.pairs(value)
    else:
        writer.nest(value, _pairs)


def _write_ordered(writer: Writer, value: OrderedDict[Any, Any]) -> None:
    writer.text("OrderedDict")
    writer.nest(value, _items_of)


def _write_defaults(writer: Writer, value: defaultdict[Any, Any]) -> None:
    writer.text("defaultdict")
    writer.write(value.default_factory)
    writer.nest(value, _pairs)


def _write_set(writer: Writer, value: Any) -> None:
    kind = type(value)
    writer.text(full_name(kind))
    if set(map(type, value)) in SORTABLE:
        writer.plain(sorted(value))
    else:
        writer.nest(value, _elements)
    if kind is not set and kind is not frozenset:
        writer.fields(getattr(value, "__dict__", {}))


def _write_view(writer: Writer, value: Any) -> None:
    writer.text(type(value).__name__)
    _elements(writer, value)


def _write_proxy(writer: Writer, value: types.MappingProxyType[Any, Any]) -> None:
    writer.text("mappingproxy")
    writer.nest(value, _pairs)


def _write_buffer(writer: Writer, value: bytearray) -> None:
    writer.text("bytearray")
    writer.buffer(value)


def _write_memory(writer: Writer, value: memoryview) -> None:
    writer.text(f"memoryview {value.format} {value.shape}")
    writer.buffer(value if value.c_contiguous else value.tobytes())


def _write_slice(writer: Writer, value: slice) -> None:
    writer.text("slice")
    writer.items((value.start, value.stop, value.step))


def _write_partial(writer: Writer, value: functools.partial[Any]) -> None:
    writer.text("partial")
    writer.items((value.func, value.args, value.keywords))


def _write_code(writer: Writer, value: Any) -> None:
    writer.out += b"f" + writer.code(value)


def _write_method(writer: Writer, value: types.MethodType) -> None:
    writer.text("method")
    writer.write(value.__func__)
    writer.write(value.__self__)


def _write_builtin(writer: Writer, value: Any) -> None:
    writer.text(full_name(value))
    owner = getattr(value, "__self__", None)
    if owner is not None and not isinstance(owner, (types.ModuleType, type)):
        writer.write(owner)


def _write_module(writer: Writer, value: types.ModuleType) -> None:
    writer.text(f"module {value.__name__}")


def _write_name(writer: Writer, value: Any) -> None:
    writer.text(repr(value))


# Families: what a class needs because of what it derives from.


def _write_enum(writer: Writer, value: enum.Enum) -> None:
    writer.text(f"{full_name(type(value))}.{value.name}")
    writer.write(value.value)


def _write_path(writer: Writer, value: Any) -> None:
    writer.text(type(value).__name__)
    writer.plain(str(value))


def _write_wrapped(writer: Writer, value: Any) -> None:
    writer.text(full_name(type(value)))
    writer.write(value.__wrapped__)


def _write_own(writer: Writer, value: Any) -> None:
    own = value.__penstock_fingerprint__()
    if not isinstance(own, (bytes, str)):
        reason = "must give bytes or str as __penstock_fingerprint__()"
        raise Unstable("", type_name(type(value)), reason)
    writer.text(full_name(type(value)))
    writer.plain(own)


def _write_pydantic(writer: Writer, value: Any) -> None:
    writer.text(full_name(type(value)))
    writer.nest(value, _write_pydantic_fields)


def _write_pydantic_fields(writer: Writer, value: Any) -> None:
    # Which fields were given, and which have their defaults, is no content.
    names = type(value).model_fields
    writer.fields({name: value.__dict__[name] for name in names if name in value.__dict__})
    writer.fields(value.__pydantic_extra__ or {})
    writer.fields(value.__pydantic_private__ or {})


def _refuse(_: Writer, value: Any) -> None:
    raise Unstable("", type_name(type(value)))


def _write_object(writer: Writer, value: Any) -> None:
    """Append any other object: its class by name, and what pickle would keep of it."""
    kind = type(value)
    if is_task(value):
        writer.text(full_name(kind))
        writer.write(value.fn)
        return
    writer.nest(value, _write_reduced)


def _write_reduced(writer: Writer, value: Any) -> None:
    kind = type(value)
    try:
        reduce = copyreg.dispatch_table.get(kind)
        reduced = value.__reduce_ex__(4) if reduce is None else reduce(value)
    except Exception:  # noqa: BLE001 - a type says in many ways that it cannot be pickled
        raise Unstable("", type_name(kind)) from None
    writer.text(full_name(kind))
    if isinstance(reduced, str):
        writer.text(reduced)
        return
    made_by, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
    # __newobj__ and the like: the class is their first argument, and its name is enough.
    writer.text(full_name(made_by))
    for argument in arguments:
        if argument is not kind:
            writer.write(argument)
    if state is not None:
        _write_state(writer, kind, state)
    if items is not None:
        writer.items(items)
    if pairs is not None:
        writer.pairs(dict(pairs))


def _write_state(writer: Writer, kind: type, state: Any) -> None:
    """Append an object's state; for plain ones attributes, or (attributes, slots)."""
    parts = state if type(state) is tuple and len(state) == 2 else (state,)  # noqa: PLR2004
    if not all(part is None or type(part) is dict for part in parts):
        writer.write(state)
        return
    derived = _derived_names(kind)
    for part in parts:
        writer.fields({name: part[name] for name in part if name not in derived} if part else {})


@functools.lru_cache(maxsize=1024)
def _derived_names(kind: type) -> frozenset[str]:
    """Name the attributes that are computed from others when somebody asks for them."""
    found = {
        name
        for base in kind.__mro__
        for name, member in vars(base).items()
        if isinstance(member, functools.cached_property)
    }
    return _DERIVED | found


_NOTHING: Final[dict[Any, Any]] = {}

_TABLE: Final[dict[type, Write]] = {
    list: _write_list,
    tuple: _write_items,
    deque: _write_items,
    dict: _write_dict,
    OrderedDict: _write_ordered,
    defaultdict: _write_defaults,
    set: _write_set,
    frozenset: _write_set,
    type(_NOTHING.keys()): _write_view,
    type(_NOTHING.items()): _write_view,
    type(_NOTHING.values()): _write_items,
    types.MappingProxyType: _write_proxy,
    bytearray: _write_buffer,
    memoryview: _write_memory,
    slice: _write_slice,
    functools.partial: _write_partial,
    types.FunctionType: _write_code,
    types.CodeType: _write_code,
    types.MethodType: _write_method,
    types.BuiltinFunctionType: _write_builtin,
    types.MethodWrapperType: _write_builtin,
    types.WrapperDescriptorType: _write_builtin,
    types.MethodDescriptorType: _write_builtin,
    types.ModuleType: _write_module,
    type(Ellipsis): _write_name,
    type(NotImplemented): _write_name,
    type: _write_code,
}


@functools.lru_cache(maxsize=1024)
def find_writer(kind: type) -> Write:  # noqa: PLR0911 - a table with conditions
    """Choose what writes the values of a type."""
    if kind in _TABLE:
        return _TABLE[kind]
    bases = kind.__mro__
    packages = {base.__module__.partition(".")[0] for base in bases}
    if hasattr(kind, "__penstock_fingerprint__"):
        return _write_own
    if issubclass(kind, type):
        return _write_code
    if issubclass(kind, enum.Enum):
        return _write_enum
    if issubclass(kind, (set, frozenset)):
        return _write_set
    if _WITHOUT_CONTENT & packages:
        return _refuse
    if "pathlib" in packages:
        return _write_path
    if "pydantic" in packages and hasattr(kind, "model_fields"):
        return _write_pydantic
    if hasattr(kind, "__wrapped__") or kind is type(functools.lru_cache(len)):
        return _write_wrapped
    return find_array_writer(kind, packages) or _write_object
