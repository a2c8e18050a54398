"""Tracebacks of users' errors: their frames only."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from penstock._cli.output import Screen
from penstock._engine.report import describe, trim

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["show_failure"]

#: How the file name of a frame begins that is Python's own machinery.
_FROZEN = "<frozen "


def show_failure(error: BaseException) -> None:
    """Show what a run raised; the last line names the task, if it was in one, and the error."""
    error.__traceback__ = _without_imports(trim(error.__traceback__))
    screen = Screen(sys.stderr)
    text = describe(error)[1].rstrip("\n")
    lines = text.split("\n")
    said = max((at for at, line in enumerate(lines) if line.startswith(" ")), default=-1) + 1
    for at, line in enumerate(lines):
        screen.line([(line, "red" if at >= said else "")])


def _without_imports(traceback: TracebackType | None) -> TracebackType | None:
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(_FROZEN):
        traceback = traceback.tb_next
    if traceback is not None:
        traceback.tb_next = _without_imports(traceback.tb_next)
    return traceback
