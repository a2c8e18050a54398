"""Instants and durations as people read them, and as scripts do."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Final

__all__ = ["age", "iso", "local", "read_duration"]

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400
_WEEK: Final = 7  #: days
_NEAR_DAYS: Final = {0: "today", 1: "yesterday"}
_UNITS: Final = {"s": 1, "m": _MINUTE, "h": _HOUR, "d": _DAY, "w": 7 * _DAY}


def iso(at: int | None) -> str | None:
    """Write microseconds since the epoch as ISO 8601 in UTC, for scripts."""
    if at is None:
        return None
    seconds, microseconds = divmod(at, 1_000_000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def local(at: int, *, milliseconds: bool = False) -> str:
    """Write an instant as the clock on the wall shows it: `2026-03-01 14:03:07`."""
    moment = datetime.fromtimestamp(at / 1_000_000, UTC).astimezone()
    text = moment.strftime("%Y-%m-%d %H:%M:%S")
    return f"{text}.{at // 1000 % 1000:03d}" if milliseconds else text


def age(at: int, now: float | None = None) -> str:
    """Write an instant as people speak of it: `5 min ago`, `yesterday 14:03`, `Mon 14:03`."""
    now = time.time() if now is None else now
    seconds = now - at / 1_000_000
    moment = datetime.fromtimestamp(at / 1_000_000, UTC).astimezone()
    days = (datetime.fromtimestamp(now, UTC).astimezone().date() - moment.date()).days
    if seconds < -1:
        return local(at)
    if seconds < _HOUR:
        minutes = int(seconds) // _MINUTE
        return f"{minutes} min ago" if minutes else f"{max(seconds, 0):.0f} s ago"
    # A weekday's name is clear for a week.
    day = _NEAR_DAYS.get(days) or ("%a" if days < _WEEK else "%Y-%m-%d")
    return moment.strftime(f"{day} %H:%M")


def read_duration(text: str) -> float:
    """Read `30d`, `12h`, `90m`, `45s` or `2w` as seconds.

    Raises:
        ValueError: it is none of these.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*", text.lower())
    if found is None:
        message = f"{text!r} is not a duration; write 30d, 12h, 90m, 45s or 2w"
        raise ValueError(message)
    return float(found[1]) * _UNITS[found[2]]
