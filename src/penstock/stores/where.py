"""Builds the statements of lists from filters.

Values are always bound. What stands in the text comes from this file alone: no
caller's string ever becomes a column, an operator or an order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from penstock._ids import split_task_run_id
from penstock.stores.projection import INDEX_BITS

if TYPE_CHECKING:
    from penstock.stores.filters import FlowRunFilter, LogFilter, TaskRunFilter

__all__ = ["flow_runs", "like_pattern", "logs", "task_run_span", "task_runs"]

Query = tuple[str, list[Any]]

_FLOW_COLUMNS: Final = """flow_run.id, flow_run.kind, flow_run.flow_name, flow_run.flow_key,
    flow_run.name, flow_run.version, flow_run.tags, {wide}, above.id,
    flow_run.parent_index, flow_run.upstreams, flow_run.state_type, flow_run.state_name,
    flow_run.message, {wide_too}, flow_run.attempt, flow_run.created, flow_run.started,
    flow_run.ended, flow_run.owner, process.host, process.pid"""

_FLOW_FROM: Final = """
FROM flow_run
LEFT JOIN flow_run AS above ON above.no = flow_run.parent_no
LEFT JOIN process ON process.incarnation = flow_run.owner
"""

_TASK_COLUMNS: Final = """flow_run.id, task_run.id, task_run.task_key, task_run.name,
    task_run.state_type, task_run.state_name, task_run.message, task_run.traceback,
    task_run.attempt, task_run.created, task_run.started, task_run.ended,
    task_run.parent_index, task_run.upstreams, task_run.tags, task_run.fingerprint,
    task_run.result_ref, {result}"""


def like_pattern(text: str) -> str:
    """Make a pattern for LIKE ... ESCAPE that finds a text anywhere."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def task_run_span(no: int) -> tuple[int, int]:
    """Give the first id of a flow run's task runs, and the first behind them."""
    return no << INDEX_BITS, (no + 1) << INDEX_BITS


def flow_run(flow_run_id: str) -> Query:
    """Build the statement that gives one flow run whole."""
    columns = _FLOW_COLUMNS.format(
        wide="flow_run.parameters", wide_too="flow_run.traceback, flow_run.result"
    )
    return f"SELECT {columns}{_FLOW_FROM}WHERE flow_run.id = ?", [flow_run_id]  # noqa: S608


def flow_runs(where: FlowRunFilter, limit: int, like: str) -> Query:
    """Build the list of flow runs, newest first."""
    terms: list[str] = []
    values: list[Any] = []

    def add(term: str, *bound: Any) -> None:
        terms.append(term)
        values.extend(bound)

    if not where.sessions:
        add("flow_run.kind = 'flow'")
    if where.flow_name is not None:
        add("flow_run.flow_name = ?", where.flow_name)
    if where.state_types is not None:
        add(*_in("flow_run.state_type", where.state_types))
    if where.name_contains is not None:
        add(f"flow_run.name {like} ? ESCAPE '\\'", like_pattern(where.name_contains))
    if where.parent_flow_run_id is not None:
        add(
            "flow_run.parent_no = (SELECT no FROM flow_run WHERE id = ?)",
            where.parent_flow_run_id,
        )
    if where.owner is not None:
        add("flow_run.owner = ?", where.owner)
    if where.created_from is not None:
        add("flow_run.created >= ?", where.created_from)
    if where.created_before is not None:
        add("flow_run.created < ?", where.created_before)
    if where.before_id is not None:
        add("flow_run.id < ?", where.before_id)
    for tag in where.tags or ():
        # Tags are few and short; a text search in their JSON needs no table of its own.
        add("flow_run.tags LIKE ? ESCAPE '\\'", like_pattern(_json_string(tag)))
    columns = _FLOW_COLUMNS.format(wide="NULL", wide_too="NULL, NULL")
    text = f"SELECT {columns}{_FLOW_FROM}{_all(terms)} ORDER BY flow_run.id DESC LIMIT ?"  # noqa: S608
    return text, [*values, limit]


def task_runs(where: TaskRunFilter, no: int | None, limit: int, like: str) -> Query:
    """Build the list of task runs; `no` is the number of the flow run asked for."""
    terms: list[str] = []
    values: list[Any] = []

    def add(term: str, *bound: Any) -> None:
        terms.append(term)
        values.extend(bound)

    if no is not None:
        first, behind = task_run_span(no)
        if where.after_index is not None:
            first += where.after_index + 1
        add("task_run.id >= ? AND task_run.id < ?", first, behind)
    if where.before_id is not None:
        above, index = split_task_run_id(where.before_id)
        add(
            f"task_run.id < (SELECT no FROM flow_run WHERE id = ?) * {1 << INDEX_BITS} + ?",
            above,
            index,
        )
    if where.state_types is not None:
        add(*_in("task_run.state_type", where.state_types))
        if no is None and "COMPLETED" not in where.state_types:
            # In the words of the partial index, or it is not used.
            add("task_run.state_type <> 'COMPLETED'")
    if where.name_contains is not None:
        add(f"task_run.name {like} ? ESCAPE '\\'", like_pattern(where.name_contains))
    if where.task_key is not None:
        add("task_run.task_key = ?", where.task_key)
    columns = _TASK_COLUMNS.format(result="task_run.result" if where.with_result else "NULL")
    order = "task_run.id DESC" if no is None or where.newest_first else "task_run.id"
    text = f"""SELECT {columns}
FROM task_run JOIN flow_run ON flow_run.no = task_run.id >> {INDEX_BITS}
{_all(terms)} ORDER BY {order} LIMIT ?"""  # noqa: S608 - built from this file's own words
    return text, [*values, limit]


def logs(where: LogFilter, nos: list[int] | None, limit: int, like: str) -> Query:
    """Build the list of log lines; `nos` are the flow runs they may come from."""
    terms: list[str] = []
    values: list[Any] = []

    def add(term: str, *bound: Any) -> None:
        terms.append(term)
        values.extend(bound)

    if nos is not None:
        add(*_in("log.flow_run", nos))
    if where.index is not None:
        add("log.idx = ?", where.index)
    if where.level_from is not None:
        add("log.level >= ?", where.level_from)
    if where.logger is not None:
        add("log.logger = ?", where.logger)
    if where.contains is not None:
        add(f"log.message {like} ? ESCAPE '\\'", like_pattern(where.contains))
    if where.after_id is not None:
        add("log.id < ?" if where.newest_first else "log.id > ?", where.after_id)
    order = "log.id DESC" if where.newest_first else "log.id"
    text = f"""SELECT log.id, flow_run.id, log.idx, log.at, log.level, log.logger, log.message
FROM log JOIN flow_run ON flow_run.no = log.flow_run
{_all(terms)} ORDER BY {order} LIMIT ?"""  # noqa: S608 - built from this file's own words
    return text, [*values, limit]


def _in(column: str, values: Any) -> tuple[Any, ...]:
    """Say that a column is one of some values."""
    if len(values) == 1:
        # An equality lets an index give the order too.
        return (f"{column} = ?", values[0])
    return (f"{column} IN ({', '.join('?' * len(values)) or 'NULL'})", *values)


def _all(terms: list[str]) -> str:
    return f"WHERE {' AND '.join(terms)}" if terms else ""


def _json_string(text: str) -> str:
    import json  # noqa: PLC0415 - 3 ms, only for tags

    return json.dumps(text, ensure_ascii=False)
