"""The pulse of a process: it shows that the process lives, and looks around.

A thread that wakes twice a second while flows may be open. It looks for what others
want of our runs (to cancel them), renews our lease, and ends what dead processes have
left. Each look is a read or a small write; nothing of it is on the way of a task.

The lease is only what other machines see. On this one the lock of the journal says
whether we live, so a long call that holds the interpreter costs us no run.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from penstock._engine.cancel import family_of, interrupt, say_cancelling, stop
from penstock._engine.report import WARNING, console
from penstock._engine.reserve import watch
from penstock._engine.stops import CANCEL, LOST, kind_of
from penstock._ids import format_id, parse_id
from penstock._journal.liveness import LEASE_SECONDS, RENEW_SECONDS
from penstock.errors import NotFound, PenstockError, Stopped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock._engine.process import Process
    from penstock._engine.runs import OpenFlowRun

__all__ = ["Pulse"]

#: How often it looks for commands, and how often it does the rest.
_EVERY_SECONDS: Final = 0.5
_REAP_SECONDS: Final = 1.0
#: We take it that our runs are ours for a little less than others wait for us.
_TRUST_SECONDS: Final = LEASE_SECONDS - 1.0
#: When a cancelled run has not ended after so many seconds, it is said what holds it up.
_HOLDS_UP_SECONDS: Final = 1.0


#: What both clocks show: monotonic seconds, and microseconds since the epoch.
Instant = tuple[float, int]


class Pulse:
    """Looks around for a process, as long as it lives."""

    def __init__(self, process: Process) -> None:
        """Prepare it; `start` begins."""
        self._process = process
        self._owner = process.recorder.owner
        self._after = 0
        self._renewed = self._reaped = process.clock.monotonic()
        self._said: set[bytes] = set()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        #: by the monotonic clock, which may stand still while the machine sleeps, and by
        #: that of the day in microseconds, which may be set back: whichever comes first
        self.trusted_until = 0.0
        self.trusted_until_us = 0
        self._extend(self.instant())

    def start(self) -> None:
        """Begin to look around, unless it does, or nobody else can see the store."""
        if self._thread is None and not self._process.is_alone:
            self._thread = threading.Thread(target=self._run, name="penstock-pulse", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Look around no more."""
        self._ending.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=1.0)

    def tick(self) -> None:
        """Look around once.

        Raises:
            StoreError: the store cannot be asked. Whoever ticks tries again later.
        """
        process = self._process
        now = process.clock.monotonic()
        if process.open_runs:
            self._obey()
            self._press()
        if process.open_runs and now - self._renewed >= RENEW_SECONDS:
            self._renewed = now
            self.renew()
        if now - self._reaped >= _REAP_SECONDS:
            self._reaped = now
            process.reap()

    def instant(self) -> Instant:
        """Tell the time by both clocks."""
        return self._process.clock.monotonic(), self._process.now()

    def forget(self) -> None:
        """Trust for ever: a forked child has nothing to lose."""
        self.trusted_until, self.trusted_until_us = float("inf"), 1 << 62

    def _extend(self, since: Instant) -> None:
        self.trusted_until = since[0] + _TRUST_SECONDS
        self.trusted_until_us = since[1] + int(_TRUST_SECONDS * 1_000_000)

    def trust(self, sent: Instant) -> None:
        """Be told that the store has taken something of ours, and when that was sent.

        Not when we heard of it: in between we may have been stopped for an hour. And what
        was sent too late shows nothing: it may be of another run, or known to the store
        from our journal, which whoever took the run over has read.
        """
        if sent[0] <= self.trusted_until and sent[1] <= self.trusted_until_us:
            self._extend(sent)

    def check(self) -> None:
        """Make sure that our runs are still ours, after a while in which nothing has shown it.

        We go on when the store cannot be asked: the journal has what happens meanwhile.
        """
        try:
            self.renew()
        except PenstockError:
            self._extend(self.instant())

    def renew(self) -> None:
        """Show that we live, and see whether our runs are still our own.

        Raises:
            StoreError: the store cannot be asked.
        """
        process = self._process
        asked = self.instant()
        mine = set(process.store.renew(self._owner, asked[1]))
        for run in list(process.open_runs):
            if run.text_id not in mine and self._is_anothers(run):
                self.lose([run.id])
        # Not before: other threads would begin tasks of what we have just lost.
        self._extend(asked)

    def lose(self, ids: Iterable[bytes]) -> None:
        """Stop runs that another process has taken over."""
        lost = set(ids)
        self._process.lost |= lost
        for run in list(self._process.open_runs):
            if run.id in lost and run.stopped is None:
                stop(run, Stopped("another process", LOST))

    def _is_anothers(self, run: OpenFlowRun) -> bool:
        try:
            row = self._process.store.get_flow_run(run.text_id)
        except NotFound:
            return False  # its creation is still on its way to the store
        return row.owner != self._owner.incarnation and row.attempt >= run.attempt

    def _run(self) -> None:
        while not self._ending.wait(_EVERY_SECONDS):
            try:
                watch()
                self.tick()
            except MemoryError:
                continue  # there may be some at the next look
            except PenstockError as error:
                # The writer says so too, when it has something to write.
                if not self._ending.is_set() and self._process.writer.trouble is None:
                    console(self._process.now(), WARNING, "penstock", str(error))

    def _obey(self) -> None:
        """Do what others want of our runs."""
        for command in self._process.store.find_commands(self._owner.incarnation, self._after):
            self._after = command.id
            wanted = parse_id(command.flow_run_id)
            for run in list(self._process.open_runs):
                if run.id == wanted and run.attempt == command.attempt and run.stopped is None:
                    stop(run, Stopped(command.sender, CANCEL))

    def _press(self) -> None:
        """Interrupt again what has not stopped, and say what holds a cancelled run up."""
        now = self._process.clock.monotonic()
        for run in list(self._process.open_runs):
            above = run.parent
            if run.stopped is None or (above is not None and above.stopped is not None):
                continue
            if now - run.stopped_at < _HOLDS_UP_SECONDS:
                continue
            family = family_of(run)
            interrupt(family)
            if kind_of(run.stopped) == CANCEL and run.id not in self._said:
                self._said.add(run.id)
                say_cancelling(run, _what_holds_up(run, family))


def _what_holds_up(run: OpenFlowRun, family: list[OpenFlowRun]) -> str:
    """Say what of a cancelled run still executes."""
    names = [task.name for one in family for task in list(one.executing.values())]
    what = ", ".join(names) or "its own code"
    return (
        f"Still running: {what}, in a call that Python cannot interrupt. "
        f"To end its process: penstock flow-run cancel --kill {format_id(run.id)}"
    )
