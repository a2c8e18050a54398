"""Canonical bytes of arrays and frames, read from their own memory.

None of these libraries is imported here: a value of theirs exists only when the
user has imported them. Two arrays are equal when their dtype, shape and elements
are; order in memory, views, chunks, blocks and what lies under a null are no
content.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock._fingerprint.writer import Writer

__all__ = ["LARGE_BYTES", "find_array_writer"]

#: From here on sha256 is used: with the instructions of the processor it is twice as fast.
LARGE_BYTES: Final = 1_048_576

#: An array that is not contiguous is copied in pieces of this size: they stay in the cache.
_PIECE_BYTES: Final = LARGE_BYTES

#: Polars types that are numbers underneath, so that their memory can be read as it is.
_POLARS_NUMBERS: Final = frozenset(
    {"Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32",
     "Float64", "Boolean", "Date", "Datetime", "Duration", "Time"}
)  # fmt: skip


def find_array_writer(kind: type, packages: set[str]) -> Callable[[Writer, Any], None] | None:
    """Choose what writes the values of a type from numpy, pandas or polars, if it is one.

    Args:
        kind: the type.
        packages: names of the packages that it and its bases come from.
    """
    for package, table in _FAMILIES.items():
        if package in packages and package in sys.modules:
            for path, writer in table.items():
                if issubclass(kind, attrgetter(path)(sys.modules[package])):
                    return writer
    return None


def _write_name(writer: Writer, value: Any) -> None:
    kind = type(value)
    writer.text(f"{kind.__module__}.{kind.__qualname__}")


def _write_array(writer: Writer, array: Any) -> None:
    _write_name(writer, array)
    numpy = sys.modules["numpy"]
    writer.nest(array, lambda writer, array: _write_elements(writer, numpy.asarray(array)))
    # What a subclass adds, for example a unit. A memmap adds where its file is: no content.
    if type(array).__module__.partition(".")[0] != "numpy":
        writer.fields(getattr(array, "__dict__", {}))


def _write_masked(writer: Writer, array: Any) -> None:
    numpy = sys.modules["numpy"]
    _write_name(writer, array)
    mask = numpy.ma.getmaskarray(array)
    # What lies under the mask is not part of the value.
    data = numpy.asarray(array).copy()
    data[mask] = numpy.zeros((), data.dtype)
    _write_elements(writer, mask)
    _write_elements(writer, data)


def _write_scalar(writer: Writer, scalar: Any) -> None:
    _write_name(writer, scalar)
    _write_elements(writer, sys.modules["numpy"].asarray(scalar))


def _write_elements(writer: Writer, array: Any, limit: int | None = None) -> None:
    """Append a plain array: dtype, shape, elements in C order."""
    dtype = array.dtype
    writer.text(f"{dtype.str if dtype.names is None else dtype.names} {array.shape}")
    if dtype.names is not None:
        # Field by field, for there may be gaps between them, with anything inside.
        for name in dtype.names:
            _write_elements(writer, array[name], limit)
    elif dtype.hasobject or dtype.kind == "T":
        writer.write(array.ravel().tolist())
    elif dtype.char in "gG":
        # A long double has bytes that belong to no digit.
        writer.plain([repr(number) for number in array.ravel()])
    else:
        _write_numbers(writer, array, limit)


def _write_numbers(writer: Writer, array: Any, limit: int | None) -> None:
    size = array.nbytes
    if size == 0:
        return
    numpy = sys.modules["numpy"]
    if array.flags.c_contiguous or size <= _PIECE_BYTES:
        writer.buffer(numpy.ascontiguousarray(array).reshape(-1).view("u1"), limit)
        return
    # The same bytes as above, but never a second copy of the whole.
    if writer.is_sampled(size, limit):
        writer.samples(size, lambda start, stop: _read(array, start, stop))
        return
    hasher = sha256()
    rows = max(1, _PIECE_BYTES * len(array) // size)
    for start in range(0, len(array), rows):
        hasher.update(numpy.ascontiguousarray(array[start : start + rows]).reshape(-1).view("u1"))
    writer.out += b"b%d:" % size + hasher.digest()


def _read(array: Any, start: int, stop: int) -> bytes:
    """Give bytes of an array as if it lay in C order."""
    size = array.itemsize
    first = start // size
    piece: bytes = array.flat[first : -(-stop // size)].tobytes()
    return piece[start - first * size : stop - first * size]


def _column_limit(writer: Writer, columns: int) -> int:
    """Share the limit of a frame among its columns."""
    return writer.limit // max(columns, 1)


# pandas


def _write_frame(writer: Writer, frame: Any) -> None:
    _write_name(writer, frame)
    writer.nest(frame, _write_frame_content)


def _write_frame_content(writer: Writer, frame: Any) -> None:
    writer.write(frame.columns)
    writer.write(frame.index)
    if frame.attrs:
        writer.write(frame.attrs)
    count = frame.shape[1]
    limit = _column_limit(writer, count)
    block = _rows_or_none(frame)
    if block is not None and not writer.is_sampled(len(block) * block.itemsize, limit):
        _write_rows(writer, block)
        return
    for number in range(count):
        _write_column(writer, frame.iloc[:, number], limit)


def _rows_or_none(frame: Any) -> Any:
    """Give the memory of a large frame that was made from one array, row by row."""
    length, count = frame.shape
    if count < 2 or not length:  # noqa: PLR2004 - a single column is contiguous
        return None
    first = frame.iloc[:, 0].to_numpy() if hasattr(frame.dtypes.iloc[0], "str") else None
    if first is None or first.nbytes <= LARGE_BYTES or first.strides[0] == first.itemsize:
        return None
    if len(set(frame.dtypes)) > 1 or first.dtype.kind not in "fiu":
        return None
    block = frame.to_numpy(copy=False)
    return block if block.flags.c_contiguous else None


def _write_rows(writer: Writer, block: Any) -> None:
    """Append the columns of a block as `_write_column` would, but read the memory once."""
    numpy = sys.modules["numpy"]
    length, count = block.shape
    hashers = [sha256() for _ in range(count)]
    rows = max(1, _PIECE_BYTES // (block.itemsize * count))
    for start in range(0, length, rows):
        columns = numpy.ascontiguousarray(block[start : start + rows].T)
        for hasher, column in zip(hashers, columns, strict=True):
            hasher.update(column.view("u1"))
    for hasher in hashers:
        writer.text(f"{block.dtype.str} {(length,)}")
        writer.out += b"b%d:" % (length * block.itemsize) + hasher.digest()


def _write_series(writer: Writer, series: Any) -> None:
    _write_name(writer, series)
    writer.write(series.name)
    writer.write(series.index)
    if series.attrs:
        writer.write(series.attrs)
    _write_column(writer, series, writer.limit)


def _write_index(writer: Writer, index: Any) -> None:
    _write_name(writer, index)
    writer.items(index.names)
    pandas = sys.modules["pandas"]
    if isinstance(index, pandas.RangeIndex):
        writer.plain([index.start, index.stop, index.step])
    elif isinstance(index, pandas.MultiIndex):
        for level in range(index.nlevels):
            _write_column(writer, index.get_level_values(level), writer.limit)
    else:
        _write_column(writer, index, writer.limit)


def _write_column(writer: Writer, column: Any, limit: int) -> None:
    """Append the values of a Series or an Index."""
    dtype = column.dtype
    if hasattr(dtype, "str") and not hasattr(dtype, "na_value"):  # numpy's own
        _write_values(writer, column.to_numpy(), limit)
    else:
        _write_extension(writer, column.array, limit)


def _write_values(writer: Writer, values: Any, limit: int) -> None:
    if values.dtype.hasobject:
        writer.text(f"O {values.shape}")
        writer.write(values.tolist())
    else:
        _write_elements(writer, values, limit)


def _write_extension(writer: Writer, array: Any, limit: int | None = None) -> None:
    """Append an array of pandas' own types; nulls as a mask."""
    numpy = sys.modules["numpy"]
    dtype = array.dtype
    writer.text(f"pandas {dtype} {len(array)}")
    if hasattr(dtype, "categories"):
        writer.write(dtype.categories)
        _write_values(writer, array.codes, writer.limit if limit is None else limit)
        return
    if hasattr(array, "asi8"):  # datetimes with a zone, periods; NaT is a number, too
        _write_elements(writer, array.asi8, limit)
        return
    mask = numpy.asarray(array.isna())
    _write_elements(writer, mask, limit)
    numbers = getattr(dtype, "numpy_dtype", None)
    if numbers is not None and numbers.kind in "fiub":
        zero = numbers.type(0)
        _write_elements(writer, array.to_numpy(dtype=numbers, na_value=zero), limit)
        return
    values = numpy.asarray(array, dtype=object)
    if mask.any():
        values = values.copy()
        values[mask] = None
    writer.write(values.tolist())


