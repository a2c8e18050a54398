"""What every test gets."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give each test a data folder of its own, so that none touches the user's.

    What the test has opened in it (store, journal, threads) is closed at its end.
    """
    folder = tmp_path / "home"
    monkeypatch.setenv("PENSTOCK_HOME", str(folder))
    yield folder
    process = sys.modules.get("penstock._engine.process")
    if process is not None:
        process.close_process()
