"""Real processes for tests: started, watched, killed, and never left behind.

A flow that must survive the death of its process is tested with a process that
dies: in a child whose runs go to the store file of the test.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from penstock._engine.process import open_recovered
from penstock.errors import UsageError
from penstock.settings import load_settings
from penstock.states import StateType
from penstock.stores.filters import TaskRunFilter
from penstock.testing.recorded import goes_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["PATIENCE", "Child", "Nursery", "crashed", "eventually", "nursery", "running"]

#: How long a program of a test may take on a machine that is busy with other things.
PATIENCE: Final = 60.0
#: How long a condition rests between two looks.
_PAUSE: Final = 0.002
_COMPLETED: Final = str(StateType.COMPLETED)
_ALL: Final = 1_000_000
#: The program that runs a script and dies in it.
_CRASH: Final = "penstock.testing.crash"


def eventually(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait until a condition holds; fail, naming it, when it does not come to.

    Raises:
        AssertionError: the time was up.
    """
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        pause.wait(_PAUSE)


class Child:
    """A Python program that runs, and what it says."""

    def __init__(self, folder: Path, *arguments: str | os.PathLike[str]) -> None:
        """Start it.

        Args:
            folder: where `child.log` goes, which takes what it says.
            arguments: those of Python: a script and its own, or `-m` and a module.
        """
        self.log = folder / "child.log"
        # It must not buffer what a test waits for.
        environ = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 - the test's own program
                [sys.executable, *arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environ,
            )
        self.pid = self.process.pid

    @property
    def said(self) -> str:
        """All it has written, on whichever stream."""
        return self.log.read_text("utf-8", "replace")

    def has_said(self, words: str) -> bool:
        """Tell whether it has written these words.

        Raises:
            AssertionError: it has ended without them.
        """
        ended = self.process.poll() is not None
        if words in self.said:
            return True
        if ended:
            raise AssertionError(f"ended without {words!r}:\n{self.said}")
        return False

    def wait_for(self, words: str) -> None:
        """Wait until it has written these words.

        Raises:
            AssertionError: it ended without them, or they do not come.
        """
        eventually(lambda: self.has_said(words), f"{words!r} from process {self.pid}")

    def wait_for_task_runs(self, name: str, count: int = 1) -> None:
        """Wait until so many runs of a task have completed, by what is in the store.

        Raises:
            AssertionError: it ended before, or they do not come.
            UsageError: the store is in memory, where nobody else sees it.
        """
        settings = load_settings()
        _need_file(settings.store_url)
        store = open_recovered(settings)

        def are_there() -> bool:
            ended = self.process.poll() is not None
            rows = store.find_task_runs(TaskRunFilter(state_types=(_COMPLETED,)), _ALL)
            found = sum(goes_by(name, row.name, row.task_key) for row in rows)
            if found < count and ended:
                raise AssertionError(f"ended after {found} runs of {name!r}:\n{self.said}")
            return found >= count

        try:
            eventually(are_there, f"{count} runs of {name!r} from process {self.pid}")
        finally:
            store.close()

    def kill(self) -> None:
        """End it at once, as the system does when memory runs out."""
        self.process.kill()
        self.process.wait()

    def end(self, seconds: float = PATIENCE) -> int:
        """Wait for its own end; give its exit code.

        Raises:
            AssertionError: it does not end; it is killed.
        """
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {seconds:g} s:\n{self.said}") from None


class Nursery:
    """Starts children, each with a folder of its own for what it writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[Child] = []

    def start(self, *arguments: str | os.PathLike[str]) -> Child:
        """Start a Python program: a script, or `-m` and a module, and its arguments."""
        folder = self._folder / f"child-{len(self._children)}"
        folder.mkdir()
        child = Child(folder, *arguments)
        self._children.append(child)
        return child

    def start_code(self, code: str, *arguments: str | os.PathLike[str]) -> Child:
        """Start a program that stands in the test."""
        script = self._folder / f"program-{len(self._children)}.py"
        script.write_text(code, "utf-8")
        return self.start(script, *arguments)

    def close(self) -> None:
        """End what still runs."""
        for child in self._children:
            if child.process.poll() is None:
                child.kill()


@contextmanager
def nursery(folder: Path) -> Iterator[Nursery]:
    """Let several children run inside of the block, and no longer.

    Args:
        folder: for their files; pytest's `tmp_path` will do.
    """
    made = Nursery(folder)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def running(*arguments: str | os.PathLike[str]) -> Iterator[Child]:
    """Let one Python program run inside of the block, and no longer.

    Args:
        arguments: a script, or `-m` and a module, and what it is called with.
    """
    with _temporary_folder() as folder, nursery(folder) as children:
        yield children.start(*arguments)


def crashed(
    script: str | os.PathLike[str],
    *arguments: str | os.PathLike[str],
    after: str,
    count: int = 1,
) -> str:
    """Run a script in a process that dies, as by `kill -9`, when a task has completed.

    The moment is exact: the end of that task run is recorded, and its caller never hears of it.

    Args:
        script: the file to run.
        arguments: what it is called with.
        after: the task, or the name of a task run.
        count: how many runs of it complete.

    Returns:
        What it has written, on whichever stream.

    Raises:
        AssertionError: it ended by itself before, or does not end.
        UsageError: the store is in memory, where nobody else sees it.
    """
    _need_file(load_settings().store_url)
    with _temporary_folder() as folder, nursery(folder) as children:
        witness = folder / "witness"
        child = children.start("-m", _CRASH, witness, after, str(count), script, *arguments)
        code = child.end()
        said = child.said
        if not witness.exists():
            raise AssertionError(
                f"{os.fspath(script)} ended with code {code} before {count} runs of {after!r} "
                f"had completed:\n{said}"
            )
    return said


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    folder = tempfile.mkdtemp(prefix="penstock-test-")
    try:
        yield Path(folder)
    finally:
        # A file that somebody still has open (on Windows) must not fail the test.
        shutil.rmtree(folder, ignore_errors=True)


def _need_file(store_url: str) -> None:
    if store_url == "memory:":
        raise UsageError(
            "The store is in memory, and a process of its own does not see it. "
            "Give the test a file: isolated_store(path)."
        )
