"""Why a run is stopped: as `Stopped` carries it, in words, and as its caller hears of it.

`Stopped(by, kind, ...)`: who or what it was, and one of the kinds below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from penstock.errors import CancelledRun, StaleOwner, Stopped

if TYPE_CHECKING:
    from penstock._engine.runs import OpenFlowRun

__all__ = ["CANCEL", "LOST", "RAISED", "SIGNAL", "as_stopped", "error_of", "kind_of", "words"]

#: Somebody has cancelled it. By: who.
CANCEL: Final = "cancel"
#: A signal ends the process. By: its name; then the exit code.
SIGNAL: Final = "signal"
#: Another process has taken the run over.
LOST: Final = "lost"
#: An exception that is no ordinary error. By: its name.
RAISED: Final = "raised"

_KIND: Final = 1


def kind_of(error: BaseException | None) -> str | None:
    """Say which kind of stop an exception is, if it is one that says so."""
    facts: tuple[Any, ...] = error.args if isinstance(error, Stopped) else ()
    return facts[_KIND] if len(facts) > _KIND else None


def as_stopped(error: BaseException) -> Stopped:
    """Take what has ended a body for the reason to stop all of its run."""
    if isinstance(error, Stopped) and kind_of(error) is not None:
        return error
    name = error.args[0] if isinstance(error, Stopped) and error.args else type(error).__name__
    return Stopped(name, RAISED)


def words(error: BaseException) -> str:
    """Say in a sentence what has stopped a run."""
    stopped = as_stopped(error)
    if kind_of(stopped) == CANCEL:
        return f"Cancelled by {stopped.args[0]}."
    if kind_of(stopped) == LOST:
        return "Another process has taken it over."
    return f"Stopped by {stopped.args[0]}."


def error_of(run: OpenFlowRun, error: BaseException) -> BaseException:
    """Give the exception that the caller of a stopped flow sees."""
    stopped = run.stopped or error
    kind = kind_of(stopped)
    if kind == LOST:
        return StaleOwner(run.name, run.text_id)
    if kind == SIGNAL:
        # What has called a nested flow is to stop as well, and has not called sys.exit().
        return SystemExit(stopped.args[2]) if run.parent is None else stopped
    if kind == CANCEL:
        by = stopped.args[0]
        return CancelledRun(f"Flow run {run.name!r} ({run.text_id}) was cancelled by {by}.")
    if isinstance(error, Stopped) and stopped.args[:1] == (KeyboardInterrupt.__name__,):
        # The body has kept the one that was raised in it.
        return KeyboardInterrupt().with_traceback(error.__traceback__)
    return error
