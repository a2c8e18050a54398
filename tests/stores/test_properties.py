"""What holds for every history, however it is cut: SQLite against memory."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from penstock._ids import format_id
from penstock.errors import NotFound, UsageError
from penstock.stores import open_store
from penstock.stores.filters import FlowRunFilter, TaskRunFilter
from penstock.stores.memory import MemoryStore
from penstock.stores.protocol import Batch
from penstock.testing.journal import Journal, everything
from tests.stores.histories import (
    FLOW_RUNS,
    INCARNATIONS,
    flow_histories,
    histories,
    play,
    send_cut,
    steps,
    task_histories,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.stores.protocol import Store
    from tests.stores.histories import Step


@cache
def _empty_database() -> bytes:
    """Make a database once: its tables take longer than most examples."""
    with tempfile.TemporaryDirectory() as folder:
        open_store(f"sqlite://{folder}/store.db").close()
        return Path(folder, "store.db").read_bytes()


@contextmanager
def sqlite_store() -> Iterator[Store]:
    """Open a store that lasts for one example."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "store.db").write_bytes(_empty_database())
        store = open_store(f"sqlite://{folder}/store.db")
        try:
            yield store
        finally:
            store.close()


@given(
    history=histories | task_histories | flow_histories,
    cuts=st.lists(st.integers(1, 6), max_size=12),
)
@settings(max_examples=200, deadline=None)
def test_however_a_history_is_cut_the_rows_are_the_same(
    history: list[Step], cuts: list[int]
) -> None:
    expected = MemoryStore()
    journal = Journal(expected)
    play(journal, history)
    for lsn, event in journal.events:
        expected.write(Batch(journal.owner, [(lsn, event)]))

    with sqlite_store() as store:
        send_cut(store, journal, cuts)
        assert everything(store) == everything(expected)
        assert [line for line in store.check() if "has ended" not in line] == []


@given(history=histories, cuts=st.lists(st.integers(1, 6)), again=st.integers(0, 40))
@settings(max_examples=50, deadline=None)
def test_sending_again_from_anywhere_changes_nothing(
    history: list[Step], cuts: list[int], again: int
) -> None:
    with sqlite_store() as store:
        journal = Journal(store)
        play(journal, history)
        send_cut(store, journal, cuts)
        before = everything(store)

        store.write(Batch(journal.owner, journal.events[again:]))
        assert everything(store) == before


@given(
    history=st.lists(st.tuples(st.sampled_from(INCARNATIONS), steps), max_size=40),
    cuts=st.lists(st.integers(1, 6)),
)
@settings(max_examples=100, deadline=None)
def test_two_processes_that_fight_over_runs_leave_the_same_rows(
    history: list[tuple[str, Step]], cuts: list[int]
) -> None:
    expected = MemoryStore()
    journals = {name: Journal(expected, name) for name in INCARNATIONS}
    with sqlite_store() as store:
        for cut in [*cuts, len(history)]:
            part, history = history[:cut], history[cut:]
            for name in INCARNATIONS:
                journal = journals[name]
                at = len(journal.events)
                play(journal, [step for writer, step in part if writer == name])
                batch = Batch(journal.owner, journal.events[at:])
                one, other = store.write(batch), expected.write(batch)
                assert (one.lsn, set(one.stale)) == (other.lsn, set(other.stale))

        assert everything(store) == everything(expected)


