"""Loads the named statements of the `.sql` files here, and of those a dialect has besides.

No statement's text is written in Python except what where.py builds from filters.
"""

from __future__ import annotations

import os
import re
from typing import Final

__all__ = ["LARGE_FROM_ROWS", "ORDINARY_ROWS", "ROW_COUNTS", "load_statements", "repeat"]

#: How many rows a repeated statement is made for. Each execution hands the
#: interpreter lock over and may wait 5 ms to get it back while user code computes,
#: so few large ones: 2,048 task runs took 75 ms in 1,024s and 300 ms in 128s. But a
#: process prepares each statement once: 7 ms for 1,024 task runs, 1 ms for 256, so the
#: largest are for those who have much to write.
ROW_COUNTS: Final = (1024, 256, 64, 16, 4, 1)
#: The largest size for fewer rows than LARGE_FROM_ROWS.
ORDINARY_ROWS: Final = 256
#: From so many rows on every size is used.
LARGE_FROM_ROWS: Final = 4_096

_FILES: Final = ("queries.sql", "artifacts.sql", "pictures.sql", "serving.sql")
_NAME: Final = re.compile(r"^-- name: (\w+)(?: rows)?\n", re.MULTILINE)
_COMMENT: Final = re.compile(r"^ *--.*\n", re.MULTILINE)
_PARAMETERS: Final = re.compile(r"\(\?(?:, \?)*\)")


def load_statements(*files: str) -> dict[str, str]:
    """Read the statements of some files, by name; when none is named, those of every database."""
    found: dict[str, str] = {}
    for file_name in files or _FILES:
        with open(os.path.join(os.path.dirname(__file__), file_name), encoding="utf-8") as file:
            parts = _NAME.split(file.read())[1:]
        for name, body in zip(parts[::2], parts[1::2], strict=True):
            found[name] = _COMMENT.sub("", body).strip()
    return found


def repeat(statement: str, rows: int) -> str:
    """Make a statement for one row into one for many.

    `VALUES (?, ?)` becomes `VALUES (?, ?),(?, ?)`, and `IN (?)` becomes `IN (?,?)`.
    """
    *_, last = _PARAMETERS.finditer(statement)
    group = last.group()
    many = f"({','.join('?' * rows)})" if group == "(?)" else ",".join([group] * rows)
    return statement[: last.start()] + many + statement[last.end() :]
