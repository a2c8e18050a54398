"""What is missing can be named, subclassed and caught; only its use fails."""

from __future__ import annotations

import asyncio
import inspect
import pickle
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_type_hints

import cloudpickle
import pytest
from pydantic import BaseModel

from penstock import flow, task
from penstock.compat.prefect._absent import NotYet, stand_in

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

# A real name, so that pickle finds it where it says it is.
Thing = stand_in("prefect.blocks.redis", "RedisStorageContainer", "Use a file.")
Broken = stand_in("prefect.exceptions", "Pause", is_exception=True)
NAME = "prefect.blocks.redis.RedisStorageContainer"


class Mine(Thing, ABC, kind="own"):
    host: str = "localhost"

    @abstractmethod
    def connect(self) -> str: ...


class Box(Thing, Generic[T]):
    pass


USES: dict[str, Callable[[], Any]] = {
    "": lambda: Thing("x", y=1),
    "RedisStorageContainer.load": lambda: Thing.load("x"),
    "RedisStorageContainer.a.b": Thing.a.b,
    "Mine": lambda: Mine(host="x"),
    "Mine.load": lambda: Mine.load("x"),
    "with RedisStorageContainer": lambda: _enter(Thing),
    "await RedisStorageContainer": lambda: asyncio.run(_await(Thing)),
    "await RedisStorageContainer.aload": lambda: asyncio.run(_await(Thing.aload)),
    "async with RedisStorageContainer": lambda: asyncio.run(_aenter(Thing)),
}


@pytest.mark.parametrize("use", USES)
def test_use_fails_and_names_what_is_missing(use: str) -> None:
    with pytest.raises(NotYet) as caught:
        USES[use]()

    shown = f" (used as {use})" if use else ""
    assert str(caught.value) == f"Penstock does not have {NAME} yet{shown}. Use a file."


def test_it_stands_in_annotations() -> None:
    def use(one: Thing, many: list[Thing], new: Thing | None, of: Thing[int]) -> Thing | str: ...

    hints = get_type_hints(use, localns=locals())

    assert hints["one"] is Thing
    assert hints["new"] == (Thing | None)
    assert hints["of"] is Thing


def test_nothing_is_an_instance_of_it() -> None:
    assert not isinstance("x", Thing)
    assert not isinstance(3, (int.__class__, Thing))
    assert issubclass(Mine, Thing)
    assert inspect.isclass(Thing)


def test_except_clause_with_it_catches_nothing() -> None:
    def fail() -> None:
        try:
            raise KeyError("x")
        except Broken:
            pytest.fail("caught what it should not")
        except (stand_in("prefect.exceptions", "Abort", is_exception=True), ValueError):
            pytest.fail("caught what it should not")

    with pytest.raises(KeyError):
        fail()


def test_exceptions_can_be_derived_from_it() -> None:
    class Own(Broken, ValueError):
        pass

    assert issubclass(Own, ValueError)


@pytest.mark.parametrize("dump", [pickle.dumps, cloudpickle.dumps])
@pytest.mark.usefixtures("installed")
def test_it_is_pickled_by_name(dump: Callable[[Any], bytes]) -> None:
    for value in (Thing, Thing.load, Broken):
        assert pickle.loads(dump(value)) is value


def test_pydantic_takes_it_as_a_field() -> None:
    class Options(BaseModel):
        thing: Thing | None = None
        things: list[Thing] = []

    assert Options(things=[1]).thing is None


def test_flows_and_tasks_take_it_as_annotation_default_and_value() -> None:
    @task(result_storage=Thing)
    def look(thing: Thing = Thing.DEFAULT) -> Any:
        return thing

    @flow(result_storage=Thing, on_failure=[Thing.notify])
    def run(thing: Thing = None, other: Thing | None = None, sort: Any = Thing.NEWEST) -> Any:
        return look(), look.submit(Thing).result(), sort

    assert run() == (Thing.DEFAULT, Thing, Thing.NEWEST)


def test_libraries_that_look_for_private_names_find_none() -> None:
    assert not hasattr(Thing, "__dataclass_fields__")
    assert not hasattr(Thing, "_private")


def test_the_error_pickles() -> None:
    error = NotYet("prefect.serve", "serve", "")

    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_its_name_says_that_it_is_missing() -> None:
    assert repr(Thing) == f"<{NAME}, which Penstock does not have yet>"


def _enter(thing: Any) -> None:
    with thing:
        pass


async def _await(thing: Any) -> None:
    await thing


async def _aenter(thing: Any) -> None:
    async with thing:
        pass
