"""One process: the production's recorder, writer, store and reaper, played step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock._ids import format_id
from penstock._journal.endings import task_ends
from penstock._journal.frames import encode_frame
from penstock._journal.liveness import LEASE_SECONDS, RENEW_SECONDS
from penstock._journal.reaper import Reaper
from penstock._journal.recorder import Recorder
from penstock._journal.recovery import drain_living
from penstock._journal.writer import Writer
from penstock.events import (
    FLOW_RUN_CREATED,
    FLOW_RUN_STATE_CHANGED,
    PAUSE_ASKED,
    TASK_RUN_CREATED,
    TASK_RUN_FINISHED,
    TASK_RUN_STARTED,
    FlowRunCreated,
    FlowRunStateChanged,
    PauseAsked,
    TaskRunCreated,
    TaskRunFinished,
    TaskRunStarted,
)
from penstock.states import StateType
from penstock.stores.filters import FlowRunFilter, TaskRunFilter
from tests.sim.disk import SimStore
from tests.sim.world import EPOCH_US, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from penstock.events import Event
    from penstock.stores.protocol import Ack, Batch
    from penstock.stores.rows import FlowRunRow
    from tests.sim.people import Person
    from tests.sim.world import Host, Plan, World

    Life = Generator[float, None, Any]

PAUSE_SECONDS = 6.0
MOST_RUNS = 10


class ByHand(Writer):
    """The production's writer without its thread: one batch whenever it is told to."""

    def step(self) -> bool:
        """Write one batch; False when the store refused it."""
        return self._write_once()

    def _start_or_wake(self) -> None:
        """Nobody needs to be woken: `step` comes by itself."""


class Told(SimStore):
    """A store that remembers which runs its process has lost."""

    def __init__(self, world: World, incarnation: str) -> None:
        super().__init__(world)
        self._incarnation = incarnation
        self.lost: set[str] = set()
        self.last: Batch | None = None

    def write(self, batch: Batch) -> Ack:
        """Write, and remember what was refused."""
        ack = super().write(batch)
        # A reaper sends in the name of the dead too; what they have lost is not ours.
        if batch.owner.incarnation == self._incarnation:
            self.lost.update(map(format_id, ack.stale))
            self.last = batch
        return ack


