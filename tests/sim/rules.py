"""What must hold in every history: after each commit, and when all is quiet.

The numbers are those of the contract: R1 nothing acknowledged is done again, R4 and R5
who is dead and who is not, I3 to I11 of what is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from penstock.states import FINAL
from penstock.stores.filters import FlowRunFilter, TaskRunFilter
from penstock.testing.journal import everything

if TYPE_CHECKING:
    from tests.sim.process import Process
    from tests.sim.world import World

_FINAL = frozenset(str(state) for state in FINAL)
_ENDS_ANOTHERS = {"CRASHED", "CANCELLED"}
#: A process that has been awake so long, with a store that answers, has shown it.
AWAKE = 20.0


class Seen(NamedTuple):
    """A flow run as it was after the last commit."""

    owner: str
    attempt: int
    state: str


class Told:
    """A result that somebody was told is safe."""

    def __init__(self, process: Process, run: str, task: int) -> None:
        self.process = process
        self.run = run
        self.task = task
        self.at = process.world.number()
        #: nobody could know of it when the run was taken from its process
        self.was_out_of_reach = False


class Rules:
    """Watches one history."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: dict[str, Seen] = {}
        self.told: dict[tuple[str, int], Told] = {}
        self.processes: dict[str, Process] = {}
        #: (run, attempt) somebody asked to cancel
        self.cancelled: set[tuple[str, int]] = set()

    def owner_of(self, run: str) -> str | None:
        """Name the incarnation whose run it is, in the store."""
        seen = self._seen.get(run)
        return None if seen is None or seen.state in _FINAL else seen.owner

    # -- what actors say --

    def task_starts(self, run: str, task: int) -> None:
        """R1, I2: what was acknowledged is never executed again, by anybody."""
        told = self.told.get((run, task))
        self._world.note(f"starts {run[-4:]}-{task}")
        self._world.expect(
            told is None or told.was_out_of_reach,
            f"{run[-4:]}-{task} starts again, although its result was acknowledged",
        )

    def task_returned(self, process: Process, run: str, task: int) -> None:
        """Remember that a result was acknowledged, by somebody who might say so."""
        self._world.note(f"returned {run[-4:]}-{task}")
        owner = self.owner_of(run)
        # A process that has lost the run and does not know it yet acknowledges nothing
        # to anybody but itself; a new run is its own before the store has heard of it.
        if owner == process.incarnation or run not in self._seen:
            self.told[run, task] = Told(process, run, task)

    # -- after each commit --

    def after_commit(self) -> None:
        """Compare each run with what it was."""
        rows = self._world.database.execute(
            "SELECT id, owner, attempt, state_type FROM flow_run ORDER BY no"
        ).fetchall()
        for run, *values in rows:
            now, was = Seen(*values), self._seen.get(run)
            if now != was:
                self._world.note(f"{run[-4:]} is {now.state} {now.attempt} of {now.owner[-4:]}")
                self._seen[run] = now
                if was is not None:
                    self._changed(run, was, now)

    def _changed(self, run: str, was: Seen, now: Seen) -> None:
        expect = self._world.expect
        expect(now.attempt >= was.attempt, "I3b: an attempt does not go back")
        if was.state in _FINAL:
            expect(now.attempt > was.attempt, "I4: a final state is left by an attempt only")
        ended = now.state in _ENDS_ANOTHERS and now.attempt == was.attempt
        if now.owner != was.owner:
            expect(
                now.attempt == was.attempt + 1 or (ended and was.state not in _FINAL),
                "R8: a run changes hands by a claim of the attempt that was found",
            )
            self._world.count("taken for dead" if ended else "resumed")
            self._out_of_reach(run, was)
        if now.state == "CRASHED" and now.attempt == was.attempt:
            expect(was.state != "PAUSED", "a run that waits for a person does not crash")
            expect(
                (run, now.attempt) not in self.cancelled,
                "R10: what was to be cancelled ends Cancelled, also without its process",
            )
        if ended:
            owner = self.processes[was.owner]
            # Somebody else may bring in what it has written down itself.
            if (run, now.attempt, now.state) not in owner.said:
                self._ended_by(run, owner)

    def _ended_by(self, run: str, owner: Process) -> None:
        """R5, I9: no living process is taken for dead."""
        acting = self._world.acting
        if acting is None or acting is owner or owner.is_dead:
            return
        expect = self._world.expect
        expect(
            acting.host.name != owner.host.name,
            f"I9: {owner.name} is on the same machine, and lives, but {run[-4:]} was ended",
        )
        awake_since = max(owner.person.awake_since, self._world.store_up_since)
        expect(
            self._world.now - awake_since < AWAKE,
            f"R5: {owner.name} was awake, but {run[-4:]} was ended",
        )

    def _out_of_reach(self, run: str, was: Seen) -> None:
        """Note which results were nowhere but in a journal that the new owner cannot see."""
        acting = self._world.acting
        owner = self.processes.get(was.owner)
        if acting is None or owner is None:
            return
        for (told_run, task), told in self.told.items():
            if told_run != run or told.process is not owner or told.was_out_of_reach:
                continue
            if self._is_stored(run, task):
                continue
            told.was_out_of_reach = (
                acting.host.folder != owner.host.folder
                # It came between reading a living process's journal and the claim.
                or told.at > acting.drained.get(run, told.at)
            )

    def _is_stored(self, run: str, task: int) -> bool:
        found = self._world.database.execute(
            "SELECT task_run.state_type FROM task_run JOIN flow_run ON no = task_run.id >> 32"
            " WHERE flow_run.id = ? AND task_run.id & 4294967295 = ?",
            (run, task),
        ).fetchone()
        return found == ("COMPLETED",)

    # -- when all is quiet --

    def at_the_end(self) -> None:
        """Look at everything once more."""
        world = self._world
        store = world.store
        expect = world.expect
        for row in store.find_flow_runs(FlowRunFilter(), 999):
            expect(row.state_type in _FINAL, f"I5: {row.id[-4:]} is still {row.state_type}")
            expect(
                row.state_type in {"COMPLETED", "CANCELLED"},
                f"I5: {row.id[-4:]} could have been resumed, and is {row.state_type}",
            )
            tasks = store.find_task_runs(TaskRunFilter(flow_run_id=row.id), 999)
            done = [task for task in tasks if task.state_type == "COMPLETED"]
            if row.state_type == "COMPLETED":
                plan = world.plans[row.id]
                expect(len(done) == len(plan.seconds), f"{row.id[-4:]} is complete, its tasks not")
        for (run, task), told in self.told.items():
            # Nobody has heard of a run whose machine was lost before the store had it.
            is_lost = told.process.person.is_dead and run not in self._seen
            if not told.was_out_of_reach and not is_lost:
                expect(self._is_stored(run, task), f"R2, I11: the result of {run[-4:]}-{task}")
        for line in store.check():
            expect(False, f"I3 to I7: {line}")
        expect(everything(store) == everything(world.model), "I6: rows are the fold of events")
        expect(store.unfinished_owners() == [], "nobody owns an open run")
