"""A later attempt at a flow run does nothing again that had completed, and says why it does."""

from __future__ import annotations

import asyncio
import sys
import textwrap
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, task
from penstock.errors import (
    AlreadyBegun,
    NotFound,
    NotResumable,
    OptionError,
    StillRunning,
)
from tests.engine.recorded import recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from penstock.flows import Flow

#: What bodies have done. It is written to by the test's own functions only.
done: list[Any] = []
#: What is wrong with the world outside, until somebody mends it.
broken: set[Any] = set()


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    done.clear()
    broken.clear()
    yield
    sys.modules.pop("pipeline", None)


def do(what: Any) -> None:
    """Do something that a test can see, or fail at it."""
    done.append(what)
    if what in broken:
        raise ValueError(f"{what} is broken")


def run(etl: Flow[..., Any], *args: Any) -> str:
    """Have a run fail; give its id."""
    before = {row.id for row in recorded().flows}
    result: Any = etl(*args, return_state=True)
    state = asyncio.run(_awaited(result)) if etl.isasync else result
    assert state.is_failed(), state
    (row,) = [row for row in recorded().flows if row.id not in before and row.flow_name == etl.name]
    return row.id


async def _awaited(call: Any) -> Any:
    return await call


def resume(etl: Flow[..., Any], flow_run_id: str, **how: Any) -> tuple[Any, list[Any]]:
    """Mend the world and go on; give what the flow returns, and what was done for it."""
    broken.clear()
    done.clear()
    result = etl.resume(flow_run_id, **how)
    return (asyncio.run(_awaited(result)) if etl.isasync else result), list(done)


@task
def step(what: Any) -> Any:
    do(what)
    return what


@task
def join(*parts: Any) -> str:
    do("join")
    return "+".join(map(str, parts))


@task
async def astep(what: Any) -> Any:
    do(what)
    return what


@flow
def chain(length: int) -> str:
    return join(*[step(number) for number in range(length)])


def test_what_had_completed_hands_back_its_value() -> None:
    broken.add(3)
    flow_run_id = run(chain, 5)

    assert resume(chain, flow_run_id) == ("0+1+2+3+4", [3, 4, "join"])
    found = recorded()
    assert found.flow.attempt == 2
    assert [(row.index, row.attempt) for row in found.tasks] == [
        *((index, 1) for index in range(3)),
        (3, 2),
        (4, 1),
        (5, 1),
    ]
    assert found.history(flow_run_id) == ["Pending", "Running", "Failed", "Retrying", "Completed"]
    assert "Goes on after attempt 1: 3 of 4 calls had finished." in found.lines()


def test_a_run_may_be_resumed_again_and_again() -> None:
    broken.add(1)
    flow_run_id = run(chain, 3)
    for number in (1, 2, 2):
        broken.clear()
        broken.add(number)
        assert chain.resume(flow_run_id, return_state=True).is_failed()

    assert done == [0, 1, 1, 1, 2, 2]
    assert resume(chain, flow_run_id) == ("0+1+2", [2, "join"])
    assert recorded().flow.attempt == 5


@flow
def fan_out(length: int) -> str:
    futures = step.map(range(length))
    futures.wait()
    return join(*futures)


@flow
def fan_out_whole(length: int) -> Any:
    return join.submit(step.map(range(length))).result()


@flow
def submitted_chain(length: int) -> Any:
    future: Any = 0
    for number in range(length):
        future = add.submit(future, number)
    return future.result()


@task
def add(total: int, number: int) -> int:
    do(number)
    return total + number


def test_of_a_map_only_the_failed_item_is_done_again() -> None:
    broken.add(57)
    flow_run_id = run(fan_out, 100)
    assert len(done) == 100

    value, again = resume(fan_out, flow_run_id)
    assert again == [57, "join"]
    assert value == "+".join(map(str, range(100)))


def test_what_was_submitted_on_top_of_a_map_is_done_with_all_of_it() -> None:
    broken.add(3)
    flow_run_id = run(fan_out_whole, 6)

    assert resume(fan_out_whole, flow_run_id) == ("[0, 1, 2, 3, 4, 5]", [3, "join"])
    assert {row.attempt for row in recorded().tasks} == {1, 2}
    assert len(recorded().tasks) == 7


