"""What every runner must keep: a suite that a test module subclasses.

A runner executes ready runs, at most so many bodies at a time. A body that waits
lends its place, so nothing that waits for something that can run locks up.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, task, wait
from penstock._engine.process import get_process
from tests.engine.recorded import recorded

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock._engine.runner import Runner

#: Far above what any of these takes; reached only by a lock-up.
PATIENCE = 20.0


class Load:
    """Counts bodies that execute at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = 0
        self.most = 0
        self.total = 0

    def __enter__(self) -> None:
        with self._lock:
            self.now += 1
            self.total += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.now -= 1


def work(seconds: float = 0.002) -> None:
    """Keep a place for a moment."""
    threading.Event().wait(seconds)


class _Choice:
    """Hands runners of a suite to a flow."""

    def __init__(self, make: Callable[[], Runner]) -> None:
        self.make_runner = make


class RunnerConformance:
    """Subclass it and say how a runner is made."""

    def make(self, max_workers: int) -> Runner:
        """Make a runner with so many places."""
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _in_time(self) -> Any:
        began = time.monotonic()
        yield
        assert time.monotonic() - began < PATIENCE

    def run(self, max_workers: int, body: Callable[[], Any]) -> Any:
        """Run a flow with this runner; give what it gives."""
        choice = _Choice(lambda: self.make(max_workers))
        made = flow(task_runner=choice, name="flow")(body)
        return made()

    @pytest.mark.parametrize("places", [1, 2, 5])
    def test_no_more_bodies_execute_than_there_are_places(self, places: int) -> None:
        load = Load()

        @task
        def step(n: int) -> int:
            with load:
                work()
            return n

        assert self.run(places, lambda: step.map(range(60)).result()) == list(range(60))
        assert load.most <= places
        assert load.total == 60

    @pytest.mark.parametrize("places", [2, 5])
    def test_all_places_are_used(self, places: int) -> None:
        barrier = threading.Barrier(places)

        @task
        def step() -> None:
            barrier.wait(PATIENCE)

        self.run(places, lambda: [step.submit() for _ in range(places * 4)] and None)

    def test_one_place_executes_in_the_order_of_submission(self) -> None:
        order: list[int] = []

        @task
        def step(n: int) -> None:
            order.append(n)

        self.run(1, lambda: step.map(range(50)) and None)

        assert order == list(range(50))

    def test_each_run_executes_once(self) -> None:
        counts: dict[int, int] = {}
        lock = threading.Lock()

        @task
        def step(n: int) -> None:
            with lock:
                counts[n] = counts.get(n, 0) + 1

        self.run(8, lambda: step.map(range(2000)) and None)

        assert counts == dict.fromkeys(range(2000), 1)

    @pytest.mark.parametrize("places", [1, 2])
    @pytest.mark.parametrize("depth", [1, 6, 50])
    def test_nested_submits_that_wait_do_not_lock_up(self, places: int, depth: int) -> None:
        @task
        def nest(left: int) -> int:
            return 0 if left == 0 else 1 + nest.submit(left - 1).result()

        assert self.run(places, lambda: nest.submit(depth).result()) == depth

    @pytest.mark.parametrize("places", [1, 2])
    def test_a_tree_of_nested_submits_does_not_lock_up(self, places: int) -> None:
        @task
        def tree(depth: int) -> int:
            if depth == 0:
                return 1
            return sum(tree.map([depth - 1] * 5).result())

        assert self.run(places, lambda: tree.submit(3).result()) == 125

    def test_limits_hold_while_places_are_lent_and_taken_back(self) -> None:
        load = Load()

        @task
        def leaf() -> None:
            with load:
                work()

        @task
        def inner() -> None:
            for _ in range(3):
                with load:
                    work()
                leaf.submit().wait()

        self.run(2, lambda: [inner.submit() for _ in range(10)] and None)

        assert load.most <= 2
        assert load.total == 60

    @pytest.mark.parametrize("places", [1, 2])
    def test_a_reverse_chain_of_wait_for_runs(self, places: int) -> None:
        order: list[int] = []

        @task
        def step(n: int) -> None:
            order.append(n)

        def body() -> None:
            before: Any = None
            for n in range(50):
                before = step.submit(n, wait_for=[before] if before is not None else None)
            before.wait()

        self.run(places, body)

        assert order == list(range(50))

    @pytest.mark.parametrize("places", [1, 2])
    def test_waits_in_reverse_order_inside_of_tasks_do_not_lock_up(self, places: int) -> None:
        @task
        def leaf(n: int) -> int:
            return n

        @task
        def outer() -> int:
            futures = [leaf.submit(n) for n in range(20)]
            return sum(future.result() for future in reversed(futures))

        def body() -> Any:
            return [future.result() for future in reversed([outer.submit() for _ in range(5)])]

        assert self.run(places, body) == [190] * 5

    def test_a_body_may_wait_for_one_that_was_submitted_after_it(self) -> None:
        box: list[Any] = []
        ready = threading.Event()

        @task
        def first() -> int:
            assert ready.wait(PATIENCE)
            return box[0].result()

        @task
        def second() -> int:
            return 7

        def body() -> int:
            early = first.submit()
            box.append(second.submit())
            ready.set()
            return early.result()

        assert self.run(1, body) == 7

    def test_a_wait_that_ends_early_takes_its_place_back(self) -> None:
        load = Load()
        opened = threading.Event()

        @task
        def hold() -> None:
            assert opened.wait(PATIENCE)

        @task
        def impatient(held: Any) -> None:
            wait(held, timeout=0.001)
            with load:
                work()

        def body() -> None:
            held = _Opaque([hold.submit()])
            for _ in range(10):
                impatient.submit(held)
            opened.set()

        self.run(2, body)

        assert load.most <= 2
        assert load.total == 10

    def test_tasks_that_sleep_between_attempts_lend_their_places(self) -> None:
        ended: list[str] = []

        @task(retries=1, retry_delay_seconds=0.2)
        def flaky() -> None:
            if "other" not in ended:
                raise ValueError("again")
            ended.append("flaky")

        @task
        def other() -> None:
            ended.append("other")

        def body() -> None:
            flaky.submit()
            other.submit()

        self.run(1, body)

        assert ended == ["other", "flaky"]

    def test_a_failing_body_gives_its_place_back(self) -> None:
        @task
        def bad(n: int) -> int:
            raise ValueError(str(n))

        def body() -> list[str]:
            futures = bad.map(range(50))
            return [str(future.result(raise_on_failure=False)) for future in futures]

        assert self.run(2, body) == [str(n) for n in range(50)]

    @pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), GeneratorExit()])
    def test_a_body_that_wants_to_end_more_than_itself_gives_its_place_back(
        self, error: BaseException
    ) -> None:
        @task
        def leaves() -> None:
            raise error

        @task
        def after() -> int:
            return 1

        def body() -> int:
            for _ in range(3):
                leaves.submit().result(raise_on_failure=False)
            return after.submit().result()

        assert self.run(1, body) == 1

    def test_runs_that_have_not_begun_can_be_withdrawn(self) -> None:
        began, opened = threading.Event(), threading.Event()
        ran: list[int] = []

        @task
        def hold() -> None:
            began.set()
            assert opened.wait(PATIENCE)

        @task
        def later(n: int) -> None:
            ran.append(n)

        def body() -> None:
            hold.submit()
            assert began.wait(PATIENCE)
            later.map(range(10))
            threading.Timer(0.05, opened.set).start()
            raise RuntimeError("the body fails")

        with pytest.raises(RuntimeError, match="the body fails"):
            self.run(1, body)

        assert ran == []
        states = recorded().task_states()
        assert states.pop("hold-0") == "Completed"
        assert set(states.values()) == {"Cancelled"}

    def test_withdrawing_leaves_the_runs_of_other_flows_alone(self) -> None:
        runner = self.make(1)
        began, opened = threading.Event(), threading.Event()

        @task
        def hold() -> None:
            began.set()
            assert opened.wait(PATIENCE)

        @task
        def step(n: int) -> int:
            return n

        shared = _Choice(lambda: _Unclosed(runner))
        results: list[Any] = []

        @flow(task_runner=shared)
        def fails() -> None:
            step.map([1, 2])
            raise ValueError("fails")

        @flow(task_runner=shared)
        def goes_on() -> None:
            hold.submit()
            assert began.wait(PATIENCE)
            futures = step.map([3, 4])
            with pytest.raises(ValueError, match="fails"):
                fails()
            opened.set()
            results.extend(futures.result())

        goes_on()
        runner.close()

        assert results == [3, 4]

    def test_submitting_from_many_threads_loses_nothing(self) -> None:
        @task
        def step(n: int) -> int:
            return n

        def body() -> int:
            import contextvars

            found: list[Any] = []

            def submit(part: int) -> None:
                found.extend(step.submit(part * 100 + n) for n in range(100))

            threads = [
                threading.Thread(target=contextvars.copy_context().run, args=(submit, part))
                for part in range(5)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(PATIENCE)
            return sum(future.result() for future in found)

        assert self.run(4, body) == sum(range(500))
        assert len({row.index for row in recorded().tasks}) == 500

    def test_context_variables_of_the_caller_reach_the_body(self) -> None:
        import contextvars

        variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")

        @task
        def step() -> str:
            return variable.get()

        def body() -> list[str]:
            variable.set("first")
            first = step.submit()
            variable.set("second")
            return [first.result(), step.submit().result()]

        assert self.run(2, body) == ["first", "second"]

    def test_a_closed_runner_leaves_no_thread_waiting(self) -> None:
        @task
        def step() -> str:
            return threading.current_thread().name

        before = set(threading.enumerate())
        for _ in range(20):
            self.run(4, lambda: step.map([]) or ([step.submit() for _ in range(8)] and None))
        ended = threading.Event()
        for _ in range(500):
            left = {t for t in threading.enumerate() if t.name == "penstock-task"} - before
            if not left or ended.wait(0.01):
                break

        assert not left

    def test_inputs_and_results_are_not_kept_by_idle_threads(self) -> None:
        import gc
        import weakref

        class Frame:
            pass

        seen: list[Any] = []

        @task
        def step(frame: Frame) -> Frame:
            return Frame()

        def body() -> int:
            frame = Frame()
            seen.append(weakref.ref(frame))
            future = step.submit(frame)
            seen.append(weakref.ref(future.result()))
            del frame, future
            step.submit(Frame()).wait()
            for _ in range(200):
                gc.collect()
                alive = sum(ref() is not None for ref in seen)
                if not alive:
                    break
                work()
            return alive

        assert self.run(2, body) == 0

    def test_repeated_many_times_nothing_locks_up(self) -> None:
        @task
        def leaf(n: int) -> int:
            return n

        @task
        def inner(n: int) -> int:
            return leaf.submit(n).result() + 1

        def body() -> int:
            return sum(inner.map(range(6)).result())

        for _ in range(30):
            assert self.run(2, body) == 21
        assert not get_process().open_runs


class _Opaque:
    """Holds futures out of the engine's sight."""

    def __init__(self, futures: list[Any]) -> None:
        self.futures = futures

    def __iter__(self) -> Any:
        return iter(self.futures)


class _Unclosed:
    """A runner that its flow may not close, as others share it."""

    def __init__(self, runner: Runner) -> None:
        self.submit = runner.submit
        self.withdraw = runner.withdraw

    def close(self) -> None:
        """Do nothing."""
