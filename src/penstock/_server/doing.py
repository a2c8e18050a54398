"""Does things to flow runs, on behalf of whoever asks the server to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from penstock._clock import Clock
from penstock._engine.answers import find_open_pauses, get_waiting, give_answer, outermost
from penstock._engine.entrypoints import read_entrypoint
from penstock._engine.resume import has_owner, still_running
from penstock._platform import host_name
from penstock._schemas.actions import Action, Bulk, BulkResult, Outcome, Resume, Retry
from penstock._server.asked import flow_run_filter
from penstock._server.launching import Launch, Launcher
from penstock._server.reuse import plan_reuse, why_not
from penstock._server.stream import Hub
from penstock.errors import NotResumable, PenstockError, UsageError
from penstock.results import forget_file
from penstock.settings import Settings
from penstock.states import StateType
from penstock.stores.filters import FlowRunFilter
from penstock.stores.protocol import Store
from penstock.stores.rows import FlowRunRow

__all__ = ["MOST_AT_ONCE", "Doer"]

#: More runs than this are not taken at once.
MOST_AT_ONCE: Final = 10_000
_SHOWN: Final = 200
_PAGE: Final = 500
#: So long a process may take to claim its run before the page hears that it was started.
_CLAIM_SECONDS: Final = 8.0
_LOOK_SECONDS: Final = 0.05


class Doer(NamedTuple):
    """What is needed to do something."""

    store: Store
    settings: Settings
    clock: Clock
    launcher: Launcher
    hub: Hub

    def cancel(self, row: FlowRunRow) -> Outcome:
        """Ask the owner of a run to cancel it."""
        sender = f"the dashboard on {host_name()}"
        if self.store.send_command(row.id, "cancel", sender, self.clock.now_us()):
            where = f"process {row.pid} on {row.host}"
            return _done(row, f"{row.name!r} was asked to stop, in {where}.")
        return _refused(row, f"{row.name!r} had ended before: {row.state_name}.")

    def retry(self, row: FlowRunRow, how: Retry) -> Outcome:
        """Go on with a run that ended, in a process of its own.

        Raises:
            NotResumable: it cannot be gone on with; says why.
            StillRunning: a living process has it.
        """
        self._check(row, Action.RETRY, how.rerun)
        return self._report(row, self.launcher.launch(row, "retry", how.rerun))

    def resume(self, row: FlowRunRow, how: Resume) -> Outcome:
        """Give a run the answer it waits for, or go on with it as `retry` does.

        Raises:
            NotWaiting, InvalidAnswer: the answer is not what it waits for.
            NotResumable, StillRunning: as `retry`.
        """
        row = self.store.get_flow_run(outermost(self.store, row).id)
        is_given = bool(how.model_fields_set & {"input", "key"})
        if row.state_type == StateType.PAUSED or is_given:
            goes_on_there = row.ended is None and has_owner(self.settings, row)
            if is_given or find_open_pauses(self.store, row):
                pause = get_waiting(self.store, row, how.key)
                give_answer(self.store, row, pause, how.input, self.clock.now_us())
            if goes_on_there:
                where = f"process {row.pid} on {row.host}"
                return _done(row, f"{row.name!r} has its answer, and goes on in {where}.")
        self._check(row, Action.RESUME, how.rerun)
        return self._report(row, self.launcher.launch(row, "resume", how.rerun))

    def delete(self, row: FlowRunRow) -> Outcome:
        """Delete a run that ended, with all that belongs to it.

        Raises:
            StillRunning: it has not ended.
            UsageError: one nested in it has not.
        """
        self._delete(row)
        self.hub.tell_all_changed()
        return _done(row, f"{row.name!r} is deleted.")

    def many(self, what: Bulk) -> BulkResult:
        """Do the same to many runs; what is refused for one holds up no other.

        Raises:
            UsageError: neither ids nor a filter, or both, or the filter fits too many.
        """
        outcomes = [self._one_of_many(row_id, what.action) for row_id in self._chosen(what)]
        if what.action is Action.DELETE:
            self.hub.tell_all_changed()
        outcomes.sort(key=lambda outcome: outcome.done)
        done = sum(outcome.done for outcome in outcomes)
        return BulkResult(done=done, refused=len(outcomes) - done, outcomes=outcomes[:_SHOWN])

    def _one_of_many(self, flow_run_id: str, action: Action) -> Outcome:
        try:
            row = self.store.get_flow_run(flow_run_id)
        except PenstockError as error:
            return Outcome(flow_run_id=flow_run_id, name=None, done=False, message=str(error))
        try:
            match action:
                case Action.CANCEL:
                    return self.cancel(row)
                case Action.DELETE:
                    self._delete(row)
                    return _done(row, f"{row.name!r} is deleted.")
                case Action.RETRY | Action.RESUME:
                    return self._queue(row, action)
        except PenstockError as error:
            return _refused(row, str(error))

    def _queue(self, row: FlowRunRow, action: Action) -> Outcome:
        obstacle = why_not(row, self.settings, action, ()) or _is_gone(row)
        if obstacle is not None:
            return _refused(row, f"{row.name!r} cannot be gone on with: {obstacle}.")
        if row.state_type == StateType.PAUSED:
            return _refused(row, f"{row.name!r} waits for an answer of its own.")
        self.launcher.queue(row, action.value, ())
        return _done(row, f"{row.name!r} goes on when it is its turn.")

    def _chosen(self, what: Bulk) -> list[str]:
        if (what.ids is None) == (what.where is None):
            raise UsageError("Say either `ids` or `where`: which flow runs are meant.")
        if what.ids is not None:
            return list(dict.fromkeys(what.ids))
        assert what.where is not None  # noqa: S101 - one of the two is there
        where = flow_run_filter(what.where, self.store)
        count = self.store.count_flow_runs(where, MOST_AT_ONCE + 1)
        if count > MOST_AT_ONCE:
            raise UsageError(
                f"More than {MOST_AT_ONCE:,} flow runs match. Narrow the filter, for example "
                "with `since` and `until`, and do it in parts."
            )
        return [row.id for row in _all_of(self.store, where)]

    def _delete(self, row: FlowRunRow) -> None:
        if row.ended is None:
            raise still_running(row, self.clock.now_us())
        self.store.delete_flow_run(row.id, forget_file)
        with suppress(OSError):
            os.unlink(self.launcher.log_of(row.id))

    def _check(self, row: FlowRunRow, action: Action, rerun: Sequence[str]) -> None:
        if row.ended is None and has_owner(self.settings, row):
            raise still_running(row, self.clock.now_us())
        plan = plan_reuse(self.store, self.settings, row, action, rerun)
        obstacle = plan.why_not or _is_gone(row)
        if obstacle is not None:
            why = obstacle[0].lower() + obstacle[1:].rstrip(".")
            raise NotResumable(row.name, row.id, why)

    def _report(self, row: FlowRunRow, launch: Launch) -> Outcome:
        """Wait until the new process has the run, or has said why not.

        Raises:
            NotResumable: it ended before it had the run.
        """
        deadline = self.clock.monotonic() + _CLAIM_SECONDS
        while self.clock.monotonic() < deadline:
            ended = launch.exit_code is not None
            if self.store.get_flow_run(row.id).attempt > row.attempt:
                return _done(row, f"{row.name!r} goes on in process {launch.pid}.")
            if ended:
                why = launch.last_words().rstrip(".")
                raise NotResumable(row.name, row.id, f"the process that was to do it said: {why}")
            self.clock.sleep(_LOOK_SECONDS)
        where = f"What it says is in {launch.log}"
        return _done(row, f"Process {launch.pid} was started and loads the code. {where}.")


def _done(row: FlowRunRow, message: str) -> Outcome:
    return Outcome(flow_run_id=row.id, name=row.name, done=True, message=message)


def _refused(row: FlowRunRow, message: str) -> Outcome:
    return Outcome(flow_run_id=row.id, name=row.name, done=False, message=message)


def _is_gone(row: FlowRunRow) -> str | None:
    """Say that the file with the code of a run is not there any more."""
    file = None if row.entrypoint is None else read_entrypoint(row.entrypoint).file
    if file is None or os.path.isfile(file):
        return None
    return f"its code was in {file}, which is not there any more"


def _all_of(store: Store, where: FlowRunFilter) -> Iterator[FlowRunRow]:
    while rows := store.find_flow_runs(where, _PAGE):
        yield from rows
        if len(rows) < _PAGE:
            return
        where = where._replace(before_id=rows[-1].id)
