"""Log lines of runs: read a page at a time, and shown as they were logged."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from penstock._cli.lookup import Names, all_task_runs
from penstock._cli.options import LEVELS
from penstock._cli.times import local
from penstock.errors import NotFound
from penstock.states import FINAL
from penstock.stores.filters import LogFilter, TaskRunFilter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from penstock._cli.output import Piece, Screen
    from penstock.stores.protocol import Store
    from penstock.stores.rows import FlowRunRow, LogRow

__all__ = ["LineReader", "follow", "level_name", "show_line", "show_lines"]

_PAGE: Final = 1_000
#: How often a run that is followed is looked at.
_EVERY_SECONDS: Final = 0.25

#: Length of 2026-03-01.
_DATE: Final = 10

_LEVEL_NAMES: Final = {number: name.upper() for name, number in LEVELS.items()}
_LEVEL_STYLES: Final = ((40, "red"), (30, "yellow"), (20, ""), (0, "dim"))


class LineReader:
    """Reads the lines of a flow run, and goes on where it ended."""

    def __init__(self, store: Store, row: FlowRunRow, task: str | None, level: str | None) -> None:
        """Choose the lines.

        Args:
            store: where they are.
            row: the flow run.
            task: name, index or function name of the task runs whose lines are wanted.
            level: name of the lowest level.

        Raises:
            NotFound: the flow run has no such task run.
        """
        self._store = store
        self._indexes = None if task is None else _indexes(store, row, task)
        self._where = LogFilter(
            flow_run_id=row.id, level_from=None if level is None else LEVELS[level]
        )
        if self._indexes is not None and len(self._indexes) == 1:
            self._where = self._where._replace(index=next(iter(self._indexes)))

    def read(self) -> Iterator[LogRow]:
        """Give the lines there are, from where the last reading ended."""
        while rows := self._store.find_logs(self._where, _PAGE):
            self._where = self._where._replace(after_id=rows[-1].id)
            for row in rows:
                if self._indexes is None or row.index in self._indexes:
                    yield row
            if len(rows) < _PAGE:
                return


def follow(screen: Screen, store: Store, row: FlowRunRow, reader: LineReader) -> None:
    """Show lines as they come, until the run has ended."""
    names = Names(store)
    while True:
        # Asked before reading: what is logged before the end is not missed.
        has_ended = store.get_flow_run(row.id).state_type in FINAL
        show_lines(screen, names, reader.read())
        screen.stream.flush()
        if has_ended:
            return
        time.sleep(_EVERY_SECONDS)


def show_lines(screen: Screen, names: Names, rows: Iterable[LogRow]) -> int:
    """Show lines, each with the run that logged it; tell how many there were."""
    count = 0
    for row in rows:
        show_line(screen, row, names.of_line(row))
        count += 1
    return count


def show_line(screen: Screen, row: LogRow, name: str) -> None:
    """Show one line. What has several lines keeps them, indented."""
    style = _style(row.level)
    moment = local(row.at, milliseconds=True)
    if screen.is_terminal:
        # Of today the time is enough, and leaves room for the line.
        moment = moment.removeprefix(f"{local(time.time_ns() // 1000)[:_DATE]} ")
    message = row.message.replace("\n", "\n    ")
    pieces: list[str | Piece] = [
        (moment, "dim"),
        "  ",
        (f"{level_name(row.level):<8}", style),
        "  ",
        (name, "bold"),
        "  ",
        (message, style if style != "dim" else ""),
    ]
    screen.line(pieces)


def level_name(level: int) -> str:
    """Name a level; one between the usual ones by its number."""
    return _LEVEL_NAMES.get(level, str(level))


def _style(level: int) -> str:
    return next(style for least, style in _LEVEL_STYLES if level >= least)


def _indexes(store: Store, row: FlowRunRow, task: str) -> frozenset[int]:
    """Find the task runs that a person means by a name or an index."""
    if task.isdecimal():
        return frozenset({store.get_task_run(f"{row.id}-{task}").index})
    where = TaskRunFilter(flow_run_id=row.id, name_contains=task)
    found = list(all_task_runs(store, where))
    exact = [run.index for run in found if run.name == task]
    function = [run.index for run in found if run.task_key.rpartition(".")[2] == task]
    indexes = exact or function
    if not indexes:
        raise NotFound("task run", task)
    return frozenset(indexes)
