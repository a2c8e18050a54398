"""A block whose runs go elsewhere: another store, other settings, another clock.

Tests of flows live in it. The settings stand in the environment while the block
lasts, so programs started inside read the same ones. It is for one thread at a
time: what other threads call meanwhile goes elsewhere, too.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from penstock._clock import SYSTEM
from penstock._engine.process import put_aside, rest_at, take_back
from penstock.context import current
from penstock.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from penstock._clock import Clock

__all__ = ["elsewhere"]


@contextmanager
def elsewhere(variables: Mapping[str, str | None], clock: Clock = SYSTEM) -> Iterator[None]:
    """Have calls inside of the block open something of their own, closed at its end.

    Args:
        variables: of the environment, for the time of the block; None removes one.
        clock: what the engine asks for the time.

    Raises:
        UsageError: a block was left while one inside of it was not.
    """
    before = {name: os.environ.get(name) for name in variables}
    run = current.get()
    depth = put_aside(clock)
    try:
        _set(variables)
        current.set(None)
        yield
    finally:
        is_innermost = rest_at(depth) and not rest_at(depth + 1)
        if rest_at(depth):
            try:
                take_back(depth)
            finally:
                _set(before)
                # Not by its token: a fixture may be left in another context than it began in.
                current.set(run)
        if not is_innermost:
            raise UsageError(
                "Two isolated stores were not left in the reverse order of their opening. "
                "Leave the inner one first, and use them in one thread at a time."
            )


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
