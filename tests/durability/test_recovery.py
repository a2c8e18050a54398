"""What dead processes leave is brought in once, by whoever comes first, whatever lies there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penstock._engine.process import journal_folder, open_recovered
from penstock._ids import format_id, new_id
from penstock._journal.frames import encode_frame
from penstock._journal.recorder import Recorder, make_owner
from penstock._journal.segment import Segment
from penstock.settings import load_settings
from penstock.stores.filters import TaskRunFilter
from penstock.testing.children import eventually
from penstock.testing.journal import Journal
from tests.durability.ledger import ALL, Dead, assert_nothing_lost, journals

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.testing.children import Nursery

VICTIM = Path(__file__).with_name("victim.py")
RECOVER = """
import os, sys, time
from penstock._engine.process import open_recovered
from penstock.settings import load_settings
print("ready")
while not os.path.exists(sys.argv[1]):
    pass
open_recovered(load_settings()).close()
"""
TASKS = 20


def folder_of_journals() -> Path:
    """Name the folder where journals of this test's store lie."""
    folder = journal_folder(load_settings())
    assert folder is not None
    return Path(folder)


def leave_a_journal() -> tuple[bytes, Path]:
    """Leave what a process leaves that was killed with nothing in the store yet.

    Gives the flow run and the journal's file. Its last task runs have not ended.
    """
    folder = folder_of_journals()
    recorder = Recorder(str(folder), make_owner(), load_settings().store_url)
    journal = Journal(open_recovered(load_settings()))
    run = journal.flow_run(new_id())
    for index in range(TASKS):
        journal.task_run(run, index)
    for index in range(TASKS - 2):
        journal.finish(run, index, result=b"P12345678")
    for _, event in journal.events:
        recorder.emit(event)
    (path,) = recorder.files()
    recorder.abandon()
    return run, Path(path)


def states_of(run: bytes) -> list[str]:
    """Recover, and give the states of a run's task runs."""
    store = open_recovered(load_settings())
    try:
        assert store.get_flow_run(format_id(run)).state_type == "CRASHED"
        assert store.check() == []
        where = TaskRunFilter(flow_run_id=format_id(run))
        return [task.state_type for task in store.find_task_runs(where, ALL)]
    finally:
        store.close()


def test_a_journal_that_nobody_sent_is_brought_in_whole() -> None:
    run, _ = leave_a_journal()

    assert states_of(run) == ["COMPLETED"] * (TASKS - 2) + ["CRASHED"] * 2
    assert journals(folder_of_journals()) == []


def test_processes_that_recover_at_once_do_it_once(children: Nursery, tmp_path: Path) -> None:
    go = tmp_path / "go"
    waiting = [children.start_code(RECOVER, go) for _ in range(6)]
    for child in waiting:
        child.wait_for("ready")
    dead = []
    for number in range(3):
        witness = tmp_path / f"witness-{number}"
        victim = children.start(VICTIM, "submitted", witness)
        eventually(lambda witness=witness: witness.exists() and witness.stat().st_size, "a result")
        victim.kill()
        dead.append(Dead(victim.pid, witness))

    go.touch()

    assert [child.end() for child in waiting] == [0] * len(waiting)
    assert {child.said for child in waiting} == {"ready\n"}
    assert assert_nothing_lost(dead) > 0


@pytest.mark.parametrize("missing", [1, 7, 9, 20])
def test_a_torn_last_frame_ends_the_journal_before_it(missing: int) -> None:
    run, path = leave_a_journal()
    written = path.read_bytes().rstrip(b"\0")

    path.write_bytes(written[:-missing] + bytes(path.stat().st_size - len(written) + missing))

    assert states_of(run) == ["COMPLETED"] * (TASKS - 3) + ["CRASHED"] * 3
    assert journals(folder_of_journals()) == []


def test_a_damaged_last_frame_ends_the_journal_before_it() -> None:
    run, path = leave_a_journal()
    content = path.read_bytes()
    end = len(content.rstrip(b"\0"))

    path.write_bytes(content[: end - 5] + b"\xff" + content[end - 4 :])

    assert states_of(run) == ["COMPLETED"] * (TASKS - 3) + ["CRASHED"] * 3


