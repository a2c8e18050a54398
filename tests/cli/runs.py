"""Runs that tests of the command look at."""

from __future__ import annotations

from penstock.flows import flow
from penstock.logging import get_run_logger
from penstock.tasks import task


@task
def load(day: str) -> list[int]:
    get_run_logger().info("loading %s", day)
    return [1, 2, 3]


@task(retries=1)
def clean(row: int) -> int:
    if row == 2:
        raise ValueError("row 2 has no score")
    return row


@task
def nothing() -> None: ...


@task
def outer() -> int:
    return inner()


@task
def inner() -> int:
    get_run_logger().error("deep down\nin the second line")
    return 1


@flow
def nested(name: str) -> str:
    get_run_logger().warning("hello from the nested run")
    return name


@flow(name="nightly", version="7", tags={"eu"})
def nightly(day: str = "2026-03-01", limit: int = 3) -> int:
    rows = load(day)
    outer()
    nested("child")
    cleaned = clean.map(rows[:limit])
    cleaned.wait()  # the page of the run lists them all, however fast the machine is
    return sum(future.result() for future in cleaned)


@flow
def quick() -> None:
    load("today")


def run_nightly() -> None:
    """Leave a run of `nightly` that has failed."""
    nightly(return_state=True)
