"""`penstock doctor`: looks at everything that could be wrong around runs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import sys
import time
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from penstock._cli.files import count_journals, in_bytes
from penstock._cli.lookup import all_artifacts
from penstock._cli.options import Command, json_option
from penstock._cli.output import Screen, print_json
from penstock._engine.artifacts import find_file
from penstock._engine.process import journal_folder
from penstock._journal.recovery import recover
from penstock.errors import PenstockError
from penstock.settings import load_settings
from penstock.stores import open_store
from penstock.stores.filters import ArtifactFilter
from penstock.stores.sqlite.lines import has_trigrams

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sized

    from penstock.settings import Settings
    from penstock.stores.protocol import Store

__all__ = ["doctor", "has_wal_reset_bug"]

#: Free space that is worth a word, and that is too little to go on.
_LITTLE_BYTES: Final = 1 << 30
_NO_BYTES: Final = 50 << 20
#: Versions of SQLite that may damage a database when one process resets the log while
#: another writes, and the back-ports in which that is mended.
_FIRST_BAD: Final = (3, 7, 0)
_LAST_BAD: Final = (3, 51, 2)
_MENDED: Final = {(3, 44): 6, (3, 50): 7}

#: Seconds after which a file belongs to nobody if no artifact names it.
_STRAY_AFTER: Final = 3_600

#: Columns before a finding's sentence.
_MARGIN: Final = 19


class Finding(NamedTuple):
    """What one check found."""

    check: str
    state: str  #: "ok", "notice" (nothing to do at once) or "problem"
    message: str


@click.command(cls=Command, examples=("penstock doctor", "penstock doctor --json"))
@json_option
def doctor(as_json: bool) -> None:
    """Check the data folder, the database and the disk; exit 1 when something is wrong."""
    found = list(_examine())
    is_well = all(finding.state != "problem" for finding in found)
    if as_json:
        print_json({"ok": is_well, "checks": [finding._asdict() for finding in found]})
    else:
        _show(Screen(), found, is_well=is_well)
    if not is_well:
        sys.exit(1)


def has_wal_reset_bug(version: tuple[int, int, int]) -> bool:
    """Tell whether a version of SQLite has the bug in resetting its write-ahead log."""
    mended_from = _MENDED.get(version[:2])
    if mended_from is not None and version[2] >= mended_from:
        return False
    return _FIRST_BAD <= version <= _LAST_BAD


def _show(screen: Screen, found: list[Finding], *, is_well: bool) -> None:
    styles = {"ok": "green", "notice": "yellow", "problem": "bold red"}
    for check, state, message in found:
        screen.line([(f"{state:<7}", styles[state]), f"  {check:<8}  {message}"], hang=_MARGIN)
    screen.line()
    count = sum(finding.state == "problem" for finding in found)
    words = "1 problem." if count == 1 else f"{count} problems."
    screen.line("All is well." if is_well else [(words, "bold red")])


def _examine() -> Iterator[Finding]:
    """Make all checks; the later ones need what the earlier ones have found."""
    try:
        settings = load_settings()
    except PenstockError as error:
        yield Finding("settings", "problem", str(error))
        return
    yield Finding("settings", "ok", f"data folder {settings.home}")
    yield _sqlite_version()
    yield _search()
    yield from _folder(settings)
    yield from _store(settings)
    yield from _other_journals(settings)


def _sqlite_version() -> Finding:
    version = sqlite3.sqlite_version
    if not has_wal_reset_bug(sqlite3.sqlite_version_info[:3]):
        return Finding("sqlite", "ok", f"version {version}")
    return Finding(
        "sqlite",
        "notice",
        f"version {version} has a bug in resetting its log (mended in 3.51.3, 3.50.7 and "
        "3.44.6). Penstock's processes take turns, so they do not meet it; do not let "
        "other tools write into the database.",
    )


def _search() -> Finding:
    if has_trigrams():
        return Finding("search", "ok", "SQLite can index what log lines contain (FTS5)")
    return Finding(
        "search",
        "notice",
        "SQLite has no FTS5 with trigrams here, so a search reads every log line: some 0.2 s "
        "for a million. A Python with its own SQLite has it (python.org, uv, conda).",
    )


def _folder(settings: Settings) -> Iterator[Finding]:
    """Check the data folder: that it can be written, by its owner alone, and has room."""
    home = settings.home
    if not os.path.isdir(home):
        yield Finding("folder", "ok", "not there yet; the first run makes it")
        return
    mode = stat.S_IMODE(os.stat(home).st_mode)
    if not os.access(home, os.W_OK | os.X_OK):
        yield Finding(
            "folder", "problem", f"{home} cannot be written. Change its permissions or its owner."
        )
    elif os.name == "posix" and mode & 0o077:
        yield Finding(
            "folder",
            "notice",
            f"others may look into {home} (mode {mode:03o}); results and log lines of runs "
            f"are in it. `chmod 700 {home}` keeps them out.",
        )
    else:
        yield Finding("folder", "ok", "can be written, and only you can look into it")
    free = shutil.disk_usage(home).free
    if free < _NO_BYTES:
        yield Finding("disk", "problem", f"{in_bytes(free)} free. Runs will fail; make room.")
    elif free < _LITTLE_BYTES:
        yield Finding("disk", "notice", f"only {in_bytes(free)} free")
    else:
        yield Finding("disk", "ok", f"{in_bytes(free)} free")


def _store(settings: Settings) -> Iterator[Finding]:
    """Check that the store opens and that what it holds agrees with itself."""
    try:
        store = open_store(settings.store_url)
    except PenstockError as error:
        yield Finding("store", "problem", str(error))
        return
    try:
        yield Finding("store", "ok", f"{store.url} opens")
        yield _own_journals(settings, store)
        yield from _contents(store)
        yield _artifact_files(settings, store)
    except PenstockError as error:
        yield Finding("store", "problem", str(error))
    finally:
        store.close()


def _own_journals(settings: Settings, store: Store) -> Finding:
    folder = journal_folder(settings)
    if folder is None:
        return Finding("journals", "ok", "a store in memory has none")
    recovered = recover(folder, store)
    living, left = count_journals(folder)
    if left:
        return Finding(
            "journals",
            "notice",
            f"{left} of dead processes in {folder} cannot be read by this version; "
            "the newer Penstock that wrote them will bring them in.",
        )
    parts = [f"{living} of processes that run now"]
    if recovered:
        parts.append(f"{len(recovered)} of dead processes brought into the store just now")
    return Finding("journals", "ok", ", ".join(parts))


def _contents(store: Store) -> Iterator[Finding]:
    broken = list(store.check())
    for sentence in broken:
        yield Finding("contents", "problem", sentence)
    if not broken:
        counts = store.stats()
        yield Finding(
            "contents",
            "ok",
            f"{counts.flow_runs:,} flow runs and {counts.task_runs:,} task runs agree with "
            f"their history; {in_bytes(counts.size_bytes)}",
        )
    open_owners = store.unfinished_owners()
    if open_owners:
        places = ", ".join(sorted(f"{owner.pid} on {owner.host}" for owner in open_owners))
        yield Finding("running", "ok", f"flow runs are open in process {places}")


def _artifact_files(settings: Settings, store: Store) -> Finding:
    """Check that large artifacts have their files, and files their artifacts."""
    named = {
        row.id: row.content_ref for row in all_artifacts(store, ArtifactFilter()) if row.content_ref
    }
    gone = [one for one, path in named.items() if find_file(settings, one, path) is None]
    if gone:
        return Finding(
            "artifacts",
            "problem",
            f"The file of {_count(gone, 'artifact')} is gone, as that of {gone[0]}. It was "
            "deleted, or it lies in the data folder of another machine.",
        )
    folder = settings.path("artifacts")
    strays = _strays(folder, named) if os.path.isdir(folder) else []
    if strays:
        return Finding(
            "artifacts",
            "notice",
            f"{folder} has {_count(strays, 'file')} ({in_bytes(sum(strays))}) that no artifact of "
            "this store names: a process was killed right after writing it, or it belongs to "
            "another store.",
        )
    if not named:
        return Finding("artifacts", "ok", "none is in a file of its own")
    return Finding("artifacts", "ok", f"{len(named):,} in files of their own, all there")


def _strays(folder: str, named: Mapping[str, object]) -> list[int]:
    """Give the sizes of files that no artifact names; one that is on its way is young."""
    sizes = []
    for entry in os.scandir(folder):
        found = entry.stat()
        if entry.name not in named and time.time() - found.st_mtime > _STRAY_AFTER:
            sizes.append(found.st_size)
    return sizes


def _count(things: Sized, what: str) -> str:
    return f"{len(things):,} {what}{'' if len(things) == 1 else 's'}"


def _other_journals(settings: Settings) -> Iterator[Finding]:
    """Look for journals whose store is not the one in use: nobody will bring them in."""
    top = settings.path("journal")
    own = journal_folder(settings)
    for name in sorted(os.listdir(top)) if os.path.isdir(top) else ():
        folder = os.path.join(top, name)
        if folder == own:
            continue
        _, left = count_journals(folder)
        if left:
            yield Finding(
                "journals",
                "notice",
                f"{left} of dead processes in {folder} belong to another store. "
                "Any command with PENSTOCK_STORE set to that store brings them in.",
            )
