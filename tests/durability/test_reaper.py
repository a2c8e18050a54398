"""Who died is known soon, and who lives is left alone, however it looks from outside."""

from __future__ import annotations

import os
import signal
import sys
import threading
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penstock._engine.process import journal_folder, open_recovered
from penstock._ids import format_id, new_id
from penstock._journal.endings import words_for_exit
from penstock._journal.reaper import Reaper
from penstock._journal.recorder import Recorder, make_owner
from penstock._journal.recovery import drain_living, recover
from penstock._platform import boot_id
from penstock._processes import process_is_gone, process_started
from penstock.settings import load_settings
from penstock.stores import open_store
from penstock.stores.filters import FlowRunFilter, TaskRunFilter
from penstock.stores.protocol import Batch
from penstock.stores.sqlite.dialect import SqliteDialect
from penstock.testing.children import eventually
from penstock.testing.journal import Journal
from tests.durability.ledger import journals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.stores.protocol import Owner, Store
    from penstock.stores.rows import FlowRunRow
    from penstock.testing.children import Nursery

#: A flow whose second task does what the test says, for longer than a lease.
STUBBORN = """
import os, sys, time
from penstock import flow, task
from penstock._engine.process import get_process

@task
def load():
    return 1

@task
def stubborn():
    get_process().flush()  # once the body runs, the writer may not get a turn
    print("ready", flush=True)
    {body}

@flow
def etl():
    load()
    stubborn()

etl()
"""
SLEEPS = "time.sleep(600)"
#: Comes from one C call only after a time that nobody here waits for.
HOLDS_THE_GIL = "pow(3, 10**9)"


@pytest.fixture
def store() -> Iterator[Store]:
    """Give the store of this test."""
    made = open_store(load_settings().store_url)
    yield made
    made.close()


def folder() -> str:
    """Name the folder of this test's journals."""
    found = journal_folder(load_settings())
    assert found is not None
    return found


def played(store: Store, owner: Owner) -> Journal:
    """Give a journal that sends in the name of an owner."""
    journal = Journal(store)
    journal.owner = owner
    return journal


def elsewhere(name: str = "e" * 32) -> Owner:
    """Describe a process of another machine."""
    return make_owner()._replace(incarnation=name, host="far", boot="far-boot")


def half_done(journal: Journal) -> bytes:
    """Have a process begin a run with one task run that ended and one that has not."""
    run = journal.flow_run(new_id())
    journal.task_run(run, 0)
    journal.finish(run, 0)
    journal.task_run(run, 1)
    journal.send()
    return run


def states(store: Store, run: bytes) -> list[str]:
    """Give the states of a run's task runs."""
    where = TaskRunFilter(flow_run_id=format_id(run))
    return [task.state_type for task in store.find_task_runs(where, 9_999)]


def the_run(store: Store) -> FlowRunRow | None:
    """Give the only flow run, when there is one."""
    return next(iter(store.find_flow_runs(FlowRunFilter(), 9)), None)


def look_for(reaper: Reaper, seconds: int, now_us: int = 10**15) -> None:
    """Have a reaper look once a second, by its own clock."""
    for second in range(seconds + 1):
        reaper.tick(now_us + second * 10**6, float(second))


def test_a_silent_process_elsewhere_loses_its_run_and_cannot_change_it(store: Store) -> None:
    journal = played(store, elsewhere())
    run = half_done(journal)

    look_for(Reaper(store, folder()), 17)

    row = store.get_flow_run(format_id(run))
    assert (row.state_type, states(store, run)) == ("CRASHED", ["COMPLETED", "CRASHED"])
    assert row.message == (
        f"Process {os.getpid()} on far is taken for dead: no sign of life from host far for 15 s. "
        "The last task to finish was 'load-0'."
    )
    journal.finish(run, 1)
    journal.state(run, "COMPLETED")
    assert journal.send().stale == (run,)
    assert states(store, run) == ["COMPLETED", "CRASHED"]
    assert store.check() == []


@pytest.mark.parametrize("hour", [3_600_000_000, 0, -3_600_000_000])
def test_a_process_elsewhere_that_gives_signs_is_alive_whatever_its_clock(
    store: Store, hour: int
) -> None:
    journal = played(store, elsewhere())
    run = half_done(journal)
    reaper = Reaper(store, folder())

    for second in range(60):
        if second % 5 == 0:
            # The clock of the one steps by an hour each time, that of the other stands.
            store.renew(journal.owner, 10**15 + hour * (second % 2))
        assert reaper.tick(10**15, float(second)) == []

    assert store.get_flow_run(format_id(run)).state_type == "RUNNING"


