"""Makes the database's files small again while nobody writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from penstock.stores.protocol import Store

__all__ = ["make_tidying"]

#: Who has written nothing for so long is done for now.
_QUIET: Final = 30.0


def make_tidying(store: Store) -> Callable[[int], float]:
    """Make the service that tidies up, once after each time that something was written."""
    before: int | None = None
    is_tidy = False

    def tick(now: int) -> float:
        nonlocal before, is_tidy
        del now
        mark = store.change_mark()
        if mark != before:
            before, is_tidy = mark, False
        elif not is_tidy:
            store.tidy()
            is_tidy = True
        return _QUIET

    return tick
