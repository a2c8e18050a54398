"""Reads tables, whatever library they come from, into columns.

Libraries are told by the names of their types' modules: none is imported.
"""

from __future__ import annotations

import dataclasses
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from penstock.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Column", "read_frame"]


def _no_numbers() -> None:
    return None


class Column(NamedTuple):
    """One column: its values are asked for as they are needed."""

    name: str
    head: Callable[[int], list[Any]]  #: gives the first so many values
    whole: Callable[[], list[Any]]  #: gives all of them
    numbers: Callable[[], Any] = _no_numbers  #: gives an array of floats, if they are numbers


def read_frame(caller: str, data: Any) -> tuple[list[Column], int]:
    """Give the columns of a table, and how many rows it has.

    Raises:
        UsageError: it is no table.
    """
    library = type(data).__module__.partition(".")[0]
    reader = _READERS.get(library)
    if reader is None and callable(getattr(data, "to_pandas", None)):
        return read_frame(caller, data.to_pandas())  # a table of Arrow, for one
    columns = _plain(data) if reader is None else reader(data)
    if columns is None:
        kind = type(data)
        raise UsageError(
            f"{caller}: a {kind.__module__}.{kind.__qualname__} is no table. Hand over a data "
            "frame of pandas or polars, a list of dicts, a dict of lists, or an array with one "
            "or two dimensions."
        )
    found = list(columns)
    names = [column.name for column in found]
    if len(names) > len(set(names)):
        found = [column._replace(name=_numbered(names, at)) for at, column in enumerate(found)]
    return found, _rows(data, found)


def _numbered(names: list[str], at: int) -> str:
    """Tell columns of one name apart."""
    before = names[:at].count(names[at])
    return f"{names[at]} ({before + 1})" if before else names[at]


def _rows(data: Any, columns: list[Column]) -> int:
    if hasattr(data, "shape") and data.shape:
        return int(data.shape[0])
    return len(columns[0].whole()) if columns else 0


def _pandas(data: Any) -> Iterator[Column] | None:
    if hasattr(data, "to_frame") and not hasattr(data, "columns"):
        data = data.to_frame()
    if not hasattr(data, "iloc") or not hasattr(data, "columns"):
        return None
    index = data.index
    is_plain = type(index).__name__ == "RangeIndex" and index.name is None
    levels = [] if is_plain else [index.get_level_values(at) for at in range(index.nlevels)]
    shown = [_of_pandas(level.name, level, at) for at, level in enumerate(levels)]
    series = (data.iloc[:, at] for at in range(data.shape[1]))
    return chain(shown, (_of_pandas(one.name, one) for one in series))


def _of_pandas(name: Any, values: Any, level: int | None = None) -> Column:
    if isinstance(name, tuple):
        name = " / ".join(str(part) for part in name)
    elif name is None:
        name = "index" if not level else f"index {level}"

    def numbers() -> Any:
        if getattr(values.dtype, "kind", "O") not in "iuf":
            return None
        return values.to_numpy(dtype="float64", na_value=float("nan"))

    return Column(str(name), lambda most: values[:most].tolist(), values.tolist, numbers)


def _polars(data: Any) -> Iterator[Column] | None:
    if hasattr(data, "collect"):
        data = data.collect()
    if hasattr(data, "to_frame") and not hasattr(data, "get_columns"):
        data = data.to_frame()
    return map(_of_polars, data.get_columns()) if hasattr(data, "get_columns") else None


def _of_polars(series: Any) -> Column:
    def numbers() -> Any:
        if not series.dtype.is_numeric():
            return None
        return series.to_numpy().astype("float64")

    return Column(series.name, lambda most: series.head(most).to_list(), series.to_list, numbers)


def _numpy(data: Any) -> Iterator[Column] | None:
    if getattr(data, "dtype", None) is None or not hasattr(data, "ndim"):
        return None
    if data.dtype.names:
        flat = data.reshape(-1)
        return (_of_numpy(name, flat[name]) for name in data.dtype.names)
    if data.ndim == 1:
        return iter([_of_numpy("value", data)])
    if data.ndim == 2:  # noqa: PLR2004 - rows and columns
        return (_of_numpy(str(at), data[:, at]) for at in range(data.shape[1]))
    return None


def _of_numpy(name: str, values: Any) -> Column:
    def numbers() -> Any:
        return values.astype("float64") if values.dtype.kind in "iuf" else None

    return Column(name, lambda most: values[:most].tolist(), values.tolist, numbers)


def _plain(data: Any) -> Iterator[Column] | None:
    """Read what Python itself has: dicts of lists, lists of dicts, of tuples, of values."""
    if isinstance(data, dict):
        return _of_dict(data)
    if not isinstance(data, list | tuple):
        return None
    rows = [_as_dict(row) for row in data]
    if rows and all(isinstance(row, dict) for row in rows):
        names = dict.fromkeys(chain.from_iterable(rows))
        return (_listed(str(name), [row.get(name) for row in rows]) for name in names)
    if rows and all(isinstance(row, list | tuple) for row in rows):
        width = max(map(len, rows))
        return (
            _listed(str(at), [row[at] if at < len(row) else None for row in rows])
            for at in range(width)
        )
    return iter([_listed("value", list(data))] if rows else [])


def _as_dict(row: Any) -> Any:
    if isinstance(row, tuple) and hasattr(row, "_asdict"):
        return row._asdict()
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    return row


def _of_dict(data: dict[Any, Any]) -> Iterator[Column]:
    columns = {name: _as_list(values) for name, values in data.items()}
    if not all(values is not None for values in columns.values()):
        # One row: names and what stands under them.
        return (_listed(str(name), [value]) for name, value in data.items())
    longest = max((len(values or ()) for values in columns.values()), default=0)
    return (
        _listed(str(name), [*(values or ()), *[None] * (longest - len(values or ()))])
        for name, values in columns.items()
    )


def _as_list(values: Any) -> list[Any] | None:
    if isinstance(values, list | tuple | range):
        return list(values)
    for name in ("tolist", "to_list"):
        if callable(getattr(values, name, None)):
            found = getattr(values, name)()
            return found if isinstance(found, list) else None
    return None


def _listed(name: str, values: list[Any]) -> Column:
    return Column(name, lambda most: values[:most], lambda: values)


_READERS = {"pandas": _pandas, "polars": _polars, "numpy": _numpy}
