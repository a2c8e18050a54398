"""Builds the statements that find log lines, as where.py does for runs.

A list of lines begins as a list of ids, so that sorting and skipping move no texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from penstock.stores.projection import INDEX_BITS
from penstock.stores.where import Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.stores.filters import LogFilter
    from penstock.stores.where import Query, Words

__all__ = ["Lines", "log_count", "log_ids", "log_lines", "log_rows"]


class Lines(NamedTuple):
    """Where lines are looked for: in the table itself, or in an index of their texts."""

    source: str = "log"  #: what stands behind FROM
    key: str = "log.id"  #: the column that orders it
    term: str | None = None  #: true of the lines that the index finds
    value: str | None = None  #: bound in that term
    after: int | None = None  #: only lines with an id above this one
    through: int | None = None  #: only lines up to this one
    is_read_through: bool = False  #: all lines in between are read, whatever run they are of


#: The level from which on lines have an index of their own.
_WARNING: Final = 30
#: Flow runs that a statement names one by one.
_MANY: Final = 400


def log_ids(
    where: LogFilter, nos: list[int] | None, page: tuple[int, int], words: Words, lines: Lines
) -> Query:
    """Build the list of the ids of log lines.

    Args:
        where: which lines.
        nos: the numbers of the flow runs they may come from.
        page: how many, and how many to leave out before them.
        words: the database's own.
        lines: where they are looked for.
    """
    wanted = _wanted(where, nos, words, lines)
    order = f"{lines.key} DESC" if where.newest_first else lines.key
    text = f"SELECT {lines.key} FROM {lines.source} {wanted} ORDER BY {order} LIMIT ? OFFSET ?"
    return text, [*wanted.values, *page]


def log_count(where: LogFilter, nos: list[int] | None, words: Words, lines: Lines) -> Query:
    """Build the statement that counts log lines."""
    wanted = _wanted(where, nos, words, lines)
    return f"SELECT count(*) FROM {lines.source} {wanted}", wanted.values


def log_rows(ids: Sequence[int]) -> Query:
    """Build the statement that gives lines whole by their ids, in their order."""
    wanted = Terms()
    wanted.add_in(ids, "log.id")
    text = f"""SELECT log.id, flow_run.id, log.idx, log.at, log.level, log.logger, log.message
FROM log JOIN flow_run ON flow_run.no = log.flow_run
{wanted} ORDER BY log.id"""
    return text, wanted.values


def log_lines(ids: Sequence[int], longest: int | None) -> Query:
    """Build the statement that gives lines by their ids, with the names of their runs.

    Args:
        ids: of the lines.
        longest: characters to give of each; None: all.
    """
    wanted = Terms()
    wanted.add_in(ids, "log.id")
    message = "log.message" if longest is None else "substr(log.message, 1, ?)"
    text = f"""SELECT log.id, flow_run.id, flow_run.name, log.idx, task_run.name, log.at,
    log.level, log.logger, {message}, length(log.message)
FROM log JOIN flow_run ON flow_run.no = log.flow_run
LEFT JOIN task_run ON task_run.id = log.flow_run * {1 << INDEX_BITS} + log.idx
{wanted} ORDER BY log.id"""
    return text, [*([] if longest is None else [longest]), *wanted.values]


def _wanted(where: LogFilter, nos: list[int] | None, words: Words, lines: Lines) -> Terms:
    wanted = Terms()
    wanted.add_if(lines.value, lines.term or "")
    wanted.add_if(lines.after, f"{lines.key} > ?")
    wanted.add_if(lines.through, f"{lines.key} <= ?")
    wanted.add_if(where.through_id, f"{lines.key} <= ?")
    wanted.add_if(where.after_id, f"{lines.key} {'<' if where.newest_first else '>'} ?")
    # With a plus in front, no index of runs is used.
    _add_family(wanted, nos, "+log.flow_run" if lines.is_read_through else "log.flow_run")
    wanted.add_if(where.index, "log.idx = ?")
    wanted.add_if(where.level_from, "log.level >= ?")
    if nos is not None and where.level_from is not None and where.level_from >= _WARNING:
        # In the words of the partial index, or it is not used.
        wanted.add(f"log.level >= {_WARNING}")
    wanted.add_if(where.at_from, "log.at >= ?")
    wanted.add_if(where.at_before, "log.at < ?")
    wanted.add_in(where.loggers, "log.logger")
    _add_tasks(wanted, where.task_names, nos)
    for part in where.contains or ():
        wanted.add_like(part, f"log.message {words.like} ? ESCAPE '\\'")
    return wanted


def _add_family(wanted: Terms, nos: list[int] | None, column: str) -> None:
    """Ask for rows of some flow runs: one, and those nested in it."""
    if nos is None or len(nos) <= _MANY:
        wanted.add_in(nos, column)
        return
    # A statement has only so many parameters.
    wanted.add(
        f"""{column} IN (
    WITH RECURSIVE family (no) AS (
        SELECT CAST(? AS BIGINT)
        UNION
        SELECT flow_run.no FROM flow_run JOIN family ON flow_run.parent_no = family.no)
    SELECT no FROM family)""",
        nos[0],
    )


def _add_tasks(wanted: Terms, names: tuple[str, ...] | None, nos: list[int] | None) -> None:
    """Ask for lines of task runs whose function has one of some names."""
    if names is None:
        return
    named = Terms()
    _add_family(named, nos, "above.no")
    ends: list[Any] = []
    for name in names:
        ends += [len(name) + 1, f".{name}"]
    is_named = " OR ".join(
        "substr('.' || task_run.task_key, length(task_run.task_key) + 2 - ?) = ?" for _ in names
    )
    named.add(f"({is_named or '1 = 0'})", *ends)
    # Looked up once, and not for each line.
    wanted.add(
        f"""log.flow_run * {1 << INDEX_BITS} + log.idx IN (
    SELECT task_run.id FROM flow_run AS above JOIN task_run
        ON task_run.id >= above.no * {1 << INDEX_BITS}
        AND task_run.id < (above.no + 1) * {1 << INDEX_BITS}
    {named})""",
        *named.values,
    )
