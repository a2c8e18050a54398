"""What is measured, and how: figures, repeats, and processes of their own."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection

__all__ = ["Effort", "Figure", "clock", "fresh", "in_home", "repeat", "run_python"]

clock = time.perf_counter


class Effort(NamedTuple):
    """How much to measure."""

    repeats: int
    #: what sizes are divided by
    divisor: int
    #: also what takes minutes
    full: bool

    def size(self, count: int) -> int:
        return max(count // self.divisor, 50)


class Figure(NamedTuple):
    """One line of the table: what was measured, beside its floor."""

    name: str
    unit: str
    values: Sequence[float]
    floor_name: str = ""
    floor: Sequence[float] = ()
    target: float | None = None
    at_least: bool = False  #: the target is a minimum
    ratio_target: float | None = None
    note: str = ""

    @property
    def median(self) -> float | None:
        return median(self.values) if self.values else None

    @property
    def floor_median(self) -> float | None:
        return median(self.floor) if self.floor else None

    @property
    def ratio(self) -> float | None:
        """How many floors it is high."""
        if self.median is None or not self.floor_median:
            return None
        return self.median / self.floor_median

    @property
    def is_met(self) -> bool | None:
        """Whether the targets are met; None where there is none."""
        if self.median is None or (self.target is None and self.ratio_target is None):
            return None
        if self.ratio_target is not None and (self.ratio or 0.0) > self.ratio_target:
            return False
        if self.target is None:
            return True
        return self.median >= self.target if self.at_least else self.median <= self.target

    def as_json(self) -> dict[str, Any]:
        shown = {
            "values": [round(value, 4) for value in self.values],
            "floor": [round(value, 4) for value in self.floor],
        }
        derived = {"median": self.median, "floor_median": self.floor_median, "ratio": self.ratio}
        rounded = {k: None if v is None else round(v, 4) for k, v in derived.items()}
        return {**self._asdict(), **shown, **rounded, "is_met": self.is_met}


def repeat(effort: Effort, function: Callable[..., Any], *args: Any) -> list[tuple[float, ...]]:
    """Call a function in fresh processes, and turn its tuples into columns of numbers."""
    return list(zip(*(fresh(function, *args) for _ in range(effort.repeats)), strict=True))


def fresh(function: Callable[..., Any], *args: Any, home: str | None = None) -> Any:
    """Call a function in a new process with a data folder of its own (or with the given one)."""
    context = multiprocessing.get_context("spawn")
    with in_home(home):
        here, there = context.Pipe()
        process = context.Process(target=_answer, args=(there, function, args))
        process.start()
        there.close()
        try:
            answer = here.recv()
        except EOFError:
            answer = None
        process.join()
    if process.exitcode:
        raise SystemExit(f"bench: {function.__name__} ended with code {process.exitcode}")
    return answer


def _answer(pipe: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    pipe.send(function(*args))
    pipe.close()


@contextmanager
def in_home(home: str | None = None) -> Iterator[str]:
    """Give processes that begin inside of the block a data folder; one of our own is deleted."""
    folder = home or tempfile.mkdtemp(prefix="penstock-bench-")
    before = os.environ.get("PENSTOCK_HOME")
    os.environ["PENSTOCK_HOME"] = folder
    os.environ.pop("PENSTOCK_STORE", None)
    os.environ.setdefault("PENSTOCK_LOG_CONSOLE", "0")
    try:
        yield folder
    finally:
        if before is None:
            del os.environ["PENSTOCK_HOME"]
        else:
            os.environ["PENSTOCK_HOME"] = before
        if home is None:
            shutil.rmtree(folder, ignore_errors=True)


def run_python(*arguments: str) -> float:
    """Run a Python program to its end; give the seconds it took, start of process included."""
    began = clock()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words
    return clock() - began
