"""Values as bytes: how results are kept, and what cannot be kept.

A stored value is one byte that names the codec, then the payload. Pickle takes
most values; cloudpickle is loaded only for those that pickle refuses (functions
defined in functions, classes of a notebook).
"""

from __future__ import annotations

import os
import pickle
import threading
from typing import TYPE_CHECKING, Any, Final, Protocol

from penstock.errors import MissingResult, OptionError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "CompressedSerializer",
    "JSONSerializer",
    "NotStorable",
    "PickleSerializer",
    "Serializer",
    "TooLarge",
    "dump",
    "get_serializer",
    "load",
    "read_file",
    "write_file",
]

_PICKLE: Final = b"P"
_CLOUDPICKLE: Final = b"C"
_SMALL: Final = frozenset({int, float, bool, str, bytes, complex})
_NONE: Final = b"P" + pickle.dumps(None, 5)


class NotStorable(Exception):
    """A value that no codec takes. Facts: the type's name, the reason."""

    def __str__(self) -> str:
        kind, reason = self.args
        return f"a value of type {kind} cannot be stored ({reason})"


class Serializer(Protocol):
    """Anything a user may hand in as `result_serializer`."""

    def dumps(self, obj: Any) -> bytes:
        """Turn a value into bytes."""
        ...

    def loads(self, blob: bytes) -> Any:
        """Turn the bytes back into the value."""
        ...


class TooLarge(NotStorable):
    """A value whose bytes are more than was allowed. Facts: type's name, the limit in bytes."""

    def __str__(self) -> str:
        kind, limit = self.args
        return f"a value of type {kind} takes more than {limit:,} bytes"


class _Bounded:
    """A file that takes so many bytes and no more, so a huge value costs little to refuse."""

    __slots__ = ("left", "parts")

    def __init__(self, limit: int) -> None:
        self.left = limit
        self.parts = [_PICKLE]

    def write(self, data: Any) -> None:
        # Arrays come as buffers, which have no length of their own.
        size = len(data) if type(data) is bytes else memoryview(data).nbytes
        self.left -= size
        if self.left < 0:
            raise _Overflow
        self.parts.append(bytes(data))


class _Overflow(Exception):
    pass


def dump(value: object, limit: int | None = None) -> bytes:
    """Turn a value into bytes that `load` reads.

    Args:
        value: anything.
        limit: most bytes it may take; None for no limit.

    Raises:
        TooLarge: it takes more than the limit.
        NotStorable: no codec takes it.
    """
    if value is None:
        return _NONE
    try:
        if limit is None or type(value) in _SMALL:
            blob = _PICKLE + pickle.dumps(value, 5)
        else:
            file = _Bounded(limit)
            pickle.Pickler(file, 5).dump(value)
            return b"".join(file.parts)
    except _Overflow:
        raise TooLarge(type(value).__qualname__, limit) from None
    except Exception:  # noqa: BLE001 - a user's __reduce__ may raise anything
        blob = _dump_hard(value)
    if limit is not None and len(blob) > limit:
        raise TooLarge(type(value).__qualname__, limit)
    return blob


def _dump_hard(value: object) -> bytes:
    import cloudpickle  # noqa: PLC0415 - 30 ms, only for what pickle refuses

    try:
        blob: bytes = cloudpickle.dumps(value, 5)
    except Exception as error:  # noqa: BLE001 - as above
        raise NotStorable(type(value).__qualname__, _first_line(error)) from None
    return _CLOUDPICKLE + blob


def load(blob: bytes) -> Any:
    """Turn stored bytes back into the value.

    Raises:
        MissingResult: the bytes name a class or codec that is not here.
    """
    try:
        # Cloudpickle's output is an ordinary pickle that names its own helpers.
        return pickle.loads(memoryview(blob)[1:])  # noqa: S301 - written by this user's processes
    except Exception as error:
        message = f"The stored value cannot be read here ({_first_line(error)})."
        raise MissingResult(message) from error


def get_serializer(owner: str, given: Any) -> Serializer:
    """Find what a user means by `result_serializer`.

    Raises:
        OptionError: it is neither a known name nor has `dumps` and `loads`.
    """
    if given is None or given == "pickle":
        return PickleSerializer()
    if given == "json":
        return JSONSerializer()
    if isinstance(given, str) and given.startswith("compressed/"):
        return CompressedSerializer(get_serializer(owner, given.removeprefix("compressed/")))
    if hasattr(given, "dumps") and hasattr(given, "loads"):
        chosen: Serializer = given
        return chosen
    rule = "'pickle', 'json', 'compressed/pickle', 'compressed/json', or have dumps and loads"
    raise OptionError(owner, "result_serializer", given, rule)


def write_file(path: str, blob: bytes) -> None:
    """Put bytes into a file, whole or not at all."""
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    partial = f"{path}.{os.getpid()}-{threading.get_ident()}.part"
    with open(partial, "wb") as file:
        file.write(blob)
    os.replace(partial, path)


def forget_file(path: str) -> None:
    """Remove the file of a result or an artifact that nothing refers to any more."""
    from contextlib import suppress  # noqa: PLC0415 - a run deletes nothing

    with suppress(OSError):
        os.unlink(path)
        # The folder of a flow run goes with its last result.
        os.rmdir(os.path.dirname(path))


def read_file(path: str, read: Callable[[bytes], Any] = load) -> Any:
    """Read a value back from its file.

    Raises:
        MissingResult: the file is gone or cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return read(file.read())
    except OSError as error:
        message = f"The stored value {path} cannot be read ({error.strerror})."
        raise MissingResult(message) from None


def _first_line(error: BaseException) -> str:
    text = str(error).strip().split("\n", 1)[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class PickleSerializer:
    """Keeps any value that pickle or cloudpickle takes."""

    def dumps(self, obj: Any) -> bytes:
        """Turn a value into bytes."""
        return dump(obj)

    def loads(self, blob: bytes) -> Any:
        """Turn the bytes back into the value."""
        return load(blob)


class JSONSerializer:
    """Keeps what JSON can carry, as text that other programs read."""

    def dumps(self, obj: Any) -> bytes:
        """Turn a value into bytes."""
        import json  # noqa: PLC0415 - 5 ms, only when asked for

        return json.dumps(obj).encode()

    def loads(self, blob: bytes) -> Any:
        """Turn the bytes back into the value."""
        import json  # noqa: PLC0415

        return json.loads(blob)


class CompressedSerializer:
    """Keeps what another serializer makes, in less room (zlib)."""

    def __init__(self, serializer: Serializer | str = "pickle") -> None:
        self._inner = get_serializer("CompressedSerializer", serializer)

    def dumps(self, obj: Any) -> bytes:
        """Turn a value into bytes."""
        import zlib  # noqa: PLC0415

        return zlib.compress(self._inner.dumps(obj))

    def loads(self, blob: bytes) -> Any:
        """Turn the bytes back into the value."""
        import zlib  # noqa: PLC0415

        return self._inner.loads(zlib.decompress(blob))
