"""Texts: as JSON, and as a database can hold them.

Without the json package: importing that takes 3 ms, and a first run needs a line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

try:
    from _json import encode_basestring_ascii as _quote
except ImportError:  # an interpreter without this part of json in C
    from json.encoder import py_encode_basestring_ascii as _quote

__all__ = ["listed", "quote", "storable"]


def quote(text: str) -> str:
    """Write a text as a JSON string."""
    quoted: str = _quote(text)
    return quoted


def listed(items: Iterable[str]) -> str:
    """Write a list of items, each JSON already, as a JSON list."""
    return f"[{','.join(items)}]"


def storable(text: str) -> str:
    """Give a text that a database can hold: UTF-8, which does not end at a zero."""
    # Halves of surrogate pairs come with file names from the system.
    text = text.encode("utf-8", "backslashreplace").decode()
    return text.replace("\0", "\N{SYMBOL FOR NULL}")
