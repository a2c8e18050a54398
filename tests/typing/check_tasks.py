"""Types of tasks and flows, as a type checker sees them. Checked and never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, assert_type

from penstock import (
    State,
    TaskFuture,
    allow_failure,
    as_completed,
    flow,
    get_run_logger,
    quote,
    tags,
    task,
    unmapped,
    wait,
)
from penstock.futures import TaskFutureList
from penstock.logging import RunLogger
from penstock.transactions import Transaction, get_transaction, transaction

# ---- tasks ----


@task
def load(day: str, limit: int = 10) -> list[int]:
    return [len(day), limit]


@task(retries=3, name="clean", tags=["a"], retry_delay_seconds=[1, 2])
def clean(rows: list[int]) -> dict[str, int]:
    return {"n": len(rows)}


@task
async def fetch(url: str) -> bytes:
    return url.encode()


@task()
def nothing() -> None: ...


@task
def count(n: int) -> Iterator[int]:
    yield n


@task
async def acount(n: int) -> AsyncIterator[int]:
    yield n


assert_type(load("monday"), list[int])
assert_type(load("monday", limit=3), list[int])
assert_type(clean(load("monday")), dict[str, int])
assert_type(nothing(), None)
assert_type(count(3), Iterator[int])
assert_type(acount(3), AsyncIterator[int])
assert_type(load.fn("monday"), list[int])
assert_type(load.name, str)
assert_type(load.retries, int)

# A call keeps the parameters of the function.
load(3)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue, reportArgumentType]
load("monday", limits=3)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue]
load()  # type: ignore[call-overload] # pyright: ignore[reportCallIssue]

assert_type(load("monday", return_state=True), State[list[int]])


async def awaited() -> None:
    assert_type(await fetch("x"), bytes)
    assert_type(await fetch.submit("x"), bytes)
    assert_type(await load.submit("x"), list[int])
    assert_type(await fetch("x", return_state=True), State[bytes])
    async for n in acount(3):
        assert_type(n, int)


for item in count(3):
    assert_type(item, int)

# ---- futures ----

future = load.submit("monday")
assert_type(future, TaskFuture[list[int]])
assert_type(future.result(), list[int])
assert_type(future.result(timeout=3), list[int])
assert_type(future.state, State[list[int]])
assert_type(future.done(), bool)
assert_type(future.task_run_id, str)
assert_type(fetch.submit("x"), TaskFuture[bytes])
assert_type(fetch.submit("x").result(), bytes)
assert_type(nothing.submit(), TaskFuture[None])

# A future stands for its value where a task is submitted.
assert_type(clean.submit(future), TaskFuture[dict[str, int]])
assert_type(clean.submit([1, 2], wait_for=[future]), TaskFuture[dict[str, int]])
assert_type(clean.submit(allow_failure(future)), TaskFuture[dict[str, int]])
assert_type(clean.submit(quote([1])), TaskFuture[dict[str, int]])

mapped = load.map(["a", "b"], limit=unmapped(3))
assert_type(mapped, TaskFutureList[list[int]])
assert_type(mapped.result(), list[list[int]])
assert_type(mapped[0], TaskFuture[list[int]])
assert_type(fetch.map(["a"]), TaskFutureList[bytes])
assert_type(fetch.map(["a"]).result(), list[bytes])
assert_type(clean.map(mapped), TaskFutureList[dict[str, int]])

for one in as_completed(mapped):
    assert_type(one, TaskFuture[list[int]])
assert_type(wait(mapped).done, set[TaskFuture[Any]])
assert_type(load.submit("x", return_state=True), State[list[int]])
assert_type(load.map(["x"], return_state=True), list[State[list[int]]])
assert_type(fetch.submit("x", return_state=True), State[bytes])

# ---- copies ----

assert_type(load.with_options(retries=5)("monday"), list[int])
assert_type(load.with_options(name="other").submit("monday"), TaskFuture[list[int]])
assert_type(clean.with_options(task_run_name="x")([1]), dict[str, int])
load.with_options(retrys=5)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
load.with_options(retries="5")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


@task(retrys=3)  # type: ignore[call-overload, untyped-decorator] # pyright: ignore[reportCallIssue, reportUntypedFunctionDecorator]
def misspelt() -> None: ...


# ---- flows ----


@flow
def report(day: str) -> int:
    return len(load(day))


@flow(name="nightly", log_prints=True, retries=2, timeout_seconds=60)
def nightly(day: str, *, limit: int = 3) -> str:
    return day * limit


@flow
async def areport(day: str) -> int:
    return len(await fetch(day))


@flow
def stream(n: int) -> Iterator[int]:
    yield n


assert_type(report("monday"), int)
assert_type(nightly("monday", limit=4), str)
assert_type(report("monday", return_state=True), State[int])
assert_type(report("monday", return_state=True).is_completed(), bool)
assert_type(report.with_options(name="other")("monday"), int)
assert_type(stream(3), Iterator[int])
assert_type(report.fn("monday"), int)
report(3)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue, reportArgumentType]
nightly("monday", 4)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue]


async def awaited_flow() -> None:
    assert_type(await areport("monday"), int)
    assert_type(await areport("monday", return_state=True), State[int])


@flow
def parent() -> int:
    logger = get_run_logger()
    assert_type(logger, RunLogger)
    logger.info("begins")
    with tags("a", "b") as names:
        assert_type(names, frozenset[str])
    return report("monday") + clean.submit(load.submit("monday")).result()["n"]


# ---- methods ----


class Shop:
    """Has methods as tasks and flows."""

    @task
    def price(self, item: str) -> float:
        return float(len(item))

    @task
    async def stock(self, item: str) -> int:
        return len(item)

    @flow
    def sell(self, item: str) -> float:
        return self.price(item)


shop = Shop()
assert_type(shop.price("bread"), float)
assert_type(shop.price.submit("bread").result(), float)
assert_type(shop.price.map(["bread"]).result(), list[float])
assert_type(shop.sell("bread"), float)
assert_type(shop.stock.submit("bread").result(), int)
assert_type(shop.price.with_options(retries=1)("bread"), float)
shop.price(3)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue, reportArgumentType]

# ---- transactions ----


@load.on_rollback
def unload(transaction: Transaction) -> None:
    transaction.get("path")


with transaction(key="k", commit_mode="eager") as txn:
    assert_type(txn, Transaction)
    assert_type(get_transaction(), Transaction | None)

task(on_commit=[unload], on_rollback=[unload])(len)

# ---- functions of other kinds ----


def plain(n: int) -> str:
    return str(n)


decorated = task(plain)
assert_type(decorated(3), str)
assert_type(task(retries=1)(plain)(3), str)
assert_type(flow(plain)(3), str)


def takes_function(function: Callable[[int], str]) -> None: ...


takes_function(decorated)


async def coroutine(n: int) -> str:
    return str(n)


assert_type(task(coroutine).submit(3), TaskFuture[str])
