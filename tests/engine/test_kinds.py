"""Functions of every kind as tasks and flows: methods, generators, callables."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

import pytest

from penstock import Flow, Task, flow, runtime, task
from tests.engine.recorded import recorded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


class Shop:
    """Has methods of every kind, as tasks and as flows."""

    def __init__(self, factor: int) -> None:
        self.factor = factor

    @task
    def times(self, n: int) -> int:
        return self.factor * n

    @task
    async def atimes(self, n: int) -> int:
        return self.factor * n

    @task
    @staticmethod
    def static_inside(n: int) -> int:
        return n

    @staticmethod
    @task
    def static_outside(n: int) -> int:
        return n

    @task
    @classmethod
    def class_inside(cls, n: int) -> str:
        return f"{cls.__name__}{n}"

    @classmethod
    @task
    def class_outside(cls, n: int) -> str:
        return f"{cls.__name__}{n}"

    @flow
    def sell(self, n: int) -> int:
        return self.times(n)

    @flow
    async def asell(self, n: int) -> int:
        return await self.atimes(n)

    @flow
    @classmethod
    def open(cls, n: int) -> str:
        return f"{cls.__name__}{n}"


class Bakery(Shop):
    """Inherits all of it."""


shops = pytest.mark.parametrize("kind", [Shop, Bakery])


@shops
def test_a_method_is_a_task_bound_to_its_object(kind: type[Shop]) -> None:
    shop = kind(3)

    assert shop.times(2) == 6
    assert shop.times.submit(2).result() == 6
    assert shop.times.map([1, 2]).result() == [3, 6]
    assert shop.times.with_options(name="other")(2) == 6
    assert shop.times.fn(2) == 6
    assert kind.times(shop, 2) == 6
    assert shop.times.name == "times"


@shops
def test_a_method_is_a_flow_bound_to_its_object(kind: type[Shop]) -> None:
    shop = kind(3)

    assert shop.sell(2) == 6
    assert asyncio.run(shop.asell(2)) == 6
    assert kind.sell(shop, 2) == 6


@shops
def test_static_methods_take_no_object(kind: type[Shop]) -> None:
    shop = kind(3)

    for method in (
        shop.static_inside,
        kind.static_inside,
        shop.static_outside,
        kind.static_outside,
    ):
        assert method(5) == 5
        assert method.submit(5).result() == 5


@shops
def test_class_methods_take_the_class(kind: type[Shop]) -> None:
    shop = kind(3)

    for method in (shop.class_inside, kind.class_inside):
        assert method(5) == f"{kind.__name__}5"
        assert method.submit(5).result() == f"{kind.__name__}5"
    assert kind.open(1) == f"{kind.__name__}1"


def test_a_task_may_be_made_a_class_method() -> None:
    """Called only: since Python 3.13 what it gives does not know that it is a task."""
    assert Shop.class_outside(5) == "Shop5"
    assert Bakery(1).class_outside(5) == "Bakery5"


class Adder:
    def __init__(self, n: int) -> None:
        self.n = n

    def __call__(self, m: int) -> int:
        return self.n + m


@pytest.mark.parametrize(
    ("fn", "name"),
    [
        (Adder(1), "Adder"),
        (functools.partial(lambda n, m: n + m, 1), "partial"),
        ((1).__add__, "__add__"),
        (lambda m: m + 1, "<lambda>"),
    ],
    ids=["object", "partial", "builtin", "lambda"],
)
def test_anything_that_can_be_called_can_be_a_task_or_a_flow(fn: Any, name: str) -> None:
    assert task(fn)(2) == 3
    assert task(fn).name == name
    assert task(fn).submit(2).result() == 3
    assert flow(fn)(2) == 3


@pytest.mark.parametrize("decorate", [task, flow])
def test_what_cannot_be_called_is_refused(decorate: Any) -> None:
    with pytest.raises(TypeError, match=r"@(task|flow) decorates functions; 3 cannot be called"):
        decorate(3)


def test_a_decorated_function_keeps_what_it_is_known_by() -> None:
    @task
    def documented(n: int) -> int:
        """Say what it does."""
        return n

    made: Any = documented

    assert made.__name__ == "documented"
    assert made.__doc__ == "Say what it does."
    assert made.__module__ == __name__
    assert made.__wrapped__ is made.fn
    assert isinstance(made, Task)
    assert repr(made) == "<Task 'documented'>"


# ---- generators ----


@task
def count(n: int) -> Iterator[int]:
    yield from range(n)


@task
async def acount(n: int) -> AsyncIterator[int]:
    for i in range(n):
        yield i


def test_a_generator_task_hands_on_its_items_as_they_come() -> None:
    made: list[int] = []

    @task
    def lazy() -> Iterator[int]:
        for n in range(3):
            made.append(n)
            yield n

    @flow
    def etl() -> list[tuple[int, int]]:
        return [(n, len(made)) for n in lazy()]

    assert etl() == [(0, 1), (1, 2), (2, 3)]
    assert recorded().task_states() == {"lazy-0": "Completed"}


def test_a_generator_task_that_is_never_gone_over_is_no_run() -> None:
    count(3)

    assert recorded().tasks == []


def test_a_submitted_generator_gives_a_list() -> None:
    assert count.submit(3).result() == [0, 1, 2]
    assert acount.submit(3).result() == [0, 1, 2]
    assert count.map([1, 2]).result() == [[0], [0, 1]]
    assert count(2, return_state=True).result() == [0, 1]


async def test_an_async_generator_task_hands_on_its_items() -> None:
    @flow
    async def etl() -> list[int]:
        return [n async for n in acount(3)]

    assert await etl() == [0, 1, 2]
    assert recorded().task_states() == {"acount-0": "Completed"}


def test_a_generator_that_raises_raises_where_it_is_gone_over() -> None:
    @task(retries=3)
    def breaks() -> Iterator[int]:
        yield 1
        raise ValueError("after one")

    got: list[int] = []

    @flow
    def etl() -> None:
        got.extend(breaks())

    with pytest.raises(ValueError, match="after one"):
        etl()
    assert recorded().task("breaks").attempt == 1
    assert recorded().task_states() == {"breaks-0": "Failed"}


def test_a_generator_that_raises_before_its_first_item_is_retried() -> None:
    left = [ValueError("first")]

    @task(retries=1)
    def flaky() -> Iterator[int]:
        if left:
            raise left.pop()
        yield 1

    assert list(flaky()) == [1]
    assert recorded().task("flaky").attempt == 2


def test_a_generator_task_left_early_ends_and_its_finally_runs() -> None:
    closed: list[str] = []

    @task
    def endless() -> Iterator[int]:
        try:
            n = 0
            while True:
                yield n
                n += 1
        finally:
            closed.append("closed")

    @flow
    def etl() -> int:
        items = endless()
        for n in items:
            if n == 2:
                break
        items.close()  # type: ignore[attr-defined] # a generator
        return n

    assert etl() == 2
    assert closed == ["closed"]
    assert recorded().task_states() == {"endless-0": "Cancelled"}


def test_a_generator_flow_hands_on_its_items_and_ends() -> None:
    @flow
    def stream(n: int) -> Iterator[int]:
        for i in count(n):
            yield 10 * i

    assert list(stream(3)) == [0, 10, 20]
    assert recorded().flow.state_type == "COMPLETED"


def test_a_generator_flow_left_early_ends() -> None:
    @flow
    def stream() -> Iterator[int]:
        yield 1
        yield 2

    items = stream()
    assert next(items) == 1
    items.close()  # type: ignore[attr-defined] # a generator

    row = recorded().flow
    assert (row.state_type, row.message) == ("CANCELLED", "Stopped by GeneratorExit.")


async def test_an_async_generator_flow_left_early_ends() -> None:
    @flow
    async def stream() -> AsyncIterator[int]:
        yield 1
        yield 2

    items = stream()
    async for item in items:
        assert item == 1
        break
    await items.aclose()  # type: ignore[attr-defined] # an async generator

    assert recorded().flow.state_type == "CANCELLED"


async def test_an_async_generator_flow_hands_on_its_items_and_ends() -> None:
    @flow
    async def stream() -> AsyncIterator[int]:
        async for n in acount(3):
            yield n

    assert [n async for n in stream()] == [0, 1, 2]
    assert recorded().flow.state_type == "COMPLETED"


def test_the_run_is_current_in_a_generator_body_and_not_around_it() -> None:
    @flow
    def stream() -> Iterator[str | None]:
        yield runtime.flow_run.flow_name
        yield runtime.flow_run.flow_name

    outside = []
    inside = []
    for name in stream():
        inside.append(name)
        outside.append(runtime.flow_run.flow_name)

    assert inside == ["stream", "stream"]
    assert outside == [None, None]


def test_a_generator_flow_that_raises_fails() -> None:
    @flow
    def stream() -> Iterator[int]:
        yield 1
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        list(stream())
    assert recorded().flow.state_type == "FAILED"


def test_a_generator_flow_with_return_state_gives_its_items_as_a_list() -> None:
    @flow
    def stream() -> Iterator[int]:
        yield 1
        yield 2

    assert stream(return_state=True).result() == [1, 2]


def test_both_decorators_may_be_called_without_options() -> None:
    assert task()(lambda: 1)() == 1
    made = flow()(lambda: 2)
    assert isinstance(made, Flow)
    assert made() == 2
