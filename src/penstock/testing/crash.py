"""Runs a script, and dies in the middle of it: the program that `crashed` starts.

    python -m penstock.testing.crash WITNESS TASK COUNT SCRIPT [ARGUMENT …]

The process ends as by `kill -9` when COUNT runs of TASK have completed, and leaves
an empty file WITNESS as a sign that it was so.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading
from typing import TYPE_CHECKING

from penstock._engine.process import get_process
from penstock._processes import die
from penstock.events import TaskRunCreated, TaskRunFinished
from penstock.states import StateType
from penstock.testing.recorded import goes_by

if TYPE_CHECKING:
    from penstock._engine.process import Process
    from penstock.events import Event

__all__ = ["main"]


class _Ambush:
    """Listens to what a process records, and ends it."""

    def __init__(self, process: Process, witness: str, name: str, count: int) -> None:
        self._emit = process.emit
        self._witness = witness
        self._name = name
        self._left = count
        self._open: set[tuple[bytes, int]] = set()
        self._lock = threading.Lock()
        process.emit = self._listen

    def _listen(self, event: Event) -> None:
        self._emit(event)
        if isinstance(event, TaskRunCreated):
            if goes_by(self._name, event.name, event.task_key):
                self._open.add((event.flow_run, event.index))
        elif isinstance(event, TaskRunFinished) and event.state_type == StateType.COMPLETED:
            with self._lock:
                if (event.flow_run, event.index) in self._open:
                    self._left -= 1
                if self._left == 0:
                    self._end()

    def _end(self) -> None:
        os.close(os.open(self._witness, os.O_WRONLY | os.O_CREAT, 0o600))
        die()


def main() -> None:
    """Run the script that the command line names, up to its end or the chosen moment."""
    witness, name, count, *sys.argv = sys.argv[1:]
    _Ambush(get_process(), witness, name, int(count))
    sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
