"""What an SQLite store does with files it did not expect."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from penstock._ids import format_id
from penstock._platform import boot_id, host_name, network_filesystem
from penstock._processes import process_started
from penstock.errors import (
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreTooNew,
    UsageError,
)
from penstock.stores import open_store
from penstock.stores.filters import FlowRunFilter, LogFilter
from penstock.stores.migrate import load_migrations
from penstock.stores.sql import SqlStore
from penstock.stores.sqlite.dialect import SqliteDialect
from penstock.stores.sqlite.schema import NEWEST
from penstock.testing.journal import Journal, everything

WORKERS = Path(__file__).with_name("workers.py")
NOBODY = "65534"

needs_root = pytest.mark.skipif(
    sys.platform == "win32" or os.getuid() != 0, reason="only root can become another user"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "store.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite://{path}"


@pytest.fixture
def filled(url: str, path: Path) -> Path:
    """Give the path of a database with a flow run in it, closed."""
    store = open_store(url)
    journal = Journal(store)
    journal.busy_flow_run()
    journal.send()
    store.close()
    return path


def _run(what: str, *args: str) -> str:
    return subprocess.run(
        [sys.executable, str(WORKERS), what, *args],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    ).stdout


# -- where --


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://host/db", "'mysql' is not a kind of store"),
        ("postgresql://me:secret@host/db", "cannot use postgresql yet"),
        ("https://host/", "cannot use https yet"),
        ("sqlite:store.db", "absolute path"),
        ("sqlite://store.db", "absolute path"),
        ("sqlite:///", "absolute path"),
        ("memory:x", "not a kind of store"),
        ("", "not a kind of store"),
        ("/tmp/store.db", "not a kind of store"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_with_a_hint(url: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        open_store(url)
    assert "sqlite:///" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_three_slashes_and_four_mean_the_same(path: Path) -> None:
    for slashes in ("//", "///"):
        store = open_store(f"sqlite:{slashes}{path}")
        assert store.url == f"sqlite://{path}"
        store.close()


@pytest.mark.parametrize("name", ["a b.db", "per%20cent.db", "what?.db", "#1.db", "ü.db"])
def test_a_path_is_taken_as_it_is_written(tmp_path: Path, name: str) -> None:
    store = open_store(f"sqlite://{tmp_path}/{name}")
    journal = Journal(store)
    journal.busy_flow_run()
    journal.send()

    assert len(store.find_flow_runs(FlowRunFilter(), 9)) == 1
    assert (tmp_path / name).exists()
    store.close()


def test_opening_by_url_loads_only_what_the_url_asks_for() -> None:
    program = "import sys; from penstock.stores import open_store; open_store('memory:').close()"
    program += "; print([n for n in ('sqlite3', 'json', 'logging', 'asyncio') if n in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert "sqlite3" not in found.stdout


def test_the_folder_and_the_files_are_private(filled: Path, url: str) -> None:
    store = open_store(url)
    journal = Journal(store, "b" * 32)
    journal.busy_flow_run()
    journal.send()

    assert filled.parent.stat().st_mode & 0o777 == 0o700
    for file in filled.parent.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600, file
    assert len(list(filled.parent.iterdir())) == 4
    store.close()


# -- damaged or foreign --


@pytest.mark.parametrize("content", [b"hello world " * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_refused_and_left_alone(
    path: Path, url: str, content: bytes
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)

    with pytest.raises(StoreCorrupt, match="left as it is") as caught:
        open_store(url)
    assert caught.value.exit_code == 4
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_refused_and_left_alone(path: Path, url: str) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    content = path.read_bytes()

    with pytest.raises(StoreCorrupt, match="another program"):
        open_store(url)
    assert path.read_bytes() == content


def test_a_damaged_page_is_told_as_damage(filled: Path, url: str) -> None:
    content = bytearray(filled.read_bytes())
    for page in range(4, len(content) // 4096):
        content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    filled.write_bytes(content)

    def use() -> None:
        store = open_store(url)
        try:
            everything(store)
            store.find_logs(LogFilter(), 9)
        finally:
            store.close()

    with pytest.raises(StoreCorrupt, match="backup"):
        use()


def test_a_newer_schema_is_refused_with_the_version_to_install(filled: Path, url: str) -> None:
    with sqlite3.connect(filled) as connection:
        connection.execute(f"PRAGMA user_version={NEWEST + 1}")
        connection.execute(
            "INSERT INTO migration VALUES (?, 'next', 'abc', '7.8.9')", (NEWEST + 1,)
        )
    connection.close()
    content = filled.read_bytes()

    with pytest.raises(StoreTooNew, match=r"pip install --upgrade 'penstock>=7\.8\.9'") as caught:
        open_store(url)
    assert "set PENSTOCK_STORE or PENSTOCK_HOME to another place" in str(caught.value)
    assert caught.value.exit_code == 3
    assert filled.read_bytes() == content


# -- no permission, no space --


def _let_others_in(folder: Path) -> None:
    """Let every user read a test's folder, which pytest makes private."""
    for one in (folder, *folder.parents):
        if one.stat().st_mode & 0o777 == 0o700:
            one.chmod(0o755)


@needs_root
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    _let_others_in(tmp_path)
    said = _run("try_to_open", f"sqlite://{tmp_path}/data/store.db", NOBODY, "0")

    assert said.startswith("StoreReadOnly")
    assert "PENSTOCK_HOME" in said


