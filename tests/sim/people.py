"""Who does things to processes: starts them, kills them, stops them, sets clocks, cancels."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.states import StateType
from penstock.stores.filters import FlowRunFilter
from tests.sim.disk import SimStore
from tests.sim.process import Process
from tests.sim.world import CALM, TROUBLE, World, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tests.sim.world import Host

#: How often, in seconds, something happens to somebody.
BETWEEN_FAULTS = 4.0


class Person:
    """Somebody at a machine, who starts a process again when it has died."""

    def __init__(self, world: World, host: Host, name: str) -> None:
        self._world = world
        self._host = host
        self._name = name
        self._starts = 0
        self._blow: Callable[[], None] | None = None
        self._patience = 0
        self.process: Process | None = None
        self.stands_until = -1.0
        self.awake_since = 0.0
        self.skew = 16 * world.random.random() - 8

    @property
    def is_dead(self) -> bool:
        """Tell whether nothing runs."""
        return self.process is None or self.process.is_dead

    def start(self) -> None:
        """Start a process."""
        self._starts += 1
        world = self._world
        self.stands_until = world.frozen_until
        self.awake_since = world.now
        process = Process(world, self, self._host, f"{self._name}{self._starts}")
        self.process = process
        for life in (process.watch(), process.write(), process.work()):
            world.live(process, life, 0.3 * world.random.random())

    def suffer(self, blow: Callable[[], None]) -> None:
        """Let something happen now, or at the worst moment: a result has just been told."""
        if self._world.random.random() < 0.5:
            blow()
        else:
            self._blow = blow
            self._patience = self._world.random.randrange(4)

    def worst_moment(self, *, is_last: bool = False) -> None:
        """Let happen what has waited for this, or for one like it that comes later."""
        if self._blow is None or self._world.is_calm:
            return
        self._patience -= 1
        if self._patience < 0 or is_last:
            blow, self._blow = self._blow, None
            blow()

    def kill(self, after: float) -> None:
        """Kill the process, and start another one later."""
        if self.process is None or self.is_dead:
            return
        self._world.note(f"kill -9 {self.process.name}")
        self.process.die(torn=self._world.random.random() < 0.3)
        self._world.live(None, self._start_later(after))

    def stop(self, seconds: float) -> None:
        """Let the process stand still: SIGSTOP, a GIL held, a machine that swaps."""
        if self.process is None or self.is_dead:
            return
        self._world.note(f"{self.process.name} stands still for {seconds:.1f} s")
        self.stands_until = max(self.stands_until, self._world.now + seconds)
        self.awake_since = self.stands_until

    def wake(self) -> None:
        """Let the process go on, if it stands still."""
        if self.stands_until > self._world.now:
            self.stands_until = self.awake_since = self._world.now
            self._world.hasten(self.process)

    def freeze(self, until: float) -> None:
        """Stand still together with everybody else: that is nobody's fault."""
        self.stands_until = max(self.stands_until, until)

    def _start_later(self, after: float) -> Generator[float, None, None]:
        yield after
        if self.is_dead:
            self.start()
        yield float("inf")


def trouble(world: World) -> Generator[float, None, None]:
    """Do something to somebody, now and then."""
    random = world.random
    cancelling = SimStore(world)
    while True:
        yield 2 * BETWEEN_FAULTS * random.random()
        if world.is_calm:
            return
        person = random.choice(world.people)
        dice = random.random()
        if dice < 0.34:
            world.count("kill")
            # Some come back soon, some when all is quiet, and one machine perhaps never.
            after = 10 * random.random() if random.random() < 0.7 else TROUBLE
            lost = person is world.people[2] and random.random() < 0.3
            person.suffer(partial(person.kill, float("inf") if lost else after))
        elif dice < 0.60:
            world.count("stop")
            person.suffer(partial(person.stop, 15 + 30 * random.random()))
        elif dice < 0.68:
            world.count("outage")
            world.outage_until = world.now + 1 + 11 * random.random()
            world.store_up_since = world.outage_until
            world.note(f"the store is away until {world.outage_until:.1f}")
        elif dice < 0.76:
            world.count("clock step")
            person.skew += random.choice([-3600, -8, 8, 3600])
        elif dice < 0.82:
            world.count("freeze")
            world.note("everybody stands still")
            seconds = 10 + 40 * random.random()
            world.frozen_until = world.now + seconds
            for one in world.people:
                one.freeze(world.frozen_until)
            yield seconds
        elif dice < 0.88:
            world.count("restart of a machine")
            _restart_machine(world, person)
        else:
            _cancel(world, cancelling)


def _restart_machine(world: World, person: Person) -> None:
    name = person._host.name
    world.note(f"machine {name} restarts")
    for one in world.people:
        if one._host.name == name:
            one.kill(5 + 5 * world.random.random())
    world.boots[name] += 1


def _cancel(world: World, store: SimStore) -> None:
    """Ask for the end of some run, as `penstock flow-run cancel` does."""
    states = (StateType.RUNNING, StateType.PAUSED)
    rows = attempt(store.find_flow_runs, FlowRunFilter(state_types=states), 99)
    if not rows:
        return
    row = world.random.choice(rows)
    world.cancel(store, row.id, row.attempt)


def play(seed: int, *, talk: bool = False) -> World:
    """Play the history of a seed to its end.

    Raises:
        Broken: a rule was broken. It has the world, with its lines, as `world`.
    """
    with tempfile.TemporaryDirectory(prefix="penstock-sim-") as folder:
        world = World(seed, Path(folder), talk=talk)
        homes = zip("abcde", (0, 1, 2, 0, 0), strict=True)
        world.people = [Person(world, world.hosts[home], name) for name, home in homes]
        try:
            _play(world)
        finally:
            for person in world.people:
                if person.process is not None and not person.is_dead:
                    person.process.recorder.abandon()
    return world


def _play(world: World) -> None:
    for person in world.people:
        person.start()
    world.live(None, trouble(world))
    world.run(TROUBLE)
    world.acting = None
    world.note("peace")
    world.is_calm = True
    world.run(TROUBLE + CALM)
    world.acting = None
    world.rules.at_the_end()
