"""The plain function of a task or flow can always be called, whatever kind it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, task
from penstock._engine import process as processes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


@pytest.fixture(autouse=True)
def _nothing_is_recorded(home: Any) -> Iterator[None]:
    yield
    assert processes._process is None
    assert not home.exists()


@pytest.mark.parametrize("decorate", [task, flow], ids=["task", "flow"])
def test_of_an_ordinary_function(decorate: Callable[..., Any]) -> None:
    @decorate(retries=3, timeout_seconds=5)
    def double(number: int, *more: int, factor: int = 2) -> int:
        return factor * (number + sum(more))

    assert double.fn(4) == 8
    assert double.fn(4, 1, factor=3) == 15
    assert double.with_options(retries=0).fn(4) == 8


@pytest.mark.parametrize("decorate", [task, flow], ids=["task", "flow"])
def test_of_an_async_function(decorate: Callable[..., Any]) -> None:
    @decorate
    async def double(number: int) -> int:
        return 2 * number

    assert asyncio.run(double.fn(4)) == 8


@pytest.mark.parametrize("decorate", [task, flow], ids=["task", "flow"])
def test_of_a_generator(decorate: Callable[..., Any]) -> None:
    @decorate
    def numbers(count: int) -> Iterator[int]:
        yield from range(count)

    assert list(numbers.fn(3)) == [0, 1, 2]


@pytest.mark.parametrize("decorate", [task, flow], ids=["task", "flow"])
def test_of_an_async_generator(decorate: Callable[..., Any]) -> None:
    @decorate
    async def numbers(count: int) -> AsyncIterator[int]:
        for number in range(count):
            yield number

    async def collect() -> list[int]:
        return [number async for number in numbers.fn(3)]

    assert asyncio.run(collect()) == [0, 1, 2]


@pytest.mark.parametrize("decorate", [task, flow], ids=["task", "flow"])
def test_of_methods(decorate: Callable[..., Any]) -> None:
    class Shop:
        def __init__(self, rate: int) -> None:
            self.rate = rate

        @decorate
        def price(self, number: int) -> int:
            return self.rate * number

        @decorate
        @staticmethod
        def shown(price: int) -> str:
            return f"{price} EUR"

        @decorate
        @classmethod
        def open(cls, rate: int) -> int:
            return cls(rate).rate

    shop = Shop(3)
    assert shop.price.fn(2) == 6
    assert Shop.price.fn(shop, 2) == 6
    assert shop.shown.fn(6) == Shop.shown.fn(6) == "6 EUR"
    assert shop.open.fn(4) == Shop.open.fn(4) == 4


def test_of_a_function_that_raises() -> None:
    @task(retries=3)
    def broken() -> None:
        raise ValueError("plainly")

    with pytest.raises(ValueError, match=r"^plainly$"):
        broken.fn()
