"""What one process has: its settings, store, journal, clock, runner and loop.

Made by the first flow or task that is called, closed at exit, and made anew in a
forked child. Everything above asks `get_process()`; nothing keeps it.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from penstock._clock import SYSTEM
from penstock._engine.bridge import Bridge
from penstock._engine.caching import CacheTable
from penstock._engine.handler import listen
from penstock._engine.prints import watch_prints
from penstock._engine.report import ERROR, MOST_BYTES, WARNING, blame, console, in_words
from penstock._engine.runs import OpenFlowRun, TaskRun
from penstock._engine.spec import FlowSpec, RunSpec
from penstock._ids import new_id
from penstock._journal.reaper import Reaper
from penstock._journal.recorder import Recorder, make_owner
from penstock._journal.recovery import drain_living
from penstock._journal.synced import SyncedRecorder
from penstock._journal.writer import Writer
from penstock.context import current, current_transaction
from penstock.events import (
    FLOW_RUN_CREATED,
    FLOW_RUN_STATE_CHANGED,
    TASK_RUN_FINISHED,
    FlowRunCreated,
    FlowRunStateChanged,
    TaskRunFinished,
)
from penstock.futures import wait
from penstock.settings import Settings, load_settings
from penstock.states import StateType
from penstock.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock._clock import Clock
    from penstock._engine.pulse import Pulse
    from penstock._engine.runner import Runner
    from penstock.stores.protocol import Store

__all__ = [
    "Process",
    "close_process",
    "get_process",
    "journal_folder",
    "open_recovered",
    "put_aside",
    "rest_at",
    "take_back",
]

_LEVELS: Final = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "WARN": 30, "ERROR": 40, "CRITICAL": 50}


def journal_folder(settings: Settings) -> str | None:
    """Name the folder of the journals for the store in use, one folder a store."""
    url = settings.store_url
    if url.startswith("memory:"):
        return None
    return settings.path("journal", blake2b(url.encode(), digest_size=6).hexdigest())


def open_recovered(settings: Settings) -> Store:
    """Open the store, bring into it what dead processes left, and end their runs.

    Raises:
        StoreError: it cannot be opened; the message says why and what to do.
    """
    store = open_store(settings.store_url, survives_power=settings.durability == "power")
    folder = journal_folder(settings)
    if folder is not None:
        Reaper(store, folder).tick(SYSTEM.now_us(), time.monotonic())
    return store


class Process:
    """The engine's belongings in this process."""

    #: as code asks that runs in the process of an isolated task too
    is_isolated: Final = False

    def __init__(self, settings: Settings, clock: Clock = SYSTEM) -> None:
        """Open the store and the journal.

        Raises:
            StoreError: either cannot be opened.
        """
        self.settings = settings
        self.clock = clock
        self.now: Callable[[], int] = clock.now_us
        self.monotonic: Callable[[], float] = clock.monotonic
        self.log_level = _LEVELS.get(settings.log_level.upper(), 20)
        #: a log line of no more characters is not too long, whatever they are
        self.short_line = settings.log_line_bytes // MOST_BYTES
        if settings.log_prints:
            watch_prints()
        if settings.extra_loggers:
            listen(settings.extra_loggers, settings.log_level)
        self.store = open_recovered(settings)
        kind = Recorder if settings.durability == "process" else SyncedRecorder
        self.recorder = kind(journal_folder(settings), make_owner(), settings.store_url)
        self.emit = self.recorder.emit
        self.cache = CacheTable(
            None if settings.store_url.startswith("memory:") else settings.path("cache.lock")
        )
        #: flow runs that another process has taken over
        self.lost: set[bytes] = set()
        #: kinds and flow runs of the artifacts that were saved last
        self.artifacts: dict[bytes, tuple[str, bytes]] = {}
        #: what code of tasks has been recorded, as its spec gave it
        self.codes: dict[RunSpec, bytes] = {}
        #: no other process can see the store
        self.is_alone = journal_folder(settings) is None
        me = self.recorder.owner.incarnation
        self._reaper = Reaper(self.store, journal_folder(settings), me)
        self.pulse: Pulse = _pulse_factory[0](self)
        self.writer = Writer(
            self.recorder,
            self.store,
            self._complain,
            self._stored,
            self.pulse.lose,
            self.pulse.instant,
        )
        self.bridge = Bridge()
        #: flow runs that are open in this process
        self.open_runs: set[OpenFlowRun] = set()
        #: runs whose life broke off, deepest first, and what broke it
        self.broken: list[tuple[OpenFlowRun | TaskRun, BaseException]] = []
        #: this is a forked child, and all of it the parent's; its locks may be held for ever
        self.is_abandoned = False
        #: makes the runner for flows that name none; `runners` puts it here
        self._runner: Runner | None = None
        self._session: OpenFlowRun | None = None
        self._lock = threading.Lock()

    @property
    def runner(self) -> Runner:
        """The runner of flows that name none of their own."""
        if self._runner is None:
            with self._lock:
                if self._runner is None:
                    self._runner = _default_runner(self.settings)
        return self._runner

    @property
    def session(self) -> OpenFlowRun:
        """The run that holds the tasks this process calls outside of any flow."""
        if self._session is None:
            with self._lock:
                if self._session is None:
                    self._session = self._open_session()
        return self._session

    def flush(self) -> None:
        """Bring everything recorded so far into the store, or warn that it is in the journal."""
        self.end_broken()
        if self.writer.flush(self.settings.flush_seconds):
            return
        files = ", ".join(self.recorder.files()) or "memory"
        why = f" ({self.writer.trouble})" if self.writer.trouble else ""
        self._complain(
            f"The store has not taken everything after {self.settings.flush_seconds:g} s{why}. "
            f"Nothing is lost: it is in {files}, and the next Penstock command brings it in."
        )

    def close(self) -> None:
        """End the session, flush, and let go of everything."""
        try:
            if self._session is not None:
                self._end_session(self._session)
        finally:
            self._let_go()

    def reap(self) -> None:
        """End what dead processes have left.

        Raises:
            StoreError: the store cannot be used now.
        """
        self._reaper.tick(self.now(), self.clock.monotonic())

    def drain(self, incarnation: str) -> None:
        """Bring in what another process has recorded, although it lives: it is to lose a run."""
        folder = journal_folder(self.settings)
        if folder is not None:
            drain_living(folder, incarnation, self.store)

    def end_broken(self) -> None:
        """End the runs whose life broke off.

        Out of stack, most likely: where it happened nothing more could be called.
        """
        while self.broken:
            run, error = self.broken[0]
            state, why = str(StateType.CRASHED), f"The engine could not go on: {in_words(error)}."
            if isinstance(run, OpenFlowRun):
                self._change(run, state, why)
                self.open_runs.discard(run)
            else:
                self.emit(
                    TaskRunFinished(
                        TASK_RUN_FINISHED, run.flow_run.id, self.now(), run.index, state,
                        None, why, None, None, None,
                    )
                )  # fmt: skip
            del self.broken[0]

    def _stored(self, lsn: int) -> None:
        """Hear that the store has everything up to an LSN: so it has had a sign of life."""
        self.pulse.trust(self.writer.sent)
        self.cache.stored(lsn)

    def _let_go(self) -> None:
        self.pulse.close()
        try:
            self.end_broken()
        finally:
            # A journal that refuses to hear of the end is no reason to keep the rest.
            self._let_go_of_the_rest()

    def _let_go_of_the_rest(self) -> None:
        if self._runner is not None:
            self._runner.close()
        self.bridge.close()
        flushed = self.writer.stop(self.settings.flush_seconds)
        # A run that is still open dies with this process: recovery must find its journal.
        self.recorder.close(remove=flushed and not self.open_runs and not self.recorder.broken)
        self.cache.close()
        if flushed:
            self.store.close()

    def _end_session(self, session: OpenFlowRun) -> None:
        """Wait for what was submitted outside of flows, and tell of failures nobody looked at."""
        self.open_runs.add(session)
        while session.open_futures:
            wait(list(session.open_futures))
        for run in session.failures.values():
            console(self.now(), ERROR, run.name, "" if run.error is None else blame(run.error))
        self.open_runs.discard(session)
        self.end_broken()
        self._change(session, str(StateType.COMPLETED))

    def abandon(self) -> None:
        """Forget everything, touching nothing: for a forked child."""
        self.recorder.abandon()
        self.cache.close()
        # A copy of the parent's flow may go on here, up to its end. It must not wait for
        # threads that are the parent's, nor say anything in the parent's name.
        self.emit = lambda event: None  # noqa: ARG005 - the shape of `emit`
        self.writer.acknowledged = self.recorder.lsn
        self.is_abandoned = True
        self.pulse.forget()
        for run in self.open_runs:
            run.open_futures.clear()
            run.own_runner = None

    def _complain(self, problem: str) -> None:
        console(self.now(), WARNING, "penstock", problem)

    def _open_session(self) -> OpenFlowRun:
        spec = FlowSpec()
        spec.name = spec.key = ""
        spec.public = None
        run = OpenFlowRun(self, new_id(), spec, f"session-{os.getpid()}")
        self.emit(
            FlowRunCreated(
                FLOW_RUN_CREATED, run.id, self.now(), "session", "", "", run.name,
                None, (), None, None, None, (),
            )
        )  # fmt: skip
        self._change(run, str(StateType.RUNNING))
        return run

    def _change(self, run: OpenFlowRun, state: str, message: str | None = None) -> None:
        self.emit(
            FlowRunStateChanged(
                FLOW_RUN_STATE_CHANGED, run.id, self.now(), run.attempt, state,
                None, message, None, None,
            )
        )  # fmt: skip


