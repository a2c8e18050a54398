"""What pytest offers to tests of flows: fixtures, and nothing that runs by itself.

Everything of Penstock's that costs time loads inside of the fixtures, so that a
test suite that has Penstock installed and does not ask for them pays nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.testing.clock import FakeClock
    from penstock.testing.recorded import Recorded

__all__ = ["penstock_clock", "penstock_settings", "penstock_store"]


@pytest.fixture
def penstock_settings() -> dict[str, Any]:
    """Settings of the isolated store; a `conftest.py` or a test file may have its own."""
    return {}


@pytest.fixture
def _penstock_fake_clock() -> FakeClock:
    made: FakeClock = import_module("penstock.testing.clock").FakeClock()
    return made


@pytest.fixture
def penstock_store(
    request: pytest.FixtureRequest, penstock_settings: dict[str, Any]
) -> Iterator[Recorded]:
    """Record what this test runs in a store of its own, and let it look there."""
    clock = None
    if "penstock_clock" in request.fixturenames:
        clock = request.getfixturevalue("_penstock_fake_clock")
    isolated_store = import_module("penstock.testing.isolation").isolated_store
    with isolated_store(clock=clock, **penstock_settings) as recorded:
        yield recorded


@pytest.fixture
def penstock_clock(penstock_store: Recorded, _penstock_fake_clock: FakeClock) -> FakeClock:
    """Let this test have a clock that stands still, and a store of its own."""
    if penstock_store.clock is not _penstock_fake_clock:
        pytest.fail(
            "penstock_clock was asked for when the store was open on another clock. "
            "Name it among the arguments of the test, or in its `usefixtures`."
        )
    return _penstock_fake_clock
