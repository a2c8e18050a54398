"""Log lines of runs: written with the standard library, kept with the run.

`get_run_logger()` gives a logger whose lines go to the store and to standard
error. Other libraries' loggers join through the setting PENSTOCK_EXTRA_LOGGERS.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from penstock._engine.commands import Command
from penstock._engine.handler import run_handler
from penstock._engine.report import write
from penstock.context import current
from penstock.errors import MissingContext

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping
    from subprocess import CompletedProcess

__all__ = [
    "RunLogger",
    "arun_command",
    "disable_run_logger",
    "get_logger",
    "get_run_logger",
    "run_command",
]

_FLOW_RUNS: Final = "penstock.flow_runs"
_TASK_RUNS: Final = "penstock.task_runs"


class RunLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger that belongs to one run, in whatever thread it is used."""

    def __init__(self, logger: logging.Logger, run: Any, extra: Mapping[str, object]) -> None:
        super().__init__(logger, extra)
        self._run = run

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Log a line in the run.

        When nobody else listens, no record is made: that takes 5 us of the 8.
        """
        logger = self.logger
        if not logger.isEnabledFor(level):
            return
        if kwargs or self.extra or logger.handlers != _OURS or logger.filters or _handler.disabled:
            super().log(level, msg, *args, **kwargs)
            return
        try:
            text = str(msg)
            if args:
                values = args[0] if len(args) == 1 and isinstance(args[0], dict) else args
                text = text % values
        except Exception:  # noqa: BLE001 - a user's __str__ may raise anything
            # The slow way says on standard error where the line is wrong.
            super().log(level, msg, *args, **kwargs)
            return
        write(self._run, level, logger.name, text)

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        """Put the run into the record."""
        extra = kwargs.get("extra")
        kwargs["extra"] = {"penstock_run": self._run, **(self.extra or {}), **(extra or {})}
        return msg, kwargs


def get_run_logger(context: Any = None, **extra: object) -> RunLogger:
    """Give the logger of the run that the calling code belongs to.

    Args:
        context: accepted for scripts written for Prefect; the run around the call is used.
        **extra: fields to put into each record.

    Raises:
        MissingContext: the calling code is in no run.
    """
    del context
    run = current.get()
    if run is None:
        message = (
            "get_run_logger() gives the logger of a run, and there is no run here. Call it "
            "inside of a flow or a task; elsewhere use logging.getLogger(__name__)."
        )
        raise MissingContext(message)
    logger = _logger(_FLOW_RUNS if run.index is None else _TASK_RUNS, run.flow_run.process)
    return RunLogger(logger, run, extra)


def run_command(
    command: Any,
    *,
    check: bool = True,
    stderr_level: int = logging.WARNING,
    encoding: str = "utf-8",
    **options: Any,
) -> CompletedProcess[bytes]:
    """Run a program, with each line it writes as a log line of the run around the call.

    Lines of its standard output have the level INFO and the logger "stdout", those of
    its standard error `stderr_level` and "stderr". When the run is cancelled, or its
    time is up, the program is ended with all that it has started.

    Args:
        command: a list of words, or with `shell=True` a text.
        check: raise an error when its exit code is not 0.
        stderr_level: for programs that write to standard error when all is well.
        encoding: of its output; what is not in it is replaced.
        **options: more for `subprocess.Popen`, as `cwd`, `env` and `shell`.

    Raises:
        CalledProcessError: it ended with another exit code than 0; `stderr` has its last lines.
        MissingContext: the calling code is in no run.
        OSError: it cannot be started.

    Example:
        run_command(["dbt", "build"], cwd="warehouse")
    """
    running = _start(command, stderr_level, encoding, options)
    running.wait()
    return running.outcome(check=check)


async def arun_command(
    command: Any,
    *,
    check: bool = True,
    stderr_level: int = logging.WARNING,
    encoding: str = "utf-8",
    **options: Any,
) -> CompletedProcess[bytes]:
    """Run a program as `run_command` does, and let other coroutines go on meanwhile."""
    import asyncio  # noqa: PLC0415 - async code has it loaded

    running = _start(command, stderr_level, encoding, options)
    try:
        await asyncio.to_thread(running.wait)
    except BaseException:
        await asyncio.to_thread(running.end)
        raise
    return running.outcome(check=check)


def _start(command: Any, stderr_level: int, encoding: str, options: dict[str, Any]) -> Command:
    run = current.get()
    if run is None:
        message = (
            "run_command() keeps what a program says in the log of a run, and there is no run "
            "here. Call it inside of a flow or a task; elsewhere use subprocess.run()."
        )
        raise MissingContext(message)
    return Command(run, command, (logging.INFO, stderr_level), encoding, options)


def get_logger(name: str | None = None) -> logging.Logger:
    """Give a logger below `penstock`, for code that is in no run."""
    return logging.getLogger("penstock" if name is None else f"penstock.{name}")


_handler = run_handler()
_OURS: Final[list[logging.Handler]] = [_handler]
#: The process for which each of our loggers was made ready.
_ready: dict[str, Any] = {}


def _logger(name: str, process: Any) -> logging.Logger:
    """Give one of our loggers, with its handler and level as the run's process has them set."""
    logger = logging.getLogger(name)
    if _ready.get(name) is not process:
        _ready[name] = process
        logger.setLevel(process.settings.log_level.upper())
        logger.propagate = False
        logger.addHandler(_handler)
    return logger


class disable_run_logger:  # noqa: N801 - used as `with disable_run_logger():`
    """Keep log lines of runs out of the store and off the terminal inside of a block."""

    def __enter__(self) -> None:
        _handler.disabled = True

    def __exit__(self, *_: object) -> None:
        _handler.disabled = False
