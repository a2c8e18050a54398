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
from penstock._engine.process import put_aside, take_back
from penstock.context import current

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
    """
    before = {name: os.environ.get(name) for name in variables}
    run = current.get()
    depth = put_aside(clock)
    try:
        _set(variables)
        current.set(None)
        yield
    finally:
        try:
            take_back(depth)
        finally:
            _set(before)
            # Not by its token: a fixture may be left in another context than it was entered in.
            current.set(run)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