def test_a_look_that_comes_late_begins_to_count_anew(store: Store) -> None:
    run = half_done(played(store, elsewhere()))
    reaper = Reaper(store, folder())

    for second in (*range(14), 614, *range(615, 628)):
        assert reaper.tick(10**15, float(second)) == []

    assert store.get_flow_run(format_id(run)).state_type == "RUNNING"


def test_nobody_is_taken_for_dead_before_the_store_has_taken_something(store: Store) -> None:
    run = half_done(played(store, elsewhere()))
    reaper = Reaper(store, folder())
    look_for(reaper, 15)

    assert store.get_flow_run(format_id(run)).state_type == "RUNNING"
    assert reaper.tick(10**15, 21.5) == []  # the store has kept us waiting for six seconds
    look_for(reaper, 14)
    assert store.get_flow_run(format_id(run)).state_type == "RUNNING"


def test_a_store_that_is_held_by_somebody_else_makes_nobody_dead(
    store: Store, tmp_path: Path
) -> None:
    journal = played(store, elsewhere())
    run = half_done(journal)
    holder = SqliteDialect(str(tmp_path / "home" / "penstock.db"))
    reaper = Reaper(store, folder())
    watching = threading.Thread(target=look_for, args=(reaper, 15))
    with holder.transaction():
        # The reaper comes to the moment at which it would be sure, and has to wait.
        watching.start()
        eventually(lambda: reaper._watch._looked == 15.0, "fifteen seconds of silence")
        assert watching.is_alive()
    watching.join()
    holder.close()
    # Whose sign of life had to wait as well gives it now.
    store.renew(journal.owner, 10**15)

    assert reaper.tick(10**15, 16.0) == []

    assert store.get_flow_run(format_id(run)).state_type == "RUNNING"


def test_a_process_that_died_before_it_gave_any_sign_is_found(store: Store) -> None:
    """Airflow #66773: without a first heartbeat there was nothing to compare."""
    run = half_done(played(store, elsewhere()))  # it has never renewed

    look_for(Reaper(store, folder()), 17)

    assert store.get_flow_run(format_id(run)).state_type == "CRASHED"


def test_a_new_process_with_the_pid_of_the_dead_one_is_not_it(store: Store) -> None:
    """Procrastinate #1518: a restarted worker with the same name kept the old run alive."""
    old = make_owner()._replace(incarnation="b" * 32, process_started=1.5)
    run = half_done(played(store, old))

    Reaper(store, folder()).tick(10**15, 0.0)

    row = store.get_flow_run(format_id(run))
    assert row.state_type == "CRASHED"
    assert row.message == (
        f"Process {old.pid} on {old.host} died. The last task to finish was 'load-0'."
    )


def test_a_process_of_this_machine_with_its_journal_elsewhere_lives_with_its_pid(
    store: Store,
) -> None:
    run = half_done(played(store, make_owner()))  # no journal in the folder

    look_for(Reaper(store, folder()), 40)

    assert store.get_flow_run(format_id(run)).state_type == "RUNNING"


def test_a_restart_of_the_machine_is_named(store: Store) -> None:
    run = half_done(played(store, make_owner()._replace(boot="an-earlier-boot")))

    Reaper(store, folder(), here=(make_owner().host, "this-boot")).tick(10**15, 0.0)

    assert str(store.get_flow_run(format_id(run)).message).startswith(
        f"Process {os.getpid()} on {make_owner().host} died: the machine was restarted. "
    )


def test_a_late_sign_of_life_changes_no_run_that_has_ended(store: Store) -> None:
    """Prefect #18653: a late heartbeat turned Completed into Crashed."""
    journal = played(store, elsewhere())
    run = half_done(journal)
    journal.finish(run, 1)
    journal.state(run, "COMPLETED")
    journal.send()

    assert store.renew(journal.owner, 10**15) == []
    look_for(Reaper(store, folder()), 40)

    assert store.get_flow_run(format_id(run)).state_type == "COMPLETED"


def test_two_reapers_end_a_run_once(store: Store) -> None:
    run = half_done(played(store, elsewhere()))
    reapers = [Reaper(store, folder()), Reaper(store, folder())]

    ended = [
        found
        for second in range(20)
        for reaper in reapers
        for found in reaper.tick(10**15, float(second))
    ]

    assert len(ended) == 1
    history = store.flow_run_history(format_id(run))
    assert [event.state_type for event in history] == ["PENDING", "RUNNING", "CRASHED"]


