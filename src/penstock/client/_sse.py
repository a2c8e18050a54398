"""Reads server-sent events out of bytes, wherever those are cut."""

from __future__ import annotations

import codecs
import re
from typing import Final, NamedTuple

__all__ = ["EventReader", "Message"]

_LINE_END: Final = re.compile(r"\r\n|\n|\r")


class Message(NamedTuple):
    """One event."""

    event: str
    data: str
    id: str | None


class EventReader:
    """Fed with bytes, it gives the events that are complete."""

    __slots__ = ("_data", "_decoder", "_event", "_id", "_rest")

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._rest = ""
        self._event = ""
        self._data: list[str] = []
        self._id: str | None = None

    def feed(self, bits: bytes) -> list[Message]:
        """Take the next bytes in."""
        text = self._rest + self._decoder.decode(bits)
        # A carriage return at the end may be half of a line end.
        held = "\r" if text.endswith("\r") else ""
        *lines, rest = _LINE_END.split(text.removesuffix("\r") if held else text)
        self._rest = rest + held
        return [message for line in lines if (message := self._take(line)) is not None]

    def _take(self, line: str) -> Message | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._event = value
        elif field == "id" and "\0" not in value:
            self._id = value
        return None

    def _dispatch(self) -> Message | None:
        data, event = self._data, self._event
        self._data, self._event = [], ""
        if not data:
            return None
        return Message(event or "message", "\n".join(data), self._id)
