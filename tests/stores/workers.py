"""Processes that use a store, for tests that start many of them or kill them.

Run as `python workers.py <what> <store URL> <argument>...`.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading

from penstock._ids import format_id
from penstock.stores import open_store
from penstock.stores.filters import FlowRunFilter, TaskRunFilter
from penstock.stores.sqlite.dialect import SqliteDialect
from penstock.stores.sqlite.gate import Gate
from penstock.testing.journal import Journal


def open_once(url: str) -> None:
    """Open the store at the same moment as the others, write a little, close it."""
    sys.stdin.read()  # ends when the test closes the pipes of all
    store = open_store(url)
    journal = Journal(store, os.urandom(16).hex())
    journal.busy_flow_run()
    journal.send()
    store.close()


def write(url: str, threads: str, batches: str) -> None:
    """Write batches from several threads, each of them a process to the store."""
    store = open_store(url)
    errors = []

    def work() -> None:
        try:
            journal = Journal(store, os.urandom(16).hex())
            for _ in range(int(batches)):
                journal.busy_flow_run()
                journal.send()
                store.find_flow_runs(FlowRunFilter(), 20)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test has to see it
            errors.append(error)

    workers = [threading.Thread(target=work) for _ in range(int(threads))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    store.close()
    for error in errors:
        raise error


def acknowledge(url: str) -> None:
    """Write batches of ten task runs for ever; print the number of each after its commit."""
    store = open_store(url)
    journal = Journal(store, os.urandom(16).hex())
    run = journal.flow_run(name=journal.owner.incarnation)
    for batch in range(1_000_000):
        for index in range(batch * 10, batch * 10 + 10):
            journal.task_run(run, index)
            journal.finish(run, index)
        journal.send()
        os.write(1, f"{journal.owner.incarnation} {batch}\n".encode())


def end_flow_runs(url: str, count: str) -> None:
    """Run flow runs whose task runs are created, and end, in other batches."""
    store = open_store(url)
    journal = Journal(store)
    for _ in range(int(count)):
        run = journal.flow_run()
        for index in range(3):
            journal.task_run(run, index)
            journal.send()
        for index in range(3):
            journal.finish(run, index)
        journal.send()
        journal.state(run, "COMPLETED")
        journal.send()
    store.close()


def hold_gate(path: str) -> None:
    """Hold a gate until killed."""
    with Gate(path).held():
        print("held", flush=True)  # noqa: T201 - tells the test
        sys.stdin.read()


def fork_holding_gate(path: str) -> None:
    """Hold a gate, fork a child that lives on, and wait to be killed."""
    with Gate(path).held():
        child = os.fork()
        if child == 0:
            signal.pause()
        print(child, flush=True)  # noqa: T201 - tells the test
        signal.pause()


def wait_for_gate(path: str) -> None:
    """Wait for a gate that another holds, until Ctrl-C."""
    try:
        print("waiting", flush=True)  # noqa: T201 - tells the test
        with Gate(path).held():
            pass
    except KeyboardInterrupt:
        print("interrupted", flush=True)  # noqa: T201 - tells the test


def fork(url: str) -> None:
    """Use one store in a process and its forked child."""
    store = open_store(url)
    journal = Journal(store, "a" * 32)
    run = journal.busy_flow_run()
    journal.send()
    child = os.fork()
    if child == 0:
        journal = Journal(store, "b" * 32)
        journal.busy_flow_run()
        journal.send()
        assert store.get_flow_run(format_id(run)).state_type == "FAILED"
        store.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    journal.busy_flow_run()
    journal.send()
    assert len(store.find_flow_runs(FlowRunFilter(), 9)) == 3
    assert len(store.find_task_runs(TaskRunFilter(), 99)) == 12
    store.close()


def fork_while_writing(path: str) -> None:
    """Fork while a thread is in the middle of a transaction too large for its cache."""
    dialect = SqliteDialect(path)
    forking = threading.Event()

    def work() -> None:
        with dialect.transaction() as connection:
            connection.execute("PRAGMA cache_size=10")
            for half in range(2):
                for no in range(2_000):
                    key = half * 2_000 + no
                    values = (f"{key}", "host", 1, 1.0, "x" * 1_000, 1, 1)
                    connection.execute("INSERT INTO process VALUES (?, ?, ?, ?, ?, ?, ?)", values)
                forking.set()

    writer = threading.Thread(target=work)
    writer.start()
    forking.wait()
    child = os.fork()
    if child == 0:
        sys.exit(0)  # as a program would, objects and all
    assert os.waitpid(child, 0)[1] == 0
    writer.join()
    assert dialect.problems() == []
    with dialect.reader() as connection:
        assert connection.execute("SELECT count(*) FROM process").fetchone() == (4_000,)
    dialect.close()


def _become(user: str) -> None:
    """Give up root, once all modules are loaded: the other user may not read them."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite://{folder}/store.db")
        Journal(store).send()
        store.close()
    os.setgid(int(user))
    os.setuid(int(user))


def try_to_open(url: str, user: str, bytes_at_most: str) -> None:
    """Open and write as another user and with little space; print how it went."""
    if int(bytes_at_most):
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(bytes_at_most),) * 2)
    if int(user):
        _become(user)
    try:
        store = open_store(url)
        journal = Journal(store, "f" * 32)
        run = journal.flow_run()
        for index in range(10_000):
            journal.task_run(run, index)
        journal.send()
        print("fine")  # noqa: T201 - tells the test
    except Exception as error:  # noqa: BLE001 - whatever it is, the test has to see it
        print(type(error).__name__, error)  # noqa: T201 - tells the test


def read(url: str, user: str) -> None:
    """Read as another user; print how many flow runs there are."""
    _become(user)
    store = open_store(url, read_only=True)
    print(len(store.find_flow_runs(FlowRunFilter(), 9)))  # noqa: T201 - tells the test


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
