"""What the engine says about runs: log lines of its own, and errors in words.

A line goes to the store as a log line of the run and, when the settings say so,
to standard error. The standard library's logging is not needed for it.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from penstock.events import LOG_WRITTEN, LogWritten

if TYPE_CHECKING:
    from types import TracebackType

    from penstock._engine.runs import OpenFlowRun, TaskRun

__all__ = [
    "DEBUG",
    "ERROR",
    "INFO",
    "MOST_BYTES",
    "WARNING",
    "blame",
    "clean",
    "console",
    "describe",
    "in_words",
    "name_task",
    "say",
    "show_users_frames",
    "trim",
    "write",
]

# The numbers of the standard library's logging, which is not imported for them.
DEBUG: Final = 10
INFO: Final = 20
WARNING: Final = 30
ERROR: Final = 40

_NAMES: Final = {DEBUG: "DEBUG", INFO: "INFO", WARNING: "WARN", ERROR: "ERROR", 50: "CRITICAL"}
_COLOURS: Final = {DEBUG: "\033[2m", WARNING: "\033[33m", ERROR: "\033[31m", 50: "\033[31m"}
#: How the note begins that `name_task` leaves on an error.
_NOTE: Final = "Task run "
#: Of a character, in UTF-8.
MOST_BYTES: Final = 4
#: Longest first line of an error's text, and longest traceback, that are kept.
_LONGEST_WORDS: Final = 2_000
_LONGEST_TRACEBACK: Final = 65_536
_OUR_FOLDER: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def say(run: OpenFlowRun | TaskRun, level: int, message: str) -> None:
    """Log a line of the engine's own in a run, and show it."""
    if level >= run.flow_run.process.log_level:
        write(run, level, "penstock", message)


def write(run: OpenFlowRun | TaskRun, level: int, logger: str, message: str) -> None:
    """Put a log line into a run, cut if it is too long, and show it."""
    process = run.flow_run.process
    if len(message) > process.short_line:
        message = _cut(message, process.settings.log_line_bytes)
    at = process.now()
    process.emit(LogWritten(LOG_WRITTEN, run.flow_run.id, at, run.index, level, logger, message))
    if process.settings.log_console:
        console(at, level, run.name, message)


def _cut(message: str, limit: int) -> str:
    """Give a line of at most so many bytes, with a word on what it has lost."""
    whole = message.encode("utf-8", "backslashreplace")
    if len(whole) <= limit:
        return message
    more = len(whole) - limit
    kept = whole[:limit].decode("utf-8", "ignore")
    return f"{kept}… [{more:,} more bytes are lost; PENSTOCK_LOG_LINE_BYTES keeps more]"


def console(at: int, level: int, name: str, message: str) -> None:
    """Show a log line on standard error, coloured when that is a terminal.

    A standard error that is closed or full takes nothing away from the run.
    """
    stream = sys.stderr
    if stream is None:
        return
    text = f"{_clock_face(at)} {_NAMES.get(level, str(level)):<5} {name}  {message}"
    colour = _COLOURS.get(level)
    try:
        if colour and stream.isatty() and "NO_COLOR" not in os.environ:
            text = f"{colour}{text}\033[0m"
        try:
            stream.write(text + "\n")
        except UnicodeEncodeError:
            # A console with few letters gets the rest as \u1234.
            encoding = stream.encoding or "ascii"
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    except (OSError, ValueError):
        return


_last_second: tuple[int, str] = (0, "")


def _clock_face(at: int) -> str:
    """Write an instant as the time of day here, to the millisecond."""
    global _last_second  # noqa: PLW0603 - formatting a second takes 2 us, and lines come in bursts
    second, text = _last_second
    if at // 1_000_000 != second:
        second = at // 1_000_000
        text = time.strftime("%H:%M:%S", time.localtime(second))
        _last_second = second, text
    return f"{text}.{at // 1000 % 1000:03d}"


def in_words(error: BaseException) -> str:
    """Write an error in one line: `ValueError: no such column`."""
    name = type(error).__qualname__
    try:
        text = str(error).strip().split("\n", 1)[0]
    except Exception as broken:  # noqa: BLE001 - a user's __str__ may raise anything
        text = f"(its text cannot be made: {type(broken).__qualname__})"
    if len(text) > _LONGEST_WORDS:
        text = f"{text[:_LONGEST_WORDS]}…"
    return f"{name}: {text}" if text else name


def describe(error: BaseException) -> tuple[str, str]:
    """Give an error in one line, and its traceback without frames of the engine."""
    import traceback  # noqa: PLC0415 - 6 ms, only when something failed

    clean(error)
    try:
        lines = traceback.format_exception(error)
        text = "".join(lines)
    except Exception:  # noqa: BLE001 - a user's __str__ may raise anything
        text = f"{in_words(error)}\n"
    if len(text) > _LONGEST_TRACEBACK:
        half = _LONGEST_TRACEBACK // 2
        text = f"{text[:half]}\n… [{len(text) - 2 * half:,} more characters]\n{text[-half:]}"
    return in_words(error), text


def clean(error: BaseException | None, seen: frozenset[int] = frozenset()) -> None:
    """Take the engine's frames out of an error's traceback, and of those behind it."""
    if error is None or id(error) in seen:
        return
    seen |= {id(error)}
    error.__traceback__ = trim(error.__traceback__)
    behind = [error.__cause__, error.__context__]
    if isinstance(error, BaseExceptionGroup):
        behind += error.exceptions
    for inner in behind:
        clean(inner, seen)


def trim(traceback: TracebackType | None) -> TracebackType | None:
    """Take the engine's frames out of a traceback; all, if nothing else is in it."""
    kept = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(_OUR_FOLDER):
            kept.append(traceback)
        traceback = traceback.tb_next
    following: TracebackType | None = None
    for entry in reversed(kept):
        entry.tb_next = following
        following = entry
    return following


def show_users_frames() -> None:
    """Have Python show an error that ends the program without the engine's frames."""
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _show


def _show(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    error.__traceback__ = traceback
    clean(error)
    sys.__excepthook__(kind, error, error.__traceback__)


def name_task(error: BaseException, run: TaskRun) -> None:
    """Make the last line of an error's traceback name the task it came from, once."""
    if _note_of(error) is None:
        where = "" if run.flow_run.is_session else f" of flow run {run.flow_run.name!r}"
        note = f"{_NOTE}{run.name!r}{where} failed with {in_words(error)}"
        with suppress(Exception):  # notes are the user's too, and may be anything
            error.add_note(note)


def blame(error: BaseException) -> str:
    """Say in one line what went wrong, with the task it went wrong in when it was in one."""
    return _note_of(error) or in_words(error)


def _note_of(error: BaseException) -> str | None:
    notes = getattr(error, "__notes__", None) or ()
    texts = (note for note in notes if isinstance(note, str))
    return next((note for note in texts if note.startswith(_NOTE)), None)
