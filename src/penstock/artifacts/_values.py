"""Turns anything into what JSON can carry, for people to read.

Nothing here raises because of a value, and what comes out is valid JSON in every
reader: no NaN, no infinity, no integer that JavaScript would round.
"""

from __future__ import annotations

import json
import math
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import islice
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["as_json", "clean_text", "dump_json", "is_missing"]

#: Above this, JavaScript does not tell neighbours apart.
_LARGEST_INTEGER: Final = 2**53
#: Longer texts in a value are cut.
_LONGEST_TEXT: Final = 10_000
#: Values inside of values are written out so deep, and their number is bounded, too.
_DEEPEST: Final = 6
_MOST_INSIDE: Final = 1_000
_SHOWN_BYTES: Final = 64


def dump_json(value: Any) -> bytes:
    """Write what `as_json` has made as bytes."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()


def is_missing(value: Any) -> bool:
    """Tell whether a value stands for none: None, NaN, pandas' NaT and NA."""
    kind = type(value)
    if value is None or kind is float:
        return value is None or bool(value != value)  # noqa: PLR0124 - so NaN is told
    if kind is str or kind is int:
        return False
    if isinstance(value, str | int) or hasattr(value, "__len__"):
        return False
    if type(value).__name__ in {"NAType", "NaTType"}:
        return True
    try:
        return bool(value != value)  # noqa: PLR0124 - so NaN is told, of whatever type
    except Exception:  # noqa: BLE001 - arrays have no truth, and a class may do anything
        return False


def as_json(value: Any, depth: int = 0) -> Any:
    """Give a value as JSON knows it: numbers, texts, flags, null, lists and objects."""
    kind = type(value)
    is_quick = (
        (kind is int and -_LARGEST_INTEGER <= value <= _LARGEST_INTEGER)
        or (kind is float and math.isfinite(value))
        or (kind is str and len(value) <= _LONGEST_TEXT and value.isascii())
    )
    # Most cells hold these, and asking for a type is cheap.
    if is_quick or value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return as_json(value.value, depth + 1) if depth < _DEEPEST else _as_text(value)
    if isinstance(value, str):
        return clean_text(_cut(value))
    if is_missing(value):
        return None
    for kinds, convert in _PLAIN:
        if isinstance(value, kinds):
            return convert(value)
    return _as_parts(value, depth)


def clean_text(text: str) -> str:
    """Give a text that UTF-8 can carry: halves of surrogate pairs are written out."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


def _as_number(value: Any) -> Any:
    if isinstance(value, Integral):
        number = int(value)
        return number if abs(number) <= _LARGEST_INTEGER else str(number)
    try:
        real = float(value)
    except (OverflowError, ValueError):  # a huge integer, a signalling NaN
        return _as_text(value)
    if math.isinf(real):
        return "Infinity" if real > 0 else "-Infinity"
    return real


def _as_hex(value: Any) -> str:
    blob = bytes(value)
    more = f"… ({len(blob):,} bytes)" if len(blob) > _SHOWN_BYTES else ""
    return blob[:_SHOWN_BYTES].hex(" ") + more


def _as_parts(value: Any, depth: int) -> Any:
    """Give what is made of other values, or else a text."""
    if depth >= _DEEPEST:
        return _as_text(value)
    if isinstance(value, dict):
        entries = list(value.items())[:_MOST_INSIDE]
        return {_as_text(key): as_json(one, depth + 1) for key, one in entries}
    if isinstance(value, list | tuple | set | frozenset):
        parts = [as_json(one, depth + 1) for one in islice(value, _MOST_INSIDE)]
        more = len(value) - _MOST_INSIDE
        return [*parts, f"… {more:,} more"] if more > 0 else parts
    if type(value).__module__ == "numpy" and type(value).__name__ == "datetime64":
        return str(value)
    # Scalars and arrays of numpy, series of pandas and polars.
    for name in ("tolist", "to_list", "item"):
        if callable(getattr(value, name, None)):
            with suppress(Exception):
                found = getattr(value, name)()
                if type(found) is not type(value):
                    return as_json(found, depth + 1)
    return _as_text(value)


def _as_text(value: Any) -> str:
    try:
        text = str(value)
    except Exception:  # noqa: BLE001 - a user's __str__ may raise anything
        text = f"<{type(value).__name__}>"
    return clean_text(_cut(text))


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_TEXT:
        return text
    return f"{text[:_LONGEST_TEXT]}… [{len(text) - _LONGEST_TEXT:,} more characters]"


#: Types whose values are written down in a way of their own.
_PLAIN: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    (int | float | Decimal | Integral | Real, _as_number),
    (datetime | date | time, lambda value: value.isoformat()),
    (timedelta, str),
    (bytes | bytearray | memoryview, _as_hex),
)