@pytest.mark.parametrize("owner", [make_owner(), elsewhere()], ids=["here", "elsewhere"])
def test_a_run_that_waits_for_a_person_goes_on_waiting(store: Store, owner: Owner) -> None:
    journal = played(store, owner._replace(process_started=1.5))
    run = half_done(journal)
    journal.finish(run, 1)
    journal.pause(run, 0)
    journal.state(run, "PAUSED")
    journal.send()

    look_for(Reaper(store, folder()), 40)

    assert store.get_flow_run(format_id(run)).state_type == "PAUSED"
    assert store.check() == []


def test_only_the_open_task_runs_end_of_a_run_that_waits_for_a_person(store: Store) -> None:
    recorder = Recorder(folder(), make_owner(), load_settings().store_url)
    journal = played(store, recorder.owner)
    run = half_done(journal)
    journal.pause(run, 0)
    journal.state(run, "PAUSED")
    for _, event in journal.events:
        recorder.emit(event)
    recorder.abandon()

    Reaper(store, folder()).tick(10**15, 0.0)

    assert store.get_flow_run(format_id(run)).state_type == "PAUSED"
    assert states(store, run) == ["COMPLETED", "CRASHED"]
    assert journals(Path(folder())) == []


@pytest.mark.parametrize("where", ["journal", "pid", "silence", "paused"])
def test_a_run_that_was_to_be_cancelled_ends_cancelled(store: Store, where: str) -> None:
    recorder = None
    owner = elsewhere() if where == "silence" else make_owner()._replace(process_started=1.5)
    if where == "journal":
        recorder = Recorder(folder(), owner, load_settings().store_url)
    journal = played(store, owner)
    run = half_done(journal)
    nested = journal.flow_run(new_id(), parent=run, parent_index=2)
    if where == "paused":
        journal.state(run, "PAUSED")
    journal.send()
    assert store.send_command(format_id(run), "cancel", "anna on laptop", 10**15)
    if recorder is not None:
        recorder.emit(journal.events[0][1])
        recorder.abandon()

    look_for(Reaper(store, folder()), 17)

    for one in (run, nested):
        row = store.get_flow_run(format_id(one))
        assert row.state_type == "CANCELLED"
        assert row.message == "Cancelled by anna on laptop; its process had died."
    assert states(store, run) == ["COMPLETED", "CANCELLED"]
    assert store.check() == []


@pytest.mark.parametrize(
    ("body", "stop"),
    [(HOLDS_THE_GIL, False), (SLEEPS, True)],
    ids=["holds the GIL", "is stopped"],
)
def test_a_process_that_stands_still_is_alive(
    children: Nursery, store: Store, body: str, stop: bool
) -> None:
    if stop and sys.platform == "win32":
        pytest.skip("Windows has no signal that stops a process")
    child = children.start_code(STUBBORN.format(body=body))
    child.wait_for("ready")
    if stop:
        os.kill(child.pid, signal.SIGSTOP)

    look_for(Reaper(store, folder()), 120)  # two minutes, by the clock of the reaper
    look_for(Reaper(store, None), 120)  # which sees no journal, only the pid

    row = the_run(store)
    assert row is not None
    assert row.state_type == "RUNNING"
    child.kill()


def test_a_killed_process_is_found_within_two_looks_and_said_to_be_killed(
    children: Nursery, store: Store
) -> None:
    child = children.start_code(STUBBORN.format(body=SLEEPS))
    child.wait_for("ready")

    child.kill()
    fates = {child.pid: words_for_exit(child.process.returncode)}
    recover(folder(), store, fates=fates)

    row = the_run(store)
    assert row is not None
    how = "killed by signal 9 (SIGKILL)" if sys.platform != "win32" else "it exited with code 1"
    assert row.message == (
        f"Process {child.pid} on {row.host} died: {how}. The last task to finish was 'load-0'."
    )


def test_the_journal_of_a_process_that_stands_still_is_brought_in_and_kept(store: Store) -> None:
    recorder = Recorder(folder(), make_owner(), load_settings().store_url)
    journal = Journal(store)
    run = journal.flow_run(new_id())
    for index in range(600):  # several files
        journal.task_run(run, index)
        journal.finish(run, index, result=b"x" * 500)
    for _, event in journal.events:
        recorder.emit(event)

    drained = drain_living(folder(), recorder.owner.incarnation, store)

    assert drained is not None
    assert drained.events == len(journal.events)
    assert len(recorder.files()) > 1
    assert all(Path(path).exists() for path in recorder.files())
    # It wakes up and sends everything itself: nothing of it comes twice.
    ack = store.write(Batch(recorder.owner, recorder.take(10**6)))
    assert ack.lsn == recorder.lsn
    assert states(store, run) == ["COMPLETED"] * 600
    assert store.check() == []
    recorder.close(remove=True)


