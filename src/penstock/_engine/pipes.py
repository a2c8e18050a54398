"""Frames on a pipe, between a process and one that executes a task for it.

A frame is its length, one byte that says what it is, and bytes that only the two
ends understand.
"""

from __future__ import annotations

import os
import time
from typing import Final

from penstock._processes import wait_readable

__all__ = [
    "BEGAN",
    "CALLED",
    "FAILED",
    "LOGGED",
    "RETURNED",
    "SAVED",
    "UNSENDABLE",
    "Inbox",
    "post",
]

CALLED: Final = 0  #: to the child: execute this
BEGAN: Final = 1  #: the body begins now
LOGGED: Final = 2  #: level, logger, message
RETURNED: Final = 3  #: the value
FAILED: Final = 4  #: the error
UNSENDABLE: Final = 5  #: there is a value, and it cannot be sent: why
SAVED: Final = 6  #: an artifact, or a change of one

#: Eight bytes of length and one that says what it is.
_HEAD: Final = 9
_CHUNK: Final = 1 << 20


def post(descriptor: int, kind: int, payload: bytes) -> None:
    """Write one frame, whole."""
    head = len(payload).to_bytes(8, "little") + bytes([kind])
    # Two writes for a large one are cheaper than a copy of it.
    parts = [head + payload] if len(payload) < _CHUNK else [head, payload]
    for part in parts:
        view = memoryview(part)
        while view:
            view = view[os.write(descriptor, view) :]


class Inbox:
    """Reads frames from a pipe."""

    __slots__ = ("_bytes", "_descriptor")

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._bytes = bytearray()

    def receive(self, until: float | None = None) -> tuple[int, bytes] | None:
        """Give the next frame as (kind, payload); None when the time is up first.

        The time is one of `time.monotonic`.

        Raises:
            EOFError: the other end was closed.
        """
        size = _HEAD
        while True:
            if len(self._bytes) >= _HEAD:
                size = _HEAD + int.from_bytes(self._bytes[:8], "little")
                if len(self._bytes) >= size:
                    kind = self._bytes[8]
                    payload = bytes(memoryview(self._bytes)[_HEAD:size])
                    del self._bytes[:size]
                    return kind, payload
            left = None if until is None else until - time.monotonic()
            if not wait_readable(self._descriptor, left):
                return None
            read = os.read(self._descriptor, _CHUNK)
            if not read:
                raise EOFError
            self._bytes += read

    def close(self) -> None:
        """Close the pipe."""
        os.close(self._descriptor)
