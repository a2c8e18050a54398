"""Tells whether a row fits a filter: what where.py says in SQL, said in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.stores.filters import (
        ArtifactFilter,
        FlowRunFilter,
        LogFilter,
        TaskRunFilter,
    )
    from penstock.stores.rows import ArtifactRow, FlowRunRow, LogRow, TaskRunRow

__all__ = ["fits_artifact", "fits_flow_run", "fits_log", "fits_task_run", "has_part"]


def fits_flow_run(row: FlowRunRow, where: FlowRunFilter) -> bool:
    """Tell whether a flow run is among those asked for."""
    return (
        (where.sessions or row.kind == "flow")
        and where.flow_name in {None, row.flow_name}
        and (where.state_types is None or row.state_type in where.state_types)
        and has_part(row.name, where.name_contains)
        and set(where.tags or ()) <= set(row.tags)
        and where.parent_flow_run_id in {None, row.parent_flow_run_id}
        and where.owner in {None, row.owner}
        and (where.created_from is None or row.created >= where.created_from)
        and (where.created_before is None or row.created < where.created_before)
        and (where.before_id is None or row.id < where.before_id)
    )


def fits_task_run(row: TaskRunRow, where: TaskRunFilter) -> bool:
    """Tell whether a task run is among those asked for, its place in the list apart."""
    return (
        where.flow_run_id in {None, row.flow_run_id}
        and (where.state_types is None or row.state_type in where.state_types)
        and has_part(row.name, where.name_contains)
        and where.task_key in {None, row.task_key}
        and (where.after_index is None or row.index > where.after_index)
    )


def fits_log(row: LogRow, where: LogFilter, family: set[str] | None, task_key: str | None) -> bool:
    """Tell whether a line is among those asked for, its place in the list apart.

    Args:
        row: the line.
        where: what is asked for.
        family: the flow runs whose lines they may be; None: all.
        task_key: of the task that wrote it.
    """
    task_name = None if task_key is None else task_key.rpartition(".")[2]
    return (
        (family is None or row.flow_run_id in family)
        and where.index in {None, row.index}
        and (where.level_from is None or row.level >= where.level_from)
        and (where.loggers is None or row.logger in where.loggers)
        and (where.at_from is None or row.at >= where.at_from)
        and (where.at_before is None or row.at < where.at_before)
        and (where.task_names is None or task_name in where.task_names)
        and all(has_part(row.message, part) for part in where.contains or ())
    )


def fits_artifact(row: ArtifactRow, where: ArtifactFilter, family: set[str] | None) -> bool:
    """Tell whether an artifact is among those asked for; `family`: whose they may be."""
    return (
        (family is None or row.flow_run_id in family)
        and where.index in {None, row.index}
        and where.key in {None, row.key}
        and (where.kinds is None or row.kind in where.kinds)
        and any(has_part(text, where.contains) for text in (row.key, row.description))
        and (where.before_id is None or row.id < where.before_id)
    )


def has_part(text: str | None, part: str | None) -> bool:
    """Tell whether a text contains a part, where one is asked for."""
    return part is None or _folded(part) in _folded(text or "")


def _folded(text: str) -> str:
    """Make capitals small: ASCII ones, which are all that SQLite knows."""
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")