def test_there_is_nothing_to_bring_in_of_a_journal_that_is_not_here(store: Store) -> None:
    Path(folder()).mkdir(parents=True)

    assert drain_living(folder(), "0" * 32, store) is None


def test_a_frame_that_is_being_written_ends_what_is_brought_in(store: Store) -> None:
    recorder = Recorder(folder(), make_owner(), load_settings().store_url)
    journal = Journal(store)
    run = half_done(journal)
    for _, event in journal.events:
        recorder.emit(event)
    (path,) = map(Path, recorder.files())
    content = path.read_bytes()
    end = len(content.rstrip(b"\0"))
    path.write_bytes(content[: end - 5] + bytes(len(content) - end + 5))

    drained = drain_living(folder(), recorder.owner.incarnation, store)

    assert drained is not None
    assert drained.events == len(journal.events) - 1
    assert states(store, run)
    recorder.close(remove=True)


def test_a_journal_of_a_newer_version_is_read_once_and_then_left_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(folder(), make_owner(), load_settings().store_url)
    recorder.emit((99, new_id(), 1, "what this version does not know"))  # type: ignore[arg-type] # on purpose
    recorder.abandon()
    reaper = Reaper(store, folder())
    reaper.tick(10**15, 0.0)
    opened = count()
    real = os.open
    monkeypatch.setattr(os, "open", lambda *args: (next(opened), real(*args))[1])

    assert reaper.tick(10**15, 1.0) == []

    assert next(opened) == 0


def test_an_outage_in_the_middle_lets_go_of_every_journal(store: Store) -> None:
    for _ in range(3):
        recorder = Recorder(folder(), make_owner(), load_settings().store_url)
        half = played(store, recorder.owner)
        half.flow_run(new_id())
        for _, event in half.events:
            recorder.emit(event)
        recorder.abandon()
    closed = open_store(load_settings().store_url)
    closed.close()

    with pytest.raises(Exception, match="closed"):
        recover(folder(), closed)

    assert len(recover(folder(), store)) == 3


def test_a_command_finds_the_dead_of_another_folder_too(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = half_done(played(store, make_owner()._replace(process_started=1.5)))
    monkeypatch.setenv("PENSTOCK_STORE", load_settings().store_url)
    monkeypatch.setenv("PENSTOCK_HOME", str(tmp_path / "another"))

    open_recovered(load_settings()).close()

    assert store.get_flow_run(format_id(run)).state_type == "CRASHED"


def test_a_process_that_has_ended_but_nobody_asked_for_its_exit_code_is_gone(
    children: Nursery,
) -> None:
    child = children.start_code("print('ready', flush=True); import sys; sys.stdin.read()")
    eventually(lambda: process_started(child.pid), "its start")
    started = process_started(child.pid)
    assert process_is_gone(child.pid, started) is False or child.process.poll() is not None

    child.process.kill()

    eventually(lambda: process_is_gone(child.pid, started), "its end")
    assert process_is_gone(os.getpid(), process_started(os.getpid())) is False
    assert process_is_gone(os.getpid(), 1.5) is True


def test_a_process_that_this_user_may_not_see_is_not_taken_for_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if sys.platform == "win32":
        pytest.skip("asked in another way there")

    def refuse(_pid: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)

    assert process_is_gone(2**22 + 1, 12.5) is None


def test_a_container_with_pids_of_its_own_names_them_in_its_boot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux has such containers")
    monkeypatch.setattr(os, "readlink", lambda _: "pid:[4026531836]")
    outside = boot_id()
    monkeypatch.setattr(os, "readlink", lambda _: "pid:[4026532001]")

    assert boot_id() == f"{outside}+pid:[4026532001]"
    assert "+" not in outside


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-9, "killed by signal 9 (SIGKILL)"),
        (-64, "killed by signal 64"),
        (3, "it exited with code 3"),
    ],
)
def test_how_a_child_ended_is_said_in_words(code: int, words: str) -> None:
    if sys.platform == "win32" and code < 0:
        pytest.skip("Windows has no signals that kill")
    assert words_for_exit(code).startswith(words)
