"""Transactions: rolled back, committed, and done once under a key."""

import os
import tempfile

from prefect import flow, task
from prefect.transactions import CommitMode, IsolationLevel, get_transaction, transaction

announced = []


@task
def write_file(contents: str, path: str):
    with open(path, "w") as file:
        file.write(contents)


@write_file.on_rollback
def delete_file(transaction):
    os.unlink(transaction.get("path"))


@write_file.on_commit
def announce(transaction):
    announced.append(os.path.basename(transaction.get("path")))


@task
def quality_test(path: str):
    with open(path) as file:
        if len(file.read()) < 3:
            raise ValueError("too short")


@flow
def pipeline(contents: str, path: str):
    with transaction(
        commit_mode=CommitMode.LAZY, isolation_level=IsolationLevel.READ_COMMITTED
    ) as txn:
        assert get_transaction() is txn
        txn.set("path", path)
        write_file(contents, path)
        quality_test(path)


@flow
def once():
    with transaction(key="write-once") as txn:
        if txn.is_committed():
            return "already there"
        return "done"


if __name__ == "__main__":
    path = os.path.join(tempfile.mkdtemp(), "hello.txt")
    try:
        pipeline("x", path)
    except ValueError as error:
        print("RAISED", error)
    print("UNDONE", os.path.exists(path), announced == [])
    pipeline("hello", path)
    print("DONE", announced, os.path.exists(path))
    once()
    print("AGAIN", once())