def test_a_submitted_chain_goes_on_where_it_broke() -> None:
    broken.add(4)
    flow_run_id = run(submitted_chain, 8)

    assert resume(submitted_chain, flow_run_id) == (28, [4, 5, 6, 7])
    assert [row.index for row in recorded().tasks] == list(range(8))


@flow
async def gathered(order: list[int]) -> str:
    values = await asyncio.gather(*(astep(number) for number in order))
    return "+".join(map(str, values))


def test_of_gathered_calls_only_the_failed_one_is_done_again() -> None:
    broken.add(2)
    flow_run_id = run(gathered, [0, 1, 2, 3])

    assert resume(gathered, flow_run_id) == ("0+1+2+3", [2])


def test_calls_that_swap_their_order_get_their_own_values() -> None:
    broken.add(9)
    flow_run_id = run(gathered, [1, 2, 3, 9, 4])

    swapped = {"order": [4, 9, 3, 2, 1]}
    assert resume(gathered, flow_run_id, parameters=swapped) == ("4+9+3+2+1", [9])


def test_equal_calls_are_told_apart_by_their_number() -> None:
    values = iter([1, 2, 3, 4])

    @task
    def draw() -> int:
        return next(values)

    @flow
    def lots() -> list[int]:
        drawn = [draw() for _ in range(3)]
        do("last")
        return drawn

    broken.add("last")
    flow_run_id = run(lots)

    assert resume(lots, flow_run_id) == ([1, 2, 3], ["last"])


@flow
def inner(name: str) -> str:
    return join(step(f"{name}1"), step(f"{name}2"))


@flow
def outer() -> str:
    return f"{inner('a')} {inner('b')} {step('c')}"


def test_a_nested_flow_that_completed_hands_back_its_value() -> None:
    broken.add("c")
    flow_run_id = run(outer)

    assert resume(outer, flow_run_id) == ("a1+a2 b1+b2 c", ["c"])
    assert [row.attempt for row in recorded().flows if row.flow_name == "inner"] == [1, 1]


def test_a_nested_flow_that_failed_goes_on_under_its_own_id() -> None:
    broken.add("b2")
    flow_run_id = run(outer)
    ids = [row.id for row in recorded().flows]

    assert resume(outer, flow_run_id) == ("a1+a2 b1+b2 c", ["b2", "join", "c"])
    found = recorded()
    assert [row.id for row in found.flows] == ids
    assert [row.attempt for row in found.flows] == [2, 1, 2]
    assert {row.state_name for row in found.flows} == {"Completed"}


def test_a_value_that_could_not_be_stored_is_made_again_and_its_users_are_not() -> None:
    @task
    def connect() -> Any:
        do("connect")
        return (number for number in range(3))  # as an open connection, it cannot be stored

    @task
    def query(_connection: Any, text: str) -> str:
        do(text)
        return text.upper()

    @flow
    def report() -> list[str]:
        connection = connect()
        rows = [query(connection, text) for text in ("a", "b")]
        do("last")
        return rows

    broken.add("last")
    flow_run_id = run(report)

    assert resume(report, flow_run_id) == (["A", "B"], ["connect", "last"])
    assert "Task 'connect' runs again: its value was not stored." in recorded().lines()


def test_new_inputs_are_new_calls() -> None:
    @flow
    def two(numbers: list[int]) -> list[Any]:
        return [step(number) for number in numbers]

    broken.add(2)
    flow_run_id = run(two, [1, 2])

    assert resume(two, flow_run_id, parameters={"numbers": [0, 1, 2]}) == ([0, 1, 2], [0, 2])


def test_what_was_asked_for_runs_again_with_all_that_depends_on_it() -> None:
    @task
    def load() -> list[int]:
        do("load")
        return [1]

    @task
    def clean(rows: list[int]) -> list[int]:
        do("clean")
        return [*rows, 2]

    @task
    def other() -> list[int]:
        do("other")
        return [9]

    @task
    def report(rows: list[int], more: list[int]) -> int:
        do("report")
        return sum(rows) + sum(more)

    @flow
    def etl() -> int:
        return report(clean(load()), other())

    assert etl() == 12
    flow_run_id = recorded().flow.id

    assert resume(etl, flow_run_id, rerun=["clean"]) == (12, ["clean", "report"])
    assert resume(etl, flow_run_id, rerun=["load"]) == (12, ["load", "clean", "report"])
    assert recorded().flow.attempt == 3


