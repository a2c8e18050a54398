"""Which servers run on this data folder: a small file for each, by its port.

Loads nothing of the server's own, so that asking for one is quick. The invariant: a
file whose process is gone means nothing, and is taken away by whoever sees it.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from penstock._processes import process_started

if TYPE_CHECKING:
    from penstock.settings import Settings

__all__ = ["Entry", "find_entries", "forget_entry", "log_file", "write_entry"]


class Entry(NamedTuple):
    """A server that runs."""

    pid: int
    process_started: float  #: as `_processes` tells it; pids are given again
    host: str
    port: int
    url: str  #: where a browser on this machine finds it
    started: int  #: microseconds
    version: str
    log: str | None  #: file with what it says; None: its terminal


def log_file(settings: Settings, port: int) -> str:
    """Name the file with what a server in the background says."""
    return settings.path("server", f"{port}.log")


def write_entry(settings: Settings, entry: Entry) -> None:
    """Let others know of a server."""
    path = _path(settings, entry.port)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with suppress(FileNotFoundError):
        os.unlink(path)
    new = f"{path}.{entry.pid}"
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(entry._asdict(), file)
    os.replace(new, path)


def forget_entry(settings: Settings, entry: Entry) -> None:
    """Take a server's file away, unless another has the port now."""
    if _read(_path(settings, entry.port)) == entry:
        with suppress(OSError):
            os.unlink(_path(settings, entry.port))


def find_entries(settings: Settings) -> list[Entry]:
    """List the servers that run, by port."""
    try:
        names = os.listdir(settings.path("server"))
    except FileNotFoundError:
        return []
    found = []
    for name in names:
        if not name.endswith(".json"):
            continue
        path = settings.path("server", name)
        entry = _read(path)
        if entry is not None and process_started(entry.pid) == entry.process_started:
            found.append(entry)
        else:
            with suppress(OSError):
                os.unlink(path)
    return sorted(found, key=lambda entry: entry.port)


def _path(settings: Settings, port: int) -> str:
    return settings.path("server", f"{port}.json")


def _read(path: str) -> Entry | None:
    try:
        with open(path, encoding="utf-8") as file:
            return Entry(**json.load(file))
    except (OSError, ValueError, TypeError):
        return None
