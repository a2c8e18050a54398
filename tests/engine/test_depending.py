"""What runs after what: futures as arguments, wait_for, map, edges."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from penstock import allow_failure, as_completed, flow, quote, task, unmapped, wait
from penstock.errors import MapError, UpstreamFailed
from penstock.states import Completed, Failed
from tests.engine.recorded import recorded

Point = namedtuple("Point", "x y")  # noqa: PYI024 - scripts have them


@dataclass(frozen=True)
class Job:
    rows: Any
    day: str = "monday"


@task
def one() -> int:
    return 1


@task
def add(a: Any, b: Any = 0) -> Any:
    return a + b


@task
def bad() -> None:
    raise ValueError("no")


@task
def show(value: Any) -> str:
    return repr(value)


@task
def keep(value: Any) -> Any:
    return value


@task
def look(value: Any) -> None: ...


def in_flow(body: Any) -> Any:
    return flow(name="etl")(body)()


@pytest.mark.parametrize(
    ("hold", "taken"),
    [
        (lambda f: f, 1),
        (lambda f: [f, 2], [1, 2]),
        (lambda f: (f,), (1,)),
        (lambda f: {"a": f}, {"a": 1}),
        (lambda f: {f}, {1}),
        (lambda f: Point(f, 2), Point(1, 2)),
        (Job, Job(1)),
        (lambda f: {"deep": [{"er": (f,)}]}, {"deep": [{"er": (1,)}]}),
    ],
    ids=["itself", "list", "tuple", "dict", "set", "named tuple", "dataclass", "deep"],
)
@pytest.mark.parametrize("how", ["called", "submitted", "by name"])
def test_a_future_stands_for_its_value_in_an_argument(hold: Any, taken: Any, how: str) -> None:
    def body() -> Any:
        argument = hold(one.submit())
        if how == "called":
            return keep(argument)
        if how == "by name":
            return keep.submit(value=argument).result()
        return keep.submit(argument).result()

    assert in_flow(body) == taken
    assert recorded().upstreams("keep-1") == {"one-0"}


def test_a_chain_of_submits_runs_in_order() -> None:
    def body() -> Any:
        future = one.submit()
        for _ in range(50):
            future = add.submit(future, 1)
        return future.result()

    assert in_flow(body) == 51


def test_states_stand_for_their_values_too() -> None:
    def body() -> Any:
        return add(one(return_state=True), Completed(data=5))

    assert in_flow(body) == 6


def test_a_failed_state_as_argument_fails_the_task() -> None:
    def body() -> Any:
        return keep(Failed("it rained"))

    with pytest.raises(UpstreamFailed, match="it rained"):
        in_flow(body)


def test_a_task_does_not_run_when_an_upstream_failed() -> None:
    ran: list[int] = []

    @task
    def after(value: Any) -> None:
        ran.append(1)

    def body() -> None:
        after.submit([bad.submit()])

    with pytest.raises(ValueError, match="no"):
        in_flow(body)

    assert ran == []
    assert recorded().task_states() == {"bad-0": "Failed", "after-1": "UpstreamFailed"}


def test_a_failure_goes_down_a_whole_chain() -> None:
    def body() -> None:
        future = bad.submit()
        for _ in range(3):
            future = keep.submit(future)

    with pytest.raises(ValueError, match="no"):
        in_flow(body)

    states = recorded().task_states()
    assert [states[f"keep-{n}"] for n in (1, 2, 3)] == ["UpstreamFailed"] * 3


def test_the_upstreams_error_is_the_cause() -> None:
    def body() -> Any:
        broken = bad.submit()
        with pytest.raises(
            UpstreamFailed, match=r"'keep-1' did not run, because 'bad-0'"
        ) as caught:
            keep(broken)
        return caught.value

    error = in_flow(body)

    assert isinstance(error.__cause__, ValueError)


@pytest.mark.parametrize(
    "wrap",
    [allow_failure, lambda f: allow_failure([f]), lambda f: [allow_failure(f)]],
    ids=["itself", "around a list", "in a list"],
)
def test_allow_failure_hands_the_exception_over(wrap: Any) -> None:
    def body() -> Any:
        broken = bad.submit()
        return show(wrap(broken)), show.submit(wrap(broken)).result()

    called, submitted = in_flow(body)

    assert called == submitted
    assert "ValueError('no')" in called


def test_allow_failure_in_wait_for_only_waits() -> None:
    def body() -> Any:
        return one(wait_for=[allow_failure(bad.submit())])

    assert in_flow(body) == 1


def test_allow_failure_around_a_success_is_its_value() -> None:
    assert in_flow(lambda: add(allow_failure(one.submit()), allow_failure(3))) == 4


# ---- wait_for ----


@pytest.mark.parametrize("shape", [lambda f: f, lambda f: [f], lambda f: {"a": (f,)}])
@pytest.mark.parametrize("how", ["called", "submitted", "mapped"])
def test_wait_for_runs_after_and_hands_nothing_over(shape: Any, how: str) -> None:
    order: list[str] = []

    @task
    def first() -> None:
        order.append("first")

    @task
    def second(n: int = 0) -> None:
        order.append("second")

    def body() -> None:
        before = shape(first.submit())
        if how == "called":
            second(wait_for=before)
        elif how == "submitted":
            second.submit(wait_for=before)
        else:
            second.map([1], wait_for=before)

    in_flow(body)

    assert order == ["first", "second"]
    assert recorded().upstreams("second-1") == {"first-0"}


def test_wait_for_takes_a_whole_map() -> None:
    done: list[int] = []

    @task
    def step(n: int) -> None:
        done.append(n)

    @task
    def total() -> int:
        return len(done)

    assert in_flow(lambda: total(wait_for=step.map(range(20)))) == 20


def test_wait_for_a_failed_one_does_not_run() -> None:
    with pytest.raises(UpstreamFailed):
        in_flow(lambda: one(wait_for=[bad.submit()]))


@pytest.mark.parametrize("nothing", [None, [], ()])
def test_wait_for_nothing_waits_for_nothing(nothing: Any) -> None:
    assert in_flow(lambda: one(wait_for=nothing)) == 1


# ---- map ----


def test_map_makes_one_run_for_each_element_in_order() -> None:
    assert in_flow(lambda: add.map([1, 2, 3], [10, 20, 30]).result()) == [11, 22, 33]
    assert len(recorded().tasks) == 3


@pytest.mark.parametrize(
    "argument",
    [
        [1, 2],
        (1, 2),
        range(1, 3),
        (n for n in (1, 2)),
        np.array([1, 2]),
        pd.Series([1, 2]),
        {1: "a", 2: "b"},
        map(int, "12"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_map_goes_over_everything_that_can_be_gone_over(argument: Any) -> None:
    assert in_flow(lambda: keep.map(argument).result()) == [1, 2]


def test_map_hands_text_numbers_and_unmapped_whole() -> None:
    def body() -> Any:
        with_text = add.map(["a", "b"], "!").result()
        with_number = add.map([1, 2], b=10).result()
        with_list = add.map([[1], [2]], unmapped([0])).result()
        return with_text, with_number, with_list

    assert in_flow(body) == (["a!", "b!"], [11, 12], [[1, 0], [2, 0]])


def test_map_over_a_future_goes_over_its_result() -> None:
    @task
    def listing() -> list[int]:
        return [1, 2, 3]

    assert in_flow(lambda: keep.map(listing.submit()).result()) == [1, 2, 3]
    assert recorded().upstreams("keep-1") == {"listing-0"}


def test_map_over_futures_hands_on_their_values() -> None:
    def body() -> Any:
        first = add.map([1, 2, 3], 1)
        return add.map(first, 10).result()

    assert in_flow(body) == [12, 13, 14]
    assert recorded().upstreams("add-4") == {"add-1"}


def test_map_with_an_unmapped_future_hands_its_value_to_each() -> None:
    def body() -> Any:
        return add.map([1, 2], unmapped(one.submit())).result()

    assert in_flow(body) == [2, 3]


def test_map_over_nothing_is_nothing() -> None:
    assert in_flow(lambda: keep.map([]).result()) == []


def test_map_refuses_lengths_that_differ() -> None:
    told = r"task 'add'\.map: .*argument 1 has 2, 'b' has 3.*unmapped"

    with pytest.raises(MapError, match=told):
        in_flow(lambda: add.map([1, 2], b=[1, 2, 3]))


def test_map_refuses_when_there_is_nothing_to_go_over() -> None:
    with pytest.raises(MapError, match=r"nothing to go over.*use \.submit"):
        in_flow(lambda: add.map(1, b="text"))


def test_map_can_give_states() -> None:
    def body() -> Any:
        return [state.name for state in keep.map([1, 2], return_state=True)]

    assert in_flow(body) == ["Completed", "Completed"]


def test_one_failed_element_leaves_the_others_alone() -> None:
    @task
    def picky(n: int) -> int:
        if n == 1:
            raise ValueError("not one")
        return n

    def body() -> Any:
        futures = picky.map([0, 1, 2])
        return futures.result(raise_on_failure=False)

    zero, error, two = in_flow(body)

    assert (zero, two) == (0, 2)
    assert isinstance(error, ValueError)


# ---- quote ----


def test_quote_hands_futures_on_as_futures() -> None:
    def body() -> Any:
        future = one.submit()
        return keep(quote([future]))[0] is future

    assert in_flow(body) is True


# ---- edges by value ----


@pytest.mark.parametrize(
    "make",
    [
        lambda: pd.DataFrame({"a": [1]}),
        lambda: np.zeros(3),
        lambda: [1, 2],
        lambda: {"a": 1},
        lambda: Job([1]),
        lambda: {1, 2},
        object,
    ],
    ids=["frame", "array", "list", "dict", "dataclass", "set", "object"],
)
def test_a_value_handed_on_directly_draws_an_edge(make: Any) -> None:
    @task
    def load() -> Any:
        return make()

    def body() -> None:
        value = load()
        look(value)
        look.submit(value)
        look([value])

    in_flow(body)

    for name in ("look-1", "look-2", "look-3"):
        assert recorded().upstreams(name) == {"load-0"}


def test_elements_of_a_result_draw_edges() -> None:
    @task
    def split() -> Any:
        return [1], [2]

    def body() -> None:
        train, test = split()
        keep(train)
        keep(test)

    in_flow(body)

    assert recorded().upstreams("keep-1") == recorded().upstreams("keep-2") == {"split-0"}


def test_the_result_of_a_future_draws_an_edge() -> None:
    @task
    def load() -> Any:
        return [1]

    in_flow(lambda: keep(load.submit().result()))

    assert recorded().upstreams("keep-1") == {"load-0"}


@pytest.mark.parametrize("value", [None, True, 1, "text", ()], ids=repr)
def test_values_that_python_shares_draw_no_edge(value: Any) -> None:
    def body() -> None:
        keep(value)
        keep(value)

    in_flow(body)

    assert recorded().upstreams("keep-1") == set()


def test_edges_by_value_and_by_future_are_told_once() -> None:
    @task
    def load() -> Any:
        return [1]

    def body() -> None:
        future = load.submit()
        keep([future, future.result()], wait_for=[future])

    in_flow(body)

    assert recorded().task("keep").upstreams == (0,)


def test_wait_and_as_completed_work_on_futures_of_a_flow() -> None:
    def body() -> Any:
        futures = add.map(range(10), 1)
        ended = [future.result() for future in as_completed(futures, timeout=20)]
        return sorted(ended), wait(futures).not_done

    assert in_flow(body) == (list(range(1, 11)), set())


def test_return_state_gives_the_state_of_each_kind_of_call() -> None:
    def body() -> Any:
        return (
            one(return_state=True).name,
            one.submit(return_state=True).result(),
            bad(return_state=True).is_failed(),
            bad.submit(return_state=True).message,
        )

    assert in_flow(body) == ("Completed", 1, True, "ValueError: no")
