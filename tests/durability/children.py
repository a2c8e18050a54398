"""Real processes for tests: started, watched, and never left behind."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: How long a program of a test may take on a machine that is busy with other things.
PATIENCE = 60.0


def eventually(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait until a condition holds; fail, naming it, when it does not come to."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        pause.wait(0.002)


class Child:
    """A Python program that runs, and what it says."""

    def __init__(self, folder: Path, *arguments: str | Path) -> None:
        self._folder = folder
        self.log = folder / "child.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *map(str, arguments)], stdout=log, stderr=subprocess.STDOUT
            )
        self.pid = self.process.pid

    @property
    def said(self) -> str:
        """All it has written, on whichever stream."""
        return self.log.read_text("utf-8", "replace")

    def has_said(self, words: str) -> bool:
        """Tell whether it has written these words; fail if it has ended without them."""
        if words in self.said:
            return True
        assert self.process.poll() is None, f"ended without {words!r}:\n{self.said}"
        return False

    def wait_for(self, words: str) -> None:
        """Wait until it has written these words."""
        eventually(lambda: self.has_said(words), f"{words!r} from process {self.pid}")

    def kill(self) -> None:
        """End it at once, as the system does when memory runs out."""
        self.process.kill()
        self.process.wait()

    def end(self, seconds: float = PATIENCE) -> int:
        """Wait for its own end; give its exit code."""
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

    def start(self, *arguments: str | Path) -> Child:
        """Start a Python program."""
        folder = self._folder / f"child-{len(self._children)}"
        folder.mkdir()
        child = Child(folder, *arguments)
        self._children.append(child)
        return child

    def start_code(self, code: str, *arguments: str | Path) -> Child:
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
    """Let children run inside of the block, and no longer."""
    made = Nursery(folder)
    try:
        yield made
    finally:
        made.close()
