"""Fingerprints of values and of calls: what says that an input is the same again.

16 bytes stand for a value's content. Equal values have equal fingerprints in all
processes; types count (1, True, 1.0 and "1" differ), the order of dicts and sets
does not.
"""

from __future__ import annotations

from hashlib import blake2b
from marshal import dumps
from operator import itemgetter
from typing import Any, Final

from penstock._fingerprint.code import print_code
from penstock._fingerprint.stable import ATOMS, Unstable, type_name
from penstock._fingerprint.writer import MARSHAL_VERSION, Writer, sample

__all__ = ["UNSTABLE", "fingerprint", "fingerprint_call", "fingerprint_call_partly"]

#: How the print of a call begins that has inputs without stable content.
UNSTABLE: Final = bytes(4)

#: What a single buffer among the inputs of a call may have before it is sampled.
#: Hashing 16 MiB takes 10 ms, which every call would pay, cached or not.
_CALL_LIMIT_BYTES: Final = 16_777_216

_name: Final = itemgetter(0)


def fingerprint(value: Any, label: str = "", limit_bytes: int | None = None) -> bytes:
    """Print a value's content: 16 bytes, the same for equal values in every process.

    Args:
        value: anything.
        label: what the value is called in messages, such as "argument conn".
        limit_bytes: of larger buffers only length, type and 64 samples count.

    Raises:
        Unstable: it has no stable content; names the part that has none.
    """
    writer = Writer(print_code, limit_bytes)
    try:
        writer.write(value)
    except Exception as error:  # noqa: BLE001 - whatever it is, it becomes an Unstable
        raise _unstable(error, value, label) from None
    return writer.digest()


def fingerprint_call(
    args: tuple[Any, ...], kwargs: dict[str, Any], limit_bytes: int = _CALL_LIMIT_BYTES
) -> bytes:
    """Print the inputs of a call: 16 bytes, made on every call and thus fast.

    Numbers and text take about 1 µs. Of buffers above the limit (bytes, arrays,
    frames) only type, shape, length and 64 samples of 4 KiB count: a task whose
    large input changes in one place between a crash and its resume is not seen
    here. Cache keys always read everything.

    Raises:
        Unstable: an input has no stable content; names it.
    """
    for value in args:
        if type(value) not in ATOMS:
            return _print_slowly(args, kwargs, limit_bytes)
    if kwargs:
        for value in kwargs.values():
            if type(value) not in ATOMS:
                return _print_slowly(args, kwargs, limit_bytes)
        pairs = list(kwargs.items()) if len(kwargs) == 1 else sorted(kwargs.items())
        inputs: Any = (args, pairs)
    else:
        inputs = args
    try:
        data = dumps(inputs, MARSHAL_VERSION)
    except ValueError:  # 2 GiB and more
        return _print_slowly(args, kwargs, limit_bytes)
    if len(data) > limit_bytes:
        data = sample(len(data), lambda start, stop: data[start:stop])
    return blake2b(data, digest_size=16).digest()


def _print_slowly(args: tuple[Any, ...], kwargs: dict[str, Any], limit_bytes: int) -> bytes:
    writer = Writer(print_code, limit_bytes)
    writer.out += b"call %d " % len(args)
    inputs: Any = enumerate(args, 1)
    if kwargs:
        inputs = [*inputs, *sorted(kwargs.items(), key=_name)]
    for name, value in inputs:
        if type(name) is str:
            writer.text(name)
        try:
            writer.write(value)
        except Exception as error:  # noqa: BLE001 - whatever it is, it becomes an Unstable
            raise _unstable(error, value, f"argument {name}") from None
    return writer.digest()


def fingerprint_call_partly(
    args: tuple[Any, ...], kwargs: dict[str, Any], limit_bytes: int = _CALL_LIMIT_BYTES
) -> bytes:
    """Print the inputs of a call of which some have no stable content: those count by type.

    16 bytes, the first four zeros, which tells them from those of `fingerprint_call`.
    """
    hasher = blake2b(digest_size=12)
    for name, value in [*enumerate(args, 1), *sorted(kwargs.items(), key=_name)]:
        try:
            print_ = fingerprint(value, limit_bytes=limit_bytes)
        except Unstable:
            print_ = type_name(type(value)).encode()
        hasher.update(f"{name}:{len(print_)}:".encode() + print_)
    return UNSTABLE + hasher.digest()


def _unstable(error: Exception, value: Any, label: str) -> Unstable:
    """Say what has no content, and where. Values may also break while they are read."""
    if isinstance(error, Unstable):
        return error.inside(label)
    reason = "is nested too deep"
    if not isinstance(error, RecursionError):
        # A closed file, or a dict that another thread changes.
        reason = f"cannot be read ({type(error).__name__}: {error})"
    return Unstable(label, type_name(type(value)), reason)
