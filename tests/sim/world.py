"""A world in which everything is decided by one number: time, faults, and who does what.

What is true of it after each commit, and at its end, is in `rules`; who lives in it,
in `people`. The invariant: nothing here asks the real clock, the real random source,
or any set for its order, so the same seed gives the same history.
"""

from __future__ import annotations

import heapq
import random
import sys
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from penstock._ids import format_id
from penstock.errors import StoreError
from penstock.stores.memory import MemoryStore
from penstock.stores.protocol import Owner
from tests.sim.disk import SimStore, empty_database
from tests.sim.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from penstock.stores.protocol import Ack
    from tests.sim.people import Person
    from tests.sim.process import Process

#: Seconds of trouble, and of peace in which everything must come to its end.
TROUBLE = 70.0
CALM = 90.0
EPOCH_US = 1_700_000_000_000_000


class Broken(AssertionError):
    """Something that must never be was, in this history."""

    def __init__(self, rule: str, world: World) -> None:
        super().__init__(rule)
        self.world = world


class Host(NamedTuple):
    """A machine, or a data folder of its own on one."""

    name: str
    folder: str


class Plan(NamedTuple):
    """A flow: how long each of its tasks takes, and where it waits for a person."""

    raw: bytes
    seconds: tuple[float, ...]
    pauses_at: int | None

    @property
    def id(self) -> str:
        """The id of its flow run."""
        return format_id(self.raw)


class World:
    """One history."""

    def __init__(self, seed: int, folder: Path, *, talk: bool = False) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.now = 0.0
        self.model = MemoryStore()
        self.database = empty_database()
        self.acting: Process | None = None
        self.is_calm = False
        self.claiming: str | None = None
        self.outage_until = -1.0
        self.frozen_until = -1.0
        self.store_up_since = 0.0
        self.people: list[Person] = []
        self.plans: dict[str, Plan] = {}
        self.boots = {"one": 1, "two": 1}
        self.lines: list[str] = []
        self.steps = 0
        self.faults: dict[str, int] = {}
        # Two data folders on one machine, and one on another: whoever looks from one
        # of them sees the others' processes by their locks, by their pids, or not at all.
        machines = enumerate(("one", "one", "two"))
        self.hosts = [Host(name, str(folder / f"home-{number}")) for number, name in machines]
        self.rules = Rules(self)
        self.store = SimStore(self)
        self._talk = talk
        self._hash = blake2b(digest_size=8)
        self._numbers = iter(range(1, 10**9))
        self._queue: list[tuple[float, int, Process | None, Iterator[float]]] = []

    # -- time --

    def live(self, who: Process | None, life: Iterator[float], after: float = 0) -> None:
        """Begin something that goes on by itself: it yields how long it waits."""
        heapq.heappush(self._queue, (self.now + after, next(self._numbers), who, life))

    def run(self, until: float) -> None:
        """Let time pass."""
        while self._queue and self._queue[0][0] <= until:
            at, _, who, life = heapq.heappop(self._queue)
            if who is not None and who.is_dead:
                continue
            if who is not None and who.person.stands_until > at:
                at = who.person.stands_until
                heapq.heappush(self._queue, (at, next(self._numbers), who, life))
                continue
            self.now = max(self.now, at)
            self.steps += 1
            self.acting = who
            try:
                wait = next(life)
            except StopIteration:
                continue
            heapq.heappush(self._queue, (self.now + wait, next(self._numbers), who, life))
        self.now = until

    def hasten(self, who: Process | None) -> None:
        """Let a process go on with what it had put off."""
        late = [entry for entry in self._queue if entry[2] is who]
        for entry in late:
            self._queue.remove(entry)
            self._queue.append((self.now, *entry[1:]))
        heapq.heapify(self._queue)

    def number(self) -> int:
        """Give a number that nothing else has."""
        return next(self._numbers)

    def new_owner(self, host: Host, pid: int) -> Owner:
        """Name a process."""
        name = f"{self.number():032x}"
        return Owner(name, host.name, pid, float(pid), f"boot-{self.boots[host.name]}")

    def new_plan(self) -> Plan:
        """Think of a flow."""
        dice = self.random
        raw = self.number().to_bytes(16, "big")
        seconds = tuple(0.2 + 5 * dice.random() for _ in range(dice.randint(1, 6)))
        plan = Plan(raw, seconds, dice.randrange(len(seconds)) if dice.random() < 0.3 else None)
        self.plans[plan.id] = plan
        return plan

    # -- faults --

    @property
    def is_store_away(self) -> bool:
        """Tell whether nobody reaches the store."""
        return self.now < self.outage_until

    def fault(self) -> str | None:
        """Decide what goes wrong with a transaction."""
        if self.is_store_away:
            return "refused"
        if self.is_calm:
            return None
        dice = self.random.random()
        found = "refused" if dice < 0.05 else "unanswered" if dice < 0.10 else None
        if found is not None:
            self.count(found)
        return found

    def let_another_write(self) -> None:
        """Let somebody be quicker: between what an actor has read and what it writes."""
        if self.is_calm or self.acting is None:
            return
        me = self.acting
        # Best of all somebody who wakes up at this very moment, with something to say.
        asleep = [one for one in self.people if one.stands_until > self.now and one.process]
        owner = None if self.claiming is None else self.rules.owner_of(self.claiming)
        owners = [one for one in asleep if one.process and one.process.incarnation == owner]
        has_news = any(one.process and one.process.recorder.queue for one in owners)
        chance = 0.8 if has_news else 0.3 if self.claiming else 0.05
        if self.random.random() > chance:
            return
        other = self.random.choice(owners or asleep or self.people)
        if other.process is me or other.is_dead or self.now < self.frozen_until:
            return
        self.count("overtaken")
        self.acting = None  # one at a time
        other.wake()
        self.acting = other.process
        if other.process is not None:
            other.process.hurry()
        self.acting = me

    def count(self, fault: str) -> None:
        """Count a fault."""
        self.faults[fault] = self.faults.get(fault, 0) + 1

    def cancel(self, store: SimStore, run: str, number: int) -> None:
        """Ask for the end of a run, as `penstock flow-run cancel` does."""
        if not self.is_calm and attempt(store.send_command, run, "cancel", "anna", 1):
            self.count("cancel")
            self.note(f"anna cancels {run[-4:]}")
            self.rules.cancelled.add((run, number))

    # -- what is seen --

    def note(self, what: str) -> None:
        """Write a line of history."""
        who = "-" if self.acting is None else self.acting.name
        line = f"{self.now:9.3f} {who:>6} {what}"
        self._hash.update(line.encode())
        self.lines.append(line)
        if self._talk:
            sys.stdout.write(f"{line}\n")

    @property
    def hash(self) -> str:
        """Stand for the whole history."""
        return self._hash.hexdigest()

    def committed(self, ack: Ack) -> None:
        """Look at what a commit has changed, and tell its writer what was refused."""
        if self.acting is not None and ack.stale:
            self.count("fenced")
            self.note(f"stale {sorted(format_id(raw)[-4:] for raw in ack.stale)}")
        self.rules.after_commit()

    def expect(self, condition: object, rule: str) -> None:
        """Break off unless a condition holds."""
        if not condition:
            self.note(f"BROKEN: {rule}")
            raise Broken(rule, self)


def attempt(action: Any, *values: Any) -> Any:
    """Do something that the store may refuse; None when it does."""
    try:
        return action(*values)
    except StoreError:
        return None
