"""Starts processes that go on with flow runs: the server itself never runs anybody's code.

They are on their own from then on, and go on when the server ends.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from queue import SimpleQueue
from subprocess import Popen
from typing import Final

from penstock._engine.entrypoints import read_entrypoint
from penstock._listeners import start_detached
from penstock.settings import Settings
from penstock.stores.rows import FlowRunRow

__all__ = ["Launch", "Launcher", "make_command"]

#: So many of those that were asked for together run at once.
_AT_ONCE: Final = max(2, os.cpu_count() or 1)


class Launch:
    """A process that goes on with a flow run, or is going to."""

    def __init__(self, command: Sequence[str], folder: str, log: str) -> None:
        """Name what is to be started, where, and the file for what it says."""
        self.log = log
        self._command = command
        self._folder = folder
        self._child: Popen[bytes] | None = None
        self._said = os.path.getsize(log) if os.path.exists(log) else 0

    def start(self, environment: dict[str, str]) -> None:
        """Start it."""
        self._child = start_detached(
            self._command, self.log, folder=self._folder, environment=environment
        )

    @property
    def pid(self) -> int | None:
        """Its process; None: not started yet."""
        return None if self._child is None else self._child.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended; None: it runs, or was not started yet."""
        return None if self._child is None else self._child.poll()

    def wait(self) -> None:
        """Wait until it has ended, so that the system can forget it."""
        if self._child is not None:
            self._child.wait()

    def last_words(self) -> str:
        """Give the last line it said, without what stands before each error."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            file.seek(self._said)
            lines = file.read().strip().splitlines()
        return lines[-1].removeprefix("Error: ") if lines else "It said nothing."


class Launcher:
    """Starts them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting: SimpleQueue[Launch] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def launch(self, row: FlowRunRow, kind: str, rerun: Sequence[str]) -> Launch:
        """Start one at once."""
        launch = self._prepare(row, kind, rerun)
        launch.start(self._environment())
        threading.Thread(target=launch.wait, name="penstock-launch", daemon=True).start()
        return launch

    def queue(self, row: FlowRunRow, kind: str, rerun: Sequence[str]) -> None:
        """Start one when it is its turn: ten thousand at once would take the machine down."""
        self._waiting.put(self._prepare(row, kind, rerun))
        with self._lock:
            if len(self._threads) < _AT_ONCE:
                thread = threading.Thread(target=self._work, name="penstock-launch", daemon=True)
                self._threads.append(thread)
                thread.start()

    def log_of(self, flow_run_id: str) -> str:
        """Name the file with what the processes of a flow run have said."""
        return self._settings.path("server", "runs", f"{flow_run_id}.log")

    def _work(self) -> None:
        while True:
            launch = self._waiting.get()
            launch.start(self._environment())
            launch.wait()

    def _prepare(self, row: FlowRunRow, kind: str, rerun: Sequence[str]) -> Launch:
        folder = "" if row.entrypoint is None else read_entrypoint(row.entrypoint).folder
        if not os.path.isdir(folder):
            folder = self._settings.home
        return Launch(make_command(row.id, kind, rerun), folder, self.log_of(row.id))

    def _environment(self) -> dict[str, str]:
        """Give the store of this server; the key is none of a flow's business."""
        without = {"PENSTOCK_API_KEY", "_PENSTOCK_SERVER_LOG"}
        environment = {name: text for name, text in os.environ.items() if name not in without}
        environment["PENSTOCK_HOME"] = self._settings.home
        if self._settings.store:
            environment["PENSTOCK_STORE"] = self._settings.store
        return environment


def make_command(flow_run_id: str, kind: str, rerun: Sequence[str]) -> list[str]:
    """Write the command that goes on with a flow run.

    What was asked for stands behind an equals sign, so that nothing in it is an option.
    """
    chosen = [f"--from={name}" for name in rerun]
    return [sys.executable, "-m", "penstock", "flow-run", kind, *chosen, "--", flow_run_id]