# polars


def _write_polars_frame(writer: Writer, frame: Any) -> None:
    _write_name(writer, frame)
    limit = _column_limit(writer, frame.width)
    writer.out += b"%d;" % frame.width
    for series in frame.get_columns():
        _write_polars_values(writer, series, limit)


def _write_polars_series(writer: Writer, series: Any) -> None:
    _write_name(writer, series)
    _write_polars_values(writer, series, writer.limit)


def _write_polars_values(writer: Writer, series: Any, limit: int) -> None:
    dtype = series.dtype
    writer.text(series.name)
    writer.text(f"{dtype!r} {len(series)}")
    name = str(dtype.base_type())
    numbers = series.to_physical() if name in _POLARS_NUMBERS else None
    if numbers is not None and not len(series):
        return
    if numbers is None:
        # Physical codes of categories depend on what the process has seen before.
        writer.write(series.to_list())
        return
    if series.null_count():
        _write_elements(writer, series.is_null().to_numpy(), limit)
        numbers = numbers.fill_null(False if name == "Boolean" else 0)
    try:
        values = numbers.to_numpy()
    except ModuleNotFoundError:  # polars does not need numpy
        writer.write(numbers.to_list())
        return
    _write_elements(writer, values, limit)


#: By package: classes, the narrower ones first, and what writes them.
_FAMILIES: Final[dict[str, dict[str, Callable[[Writer, Any], None]]]] = {
    "numpy": {
        "ma.MaskedArray": _write_masked,
        "ndarray": _write_array,
        "generic": _write_scalar,
    },
    "pandas": {
        "DataFrame": _write_frame,
        "Series": _write_series,
        "Index": _write_index,
        "api.extensions.ExtensionArray": _write_extension,
    },
    "polars": {
        "DataFrame": _write_polars_frame,
        "Series": _write_polars_series,
    },
}