def test_what_was_asked_for_is_found_in_nested_flows() -> None:
    assert outer() == "a1+a2 b1+b2 c"
    flow_run_id = recorded().flow_called("outer").id

    value, again = resume(outer, flow_run_id, rerun=["join"])
    assert (value, again) == ("a1+a2 b1+b2 c", ["join", "join"])
    assert resume(outer, flow_run_id, rerun=["inner"])[1].count("a1") == 1


def test_a_name_that_no_task_has_is_refused_before_anything_runs() -> None:
    broken.add(1)
    flow_run_id = run(chain, 2)

    with pytest.raises(NotResumable, match="no task 'jion' in it; it has 'step'"):
        resume(chain, flow_run_id, rerun=["jion"])
    assert done == []
    assert recorded().flow.attempt == 1


def test_a_failed_run_with_retries_has_its_whole_budget_again() -> None:
    @task(retries=2)
    def flaky() -> None:
        do("flaky")

    @flow
    def etl() -> None:
        flaky()

    broken.add("flaky")
    flow_run_id = run(etl)
    assert done == ["flaky"] * 3
    done.clear()
    assert etl.resume(flow_run_id, return_state=True).is_failed()

    assert done == ["flaky"] * 3
    assert recorded().task("flaky").attempt == 6


def test_what_may_happen_once_is_not_done_again_unless_it_is_asked_for() -> None:
    @task(once=True)
    def pay(who: str) -> str:
        do(who)
        return who

    @flow
    def salaries() -> list[str]:
        return [pay(who) for who in ("ann", "bo", "eve")]

    broken.add("bo")
    flow_run_id = run(salaries)
    broken.clear()
    done.clear()

    with pytest.raises(AlreadyBegun, match=r"'pay-1' \(once=True\) had begun in attempt 1"):
        salaries.resume(flow_run_id)
    assert done == []
    assert (recorded().task("pay-1").attempt, recorded().task("pay-1").state_name) == (1, "Failed")
    assert resume(salaries, flow_run_id, rerun=["pay-1"]) == (["ann", "bo", "eve"], ["bo", "eve"])


def test_what_may_happen_once_has_no_retries() -> None:
    with pytest.raises(OptionError, match="left out where there are retries"):
        task(once=True, retries=1)(do)


# What cannot be resumed


def test_a_completed_run_has_nothing_to_go_on_with() -> None:
    chain(1)

    with pytest.raises(NotResumable, match="it has completed; name a task"):
        chain.resume(recorded().flow.id)


def test_a_nested_run_is_resumed_with_the_run_that_called_it() -> None:
    broken.add("b2")
    flow_run_id = run(outer)
    nested = [row.id for row in recorded().flows if row.flow_name == "inner"]

    with pytest.raises(NotResumable, match=f"resume that one, {flow_run_id}"):
        inner.resume(nested[1])


def test_a_run_of_another_flow_is_refused() -> None:
    broken.add(0)
    flow_run_id = run(chain, 1)

    with pytest.raises(NotResumable, match=r"a run of \S*chain, and this is \S*outer"):
        outer.resume(flow_run_id)


def test_a_run_that_is_not_there_is_refused() -> None:
    with pytest.raises(NotFound, match="There is no flow run 'brisk-nobody'"):
        chain.resume("brisk-nobody")


def test_a_run_that_goes_on_in_this_process_is_refused() -> None:
    @flow
    def etl() -> str:
        with pytest.raises(StillRunning, match=r"is Running in process \d+"):
            etl.resume(recorded().flow.id)
        return "went on"

    assert etl() == "went on"


def test_inputs_that_could_not_be_stored_can_be_handed_over() -> None:
    @flow
    def etl(rows: Any) -> int:
        do("etl")
        return len(list(rows))

    broken.add("etl")
    flow_run_id = run(etl, (number for number in range(3)))

    with pytest.raises(NotResumable, match="could not be stored; hand it over as `parameters`"):
        etl.resume(flow_run_id)
    assert resume(etl, flow_run_id, parameters={"rows": [1]}) == (1, ["etl"])


