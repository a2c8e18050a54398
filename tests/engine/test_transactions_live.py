"""A transaction waits for what runs in it, and is undone whatever ends its block."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from penstock import flow, task
from penstock._engine.process import get_process
from penstock.task_runners import ThreadPoolTaskRunner
from penstock.testing.children import eventually
from penstock.transactions import Transaction, transaction
from tests.engine.recorded import recorded
from tests.engine.undoable import bad, called, one, states, three, two, writer


@pytest.fixture(autouse=True)
def _nothing_called() -> None:
    called.clear()


@pytest.mark.parametrize("kind", ["submit", "awaited", "async with"])
def test_async_flows_have_transactions(kind: str) -> None:
    async def later() -> None:
        """Let the event loop go round once."""
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, None)
        await future

    async def undo(_: Transaction) -> None:
        await later()
        called.append(("undo", "async"))

    @task(on_rollback=[undo])
    async def load() -> int:
        await later()
        return 1

    @flow
    async def pipeline() -> None:
        if kind == "async with":
            async with transaction():
                await asyncio.gather(load(), load())
                await load.submit()
                raise KeyError("x")
        with transaction():
            one()
            await (load() if kind == "awaited" else load.submit())
            raise KeyError("x")

    with pytest.raises(KeyError):
        asyncio.run(pipeline())

    undone = [("undo", "async")]
    assert called == (undone * 3 if kind == "async with" else [*undone, ("undo", "one")])
    assert states() == ["ROLLED_BACK"]


def test_a_block_waits_for_what_was_submitted_in_it_before_it_commits() -> None:
    release = threading.Event()
    slow = writer("slow")

    @task
    def wait_then_write() -> None:
        release.wait(30)
        slow()

    @flow
    def pipeline() -> None:
        with transaction():
            wait_then_write.submit()
            assert called == []
            release.set()
        assert called == [("keep", "slow")]

    pipeline()


@pytest.mark.parametrize("fails", [True, False], ids=["undone", "kept"])
def test_a_submitted_task_may_open_a_block_and_submit_in_it(fails: bool) -> None:
    @task
    def direct() -> None:
        with transaction():
            one.submit()
            two.submit().result()
            if fails:
                raise KeyError("x")

    @task
    def outer() -> None:
        direct()

    @flow
    def pipeline() -> None:
        outer.submit()

    pipeline(return_state=True)

    word = "undo" if fails else "keep"
    assert sorted(called) == [(word, "one"), (word, "two")]


def test_nothing_is_undone_while_it_still_runs_and_nothing_more_begins() -> None:
    running, release = threading.Event(), threading.Event()
    order: list[str] = []

    @task(on_rollback=[lambda _: order.append("undone")])
    def slow() -> None:
        running.set()
        release.wait(30)
        order.append("done")

    @task
    def outside() -> str:
        return "ran"

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def pipeline() -> str:
        late: Any = None
        try:
            with transaction():
                slow.submit()
                one.submit()
                two.submit(wait_for=[slow.submit()])
                running.wait(30)
                threading.Timer(0.05, release.set).start()
                raise KeyError("x")
        except KeyError:
            late = outside.submit()
        return str(late.result())

    assert pipeline() == "ran"
    assert order == ["done", "undone"]
    assert called == []
    assert sorted(recorded().task_states().values()) == [
        "Cancelled", "Cancelled", "Cancelled", "Completed", "Completed",
    ]  # fmt: skip


def test_what_waits_outside_of_a_block_that_fails_is_still_run() -> None:
    running, release = threading.Event(), threading.Event()

    @task
    def slow() -> None:
        running.set()
        release.wait(30)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def pipeline() -> str:
        slow.submit()
        waiting = three.submit()
        running.wait(30)
        try:
            with transaction():
                one.submit()
                raise KeyError("x")
        except KeyError:
            release.set()
        return str(waiting.result())

    assert pipeline() == "three"
    assert called == []


def test_a_failure_in_the_block_that_nobody_looked_at_fails_the_block() -> None:
    @flow
    def pipeline() -> str:
        try:
            with transaction():
                one()
                bad.submit()
        except ValueError:
            return "caught"
        return "not raised"

    assert pipeline() == "caught"
    assert called == [("undo", "one")]


def test_a_failure_that_was_looked_at_leaves_the_block_to_commit() -> None:
    @flow
    def pipeline() -> None:
        with transaction():
            one()
            assert bad.submit(return_state=True).is_failed()
            assert isinstance(bad.submit().result(raise_on_failure=False), ValueError)

    pipeline()

    assert called == [("keep", "one")]


def test_what_a_nested_flow_did_is_undone_with_the_block_around_it() -> None:
    @flow
    def inner() -> None:
        two()

    @flow
    def outer() -> None:
        with transaction():
            one()
            inner()
            raise KeyError("x")

    with pytest.raises(KeyError):
        outer()

    assert called == [("undo", "two"), ("undo", "one")]
    found = recorded()
    nested = found.flow_called("inner")
    assert found.store.find_rolled_back(found.flow_called("outer").id) == [0, 1]
    assert found.store.find_rolled_back(nested.id) == [0]
    assert nested.parent_index == 1


def test_tasks_outside_of_the_block_do_not_join_through_a_generator() -> None:
    @flow
    def numbers() -> Any:
        with transaction():
            one()
            yield 1
            raise KeyError("x")

    @flow
    def pipeline() -> None:
        for _ in numbers():
            two()

    with pytest.raises(KeyError):
        pipeline()

    assert called == [("undo", "one")]


@pytest.mark.parametrize("raised", [ValueError("oh"), KeyboardInterrupt(), SystemExit(3)])
def test_a_hook_that_fails_is_logged_and_the_others_are_called(raised: BaseException) -> None:
    def fail(_: Transaction) -> None:
        raise RuntimeError("cannot undo")

    @task(on_rollback=[fail])
    def broken() -> None:
        pass

    @flow
    def pipeline() -> None:
        with transaction():
            one()
            broken()
            raise raised

    with pytest.raises(type(raised)):
        pipeline()

    assert called == [("undo", "one")]
    (line,) = [row for row in recorded().logs if row.level == 40 and "hook" in row.message]
    assert line.message == ("Rollback hook 'fail' of 'broken-1' failed: RuntimeError: cannot undo")


def test_a_hook_that_fails_is_told_to_the_logger_that_was_given() -> None:
    said: list[str] = []

    class Told:
        def error(self, message: str) -> None:
            said.append(message)

    def fail(_: Transaction) -> None:
        raise RuntimeError("no mail")

    @flow
    def pipeline() -> None:
        with transaction(logger=Told()):
            one.with_options(on_commit=[fail])()

    pipeline()

    assert said == ["Commit hook 'fail' of 'one-0' failed: RuntimeError: no mail"]


def test_a_block_is_undone_when_its_task_is_cancelled() -> None:
    entered = asyncio.Event()

    @flow
    async def pipeline() -> None:
        async with transaction():
            one()
            entered.set()
            await asyncio.Event().wait()

    async def main() -> None:
        running = asyncio.create_task(pipeline())
        await entered.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(main())

    assert called == [("undo", "one")]
    assert recorded().flow.state_type == "CANCELLED"


def test_a_block_is_undone_when_its_flow_is_over_its_time() -> None:
    @flow(timeout_seconds=0.05)
    def pipeline() -> None:
        with transaction():
            one()
            while True:
                threading.Event().wait(0.001)

    state = pipeline(return_state=True)

    assert state.name == "TimedOut"
    eventually(lambda: called == [("undo", "one")], "the rollback in the body's thread")


def test_a_block_of_a_run_that_another_process_has_taken_over_is_left_to_that() -> None:
    def lose(_: Transaction) -> None:
        process = get_process()
        (run,) = process.open_runs
        process.lost.add(run.id)

    @flow
    def pipeline() -> None:
        with transaction() as txn:
            one()
            one.with_options(on_rollback=[lose])()
            two()
            txn.rollback()
            assert not txn.is_rolled_back()
            raise KeyError("x")

    with pytest.raises(KeyError):
        pipeline()

    assert called == [("undo", "two")]
    assert states() == ["ROLLING_BACK"]


def test_outside_of_flows_everything_works_but_nothing_is_recorded() -> None:
    def block() -> None:
        with transaction():
            one()
            two.submit().result()
            raise KeyError("x")

    with pytest.raises(KeyError):
        block()
    with transaction():
        three()

    assert called == [("undo", "two"), ("undo", "one"), ("keep", "three")]
    found = recorded()
    assert found.store.find_transactions(found.sessions[0].id) == []


def test_a_flow_called_inside_of_a_block_outside_is_recorded_by_itself() -> None:
    @flow
    def pipeline() -> None:
        with transaction():
            one()

    def block() -> None:
        with transaction():
            pipeline()
            raise KeyError("x")

    with pytest.raises(KeyError):
        block()

    assert called == [("undo", "one")]
    assert states() == ["ROLLED_BACK"]


def test_async_hooks_in_sync_code_of_an_async_task_say_what_to_write() -> None:
    async def undo(_: Transaction) -> None:
        called.append(("undo", "async"))

    load = one.with_options(on_rollback=[undo])

    @task
    async def outer() -> None:
        with transaction():
            load()
            raise KeyError("x")

    @flow
    def pipeline() -> None:
        outer.submit().wait()

    pipeline(return_state=True)

    assert called == []
    assert any("Write 'async with'" in line for line in recorded().lines())
