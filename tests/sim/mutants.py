"""Bugs to plant: each is one that somebody could make, or has made elsewhere.

A rule that lets one of them live is a rule that is missing; so a test plants each and
fails when no history shows it. They replace parts of the production's code, which is
what a mutation is; nothing else in the tests does so.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock._journal import endings, liveness, reaper, recovery
from penstock._journal.liveness import LEASE_SECONDS, Death, Watch
from penstock.errors import StoreError
from penstock.stores import projection, sql
from tests.sim.process import ByHand, Process

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from penstock.stores.protocol import Batch

    Plant = Callable[[pytest.MonkeyPatch], None]


def nothing_is_fenced(patch: pytest.MonkeyPatch) -> None:
    """Anybody's events change any run."""
    real = projection._Fold.__init__

    def init(self: Any, incarnation: str, facts: Any) -> None:
        real(self, incarnation, facts)
        self._bases = {raw: fact.no << 32 for raw, fact in facts.flows.items()}

    patch.setattr(projection._Fold, "__init__", init)


def a_claim_names_no_attempt(patch: pytest.MonkeyPatch) -> None:
    """Whoever says Running has the run."""
    patch.setattr(projection, "may_claim", lambda state, *_: state == "RUNNING")


def a_late_claim_wins(patch: pytest.MonkeyPatch) -> None:
    """A claim of an attempt that has begun takes it from whoever began it."""
    real = projection.may_claim
    patch.setattr(
        projection,
        "may_claim",
        lambda state, attempt, begun, was: (
            real(state, attempt, begun, was) or (state == "RUNNING" and attempt == begun)
        ),
    )


def a_final_run_can_be_ended_again(patch: pytest.MonkeyPatch) -> None:
    """A reaper that comes late crashes what has completed."""
    real = projection.may_claim
    patch.setattr(
        projection,
        "may_claim",
        lambda state, attempt, begun, was: real(state, attempt, begun, "RUNNING"),
    )


def a_refusal_is_said_once(patch: pytest.MonkeyPatch) -> None:
    """Whoever did not hear that its claim was refused never does."""
    patch.setattr(projection._Fold, "skip", lambda *_: None)


def positions_mean_nothing(patch: pytest.MonkeyPatch) -> None:
    """What comes twice is taken twice."""
    real = projection.project
    patch.setattr(
        sql, "project", lambda me, events, facts: real(me, events, facts._replace(last_lsn=-1))
    )


def wall_clocks_are_compared(patch: pytest.MonkeyPatch) -> None:
    """The reaper subtracts another machine's clock from its own."""
    real = reaper.Reaper.tick

    def tick(self: Any, now_us: int, monotonic: float) -> Any:
        def look(rows: Any, *_: Any) -> list[Death]:
            late = LEASE_SECONDS * 1e6
            return [Death(row, "old", True) for row in rows if now_us - row.seen > late]

        self._watch.look = look
        return real(self, now_us, monotonic)

    patch.setattr(reaper.Reaper, "tick", tick)


def silence_tells_on_this_machine_too(patch: pytest.MonkeyPatch) -> None:
    """A process that stands still beside us is taken for dead."""
    patch.setattr(Watch, "_known", lambda *_: None)


def age_tells(patch: pytest.MonkeyPatch) -> None:
    """Whoever is known for long enough is dead."""
    real = Watch.look

    def look(self: Any, rows: Any, monotonic: float, is_gone: Any) -> list[Death]:
        return real(self, [row._replace(seen=0) for row in rows], monotonic, is_gone)

    patch.setattr(Watch, "look", look)


def the_sleep_of_all_counts_as_silence(patch: pytest.MonkeyPatch) -> None:
    """After the machines were asleep, whoever wakes first buries the others."""
    patch.setattr(liveness, "_LONGEST_GAP", 1e9)
    patch.setattr(reaper.Reaper, "_prove", lambda *_: True)


def a_short_lease(patch: pytest.MonkeyPatch) -> None:
    """pgqueuer #431: the time-out does not fit the time between two signs of life."""
    patch.setattr(liveness, "LEASE_SECONDS", 1.0)


def nobody_renews(patch: pytest.MonkeyPatch) -> None:
    """Processes give no sign of life beyond what they write."""
    patch.setattr(Process, "renews", False)


def nobody_obeys(patch: pytest.MonkeyPatch) -> None:
    """AIRFLOW-5102: who has lost its run goes on with it."""
    patch.setattr(Process, "obeys", False)


def nobody_doubts_itself(patch: pytest.MonkeyPatch) -> None:
    """Who has stood still begins the next task at once."""
    patch.setattr(Process, "trusts_itself", False)


