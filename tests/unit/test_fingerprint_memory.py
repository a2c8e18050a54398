"""What a task writes to is its memory, and no part of its code."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from penstock._fingerprint.code import CodeFingerprint

if TYPE_CHECKING:
    from collections.abc import Callable

seen: list[str] = []
counts: dict[str, int] = {"a": 0}
tally: Counter[str] = Counter()
number = 0
CONFIG = {"rate": 1}


class State:
    """Something with an attribute."""

    n = 0


state = State()


def appends() -> None:
    seen.append("a")


def sets_an_item() -> None:
    counts["a"] = len(counts) + 1


def raises_an_item() -> None:
    counts["a"] += 1


def updates() -> None:
    tally.update("a")


def rebinds() -> None:
    global number  # noqa: PLW0603 - the point of the test
    number += 1


def sets_an_attribute() -> None:
    state.n += 1


def reads_a_constant(out: dict[str, Any] | None = None) -> None:
    out = {} if out is None else out
    out["x"] = CONFIG["rate"]


def make_closures() -> list[Callable[[], None]]:
    calls: list[int] = []
    times = 0

    def appends_to_closure() -> None:
        calls.append(1)

    def rebinds_closure() -> None:
        nonlocal times
        times += 1

    return [appends_to_closure, rebinds_closure]


@pytest.mark.parametrize(
    "fn",
    [
        appends,
        sets_an_item,
        raises_an_item,
        updates,
        rebinds,
        sets_an_attribute,
        *make_closures(),
    ],
    ids=lambda fn: fn.__name__,
)
def test_a_task_that_counts_its_calls_keeps_its_print(fn: Callable[[], None]) -> None:
    fingerprint = CodeFingerprint(fn)
    before = fingerprint.digest()

    fn()

    assert fingerprint.digest() == before
    assert CodeFingerprint(fn).digest() == before


def test_a_constant_in_a_container_still_counts() -> None:
    fingerprint = CodeFingerprint(reads_a_constant)
    before = fingerprint.digest()

    CONFIG["rate"] += 1

    assert fingerprint.digest() != before


def test_a_function_of_a_module_is_no_memory_whatever_its_name() -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec("def update(x): return x\ndef run(x): return update(x)", namespace)
    before = CodeFingerprint(namespace["run"]).digest()

    exec("def update(x): return x + 1", namespace)

    assert CodeFingerprint(namespace["run"]).digest() != before
