"""Runs as JSON objects: the fields that scripts rely on, with the API's names."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from penstock._cli.times import iso

if TYPE_CHECKING:
    from penstock.stores.rows import ArtifactRow, FlowRunRow, LogRow, StoredEvent, TaskRunRow

__all__ = [
    "artifact_record",
    "flow_run_record",
    "history_record",
    "log_record",
    "read_parameters",
    "run_time",
    "task_run_record",
]


def run_time(row: FlowRunRow | TaskRunRow) -> float | None:
    """Tell how many seconds a run took, or has taken so far; None: it has not begun."""
    if row.started is None:
        return None
    ended = time.time_ns() // 1000 if row.ended is None else row.ended
    return max(ended - row.started, 0) / 1_000_000


def read_parameters(row: FlowRunRow) -> dict[str, Any]:
    """Give what a flow was called with, by name."""
    if row.parameters is None:
        return {}
    parameters: dict[str, Any] = json.loads(row.parameters)
    return parameters


def flow_run_record(row: FlowRunRow) -> dict[str, Any]:
    """Describe a flow run; `row` must have been read whole."""
    return {
        "id": row.id,
        "name": row.name,
        "flow_name": row.flow_name,
        "version": row.version,
        "state_type": row.state_type,
        "state_name": row.state_name,
        "message": row.message,
        "created": iso(row.created),
        "start_time": iso(row.started),
        "end_time": iso(row.ended),
        "total_run_time": run_time(row),
        "attempt": row.attempt,
        "tags": list(row.tags),
        "parameters": read_parameters(row),
        "parent_flow_run_id": row.parent_flow_run_id,
        "parent_index": row.parent_index,
        "upstreams": list(row.upstreams),
        "host": row.host,
        "pid": row.pid,
    }


def task_run_record(row: TaskRunRow, *, in_session: bool) -> dict[str, Any]:
    """Describe a task run.

    Args:
        row: as the store has it.
        in_session: whether it was called outside of a flow.
    """
    return {
        "id": row.id,
        "name": row.name,
        "task_key": row.task_key,
        "flow_run_id": None if in_session else row.flow_run_id,
        "index": row.index,
        "state_type": row.state_type,
        "state_name": row.state_name,
        "message": row.message,
        "created": iso(row.created),
        "start_time": iso(row.started),
        "end_time": iso(row.ended),
        "total_run_time": run_time(row),
        "attempt": row.attempt,
        "tags": list(row.tags),
        "parent_index": row.parent_index,
        "upstreams": list(row.upstreams),
    }


def history_record(event: StoredEvent) -> dict[str, Any]:
    """Describe a change of state."""
    said = {} if event.body is None else json.loads(event.body)
    return {
        "timestamp": iso(event.at),
        "state_type": event.state_type,
        "state_name": event.state_name,
        "message": said.get("message"),
        "traceback": said.get("traceback"),
        "attempt": said.get("attempt"),
        "retry_delay": said.get("delay"),
        "reason": said.get("reason"),
    }


def artifact_record(row: ArtifactRow) -> dict[str, Any]:
    """Describe an artifact, without its content."""
    in_session = row.flow_run_kind == "session"
    return {
        "id": row.id,
        "key": row.key,
        "kind": row.kind,
        "version": row.version,
        "description": row.description,
        "created": iso(row.created),
        "updated": iso(row.updated),
        "content_type": row.content_type,
        "size": row.size,
        "flow_run_id": None if in_session else row.flow_run_id,
        "flow_run_name": None if in_session else row.flow_run_name,
        "flow_name": None if in_session else row.flow_name,
        "task_run_id": None if row.index is None else f"{row.flow_run_id}-{row.index}",
        "task_run_name": row.task_run_name,
    }


def log_record(row: LogRow, in_session: bool) -> dict[str, Any]:
    """Describe a log line; `in_session`: its task was called outside of a flow."""
    return {
        "id": row.id,
        "flow_run_id": None if in_session else row.flow_run_id,
        "task_run_id": None if row.index is None else f"{row.flow_run_id}-{row.index}",
        "timestamp": iso(row.at),
        "level": row.level,
        "logger": row.logger,
        "message": row.message,
    }
