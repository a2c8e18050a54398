"""Takes the few settings of Prefect that mean the same in Penstock from the environment.

Any other PREFECT_ variable is left alone: that PREFECT_API_URL is set must not harm
a script that needs no server. So a value we cannot read is passed over, not refused.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

__all__ = ["Adopted"]

_LEVELS: Final = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})
_FLAGS: Final = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), "1"),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), "0"),
}


def _read_level(text: str) -> str | None:
    level = text.strip().upper()
    return level if level in _LEVELS else None


def _read_names(text: str) -> str | None:
    return text.strip() or None


def _read_flag(text: str) -> str | None:
    return _FLAGS.get(text.strip().lower())


#: Prefect's variable, ours, and how the one is read for the other.
_SAME: Final[tuple[tuple[str, str, Callable[[str], str | None]], ...]] = (
    ("PREFECT_LOGGING_LEVEL", "PENSTOCK_LOG_LEVEL", _read_level),
    ("PREFECT_LOGGING_EXTRA_LOGGERS", "PENSTOCK_EXTRA_LOGGERS", _read_names),
    ("PREFECT_LOGGING_LOG_PRINTS", "PENSTOCK_LOG_PRINTS", _read_flag),
)


class Adopted:
    """Variables that were set because Prefect's stood in the environment."""

    def __init__(self) -> None:
        self._set: dict[str, str] = {}

    def adopt(self, environ: MutableMapping[str, str] = os.environ) -> None:
        """Set our variables from Prefect's, where ours are not set."""
        for theirs, ours, read in _SAME:
            value = read(environ.get(theirs, ""))
            if value is not None and ours not in environ:
                environ[ours] = self._set[ours] = value

    def release(self, environ: MutableMapping[str, str] = os.environ) -> None:
        """Take back what `adopt` set, unless somebody has changed it since."""
        while self._set:
            ours, value = self._set.popitem()
            if environ.get(ours) == value:
                del environ[ours]