def a_living_journal_is_not_read(patch: pytest.MonkeyPatch) -> None:
    """A run is taken from a process that stands still, and not what it has done."""
    patch.setattr(Process, "drains", False)


def what_is_done_is_read_too_early(patch: pytest.MonkeyPatch) -> None:
    """The list of what is done is read, and then what is still in a journal."""
    patch.setattr(Process, "reads_last", False)


def a_failed_batch_is_dropped(patch: pytest.MonkeyPatch) -> None:
    """The store did not answer, so the writer goes on with the next batch."""
    real = ByHand._write_once

    def write_once(self: Any) -> bool:
        done = real(self)
        self._kept = []
        return done

    patch.setattr(ByHand, "_write_once", write_once)


def a_failed_batch_is_half_dropped(patch: pytest.MonkeyPatch) -> None:
    """Of what is tried again the first is left out."""
    real = ByHand._write_once

    def write_once(self: Any) -> bool:
        done = real(self)
        self._kept = self._kept[1:]
        return done

    patch.setattr(ByHand, "_write_once", write_once)


def files_go_before_the_store_has_them(patch: pytest.MonkeyPatch) -> None:
    """A journal is deleted although the store has refused what is in it."""
    real = recovery._finish

    def finish(folder: str, incarnation: str, *rest: Any) -> Any:
        try:
            return real(folder, incarnation, *rest)
        except StoreError:
            for path in recovery._segments(folder, incarnation):
                Path(path).unlink()
            Path(folder, f"{incarnation}.lock").unlink(missing_ok=True)
            raise

    patch.setattr(recovery, "_finish", finish)


def a_journal_is_not_sent(patch: pytest.MonkeyPatch) -> None:
    """What the dead process had not sent is forgotten."""
    real = recovery._drain

    def drain(paths: list[str], store: Any) -> Any:
        class Deaf:
            def write(self, batch: Batch) -> None:
                pass

        return real(paths, Deaf())

    patch.setattr(recovery, "_drain", drain)


def locks_are_not_asked(patch: pytest.MonkeyPatch) -> None:
    """Every journal is that of a dead process."""
    patch.setattr(recovery, "lock_file", lambda *_, **__: True)


def open_task_runs_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A run ends, and its task runs stay Running for ever."""
    patch.setattr(endings, "_ends_of", lambda *_: iter(()))


def a_take_over_forgets_open_task_runs(patch: pytest.MonkeyPatch) -> None:
    """What the process that stands still was doing stays Running, unless it is done again."""
    patch.setattr(Process, "ends_tasks", False)


def whoever_waits_crashes(patch: pytest.MonkeyPatch) -> None:
    """A run that waits for a person ends with its process."""
    real = endings._ending

    def ending(run: Any, *rest: Any) -> Any:
        return real(run._replace(state_type="RUNNING"), *rest)

    patch.setattr(endings, "_ending", ending)


def requests_to_the_dead_are_lost(patch: pytest.MonkeyPatch) -> None:
    """What was to be cancelled crashes, and is resumed."""
    real = endings._ending
    patch.setattr(endings, "_ending", lambda run, _sender, reason: real(run, None, reason))


def the_dead_elsewhere_are_never_found(patch: pytest.MonkeyPatch) -> None:
    """Only journals tell of the dead."""
    patch.setattr(Watch, "look", lambda *_: [])


def no_run_is_taken_from_the_dead(patch: pytest.MonkeyPatch) -> None:
    """A reaper ends runs of others without claiming them, and is refused."""
    real = endings._run_ends

    def run_ends(*args: Any, **_: Any) -> Any:
        return real(*args, claims=None)

    patch.setattr(endings, "_run_ends", run_ends)


#: All of them.
PLANTS: list[Plant] = [
    nothing_is_fenced,
    a_claim_names_no_attempt,
    a_late_claim_wins,
    a_final_run_can_be_ended_again,
    a_refusal_is_said_once,
    positions_mean_nothing,
    wall_clocks_are_compared,
    silence_tells_on_this_machine_too,
    age_tells,
    the_sleep_of_all_counts_as_silence,
    a_short_lease,
    nobody_renews,
    nobody_obeys,
    nobody_doubts_itself,
    a_living_journal_is_not_read,
    what_is_done_is_read_too_early,
    a_failed_batch_is_dropped,
    a_failed_batch_is_half_dropped,
    files_go_before_the_store_has_them,
    a_journal_is_not_sent,
    locks_are_not_asked,
    open_task_runs_are_forgotten,
    a_take_over_forgets_open_task_runs,
    whoever_waits_crashes,
    requests_to_the_dead_are_lost,
    the_dead_elsewhere_are_never_found,
    no_run_is_taken_from_the_dead,
]