def test_a_file_that_ends_early_is_read_as_far_as_it_goes() -> None:
    run, path = leave_a_journal()

    path.write_bytes(path.read_bytes().rstrip(b"\0")[:-30])

    assert states_of(run) == ["COMPLETED"] * (TASKS - 3) + ["CRASHED"] * 3


def _notes(folder: Path) -> None:
    (folder / "notes.txt").write_text("not a journal")


def _empty_journal(folder: Path) -> None:
    (folder / "aaaa-0.journal").touch()


def _empty_journal_of_a_dead_process(folder: Path) -> None:
    (folder / "aaaa.lock").touch()
    (folder / "aaaa-0.journal").touch()


def _only_a_lock(folder: Path) -> None:
    (folder / "aaaa.lock").touch()


def _truncated_header(folder: Path) -> None:
    (folder / "aaaa.lock").touch()
    header = encode_frame(("penstock-journal-1", *make_owner(), "sqlite:///x", 0))
    (folder / "aaaa-0.journal").write_bytes(header[:20])


def _noise(folder: Path) -> None:
    (folder / "aaaa.lock").touch()
    (folder / "aaaa-0.journal").write_bytes(bytes(range(256)) * 300)


def _other_tuple(folder: Path) -> None:
    (folder / "aaaa.lock").touch()
    (folder / "aaaa-0.journal").write_bytes(encode_frame(()) + encode_frame((1, 2)))


def _frame_that_names_a_class(folder: Path) -> None:
    (folder / "aaaa.lock").touch()
    header = encode_frame(("penstock-journal-1", *make_owner(), "sqlite:///x", 0))
    (folder / "aaaa-0.journal").write_bytes(header + encode_frame((print,)))


def _no_number(folder: Path) -> None:
    (folder / "aaaa.lock").touch()
    (folder / "aaaa-old.journal").write_bytes(b"x")


def _folder_named_as_a_lock(folder: Path) -> None:
    (folder / "aaaa.lock").mkdir()


def _folder_named_as_a_journal(folder: Path) -> None:
    (folder / "aaaa.lock").touch()
    (folder / "aaaa-0.journal").mkdir()


GARBAGE = [
    _notes,
    _empty_journal,
    _empty_journal_of_a_dead_process,
    _only_a_lock,
    _truncated_header,
    _noise,
    _other_tuple,
    _frame_that_names_a_class,
    _no_number,
    _folder_named_as_a_lock,
    _folder_named_as_a_journal,
]


@pytest.mark.parametrize("leave", GARBAGE, ids=lambda leave: leave.__name__.strip("_"))
def test_garbage_beside_a_journal_is_in_nobodys_way(leave: Callable[[Path], None]) -> None:
    run, path = leave_a_journal()
    leave(folder_of_journals())

    assert states_of(run) == ["COMPLETED"] * (TASKS - 2) + ["CRASHED"] * 2
    assert not path.exists()


def test_a_journal_of_a_newer_version_waits_for_that_version() -> None:
    run, _ = leave_a_journal()
    folder = folder_of_journals()
    owner = make_owner()
    (folder / f"{owner.incarnation}.lock").touch()
    newer = folder / f"{owner.incarnation}-0.journal"
    segment = Segment(str(newer), 65_536, 0, ("penstock-journal-2", *owner, "sqlite:///x"))
    segment.close()

    states_of(run)

    assert newer.exists()


def test_an_event_of_a_newer_version_waits_for_that_version() -> None:
    run, _ = leave_a_journal()
    folder = folder_of_journals()
    recorder = Recorder(str(folder), make_owner(), load_settings().store_url)
    recorder.emit((99, new_id(), 1, "what this version does not know"))  # type: ignore[arg-type] # on purpose
    (path,) = recorder.files()
    recorder.abandon()

    states_of(run)

    assert Path(path).exists()


def test_a_killed_run_says_which_process_died_and_what_it_did_last() -> None:
    run, _ = leave_a_journal()

    states_of(run)

    store = open_recovered(load_settings())
    row = store.get_flow_run(format_id(run))
    store.close()
    assert re.fullmatch(
        r"Process \d+ on \S+ died\. The last task to finish was 'load-17'\.", row.message or ""
    )
