"""JSON text without the json package: importing that takes 3 ms, and a first run needs a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

try:
    from _json import encode_basestring_ascii as _quote
except ImportError:  # an interpreter without this part of json in C
    from json.encoder import py_encode_basestring_ascii as _quote

__all__ = ["listed", "quote"]


def quote(text: str) -> str:
    """Write a text as a JSON string."""
    quoted: str = _quote(text)
    return quoted


def listed(items: Iterable[str]) -> str:
    """Write a list of items, each JSON already, as a JSON list."""
    return f"[{','.join(items)}]"
