"""A run that waits for a person is shown as such, and answered from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock._engine.process import open_recovered
from penstock.settings import load_settings
from penstock.stores.filters import FlowRunFilter
from penstock.testing.children import eventually, nursery
from tests.cli.runs import quick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from penstock.testing.children import Child
    from tests.cli.conftest import Said

PROGRAM = """\
import datetime
import sys

from penstock import flow, pause_flow_run, task
from penstock.input import RunInput


class Order(RunInput):
    '''Which day shall be loaded?'''

    day: datetime.date
    rows: int = 10


@task
def prepare():
    print("prepares", flush=True)


@task
def confirm(item):
    return pause_flow_run(bool, key=item)


@flow(flow_run_name="the-order")
def order():
    prepare()
    entered = pause_flow_run(wait_for_input=Order)
    print("loads", entered.rows, "rows of", entered.day)


@flow(flow_run_name="the-go")
def go():
    pause_flow_run()
    print("goes on")


@flow(flow_run_name="the-pair")
def pair():
    print("confirmed", confirm.map(["a", "b"]).result())


if __name__ == "__main__":
    {"order": order, "go": go, "pair": pair}[sys.argv[1]]()
"""


@pytest.fixture
def waiting(
    tmp_path: Path, home: Path, write: Callable[[str, str], str]
) -> Iterator[Callable[..., Child]]:
    """Start a flow in a process of its own, and wait until it waits."""
    path = write("orders.py", PROGRAM)

    def start(flow: str, pauses: int = 1) -> Child:
        child = children.start(path, flow)
        child.wait_for("To answer:")
        store = open_recovered(load_settings())
        try:

            def is_seen() -> bool:
                rows = store.find_flow_runs(FlowRunFilter(state_types=("PAUSED",)), 1)
                return bool(rows) and len(store.find_pauses(rows[0].id)) == pauses

            eventually(is_seen, "it is in the store")
        finally:
            store.close()
        return child

    place = tmp_path / "children"
    place.mkdir()
    with nursery(place) as children:
        yield start


def test_an_answer_reaches_the_process_that_waits(
    penstock: Callable[..., Said], waiting: Callable[..., Child]
) -> None:
    child = waiting("order")

    said = penstock("flow-run", "resume", "the-order", "--input", "day=2026-03-01")

    assert said.code == 0, said.err
    assert said.out.startswith("Flow run 'the-order' has its answer, and goes on in process ")
    assert child.end() == 0
    assert "loads 10 rows of 2026-03-01" in child.said
    assert child.said.count("prepares") == 1


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ([], "it waits for day (a date, as 2026-03-01), rows (a whole number; may be left out)"),
        (["day=soon"], 'day must be a date, as 2026-03-01, and not "soon"'),
        (["rows=3"], "day is missing; it must be a date, as 2026-03-01"),
        (["dya=2026-03-01"], "there is no field 'dya'; it asks for day, rows"),
        (["2026-03-01"], "'2026-03-01' has no name; write --input name=value for day, rows"),
    ],
)
def test_a_wrong_answer_is_refused_with_the_name_of_the_field(
    penstock: Callable[..., Said], waiting: Callable[..., Child], inputs: list[str], words: str
) -> None:
    child = waiting("order")
    options = [word for text in inputs for word in ("--input", text)]

    refused = penstock("flow-run", "resume", "the-order", *options)
    shown = penstock("flow-run", "inspect", "the-order", "--json").json()

    assert refused.code == 2
    assert words in refused.err
    assert shown["state_name"] == "Paused"
    assert child.process.poll() is None


def test_a_go_ahead_needs_no_input(
    penstock: Callable[..., Said], waiting: Callable[..., Child]
) -> None:
    child = waiting("go")

    record = penstock("flow-run", "resume", "the-go", "--json").json()

    assert record["name"] == "the-go"
    assert child.end() == 0
    assert "goes on" in child.said


def test_of_several_pauses_one_is_chosen_by_its_key(
    penstock: Callable[..., Said], waiting: Callable[..., Child]
) -> None:
    child = waiting("pair", 2)

    unclear = penstock("flow-run", "resume", "the-pair", "--input", "true")
    shown = penstock("flow-run", "inspect", "the-pair").out
    answers = [
        penstock("flow-run", "resume", "the-pair", "--key", key, "--input", value)
        for key, value in (("b", "false"), ("a", "true"))
    ]

    assert unclear.code == 2
    assert "waits for 2 of them; name one by its key (" in unclear.err
    assert shown.count("Waits for  true or false, since ") == 2
    assert "To answer: penstock flow-run resume the-pair --input ... --key 'a'" in shown
    assert [said.code for said in answers] == [0, 0]
    assert child.end() == 0
    assert "confirmed [True, False]" in child.said


def test_a_page_shows_what_a_run_waits_for(
    penstock: Callable[..., Said], waiting: Callable[..., Child]
) -> None:
    waiting("order")

    shown = penstock("flow-run", "inspect", "the-order").out
    (pause,) = penstock("flow-run", "inspect", "the-order", "--json").json()["pauses"]

    assert "Waits for  day (a date, as 2026-03-01), rows (a whole number; may be left out)" in shown
    assert "Which day shall be loaded?" in shown
    assert "To answer: penstock flow-run resume the-order --input day=..." in shown
    assert (pause["number"], pause["key"], pause["is_open"]) == (0, "#0", True)
    assert pause["form"]["required"] == ["day"]
    assert pause["asked"] < pause["until"]
    assert pause["answered"] is None


def test_after_a_kill_the_command_answers_and_goes_on_itself(
    penstock: Callable[..., Said], waiting: Callable[..., Child]
) -> None:
    waiting("order").kill()
    before = penstock("flow-run", "inspect", "the-order", "--json").json()

    said = penstock("flow-run", "resume", "the-order", "--input", "day=2026-03-01")

    assert before["state_name"] == "Paused"
    assert said.code == 0, said.err
    assert said.out == "loads 10 rows of 2026-03-01\n"
    after = penstock("flow-run", "inspect", "the-order", "--json").json()
    assert (after["state_name"], after["attempt"]) == ("Completed", 2)


def test_a_run_that_does_not_wait_takes_no_input(penstock: Callable[..., Said]) -> None:
    quick()

    said = penstock("flow-run", "resume", "latest", "--input", "day=1")

    assert said.code == 2
    assert "waits for no answer: it has ended, Completed." in said.err
