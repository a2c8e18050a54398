"""What every test of the engine gets: a fresh process, and a look at what it left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock._engine import process as processes
from penstock.testing.clock import FakeClock
from tests.engine.clock import open_process
from tests.engine.recorded import recorded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _invariants(home: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """Check at the end of each test that the store is sound and nothing runs on.

    A test that asks for `leaves_runs_open` ends with bodies that nobody can stop.
    """
    yield
    process = processes._process
    if process is None or "leaves_runs_open" in request.fixturenames:
        return
    found = recorded()
    assert found.store.check() == []
    assert found.unfinished() == []
    assert not process.open_runs


@pytest.fixture
def clock(home: Path) -> FakeClock:
    """Give the engine a clock that stands still."""
    fake = FakeClock()
    open_process(fake)
    return fake


@pytest.fixture
def leaves_runs_open() -> None:
    """Say that at the end of this test something may still be running."""
