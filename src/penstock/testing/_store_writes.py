"""What `write` of every store must do. The names of the tests are the sentences."""

# ruff: noqa: PLR2004 - expected values are numbers

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock._ids import format_id, new_id
from penstock.stores.filters import FlowRunFilter, LogFilter, TaskRunFilter
from penstock.stores.protocol import Batch, Owner
from penstock.testing.journal import Journal, everything

if TYPE_CHECKING:
    from penstock.stores.protocol import Store

__all__ = ["Ownership", "States", "Writing"]


class Writing:
    """A batch is taken whole, and once."""

    def test_a_task_run_is_there_once_write_has_returned(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.task_run(run, 0, fingerprint=b"f" * 24)
        journal.finish(run, 0, result=b"value")
        ack = journal.send()

        row = store.get_task_run(f"{format_id(run)}-0")
        assert ack.lsn == journal.lsn
        assert (row.state_type, row.state_name, row.attempt) == ("COMPLETED", "Completed", 1)
        assert (row.result, row.fingerprint) == (b"value", b"f" * 24)
        assert row.created == row.started == journal.now - journal.STEP
        assert row.ended == journal.now

    def test_an_empty_batch_is_acknowledged(self, store: Store, journal: Journal) -> None:
        journal.flow_run()
        journal.send()

        assert store.write(Batch(journal.owner, [])).lsn == journal.lsn

    def test_a_batch_sent_twice_changes_nothing(self, store: Store, journal: Journal) -> None:
        journal.busy_flow_run()
        journal.send()
        before = everything(store)

        ack = store.write(Batch(journal.owner, journal.events))

        assert ack.lsn == journal.lsn
        assert everything(store) == before

    def test_a_batch_that_was_cut_anew_adds_only_what_is_new(
        self, store: Store, journal: Journal
    ) -> None:
        journal.busy_flow_run()
        half = len(journal.events) // 2
        store.write(Batch(journal.owner, journal.events[:half]))
        store.write(Batch(journal.owner, journal.events[half - 3 :]))
        found = everything(store)

        assert store.write(Batch(journal.owner, journal.events)).lsn == journal.lsn
        assert everything(store) == found
        assert found["task_runs"][0].state_type == "COMPLETED"
        assert store.check() == []

    def test_positions_of_two_processes_do_not_mix(self, store: Store, journal: Journal) -> None:
        other = Journal(store, "b" * 32)
        for one in (journal, other):
            one.busy_flow_run()
            one.send()

        assert len(store.find_flow_runs(FlowRunFilter(), 10)) == 2
        assert store.check() == []

    def test_rows_of_several_thousand_events_are_all_kept(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        for index in range(2_777):
            journal.task_run(run, index)
            journal.finish(run, index)
            journal.log(run, index, f"line {index}")
        journal.send()

        counts = store.stats()
        assert (counts.task_runs, counts.logs) == (2_777, 2_777)
        assert counts.events == 2 * 2_777 + 2
        assert store.count_task_runs(format_id(run)) == {"Completed": 2_777}

    def test_text_that_utf8_cannot_hold_does_not_stop_a_batch(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.log(run, None, "file \udcff")
        journal.send()

        (line,) = store.find_logs(LogFilter(), 10)
        assert line.message.startswith("file ")


class Ownership:
    """A flow run belongs to one process."""

    def test_events_of_a_process_that_does_not_own_the_run_are_refused(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.task_run(run, 0)
        journal.send()
        other = Journal(store, "b" * 32)
        other.finish(run, 0)
        other.log(run, None, "mine")
        other.state(run, "CANCELLED", attempt=1)
        ack = other.send()

        assert ack == (other.lsn, (run,))
        assert store.get_task_run(f"{format_id(run)}-0").state_type == "RUNNING"
        assert store.get_flow_run(format_id(run)).state_type == "RUNNING"
        assert store.stats().logs == 0

    def test_whoever_claims_the_next_attempt_owns_the_run(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.send()
        other = Journal(store, "b" * 32)
        other.state(run, "RUNNING", attempt=2, claims=True)
        other.task_run(run, 0)
        assert other.send().stale == ()
        journal.task_run(run, 1)
        assert journal.send().stale == (run,)

        row = store.get_flow_run(format_id(run))
        assert (row.owner, row.attempt) == ("b" * 32, 2)
        assert [task.index for task in store.find_task_runs(TaskRunFilter(), 10)] == [0]

    @pytest.mark.parametrize(
        ("attempt", "claims"),
        [(1, True), (3, True), (2, False), (2, None)],
        ids=["begun already", "one too far", "no claim", "a retry of its own"],
    )
    def test_nothing_but_a_claim_of_the_next_attempt_takes_a_run_over(
        self, store: Store, journal: Journal, attempt: int, claims: bool | None
    ) -> None:
        run = journal.flow_run()
        journal.send()
        other = Journal(store, "b" * 32)
        other.state(run, "RUNNING", attempt=attempt, claims=claims)

        assert other.send().stale == (run,)
        assert store.get_flow_run(format_id(run)).owner == journal.owner.incarnation

    def test_of_two_claims_at_once_the_first_has_the_run(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.state(run, "CRASHED", attempt=1)
        journal.send()
        one, other = (Journal(store, letter * 32) for letter in "bc")
        for claimant in (one, other):
            claimant.state(run, "RUNNING", attempt=2, claims=True)

        assert one.send().stale == ()
        assert other.send().stale == (run,)
        assert one.send_all().stale == ()
        assert store.get_flow_run(format_id(run)).owner == one.owner.incarnation

    def test_an_owner_that_lost_its_run_does_not_get_it_back_by_a_retry(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.send()
        other = Journal(store, "b" * 32)
        other.state(run, "RUNNING", attempt=2, claims=True)
        other.send()
        journal.state(run, "RUNNING", attempt=3)
        journal.finish(run, 0)

        assert journal.send().stale == (run,)
        assert store.get_flow_run(format_id(run)).attempt == 2

    def test_an_open_run_is_ended_by_a_claim_and_a_final_one_is_not(
        self, store: Store, journal: Journal
    ) -> None:
        run, done = journal.flow_run(), journal.flow_run()
        journal.state(done, "COMPLETED")
        journal.send()
        other = Journal(store, "b" * 32)
        other.state(run, "CRASHED", message="gone", claims=True)
        other.state(done, "CRASHED", message="gone", claims=True)

        assert other.send().stale == (done,)
        assert store.get_flow_run(format_id(run)).state_type == "CRASHED"
        assert store.get_flow_run(format_id(done)).state_type == "COMPLETED"
        journal.state(run, "COMPLETED")
        assert journal.send().stale == (run,)

    @pytest.mark.parametrize("final", ["CRASHED", "CANCELLED"])
    def test_whoever_ends_anothers_run_ends_its_task_runs_with_it(
        self, store: Store, journal: Journal, final: str
    ) -> None:
        run = journal.flow_run()
        journal.task_run(run, 0)
        journal.send()
        reaper = Journal(store, "b" * 32)
        reaper.state(run, final, claims=True)
        reaper.finish(run, 0, final)

        assert reaper.send().stale == ()
        journal.finish(run, 0)
        assert journal.send().stale == (run,)
        assert store.get_task_run(f"{format_id(run)}-0").state_type == final
        assert store.check() == []

    def test_whoever_did_not_hear_that_it_was_refused_hears_it_again(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.send()
        others = [Journal(store, name * 32) for name in "bc"]
        for other in others:
            other.state(run, "RUNNING", attempt=2, claims=True)

        assert [other.send_all().stale for other in others] == [(), (run,)]
        assert [other.send_all().stale for other in others] == [(), (run,)]

    def test_events_of_a_run_that_is_not_there_are_refused(
        self, store: Store, journal: Journal
    ) -> None:
        run = new_id()
        journal.task_run(run, 0)
        journal.log(run, 0, "lost")

        assert journal.send().stale == (run,)
        assert store.stats()[:4] == (0, 0, 0, 0)

    def test_a_second_creation_is_dropped(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run(name="first")
        journal.task_run(run, 0, name="first")
        journal.finish(run, 0)
        journal.send()
        for _ in range(2):
            journal.flow_run(run, name="second")
            journal.task_run(run, 0, name="second")
            journal.task_run(run, 1)
            assert journal.send().stale == ()

        assert store.get_flow_run(format_id(run)).name == "first"
        assert store.get_task_run(f"{format_id(run)}-0")[3:5] == ("first", "COMPLETED")
        assert len(store.flow_run_history(format_id(run), 0)) == 2
        assert store.check() == []

    def test_owners_of_unfinished_runs_are_listed(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        done = Journal(store, "b" * 32)
        done.state(done.flow_run(), "COMPLETED")
        journal.send()
        done.send()

        (process,) = store.unfinished_owners()
        assert Owner(*process[:5]) == journal.owner
        assert (process.last_lsn, process.seen) == (journal.lsn, journal.now)

        journal.state(run, "FAILED")
        journal.send()
        assert store.unfinished_owners() == []


class States:
    """Rows follow from events, and a final state stays."""

    def test_a_task_run_is_pending_until_its_first_attempt(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.task_run(run, 0, started=False)
        journal.send()
        row = store.get_task_run(f"{format_id(run)}-0")
        assert (row.state_type, row.attempt, row.started) == ("PENDING", 0, None)

        journal.start(run, 0, fingerprint=b"known now")
        journal.send()
        row = store.get_task_run(f"{format_id(run)}-0")
        assert (row.state_type, row.attempt, row.started) == ("RUNNING", 1, journal.now)
        assert row.fingerprint == b"known now"

        journal.retry(run, 0, attempt=1)
        journal.start(run, 0, attempt=2)
        journal.send()
        assert store.get_task_run(f"{format_id(run)}-0").fingerprint == b"known now"

    def test_a_retry_keeps_the_first_start_and_drops_the_message(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.task_run(run, 0)
        started = journal.now
        journal.retry(run, 0, attempt=1)
        journal.send()
        row = store.get_task_run(f"{format_id(run)}-0")
        assert (row.state_name, row.message, row.traceback) == ("AwaitingRetry", "oh", "tb")

        journal.start(run, 0, attempt=2)
        journal.send()
        row = store.get_task_run(f"{format_id(run)}-0")
        assert (row.state_name, row.message, row.traceback) == ("Retrying", None, None)
        assert (row.started, row.attempt) == (started, 2)

    def test_a_final_state_absorbs_what_comes_later(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        journal.task_run(run, 0)
        journal.finish(run, 0, result=b"kept")
        journal.state(run, "COMPLETED", attempt=1)
        journal.send()
        before = everything(store)
        journal.finish(run, 0, "FAILED", message="late")
        journal.retry(run, 0, attempt=1)
        journal.start(run, 0, attempt=1)
        journal.state(run, "FAILED", attempt=1)
        journal.state(run, "RUNNING", attempt=1)
        journal.log(run, 0, "still heard")
        ack = journal.send()

        assert ack.stale == ()
        assert {**everything(store), "logs": []} == {**before, "logs": []}
        assert [line.message for line in store.find_logs(LogFilter(), 5)] == ["still heard"]

    def test_a_new_attempt_opens_a_final_run(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        journal.task_run(run, 0)
        journal.finish(run, 0, "FAILED", message="no", traceback="tb")
        journal.state(run, "FAILED", attempt=1, message="no", traceback="tb")
        journal.send()
        journal.state(run, "RUNNING", attempt=2)
        journal.start(run, 0, attempt=2)
        journal.send()

        task = store.get_task_run(f"{format_id(run)}-0")
        flow = store.get_flow_run(format_id(run))
        assert (task.state_name, task.attempt, task.started) == ("Retrying", 2, journal.now)
        assert (task.message, task.traceback, task.ended) == (None, None, None)
        assert (flow.state_type, flow.attempt, flow.ended) == ("RUNNING", 2, None)
        assert (flow.message, flow.traceback) == (None, None)
        assert flow.started == journal.now - journal.STEP

    def test_a_flow_run_shows_what_its_events_said(self, store: Store, journal: Journal) -> None:
        parent = journal.flow_run()
        run = journal.flow_run(
            name="calm-otter",
            parent=parent,
            parent_index=3,
            upstreams=(1, 2),
            tags=("a", 'b"'),
            version="v1",
            parameters='{"x": 1}',
        )
        journal.state(run, "FAILED", "TimedOut", message="slow", traceback="tb", result=b"r")
        journal.send()

        row = store.get_flow_run(format_id(run))
        assert (row.name, row.flow_name, row.flow_key) == ("calm-otter", "etl", "flows.etl")
        assert (row.parent_flow_run_id, row.parent_index) == (format_id(parent), 3)
        assert (row.upstreams, row.tags, row.version) == ((1, 2), ("a", 'b"'), "v1")
        assert (row.parameters, row.traceback, row.result) == ('{"x": 1}', "tb", b"r")
        assert (row.state_type, row.state_name, row.message) == ("FAILED", "TimedOut", "slow")
        assert (row.host, row.pid, row.kind) == (journal.owner.host, journal.owner.pid, "flow")
        assert row.created < (row.started or 0) < (row.ended or 0) == journal.now

    def test_a_task_run_shows_what_its_events_said(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        journal.task_run(
            run, 4, parent_index=2, upstreams=(0, 1), tags=("t",), key="m.load", name="load-4"
        )
        journal.finish(run, 4, "COMPLETED", "Cached", message="hit", result_ref="file:x")
        journal.send()

        row = store.get_task_run(f"{format_id(run)}-4")
        assert row.id == f"{format_id(run)}-4"
        assert (row.task_key, row.name, row.parent_index) == ("m.load", "load-4", 2)
        assert (row.upstreams, row.tags, row.fingerprint) == ((0, 1), ("t",), None)
        assert (row.state_name, row.message, row.result_ref) == ("Cached", "hit", "file:x")
