"""Tells whether a row fits a filter: what where.py says in SQL, said in Python."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.stores.filters import (
        ArtifactFilter,
        FlowRunFilter,
        LogFilter,
        ParameterWord,
        StateWord,
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
        and _fits_more(row, where)
    )


def _fits_more(row: FlowRunRow, where: FlowRunFilter) -> bool:
    """Tell the rest: what only people ask for."""
    return (
        (where.states is None or _is_in_state(row, where.states))
        and not _is_in_state(row, where.not_states)
        and (where.flows is None or _has_name(row.flow_name, where.flows))
        and not _has_name(row.flow_name, where.not_flows)
        and not set(where.not_tags) & set(row.tags)
        and all(_has_parameter(row, word) for word in where.parameters)
        and any(has_part(text, where.contains) for text in (row.id, row.name, row.flow_name))
        and where.is_nested in {None, row.parent_flow_run_id is not None}
        and (where.ids is None or row.id in where.ids)
        and (where.after_id is None or row.id > where.after_id)
    )


def fits_task_run(row: TaskRunRow, where: TaskRunFilter) -> bool:
    """Tell whether a task run is among those asked for, its place in the list apart."""
    return (
        where.flow_run_id in {None, row.flow_run_id}
        and (where.state_types is None or row.state_type in where.state_types)
        and has_part(row.name, where.name_contains)
        and where.task_key in {None, row.task_key}
        and (where.after_index is None or row.index > where.after_index)
        and (where.states is None or _is_in_state(row, where.states))
        and not _is_in_state(row, where.not_states)
        and (where.tasks is None or row.task_key.rpartition(".")[2] in where.tasks)
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
        and (where.through_id is None or row.id <= where.through_id)
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


def _is_in_state(row: FlowRunRow | TaskRunRow, states: Iterable[StateWord]) -> bool:
    return any(
        state.state_type in {None, row.state_type} and state.state_name in {None, row.state_name}
        for state in states
    )


def _has_name(name: str, patterns: Iterable[str]) -> bool:
    for pattern in patterns:
        if "*" not in pattern:
            if name == pattern:
                return True
            continue
        parts = ".*".join(map(re.escape, _folded(pattern).split("*")))
        if re.fullmatch(parts, _folded(name), re.DOTALL):
            return True
    return False


def _has_parameter(row: FlowRunRow, word: ParameterWord) -> bool:
    parameters: dict[str, Any] = json.loads(row.parameters or "{}")
    if word.name not in parameters:
        return False
    value = parameters[word.name]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value) == word.text or value == word.number
    if isinstance(value, str):
        return value == word.text
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) == word.text


def _folded(text: str) -> str:
    """Make capitals small: ASCII ones, which are all that SQLite knows."""
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")
