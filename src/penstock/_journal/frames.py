"""The format of the journal: `length | crc32 | body`, repeated.

Both numbers are little-endian unsigned 32-bit; the body is pickle protocol 5 of
a tuple of plain values. A length of zero is the end, and so is the first frame
that does not fit or whose checksum differs: a process may die while it writes.
The reader refuses every class, so a journal can never run code.
"""

from __future__ import annotations

import io
import pickle
import struct
import zlib
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HEADER_BYTES", "decode_frames", "encode_frame"]

HEADER_BYTES: Final = 8
_header = struct.Struct("<II")


def encode_frame(values: tuple[Any, ...]) -> bytes:
    """Turn a tuple of plain values into a frame."""
    body = pickle.dumps(values, 5)
    return _header.pack(len(body), zlib.crc32(body)) + body


def decode_frames(data: bytes, start: int = 0) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Read frames up to the first torn one; yield where each ends, and its values."""
    position = start
    while position + HEADER_BYTES <= len(data):
        length, checksum = _header.unpack_from(data, position)
        end = position + HEADER_BYTES + length
        if length == 0 or end > len(data):
            return
        body = data[position + HEADER_BYTES : end]
        if zlib.crc32(body) != checksum:
            return
        values = _PlainUnpickler(io.BytesIO(body)).load()
        yield end, values
        position = end


class _PlainUnpickler(pickle.Unpickler):
    """Reads plain values only."""

    def find_class(self, module: str, name: str) -> NoReturn:
        message = f"the journal names a class ({module}.{name}); it holds plain values only"
        raise pickle.UnpicklingError(message)