# What was edited meanwhile

PIPELINE = """
import tests.engine.test_resume as world
from penstock import flow, task

LIMIT = 5
STARTED = world.clock()

def helper(rows):
    return [row for row in rows if row < LIMIT]

@task
def load():
    world.do("load")
    return [1, 7]

@task
def clean(rows):
    world.do("clean")
    return helper(rows)

@task
def tell(rows):
    world.do("tell")
    return f"{rows} since {STARTED}"[:6]

@flow
def etl():
    rows = clean(load())
    text = tell(rows)
    world.do("last")
    return text
"""

_ticks = iter(range(1_000))


def clock() -> int:
    """Give another number each time, as clocks do."""
    return next(_ticks)


@pytest.fixture
def load_pipeline(tmp_path: Path) -> Callable[[str], ModuleType]:
    """Give what loads a text as module `pipeline`, as a new process would."""
    path = tmp_path / "pipeline.py"

    def load(text: str) -> ModuleType:
        path.write_text(textwrap.dedent(text), "utf-8")
        spec = spec_from_file_location("pipeline", path)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules["pipeline"] = module_from_spec(spec)
        # Not from a cache of bytecode: the file may have the same size and second.
        exec(compile(path.read_text("utf-8"), str(path), "exec"), module.__dict__)
        return module

    return load


EDITS = {
    "nothing": ("", "", ["last"]),
    "a comment": ("def helper", "# keeps small ones\n\ndef helper", ["last"]),
    "another task": ("@flow", "@task\ndef more():\n    return 0\n\n@flow", ["last"]),
    "the flow": ('world.do("last")', 'world.do("last") or world.do("more")', ["last", "more"]),
    "a task": ('world.do("clean")', 'world.do("clean")\n    rows = rows[:]', "clean tell last"),
    "the first task": ("return [1, 7]", "return [1, 7, 3]", "load clean tell last"),
    "a helper": ("row < LIMIT", "row <= LIMIT", "clean tell last"),
    "a constant": ("LIMIT = 5", "LIMIT = 6", "clean tell last"),
    "the last task": ('world.do("tell")', 'world.do("tell") or 0', "tell last"),
    "a body that gives the same": ("[1, 7]", "[*[1], 7]", "load clean tell last"),
}


@pytest.mark.parametrize("edited", EDITS)
def test_an_edit_runs_again_what_it_touches_and_nothing_else(
    edited: str, load_pipeline: Callable[[str], ModuleType]
) -> None:
    old, new, expected = EDITS[edited]
    broken.add("last")
    flow_run_id = run(load_pipeline(PIPELINE).etl)
    assert old in PIPELINE

    _, again = resume(load_pipeline(PIPELINE.replace(old, new)).etl, flow_run_id)

    assert again == (expected.split() if isinstance(expected, str) else expected)
    assert len(recorded().tasks) == 3


def test_a_task_that_runs_again_says_which_part_of_its_code_changed(
    load_pipeline: Callable[[str], ModuleType],
) -> None:
    broken.add("last")
    flow_run_id = run(load_pipeline(PIPELINE).etl)

    resume(load_pipeline(PIPELINE.replace("row < LIMIT", "row <= LIMIT")).etl, flow_run_id)

    lines = recorded().lines("penstock")
    assert "Task 'clean' runs again: its code changed (helper helper)." in lines
    assert "Task 'tell' runs again: what it depends on ran again." in lines


def test_an_edit_that_mends_a_failed_task_keeps_its_finished_runs(
    load_pipeline: Callable[[str], ModuleType],
) -> None:
    text = """
        import tests.engine.test_resume as world
        from penstock import flow, task

        @task
        def item(number):
            world.done.append(number)
            return 10 // number

        @flow
        def etl():
            return item.map([2, 0, 5]).result()
    """
    flow_run_id = run(load_pipeline(text).etl)
    mended = load_pipeline(text.replace("10 // number", "10 // (number or 1)")).etl

    assert resume(mended, flow_run_id) == ([5, 10, 2], [0])
    assert any(
        "Task 'item' is kept where it had completed, though its code changed" in line
        for line in recorded().lines()
    )
    assert resume(mended, flow_run_id, rerun=["item"])[1] == [2, 0, 5]
