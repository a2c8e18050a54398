"""Many processes, and processes that die, on one SQLite store."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penstock._ids import format_id
from penstock.stores import open_store
from penstock.stores.filters import FlowRunFilter, TaskRunFilter
from penstock.stores.sql import SqlStore
from penstock.stores.sqlite.dialect import SqliteDialect
from penstock.testing.journal import Journal, everything

if TYPE_CHECKING:
    from penstock.stores.protocol import Store

WORKERS = Path(__file__).with_name("workers.py")
FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and forks")


def _start(what: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(WORKERS), what, *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finish(processes: list[subprocess.Popen[str]]) -> list[str]:
    """Wait for processes; give what those that failed complained about."""
    complaints = []
    for process in processes:
        _, complaint = process.communicate(timeout=100)
        if process.returncode != 0:
            complaints.append(complaint)
    return complaints


def _open_new_database(folder: Path, processes: int) -> None:
    url = f"sqlite://{folder}/new.db"
    workers = [_start("open_once", url) for _ in range(processes)]

    assert _finish(workers) == []
    store = open_store(url)
    assert store.stats().flow_runs == processes
    assert store.check() == []
    store.close()


@pytest.mark.parametrize("_round", range(5))
def test_sixteen_processes_open_a_new_database_at_once(tmp_path: Path, _round: int) -> None:
    _open_new_database(tmp_path, 16)


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("_round", range(40))
def test_sixteen_processes_open_forty_new_databases_at_once(tmp_path: Path, _round: int) -> None:
    _open_new_database(tmp_path, 16)


def test_four_processes_of_four_threads_write_without_a_lock_error(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/store.db"
    workers = [_start("write", url, "4", "25") for _ in range(4)]

    assert _finish(workers) == []
    store = open_store(url)
    counts = store.stats()
    assert (counts.flow_runs, counts.task_runs, counts.logs) == (400, 1_600, 400)
    assert store.check() == []
    store.close()


def _kill_often(folder: Path, kills: int) -> None:
    url = f"sqlite://{folder}/store.db"
    acknowledged: dict[str, int] = {}
    for _ in range(kills):
        worker = _start("acknowledge", url)
        assert worker.stdout is not None
        timer = threading.Timer(random.uniform(0, 0.2), worker.kill)
        is_ticking = random.random() < 0.2  # it may die while it opens the database
        if is_ticking:
            timer.start()
        for line in worker.stdout:
            if not is_ticking:
                is_ticking = True
                timer.start()
            name, _, batch = line.rstrip("\n").partition(" ")
            acknowledged[name] = int(batch)
        _, complaint = worker.communicate()
        timer.join()
        assert worker.returncode == -signal.SIGKILL, complaint

    store = open_store(url)
    for name, last in acknowledged.items():
        count = sum(store.count_task_runs(store.get_flow_run(name).id).values())
        # The batch after the last acknowledged one may be there too: whole, or not at all.
        assert count in {last * 10 + 10, last * 10 + 20}
    assert sum(acknowledged.values()) > 0
    assert store.check() == []
    store.close()
    with sqlite3.connect(folder / "store.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_a_killed_writer_loses_nothing_acknowledged_and_tears_no_batch(tmp_path: Path) -> None:
    _kill_often(tmp_path, 10)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_two_hundred_killed_writers_lose_nothing_and_tear_nothing(tmp_path: Path) -> None:
    _kill_often(tmp_path, 200)


def test_a_store_is_opened_anew_in_a_forked_child(tmp_path: Path) -> None:
    assert _finish([_start("fork", f"sqlite://{tmp_path}/store.db")]) == []


def test_a_child_forked_in_the_middle_of_a_transaction_does_no_harm(tmp_path: Path) -> None:
    assert _finish([_start("fork_while_writing", str(tmp_path / "store.db"))]) == []


def test_a_reader_never_sees_an_ended_flow_run_with_open_task_runs(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/store.db"
    store = open_store(url)
    writer = _start("end_flow_runs", url, "100")
    seen = 0
    while writer.poll() is None:
        for run in store.find_flow_runs(FlowRunFilter(state_types=("COMPLETED",)), 5):
            seen += 1
            tasks = store.find_task_runs(TaskRunFilter(flow_run_id=run.id), 9)
            assert {task.state_type for task in tasks} <= FINAL
            assert len(tasks) == 3

    assert _finish([writer]) == []
    assert seen > 0
    store.close()


def test_rows_left_by_a_process_that_died_while_deleting_are_swept_out(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    dialect = SqliteDialect(str(path))
    store = SqlStore(dialect, f"sqlite://{path}")
    journal = Journal(store)
    run = journal.busy_flow_run()
    journal.send()
    _hide_only(store, dialect, run)
    assert store.find_flow_runs(FlowRunFilter(), 9) == []
    assert store.check() == []

    new = journal.flow_run()
    journal.send()
    assert store.find_task_runs(TaskRunFilter(flow_run_id=format_id(new)), 9) == []
    assert store.stats().task_runs == 4

    assert store.prune(0, 9) == 0
    assert store.stats()[:4] == (1, 0, 0, 2)
    store.close()


def _hide_only(store: SqlStore, dialect: SqliteDialect, run: bytes) -> None:
    """Do the first half of a deletion."""
    ((no,),) = store._named("flow_run_no", format_id(run))
    with dialect.transaction() as connection:
        store._hide(connection, no)


def test_a_foreign_transaction_is_waited_for(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/store.db"
    store = open_store(url)
    foreign = sqlite3.connect(tmp_path / "store.db", isolation_level=None, check_same_thread=False)
    foreign.execute("BEGIN IMMEDIATE")
    # Longer than SQLite itself waits, so that the transaction is tried again.
    release = threading.Timer(2.5, lambda: foreign.execute("ROLLBACK"))
    release.start()
    journal = Journal(store)
    journal.busy_flow_run()
    journal.send()

    release.join()
    foreign.close()
    assert store.stats().flow_runs == 1
    store.close()


def test_two_stores_on_one_file_see_each_other(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/store.db"
    stores: list[Store] = [open_store(url) for _ in range(2)]
    for number, store in enumerate(stores):
        journal = Journal(store, f"{number}" * 32)
        journal.busy_flow_run()
        journal.send()

    assert everything(stores[0]) == everything(stores[1])
    stores[0].close()
    assert stores[1].stats().flow_runs == 2
    stores[1].close()
