"""Runs a flow in a child process, and goes on with the run when the child dies.

Whoever waits for a process knows at once that it has died, and of what. The run is
ended as Crashed with that reason and resumed in the next child, up to three starts that
get no further. So a crash loop ends, and its run says what each start died of.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from penstock._clock import SYSTEM
from penstock._engine.process import journal_folder
from penstock._journal.endings import words_for_exit
from penstock._journal.recovery import drain_living, find_journals, recover
from penstock.settings import load_settings
from penstock.states import FINAL, StateType
from penstock.stores import open_store
from penstock.stores.filters import FlowRunFilter, TaskRunFilter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from penstock.stores.protocol import Store

__all__ = ["MOST_STARTS", "supervise"]

#: A run is started so often without getting further.
MOST_STARTS: Final = 3
_MANY: Final = 1 << 40
_OPEN: Final = tuple(str(state) for state in StateType if state not in FINAL)


class Start(NamedTuple):
    """A start of a run that ended in a crash."""

    at: int  #: microseconds
    fate: str
    completed: int  #: task runs that had completed by its end


def supervise(command: Sequence[str], resume: Sequence[str]) -> int:
    """Run a command that runs a flow, until it ends by itself.

    Args:
        command: the first start.
        resume: what goes on with a run whose id is put behind it.

    Returns:
        The exit code of the last start; of one that a signal has ended, as shells count.
    """
    starts: list[Start] = []
    crashed: str | None = None
    while True:
        began = SYSTEM.now_us()
        pid, code = _run([*resume, crashed] if crashed is not None else command)
        crashed = _bury(pid, began, code, starts)
        if crashed is None or len(starts) >= MOST_STARTS:
            break
        number = len(starts) + 1
        _tell(f"The process died: {starts[-1].fate}. Start {number} of flow run {crashed}.")
    if crashed is not None:
        _tell(f"Flow run {crashed} was started {MOST_STARTS} times and got no further. Giving up.")
    return code if code >= 0 else 128 - code


def _run(command: Sequence[str]) -> tuple[int, int]:
    """Run a command to its end; give its pid and exit code, negative for a signal."""
    child = subprocess.Popen(list(command))  # noqa: S603 - our own command line again
    with _signals_for(child):
        return child.pid, child.wait()


@contextmanager
def _signals_for(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """Leave Ctrl-C to the child, which gets it too, and hand SIGTERM on."""
    import signal  # noqa: PLC0415 - 1 ms

    def ignore(*_: object) -> None:
        """Do nothing; as a function, because children would inherit SIG_IGN."""

    def hand_on(*_: object) -> None:
        child.terminate()

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, ignore)
    signal.signal(signal.SIGTERM, hand_on)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _bury(pid: int, began: int, code: int, starts: list[Start]) -> str | None:
    """End what a dead child has left open; give the id of the run to go on with."""
    settings = load_settings()
    folder = journal_folder(settings)
    if folder is None or not os.path.isdir(folder):
        return None
    left = find_journals(folder, pid)
    if not left:
        return None
    store = open_store(settings.store_url)
    try:
        for incarnation in left:
            drain_living(folder, incarnation, store)
        where = [FlowRunFilter(owner=one, state_types=_OPEN) for one in left]
        runs = [row for one in where for row in store.find_flow_runs(one, _MANY)]
        runs = [row for row in runs if row.parent_flow_run_id is None]
        fate = words_for_exit(code)
        if runs:
            completed = _completed(store, runs[0].id)
            if starts and starts[-1].completed < completed:
                starts.clear()
            starts.append(Start(began, fate, completed))
        recover(folder, store, fates={pid: _in_words(starts) or fate})
        after = [store.get_flow_run(row.id) for row in runs]
        # Not one that somebody cancelled, nor one that waits for a person.
        return next((row.id for row in after if row.state_type == StateType.CRASHED), None)
    finally:
        store.close()


def _completed(store: Store, flow_run_id: str) -> int:
    """Count the task runs that have completed in a flow run and those nested in it."""
    where = TaskRunFilter(flow_run_id=flow_run_id, state_types=(str(StateType.COMPLETED),))
    own = len(store.find_task_runs(where, _MANY))
    nested = store.find_flow_runs(FlowRunFilter(parent_flow_run_id=flow_run_id), _MANY)
    return own + sum(_completed(store, row.id) for row in nested)


def _in_words(starts: list[Start]) -> str:
    """Say what a run has died of; of the last start, what each has."""
    if not starts:
        return ""
    if len(starts) < MOST_STARTS:
        return starts[-1].fate
    each = ", ".join(f"at {_clock_face(start.at)} {start.fate}" for start in starts)
    return f"{starts[-1].fate}; {MOST_STARTS} starts got no further ({each})"


def _clock_face(at: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at // 1_000_000))


def _tell(message: str) -> None:
    sys.stderr.write(f"penstock: {message}\n")
