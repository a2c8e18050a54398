"""Durations as people say them, wherever Penstock speaks of one."""

from __future__ import annotations

from typing import Final

__all__ = ["took"]

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400


def took(seconds: float | None) -> str:  # noqa: PLR0911 - one for each size
    """Write a duration as people say it; nothing for one that is not known."""
    if seconds is None:
        return ""
    if 0 < seconds < 0.0005:  # noqa: PLR2004 - it would be written as 0 ms
        return "<1 ms"
    if seconds < 0.9995:  # noqa: PLR2004 - below that, milliseconds read better
        return f"{seconds * 1000:.0f} ms"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"