class StoreMachine(RuleBasedStateMachine):
    """Does anything to an SQLite store, and the same to one of dictionaries."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.url = f"sqlite://{self.folder.name}/store.db"
        Path(self.folder.name, "store.db").write_bytes(_empty_database())
        self.store = open_store(self.url)
        self.model = MemoryStore()
        self.journals = {name: Journal(self.model, name) for name in INCARNATIONS}
        self.sent = dict.fromkeys(INCARNATIONS, 0)

    @rule(name=st.sampled_from(INCARNATIONS), history=st.lists(steps, min_size=1, max_size=8))
    def write(self, name: str, history: list[Step]) -> None:
        journal = self.journals[name]
        play(journal, history)
        self.sent[name], at = len(journal.events), self.sent[name]
        batch = Batch(journal.owner, journal.events[at:])
        one, other = self.store.write(batch), self.model.write(batch)
        assert (one.lsn, set(one.stale)) == (other.lsn, set(other.stale))

    @rule(name=st.sampled_from(INCARNATIONS), back=st.integers(1, 10))
    def write_again(self, name: str, back: int) -> None:
        journal = self.journals[name]
        batch = Batch(journal.owner, journal.events[-back:])
        one, other = self.store.write(batch), self.model.write(batch)
        assert (one.lsn, set(one.stale)) == (other.lsn, set(other.stale))

    @rule(name=st.sampled_from(INCARNATIONS), at=st.integers(10**15, 10**15 + 99_999))
    def renew(self, name: str, at: int) -> None:
        owner = self.journals[name].owner
        assert sorted(self.store.renew(owner, at)) == sorted(self.model.renew(owner, at))

    @rule(run=st.sampled_from(FLOW_RUNS), at=st.integers(0, 9))
    def command(self, run: bytes, at: int) -> None:
        answers: list[Any] = []
        for store in (self.store, self.model):
            try:
                answers.append(store.send_command(format_id(run), "cancel", "anna", at))
            except NotFound as error:
                answers.append(type(error))
        assert answers[0] == answers[1]

    @rule(run=st.sampled_from(FLOW_RUNS), number=st.integers(0, 1), at=st.integers(0, 9))
    def answer(self, run: bytes, number: int, at: int) -> None:
        answers = [
            store.answer_pause(format_id(run), number, "1", at)
            for store in (self.store, self.model)
        ]
        assert answers[0] == answers[1]

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = open_store(self.url)

    @rule(run=st.sampled_from(FLOW_RUNS))
    def delete(self, run: bytes) -> None:
        answers: list[Any] = []
        for store in (self.store, self.model):
            try:
                answers.append(store.delete_flow_run(format_id(run)))
            except (NotFound, UsageError) as error:
                answers.append(type(error))
        assert answers[0] == answers[1]

    @precondition(lambda self: self.model.stats().flow_runs > 1)
    @rule(back=st.integers(0, 20_000))
    def prune(self, back: int) -> None:
        before = max(journal.now for journal in self.journals.values()) - back
        assert self.store.prune(before, 1) == self.model.prune(before, 1)

    @invariant()
    def rows_are_the_same(self) -> None:
        if not hasattr(self, "store"):
            return
        assert _without_ids(everything(self.store)) == _without_ids(everything(self.model))
        assert self.store.unfinished_owners() == self.model.unfinished_owners()
        for name in INCARNATIONS:
            commands = [store.find_commands(name, 0) for store in (self.store, self.model)]
            # Gaps in their numbers are allowed.
            assert [row[1:] for row in commands[0]] == [row[1:] for row in commands[1]]
        for run_id in map(format_id, FLOW_RUNS):
            assert self.store.find_pauses(run_id) == self.model.find_pauses(run_id)
            for read in ("find_transactions", "find_members", "find_rolled_back"):
                answers = [getattr(store, read)(run_id) for store in (self.store, self.model)]
                assert answers[0] == answers[1]
        assert self.store.is_key_committed("k") == self.model.is_key_committed("k")
        for run in self.model.find_flow_runs(FlowRunFilter(sessions=True), 9):
            where = TaskRunFilter(flow_run_id=run.id, state_types=("FAILED", "RUNNING"))
            assert self.store.find_task_runs(where, 9) == self.model.find_task_runs(where, 9)
            assert self.store.count_task_runs(run.id) == self.model.count_task_runs(run.id)

    @invariant()
    def every_invariant_of_the_store_holds(self) -> None:
        if hasattr(self, "store"):
            assert [line for line in self.store.check() if "has ended" not in line] == []

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()


def _without_ids(found: dict[str, Any]) -> dict[str, Any]:
    """Leave out the numbers of log lines and events: gaps are allowed."""
    return {
        **found,
        "logs": [row[1:] for row in found["logs"]],
        "events": [row[1:] for row in found["events"]],
    }


def test_anything_done_to_a_store_does_the_same_to_a_model() -> None:
    run_state_machine_as_test(
        StoreMachine, settings=settings(max_examples=25, stateful_step_count=25, deadline=None)
    )
