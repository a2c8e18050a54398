"""Log records of the standard library, put into the run they are written in.

`logging` is loaded when somebody asks for it, and not by `import penstock`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock._engine.report import write
from penstock.context import current

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["listen", "run_handler"]

_made: list[Any] = []


def run_handler() -> Any:
    """Give the handler that puts records into runs; `disabled` switches it off."""
    if not _made:
        import logging  # noqa: PLC0415 - 10 ms

        class RunHandler(logging.Handler):
            disabled = False

            def emit(self, record: logging.LogRecord) -> None:
                run = getattr(record, "penstock_run", None) or current.get()
                if run is None or self.disabled:
                    return
                try:
                    message = _message_of(record)
                except Exception:  # noqa: BLE001 - a user's __str__ may raise anything
                    # The standard library tells of it on standard error and goes on.
                    self.handleError(record)
                else:
                    write(run, record.levelno, record.name, message)

        _made.append(RunHandler())
    return _made[0]


def listen(loggers: Iterable[str], level: str) -> None:
    """Let the lines of other libraries' loggers join the runs they are written in."""
    import logging  # noqa: PLC0415 - as above

    for name in loggers:
        logger = logging.getLogger(name)
        logger.addHandler(run_handler())
        if logger.level == logging.NOTSET:
            logger.setLevel(level)


def _message_of(record: Any) -> str:
    message: str = record.getMessage()
    if record.exc_info and record.exc_info[0] is not None:
        import traceback  # noqa: PLC0415 - 6 ms, only for an exception

        message += "\n" + "".join(traceback.format_exception(*record.exc_info)).rstrip()
    if record.stack_info:
        message += "\n" + record.stack_info
    return message