_lock = threading.Lock()
_process: Process | None = None
#: The clock of what is opened next.
_clock: Clock = SYSTEM
#: What rests while something else stands in for it, outermost first: see `elsewhere`.
_aside: list[tuple[Process | None, Clock]] = []

#: Makes the default runner. Runners live above the engine, so they hand it down.
_runner_factory: list[Callable[[Settings], Runner]] = []
#: Makes the pulse, which knows how runs are stopped, and so all that stands above this.
_pulse_factory: list[Callable[[Process], Pulse]] = []


def set_pulse(make: Callable[[Process], Pulse]) -> None:
    """Say what looks around for a process."""
    _pulse_factory[:] = [make]


def set_default_runner(make: Callable[[Settings], Runner]) -> None:
    """Say what runs the tasks of flows that name no runner."""
    _runner_factory[:] = [make]


def _default_runner(settings: Settings) -> Runner:
    return _runner_factory[0](settings)


def get_process() -> Process:
    """Give what this process has, opening it at the first call.

    Raises:
        StoreError: the store or the journal cannot be opened.
        OptionError: a setting cannot be read.
    """
    process = _process
    if process is None:
        return _open()
    if process.recorder.broken is not None and not process.open_runs:
        # There may be room again. A new journal; the old one is brought in like a dead one's.
        close_process()
        return _open()
    return process


