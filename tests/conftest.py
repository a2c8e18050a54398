"""What every test gets."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Who is started in the background of a script ignores Ctrl-C, and so does all it starts:
# the processes that tests interrupt, too.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
