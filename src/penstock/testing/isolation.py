"""A store for one test: empty at its beginning, sound at its end, gone afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from penstock._clock import SYSTEM
from penstock._engine.elsewhere import elsewhere
from penstock._engine.process import get_process
from penstock.errors import UsageError
from penstock.settings import SETTINGS
from penstock.testing.recorded import Recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock._clock import Clock

__all__ = ["isolated_store"]

_NAMES: Final = frozenset(setting.name for setting in SETTINGS) - {"home", "store"}


@contextmanager
def isolated_store(
    url: str | os.PathLike[str] | None = None, *, clock: Clock | None = None, **settings: Any
) -> Iterator[Recorded]:
    """Record what flows and tasks do inside of a block in a store of its own.

    The store, journal and settings around the block are as if they were not there, and
    are back behind it; a temporary data folder takes the place of the user's. Blocks may
    be nested. At the end of a block without an exception everything submitted has ended,
    and it is checked that the store is sound and that no run was left open.

    Args:
        url: where to record: in memory by default, else the path of an SQLite file, or a
            store URL. Programs that a test starts see only what is in a file.
        clock: what the engine asks for the time, such as a `FakeClock`.
        settings: by their names, such as `log_level="DEBUG"`; the others have their defaults.

    Raises:
        UsageError: there is no such setting, or the URL is no store's.
        AssertionError: at the end: something was left open, or the store is not sound.
    """
    variables = _variables(settings)
    variables["PENSTOCK_STORE"] = _store_url(url)
    folder = variables["PENSTOCK_HOME"] = tempfile.mkdtemp(prefix="penstock-test-")
    try:
        with (
            _loggers_as_they_are(_as_text(settings.get("extra_loggers", ()))),
            elsewhere(variables, SYSTEM if clock is None else clock),
        ):
            recorded = Recorded(get_process())
            try:
                yield recorded
                recorded.check()
            finally:
                recorded.close()
    finally:
        # A file that somebody still has open (on Windows) must not fail the test.
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _loggers_as_they_are(names: str) -> Iterator[None]:
    """Give other libraries' loggers, parted by commas, back the handlers and level they had."""
    if not names:
        yield
        return
    import logging  # noqa: PLC0415 - 10 ms, only when a test names loggers

    loggers = [logging.getLogger(name.strip()) for name in names.split(",")]
    before = [(logger.handlers[:], logger.level) for logger in loggers]
    try:
        yield
    finally:
        for logger, (handlers, level) in zip(loggers, before, strict=True):
            logger.handlers[:] = handlers
            logger.setLevel(level)


def _variables(settings: dict[str, Any]) -> dict[str, str | None]:
    """Write settings as the environment has them, without those around the block."""
    for name in settings:
        if name not in _NAMES:
            known = ", ".join(sorted(_NAMES))
            raise UsageError(f"isolated_store: there is no setting {name!r}. There are: {known}.")
    return {
        setting.variable: _as_text(settings[setting.name]) if setting.name in settings else None
        for setting in SETTINGS
    }


def _as_text(value: Any) -> str:
    return ",".join(value) if isinstance(value, list | tuple) else str(value)


def _store_url(url: str | os.PathLike[str] | None) -> str:
    if url is None:
        return "memory:"
    text = os.fspath(url)
    if text == "memory:" or "://" in text:
        return text
    return "sqlite:///" + os.path.abspath(text).replace(os.sep, "/")
