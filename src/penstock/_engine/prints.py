"""`print` as a log line, in runs that ask for it."""

from __future__ import annotations

import builtins
import sys
from typing import Any

from penstock._engine.report import INFO, write
from penstock.context import current

__all__ = ["takes_prints", "watch_prints"]

_print = builtins.print


def watch_prints() -> None:
    """Make `print` a log line in runs with `log_prints=True`; elsewhere it stays what it is."""
    if builtins.print is not _printed:
        builtins.print = _printed


def _printed(*values: Any, **options: Any) -> None:
    run = current.get()
    file = options.get("file")
    if run is None or not takes_prints(run) or (file is not None and file is not sys.stdout):
        _print(*values, **options)
        return
    separator = options.get("sep")
    write(run, INFO, "prints", (" " if separator is None else separator).join(map(str, values)))


def takes_prints(run: Any) -> bool:
    """Ask the run, then the flows around it, then the settings."""
    settings = run.flow_run.process.settings
    while run is not None:
        if run.spec.log_prints is not None:
            return bool(run.spec.log_prints)
        run = run.flow_run if run.flow_run is not run else run.parent
    return bool(settings.log_prints)
