"""A disk that is full, or files that cannot be used: one clear sentence, nothing damaged."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from penstock._engine.process import journal_folder, open_recovered
from penstock.settings import load_settings
from penstock.states import FINAL
from penstock.stores import open_store
from penstock.stores.filters import FlowRunFilter, TaskRunFilter
from tests.durability.ledger import ALL, integrity

if TYPE_CHECKING:
    from pathlib import Path

    from penstock.testing.children import Child, Nursery

FULL = """
import resource
import sys
import threading

from penstock import flow, task

go = threading.Event()

@task
def load(number):
    go.wait()
    return b"x" * 50_000

@flow
def called():
    go.set()
    for number in range(100):
        load(number)

@flow
def mapped():
    futures = load.map(range(40))
    go.set()
    futures.result()

@flow
def warm():
    pass

warm()
if len(sys.argv) > 2:
    limit = int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
globals()[sys.argv[1]]()
"""
MANY = """
from penstock import flow, task

@task
def load(number):
    return number

@flow
def many():
    for number in range(200_000):
        load(number)

many()
"""
RECOVER = """
from penstock._engine.process import open_recovered
from penstock.settings import load_settings

open_recovered(load_settings()).close()
"""
HELLO = """
from penstock import flow, task

@task
def load():
    return 1

@flow
def hello():
    return load()

hello()
"""
is_root = hasattr(os, "geteuid") and os.geteuid() == 0


def cpu_seconds() -> float:
    """Tell how long all children that have ended were at work."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def last_line(child: Child) -> str:
    """Give the sentence that a program ends with."""
    return child.said.rstrip().rpartition("\n")[2]


