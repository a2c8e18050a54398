"""Stands in for `prefect.testing.utilities`: what test suites of flows need."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from penstock._engine.process import close_process

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["prefect_test_harness"]

#: What decides where runs are kept.
_PLACES = ("PENSTOCK_HOME", "PENSTOCK_STORE")


@contextmanager
def prefect_test_harness(server_startup_timeout: float | None = 30) -> Iterator[None]:
    """Keep the runs of a block in a store of its own, which is gone afterwards.

    Args:
        server_startup_timeout: accepted for scripts written for Prefect; no server is started.
    """
    del server_startup_timeout
    before = {name: os.environ.get(name) for name in _PLACES}
    folder = tempfile.mkdtemp(prefix="penstock-test-")
    close_process()
    os.environ["PENSTOCK_HOME"] = folder
    os.environ.pop("PENSTOCK_STORE", None)
    try:
        yield
    finally:
        close_process()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(folder, ignore_errors=True)