class Process:
    """What runs flows, from its start to its death."""

    #: What a planted bug may leave out.
    renews = obeys = trusts_itself = drains = reads_last = ends_tasks = True

    def __init__(self, world: World, person: Person, host: Host, name: str) -> None:
        self.world = world
        self.person = person
        self.host = host
        self.name = name
        self.pid = world.number()
        self.owner = world.new_owner(host, self.pid)
        self.incarnation = self.owner.incarnation
        self.store = Told(world, self.incarnation)
        self.recorder = Recorder(host.folder, self.owner, "sim")
        self.writer = ByHand(self.recorder, self.store, lambda _: None, lambda _: None)
        self.reaper = Reaper(
            self.store,
            host.folder,
            self.incarnation,
            here=(self.owner.host, self.owner.boot),
            is_gone=self._is_gone,
            name=lambda: world.new_owner(host, self.pid),
        )
        self.is_dead = False
        self.renewed = world.now
        self.cancels: set[str] = set()
        #: what it has written down of its runs, whoever brings it into the store
        self.said: set[tuple[str, int, str]] = set()
        #: when the journal of the process that had a run was read
        self.drained: dict[str, int] = {}
        #: LSN with which each run became ours
        self._ours: dict[str, int] = {}
        world.rules.processes[self.incarnation] = self

    def die(self, *, torn: bool) -> None:
        """Be killed, perhaps in the middle of writing down what nobody heard of."""
        if torn:
            frame = encode_frame((TASK_RUN_FINISHED, b"\0" * 16, 0, 0, "COMPLETED"))
            segment: Any = self.recorder._segment
            if segment.fits(len(frame)):
                segment.append(frame[: len(frame) // 2])
        self.is_dead = True
        self.recorder.abandon()

    # -- what goes on in it --

    def hurry(self) -> None:
        """Write what waits, now."""
        self.writer.step()

    def watch(self) -> Life:
        """Give signs of life, look for the dead, and hear what is asked of its runs."""
        while True:
            if self.renews and self.world.now - self.renewed >= RENEW_SECONDS - 1:
                self._renew()
            attempt(self.reaper.tick, self.now_us(), self.world.now)
            if self._ours:
                for command in attempt(self.store.find_commands, self.incarnation, 0) or ():
                    self.cancels.add(command.flow_run_id)
            yield 1.5 + self.world.random.random()

    def write(self) -> Life:
        """Carry events to the store, as the writer's thread does."""
        random = self.world.random
        while True:
            if self.recorder.queue or self.writer._kept:
                pause = 0.2 if self.writer.step() else 0.5
                if self.store.last is not None and not self.world.is_calm and random.random() < 0.1:
                    self.world.count("sent twice")
                    attempt(SimStore.write, self.store, self.store.last)
            else:
                pause = 0.2
            yield pause * (1 + random.random())

    def work(self) -> Life:
        """Open the store, then go on with what others left, or begin something new."""
        random = self.world.random
        while attempt(self.reaper.tick, self.now_us(), self.world.now) is None:
            yield 1.0
        while True:
            left = yield from self._ask(self._find_work)
            if left and (self.world.is_calm or random.random() < 0.7):
                # The last ones are those whose process stands still.
                yield from self._resume(left[-1] if random.random() < 0.5 else random.choice(left))
            elif not self.world.is_calm and len(self.world.plans) < MOST_RUNS:
                yield from self._begin()
            yield 1.0 + 2 * random.random()

    # -- flows --

    def _begin(self) -> Life:
        plan = self.world.new_plan()
        kinds = ("flow", "flow", "flows.flow", plan.id[-4:], None, (), None, None, None, ())
        self.recorder.emit(FlowRunCreated(FLOW_RUN_CREATED, plan.raw, self.now_us(), *kinds))
        self._state(plan, 1, "RUNNING")
        self._ours[plan.id] = self.recorder.lsn
        yield from self._carry_out(plan, 1, {})

    def _resume(self, row: FlowRunRow) -> Life:
        """Take a run over, as `penstock flow-run resume` does."""
        plan = self.world.plans[row.id]
        tasks = [] if self.reads_last else (yield from self._ask(self._tasks, row.id))
        if attempt(self.reaper.tick, self.now_us(), self.world.now) is None:
            return
        self.drained[row.id] = self.world.number()
        if self.drains and attempt(self._drain, str(row.owner)) is None:
            return
        number = row.attempt + 1
        self.world.note(f"claims {row.id[-4:]} for attempt {number}")
        self.store.lost.discard(row.id)
        self._state(plan, number, "RUNNING", claims=True)
        mine = self._ours[row.id] = self.recorder.lsn
        while self.writer.acknowledged < mine:
            yield 0.1
        if self._has_lost(row.id):
            self.world.note(f"was too late for {row.id[-4:]}")
            return
        if self.reads_last:
            tasks = yield from self._ask(self._tasks, row.id)
        if self.ends_tasks:
            yield from self._ask(self._end_tasks, row.id)
        if row.state_type == StateType.RUNNING:
            self.world.count("taken over")
        if self.world.random.random() < (0.5 if row.state_type == StateType.RUNNING else 0.1):
            self.world.cancel(self.store, row.id, number)  # that was the wrong one
        yield 4 * self.world.random.random()  # what stands before the first task
        yield from self._carry_out(plan, number, {task.index: task for task in tasks})

    def _carry_out(self, plan: Plan, number: int, before: dict[int, Any]) -> Life:
        run = plan.id
        done = {index for index, task in before.items() if task.state_type == "COMPLETED"}
        for index, seconds in enumerate(plan.seconds):
            if index == plan.pauses_at and index not in done:
                self.recorder.emit(
                    PauseAsked(PAUSE_ASKED, plan.raw, self.now_us(), number, None, None, None)
                )
                self._state(plan, number, "PAUSED")
                yield PAUSE_SECONDS
                self._state(plan, number, "RUNNING")
            if index in done:
                continue
            while self._may_not_start() and not self._has_lost(run):
                yield 0.5
            if self._has_lost(run):
                self.world.note(f"has lost {run[-4:]}")
                return
            if run in self.cancels:
                break
            self._start(plan, index, before.get(index))
            yield seconds
            self._finish(plan, index)
            yield 0.1 * self.world.random.random()
        self._state(plan, number, "CANCELLED" if run in self.cancels else "COMPLETED")
        end = self.recorder.lsn
        self.person.worst_moment(is_last=True)
        while self.writer.acknowledged < end:
            yield 0.1
        self._ours.pop(run, None)

    def _start(self, plan: Plan, index: int, before: Any) -> None:
        at = self.now_us()
        self.world.rules.task_starts(plan.id, index)
        if before is None:
            rest = (True, "flows.task", f"task-{index}", None, (), (), None)
            self.recorder.emit(TaskRunCreated(TASK_RUN_CREATED, plan.raw, at, index, *rest))
        else:
            again = before.attempt + 1
            self.recorder.emit(TaskRunStarted(TASK_RUN_STARTED, plan.raw, at, index, again, None))

    def _finish(self, plan: Plan, index: int) -> None:
        rest = ("COMPLETED", None, None, None, str(index).encode(), None)
        self.recorder.emit(
            TaskRunFinished(TASK_RUN_FINISHED, plan.raw, self.now_us(), index, *rest)
        )
        self.world.rules.task_returned(self, plan.id, index)
        self.person.worst_moment()

    def _state(self, plan: Plan, number: int, state: str, *, claims: bool | None = None) -> None:
        event: Event = FlowRunStateChanged(
            FLOW_RUN_STATE_CHANGED, plan.raw, self.now_us(), number, state, None, None, None, None,
            claims,
        )  # fmt: skip
        self.said.add((plan.id, number, state))
        self.recorder.emit(event)

    # -- whose is it --

    def _renew(self) -> None:
        open_runs = attempt(self.store.renew, self.owner, self.now_us())
        if open_runs is None:
            return
        self.renewed = self.world.now
        for run, lsn in self._ours.items():
            if run not in open_runs and lsn <= self.writer.acknowledged:
                self.store.lost.add(run)

    def _may_not_start(self) -> bool:
        """Tell whether others may have taken it for dead: then nothing new is begun."""
        return self.trusts_itself and self.world.now - self.renewed >= LEASE_SECONDS - 1

    def _has_lost(self, run: str) -> bool:
        return self.obeys and run in self.store.lost

    # -- what is asked of the store --

    def _ask(self, question: Callable[..., Any], *values: Any) -> Life:
        """Ask until there is an answer."""
        while (answer := attempt(question, *values)) is None:
            yield 0.5
        return answer

    def _find_work(self) -> list[FlowRunRow]:
        """List what a person would resume: what crashed, and what nobody is behind."""
        found = list(self.store.find_flow_runs(FlowRunFilter(state_types=(StateType.CRASHED,)), 99))
        states = (StateType.PAUSED, StateType.RUNNING)
        for row in self.store.find_flow_runs(FlowRunFilter(state_types=states), 99):
            owner = self.world.rules.processes.get(str(row.owner))
            if owner is None or owner is self:
                continue
            waits = row.state_type == StateType.PAUSED and owner.is_dead
            # Only what stands still for longer than it trusts itself, and is ours to read.
            stands = self.world.now - owner.renewed > LEASE_SECONDS + 1
            stands = stands and owner.person.stands_until > self.world.now
            if waits or (stands and owner.host.folder == self.host.folder):
                found.append(row)
        return found

    def _drain(self, incarnation: str) -> bool:
        drain_living(self.host.folder, incarnation, self.store)
        return True

    def _end_tasks(self, run: str) -> bool:
        """End what the process that had the run was in the middle of."""
        why = "Taken over."
        for event in list(task_ends(self.store, run, StateType.CRASHED, why, self.now_us())):
            self.recorder.emit(event)
        return True

    def _tasks(self, run: str) -> Sequence[Any]:
        return self.store.find_task_runs(TaskRunFilter(flow_run_id=run), 999)

    def _is_gone(self, pid: int, _started: float) -> bool:
        return not any(
            person.process is not None and person.process.pid == pid and not person.process.is_dead
            for person in self.world.people
        )

    def now_us(self) -> int:
        """Tell the time by this machine's clock, which is wrong."""
        return EPOCH_US + int((self.world.now + self.person.skew) * 1_000_000)