@pytest.mark.parametrize("shape", ["called", "mapped"])
def test_a_full_disk_is_one_clear_error(
    shape: str, children: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_FLUSH_SECONDS", "2")
    before = cpu_seconds()
    began = time.monotonic()

    child = children.start_code(FULL, shape, "60000")
    code = child.end(12)

    assert code == 1
    folder = journal_folder(load_settings())
    assert f"penstock.errors.StoreFull: {folder}: no space is left" in child.said
    assert "Exception in thread" not in child.said
    # It says so, and does not spin until somebody makes room.
    assert time.monotonic() - began < 10
    assert cpu_seconds() - before < 3
    assert integrity(load_settings().path("penstock.db")) == "ok"


def test_after_a_full_disk_everything_recorded_comes_in(
    children: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_FLUSH_SECONDS", "1")
    child = children.start_code(FULL, "called", "60000")
    assert child.end(12) == 1, child.said

    store = open_recovered(load_settings())
    (run,) = store.find_flow_runs(FlowRunFilter(flow_name="called"), ALL)
    tasks = store.find_task_runs(TaskRunFilter(flow_run_id=run.id), ALL)
    problems = store.check()
    store.close()

    assert problems == []
    assert run.state_type in FINAL
    assert tasks
    assert {task.state_type for task in tasks} <= FINAL


@pytest.mark.skipif(not is_root, reason="only root mounts a small disk")
@pytest.mark.parametrize("shape", ["called", "mapped"])
def test_a_disk_that_is_really_full_is_one_clear_error(
    shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = tmp_path / "full.py"
    script.write_text(FULL)
    monkeypatch.setenv("PENSTOCK_HOME", str(disk / "home"))
    monkeypatch.setenv("PENSTOCK_FLUSH_SECONDS", "2")
    copy = tmp_path / "copy"

    # The mount is seen by this shell and its children alone, and goes with them.
    done = in_private_mounts(
        f"mount -t tmpfs -o size=1500k none {disk} && {sys.executable} {script} {shape}; "
        f"code=$?; cp -r {disk} {copy}; exit $code"
    )

    assert done.returncode == 1, done.stderr
    folder = journal_folder(load_settings())
    assert f"penstock.errors.StoreFull: {folder}: no space is left" in done.stderr
    assert "Exception in thread" not in done.stderr
    assert integrity(copy / "home" / "penstock.db") == "ok"


@pytest.mark.skipif(not is_root, reason="only root mounts a small disk")
def test_a_flow_whose_end_could_not_be_recorded_is_ended_by_the_next_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "many.py").write_text(MANY)
    (tmp_path / "recover.py").write_text(RECOVER)
    monkeypatch.setenv("PENSTOCK_HOME", str(disk / "home"))
    # The database lies elsewhere and has room, so the journal alone is full.
    monkeypatch.setenv("PENSTOCK_STORE", f"sqlite://{tmp_path}/store.db")

    done = in_private_mounts(
        f"mount -t tmpfs -o size=1200k none {disk} && {sys.executable} {tmp_path}/many.py; "
        f"{sys.executable} {tmp_path}/recover.py"
    )

    assert "penstock.errors.StoreFull:" in done.stderr
    assert done.returncode == 0, done.stderr
    store = open_store(load_settings().store_url)
    (run,) = store.find_flow_runs(FlowRunFilter(), ALL)
    problems = store.check()
    store.close()
    assert run.state_type in FINAL
    assert problems == []


@pytest.mark.skipif(not is_root, reason="only root mounts a folder read-only")
def test_a_folder_that_cannot_be_written_is_one_clear_sentence(home: Path, tmp_path: Path) -> None:
    home.mkdir()
    script = tmp_path / "hello.py"
    script.write_text(HELLO)

    done = in_private_mounts(
        f"mount --bind {home} {home} && mount -o remount,ro,bind {home} && "
        f"{sys.executable} {script}"
    )

    assert done.returncode == 1
    last = done.stderr.rstrip().rpartition("\n")[2]
    assert last.startswith(f"penstock.errors.StoreReadOnly: {home}")
    assert "PENSTOCK_HOME" in last
    assert list(home.iterdir()) == []


@pytest.mark.skipif(not is_root, reason="only root mounts a folder read-only")
def test_a_used_folder_that_cannot_be_written_is_left_as_it_is(home: Path, tmp_path: Path) -> None:
    open_store(load_settings().store_url).close()
    before = contents(home)
    script = tmp_path / "hello.py"
    script.write_text(HELLO)

    done = in_private_mounts(
        f"mount --bind {home} {home} && mount -o remount,ro,bind {home} && "
        f"{sys.executable} {script}"
    )

    assert done.returncode == 1
    assert "penstock.errors.StoreReadOnly:" in done.stderr.rstrip().rpartition("\n")[2]
    assert contents(home) == before


@pytest.mark.skipif(is_root, reason="no mode of a folder stops root")
def test_a_folder_without_permission_is_one_clear_sentence(home: Path, children: Nursery) -> None:
    home.mkdir(mode=0o500)

    child = children.start_code(HELLO)

    assert child.end() == 1
    assert last_line(child).startswith(f"penstock.errors.StoreReadOnly: {home}")
    home.chmod(0o700)


def damage_header(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(b"not a database at all" + content[21:])


def damage_pages(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))


def replace_by_text(path: Path) -> None:
    path.write_text("name,score\nAda,5\n" * 500)


@pytest.mark.parametrize("damage", [damage_header, damage_pages, replace_by_text])
def test_a_damaged_database_is_named_and_left_as_it_is(
    damage: object, home: Path, children: Nursery
) -> None:
    open_store(load_settings().store_url).close()
    path = home / "penstock.db"
    assert callable(damage)
    damage(path)
    before = path.read_bytes()

    child = children.start_code(HELLO)

    assert child.end() == 1
    assert last_line(child).startswith(f"penstock.errors.StoreCorrupt: {path}: ")
    assert path.read_bytes() == before


def test_a_newer_database_says_what_to_install_and_is_left_as_it_is(
    home: Path, children: Nursery
) -> None:
    open_store(load_settings().store_url).close()
    path = home / "penstock.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.execute("INSERT INTO migration VALUES (99, 'later', '', '7.1.0')")
    connection.commit()
    connection.close()
    before = path.read_bytes()

    child = children.start_code(HELLO)

    assert child.end() == 1
    assert last_line(child).startswith(f"penstock.errors.StoreTooNew: {path}: ")
    assert "pip install --upgrade 'penstock>=7.1.0'" in last_line(child)
    assert path.read_bytes() == before


def contents(folder: Path) -> dict[str, bytes]:
    """Read every file of a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def in_private_mounts(command: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command whose mounts nobody else sees; skip where that is forbidden."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare here")
    probe = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("private mounts are forbidden here")
    return subprocess.run(
        ["timeout", "12", "unshare", "-m", "sh", "-c", command],
        capture_output=True,
        text=True,
        check=False,
    )
