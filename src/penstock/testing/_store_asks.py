"""What every store must carry between a run, its owner and people. The names are the sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock._ids import format_id, new_id
from penstock.errors import NotFound
from penstock.stores.filters import FlowRunFilter
from penstock.testing.journal import Journal

if TYPE_CHECKING:
    from penstock.stores.protocol import Store

__all__ = ["Asking"]


class Asking:
    """What others want of a run reaches its owner, and what people enter reaches the run."""

    def test_a_sign_of_life_is_a_change_even_if_the_clock_goes_back(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.send()
        seen = []
        for at in (journal.now + 9, journal.now + 9, 5):
            assert store.renew(journal.owner, at) == [format_id(run)]
            seen.append(store.unfinished_owners()[0].seen)
        journal.log(run, None, "older than the sign of life")
        journal.send()

        assert seen == [journal.now - journal.STEP + 9 + more for more in range(3)]
        assert store.unfinished_owners()[0].seen >= seen[-1]

    def test_a_process_that_has_written_nothing_can_show_that_it_lives(
        self, store: Store, journal: Journal
    ) -> None:
        assert store.renew(journal.owner, 7) == []
        journal.flow_run()

        assert journal.send().lsn == journal.lsn
        assert store.unfinished_owners()[0].last_lsn == journal.lsn

    def test_only_open_runs_that_are_still_its_own_are_renewed(
        self, store: Store, journal: Journal
    ) -> None:
        mine, lost, done = (journal.flow_run() for _ in range(3))
        journal.state(done, "COMPLETED")
        journal.send()
        other = Journal(store, "b" * 32)
        other.state(lost, "RUNNING", attempt=2, claims=True)
        other.send()

        assert store.renew(journal.owner, 7) == [format_id(mine)]
        assert store.renew(other.owner, 7) == [format_id(lost)]

    def test_a_command_reaches_the_owner_once(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        journal.send()
        for _ in range(2):
            assert store.send_command(format_id(run), "cancel", "anna", 5)

        (command,) = store.find_commands(journal.owner.incarnation, 0)
        assert command[1:] == (format_id(run), "cancel", 1, 5, "anna")
        assert store.find_commands(journal.owner.incarnation, command.id) == []
        assert store.find_commands("b" * 32, 0) == []

    def test_a_command_is_for_the_attempt_it_was_sent_in(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.send()
        store.send_command(format_id(run), "cancel", "anna", 5)
        journal.state(run, "CANCELLED")
        journal.send()
        me = journal.owner.incarnation

        assert store.find_commands(me, 0) == []
        assert not store.send_command(format_id(run), "cancel", "anna", 6)
        journal.state(run, "RUNNING", attempt=2)
        journal.send()
        assert store.find_commands(me, 0) == []
        assert store.send_command(format_id(run), "cancel", "bert", 7)
        assert [command.sender for command in store.find_commands(me, 0)] == ["bert"]

    def test_a_command_for_nobody_is_refused(self, store: Store) -> None:
        with pytest.raises(NotFound):
            store.send_command(format_id(new_id()), "cancel", "anna", 5)

    def test_a_pause_is_answered_once(self, store: Store, journal: Journal) -> None:
        run = journal.flow_run()
        for number in (0, 1):
            journal.pause(run, number, key=f"k{number}", form="{}", until=99)
        journal.send()
        text = format_id(run)

        assert store.answer_pause(text, 1, '{"ok": true}', 50)
        assert not store.answer_pause(text, 1, '{"ok": false}', 60)
        assert not store.answer_pause(text, 2, None, 60)
        asked = journal.now - journal.STEP
        assert store.find_pauses(text) == [
            (0, "k0", asked, 99, "{}", None, None),
            (1, "k1", journal.now, 99, "{}", 50, '{"ok": true}'),
        ]

    def test_a_pause_that_is_asked_for_again_keeps_its_answer(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.pause(run, 0)
        journal.send()
        store.answer_pause(format_id(run), 0, "1", 50)
        journal.pause(run, 0, until=7)
        journal.send()

        (pause,) = store.find_pauses(format_id(run))
        assert (pause.until, pause.answer) == (7, "1")

    def test_what_code_consisted_of_is_kept_under_its_digest(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run()
        journal.code(run, b"12345678", "flows.load", "[]")
        journal.code(run, b"12345678", "flows.load", "[1]")
        journal.code(run, b"12345678", "flows.save", "[2]")
        journal.send()

        assert store.get_code(b"12345678", "flows.load") == "[]"
        assert store.get_code(b"12345678", "flows.save") == "[2]"
        assert store.get_code(b"87654321", "flows.load") is None

    def test_what_a_flow_run_was_called_with_is_there_to_resume_it(
        self, store: Store, journal: Journal
    ) -> None:
        run = journal.flow_run(entrypoint='{"file": "a.py"}', fingerprint=b"f", inputs=b"P1")
        journal.send()

        row = store.get_flow_run(format_id(run))
        assert (row.entrypoint, row.fingerprint, row.inputs) == ('{"file": "a.py"}', b"f", b"P1")
        (listed,) = store.find_flow_runs(FlowRunFilter(), 9)
        assert (listed.entrypoint, listed.fingerprint, listed.inputs) == (None, b"f", None)