@needs_root
def test_a_file_that_cannot_be_written_is_told_and_can_still_be_read(
    filled: Path, url: str
) -> None:
    _let_others_in(filled.parent)
    filled.chmod(0o644)

    said = _run("try_to_open", url, NOBODY, "0")
    assert said.startswith("StoreReadOnly")
    assert _run("read", url, NOBODY) == "1\n"

    filled.parent.chmod(0o777)
    (filled.parent / "store.db.gate").chmod(0o666)
    said = _run("try_to_open", url, NOBODY, "0")
    assert said.startswith(f"StoreReadOnly {filled}: cannot be written")


def test_a_store_opened_for_reading_refuses_to_write(filled: Path, url: str) -> None:
    content = filled.read_bytes()
    store = open_store(url, read_only=True)
    journal = Journal(store)
    journal.flow_run()

    with pytest.raises(StoreReadOnly, match="for reading only"):
        journal.send()
    assert len(store.find_flow_runs(FlowRunFilter(), 9)) == 1
    store.close()
    assert filled.read_bytes() == content


def test_a_store_that_is_not_there_cannot_be_opened_for_reading(url: str, path: Path) -> None:
    with pytest.raises(StoreReadOnly, match="does not exist"):
        open_store(url, read_only=True)
    assert not path.parent.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of file sizes")
def test_a_full_disk_keeps_the_batch_out_and_the_database_whole(filled: Path, url: str) -> None:
    said = _run("try_to_open", url, "0", "300000")

    assert said.startswith("StoreFull")
    assert "Make room" in said
    store = open_store(url)
    assert store.stats().flow_runs == 1
    assert store.check() == []
    store.close()


def test_a_batch_that_did_not_fit_may_be_sent_again(path: Path) -> None:
    dialect = SqliteDialect(str(path))
    store = SqlStore(dialect, f"sqlite://{path}")
    with dialect.transaction() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    dialect._writer.execute(f"PRAGMA max_page_count={pages + 10}")
    journal = Journal(store)
    run = journal.flow_run()
    for index in range(5_000):
        journal.task_run(run, index)
    with pytest.raises(StoreFull):
        journal.send()
    assert store.stats()[:4] == (0, 0, 0, 0)

    dialect._writer.execute("PRAGMA max_page_count=1000000")
    journal.send_all()
    assert store.count_task_runs(format_id(run)) == {"Running": 5_000}
    store.close()


def test_a_batch_with_an_impossible_state_is_refused_whole(url: str) -> None:
    store = open_store(url)
    journal = Journal(store)
    run = journal.flow_run()
    journal.task_run(run, 0)
    journal.finish(run, 0, "NONSENSE")

    with pytest.raises(StoreError, match="refused a row"):
        journal.send()
    assert store.stats()[:4] == (0, 0, 0, 0)
    store.close()


def test_a_final_state_cannot_be_changed_with_another_tool_either(filled: Path) -> None:
    with sqlite3.connect(filled) as connection:
        for table in ("flow_run", "task_run"):
            with pytest.raises(sqlite3.IntegrityError, match="final"):
                connection.execute(f"UPDATE {table} SET state_type = 'RUNNING', ended = NULL")
    connection.close()


# -- the schema --


def test_a_new_database_records_its_migrations(filled: Path) -> None:
    with sqlite3.connect(filled) as connection:
        found = connection.execute("SELECT version, name, checksum FROM migration").fetchall()
        assert connection.execute("PRAGMA user_version").fetchone() == (NEWEST,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    connection.close()
    migrations = load_migrations()

    assert found == [(m.version, m.name, m.checksum) for m in migrations]
    assert [m.version for m in migrations] == list(range(1, NEWEST + 1))


def test_opening_again_changes_no_byte(filled: Path, url: str) -> None:
    content = filled.read_bytes()
    open_store(url).close()

    assert filled.read_bytes() == content


def test_deleting_gives_space_back(url: str, path: Path) -> None:
    store = open_store(url)
    journal = Journal(store)
    for _ in range(4):
        run = journal.flow_run()
        for index in range(500):
            journal.task_run(run, index)
            journal.finish(run, index, result=b"x" * 1_000)
        journal.state(run, "COMPLETED")
    journal.send()
    store.close()
    before = path.stat().st_size

    store = open_store(url)
    while store.prune(1 << 60, 1):
        pass
    store.close()
    assert path.stat().st_size < before / 4


# -- the platform --


def test_a_network_file_system_is_recognised(tmp_path: Path) -> None:
    share = tmp_path / "my share"
    share.mkdir()
    mounts = tmp_path / "mountinfo"
    escaped = str(share).replace(" ", "\\040")
    mounts.write_text(
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        f"23 22 0:50 / {escaped} rw,relatime shared:1 - nfs4 host:/x rw\n"
        f"24 23 0:51 / {escaped}/local rw - tmpfs tmpfs rw\n"
    )

    assert network_filesystem(str(share / "data"), str(mounts)) == "nfs4"
    assert network_filesystem(str(share / "local" / "x"), str(mounts)) is None
    assert network_filesystem(f"{share}s", str(mounts)) is None
    assert network_filesystem(str(tmp_path), str(tmp_path / "no such file")) is None


def test_a_process_is_told_from_another_by_its_start() -> None:
    mine = process_started(os.getpid())

    assert mine > 0
    assert process_started(os.getpid()) == mine
    assert process_started(os.getppid()) <= mine
    assert process_started(2**22 + 1) == 0
    assert host_name()
    assert boot_id() == boot_id()
