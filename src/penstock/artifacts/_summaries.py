"""Sums up the columns of a table: computed once, when it is saved, over all of its rows."""

from __future__ import annotations

import math
import sys
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

from penstock.artifacts._values import as_json, clean_text, is_missing

if TYPE_CHECKING:
    from penstock.artifacts._frames import Column

__all__ = ["BARS", "summarise"]

#: Bars of a histogram.
BARS: Final = 12
#: The least and greatest of texts are shown up to here.
_LONGEST: Final = 100


def summarise(column: Column) -> dict[str, Any]:
    """Say of a column what kind of values it has, how many are missing, and how they spread."""
    with suppress(Exception):  # an array that cannot be had is no reason to keep no table
        numbers = column.numbers()
        if numbers is not None:
            return {"name": clean_text(column.name), **_of_array(numbers)}
    return {"name": clean_text(column.name), **_of_values(column.whole())}


def _summary(kind: str, missing: int, distinct: int | None) -> dict[str, Any]:
    return {
        "kind": kind,
        "missing": missing,
        "distinct": distinct,
        "lowest": None,
        "highest": None,
        "mean": None,
        "bars": [],
    }


def _of_array(numbers: Any) -> dict[str, Any]:
    """Sum up an array of floats, with numpy, which has made it."""
    numpy = sys.modules["numpy"]
    with numpy.errstate(all="ignore"):
        missing = int(numpy.isnan(numbers).sum())
        there = numbers[~numpy.isnan(numbers)]
        found = _summary("number", missing, int(numpy.unique(there).size))
        finite = there[numpy.isfinite(there)]
        if finite.size:
            low, high = float(finite.min()), float(finite.max())
            found.update(lowest=as_json(low), highest=as_json(high))
            found["mean"] = _mean(float(finite.mean()))
            if math.isfinite(high - low):
                width = (high - low) or 1.0
                places = ((finite - low) / width * BARS).astype(int)
                counts = numpy.bincount(numpy.minimum(places, BARS - 1), minlength=BARS)
                found["bars"] = counts.tolist()
    return found


def _of_values(values: list[Any]) -> dict[str, Any]:
    there = [value for value in values if not is_missing(value)]
    kinds = {_kind(one) for one in set(map(type, there))}
    kind = kinds.pop() if len(kinds) == 1 else "other"
    distinct = None
    with suppress(TypeError):  # lists cannot be counted so
        distinct = len(set(there))
    found = _summary(kind, len(values) - len(there), distinct)
    if kind == "number":
        _add_spread(found, there)
    elif kind == "flag":
        found["mean"] = sum(map(bool, there)) / len(there)
    elif kind in {"text", "instant"}:
        with suppress(TypeError):  # instants with a time zone and without
            found["lowest"] = _shown(min(there))
            found["highest"] = _shown(max(there))
    return found


def _add_spread(found: dict[str, Any], there: list[Any]) -> None:
    finite = []
    for value in there:
        with suppress(OverflowError):
            number = float(value)
            if math.isfinite(number):
                finite.append(number)
    if not finite:
        return
    low, high = min(finite), max(finite)
    found.update(lowest=low, highest=high)
    with suppress(OverflowError):
        found["mean"] = _mean(math.fsum(finite) / len(finite))
    if math.isfinite(high - low):
        width = (high - low) or 1.0
        bars = [0] * BARS
        for number in finite:
            bars[min(int((number - low) / width * BARS), BARS - 1)] += 1
        found["bars"] = bars


def _mean(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _kind(of: type) -> str:
    if of is bool or of.__name__ in {"bool_", "bool"}:
        return "flag"
    if issubclass(of, Real | Decimal):
        return "number"
    if issubclass(of, str):
        return "text"
    return "instant" if issubclass(of, date | datetime) else "other"


def _shown(value: Any) -> str:
    text = str(as_json(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