def _open() -> Process:
    global _process  # noqa: PLW0603 - a process has one
    with _lock:
        if _process is None:
            _process = Process(load_settings(), _clock)
        return _process


def close_process() -> None:
    """Flush and let go of everything; the next call of a flow or task opens anew."""
    global _process
    with _lock:
        process, _process = _process, None
    if process is not None:
        process.close()


def put_aside(clock: Clock) -> int:
    """Let what is open rest, so that the next call opens something else, on this clock.

    Gives how many rest now: `take_back` wants to know.
    """
    global _process, _clock
    with _lock:
        _aside.append((_process, _clock))
        _process, _clock = None, clock
        return len(_aside)


def rest_at(depth: int) -> bool:
    """Tell whether what `put_aside` gave this number for still rests."""
    return len(_aside) >= depth


def take_back(depth: int) -> None:
    """Close what is open, and go on with what `put_aside` gave this number for.

    What was put aside later is closed as well.
    """
    global _process, _clock
    while rest_at(depth):
        closing = _process
        try:
            close_process()
        finally:
            with _lock:
                process, (_process, _clock) = _process, _aside.pop()
            # A task that ended late may have opened it once more.
            if process is not None:
                process.close()
            # The end of a run that is left open must not wait for a store that is closed.
            if closing is not None and closing.open_runs:
                closing.abandon()


def _forget_in_child() -> None:
    """Leave the parent's journal, locks and threads to the parent."""
    global _process, _lock  # noqa: PLW0603 - as above
    _lock = threading.Lock()
    process, _process = _process, None
    current.set(None)
    current_transaction.set(None)
    resting = [one for one, _ in _aside]
    _aside[:] = [(None, clock) for _, clock in _aside]
    for one in (process, *resting):
        if one is not None:
            one.abandon()


atexit.register(close_process)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
