"""Stands in for `prefect.testing.utilities`: what test suites of flows need."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from penstock._engine.elsewhere import elsewhere

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["prefect_test_harness"]


@contextmanager
def prefect_test_harness(server_startup_timeout: float | None = 30) -> Iterator[None]:
    """Keep the runs of a block in a store of its own, which is gone afterwards.

    Args:
        server_startup_timeout: accepted for scripts written for Prefect; no server is started.
    """
    del server_startup_timeout
    folder = tempfile.mkdtemp(prefix="penstock-test-")
    try:
        with elsewhere({"PENSTOCK_HOME": folder, "PENSTOCK_STORE": None}):
            yield
    finally:
        # A file that somebody still has open (on Windows) must not fail the tests.
        shutil.rmtree(folder, ignore_errors=True)
