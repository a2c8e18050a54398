"""What every test of scale gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock.testing.children import Nursery, nursery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nursery]:
    """Start programs that do not outlive the test, and say only what is wrong."""
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    monkeypatch.setenv("PENSTOCK_LOG_CONSOLE", "0")
    with nursery(tmp_path) as made:
        yield made
