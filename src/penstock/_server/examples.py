"""Examples of the main models, for whoever reads the OpenAPI document.

All are of one story: a nightly run whose second task failed. A test sees that each fits.
"""

from __future__ import annotations

from typing import Any, Final

__all__ = ["EXAMPLES"]

_RUN: Final = "019ac5d2-7c1e-7a40-b1f3-5d0c9e2a7b61"
_CREATED: Final = "2026-03-01T02:00:00.104233Z"
_STARTED: Final = "2026-03-01T02:00:00.104971Z"
_ENDED: Final = "2026-03-01T02:00:03.220140Z"

_FLOW_RUN: Final[dict[str, Any]] = {
    "id": _RUN,
    "name": "brisk-otter",
    "flow_name": "nightly",
    "version": "7",
    "state_type": "FAILED",
    "state_name": "Failed",
    "message": "Task run 'clean-1' failed (ValueError: row 2 has no score).",
    "created": _CREATED,
    "start_time": _STARTED,
    "end_time": _ENDED,
    "total_run_time": 3.115169,
    "attempt": 1,
    "tags": ["eu"],
    "parent_flow_run_id": None,
    "parent_index": None,
    "host": "build-2",
    "pid": 4711,
    "task_counts": [
        {"state_type": "FAILED", "state_name": "Failed", "count": 1},
        {"state_type": "COMPLETED", "state_name": "Completed", "count": 1},
    ],
}

_TASK_RUN: Final[dict[str, Any]] = {
    "id": f"{_RUN}-1",
    "name": "clean-1",
    "task_name": "clean",
    "task_key": "pipeline.clean",
    "flow_run_id": _RUN,
    "flow_run_name": "brisk-otter",
    "index": 1,
    "state_type": "FAILED",
    "state_name": "Failed",
    "message": "ValueError: row 2 has no score",
    "created": "2026-03-01T02:00:02.000124Z",
    "start_time": "2026-03-01T02:00:02.000511Z",
    "end_time": "2026-03-01T02:00:03.219002Z",
    "total_run_time": 1.218491,
    "attempt": 1,
    "tags": [],
    "parent_index": None,
    "upstreams": [0],
}

_HOME: Final[dict[str, Any]] = {
    "has_runs": True,
    "stats": {
        "total": 1,
        "states": [{"state_type": "FAILED", "state_name": "Failed", "count": 1}],
        "median_run_time": None,
        "success_rate": 0.0,
    },
    "history": {
        "start": "2026-03-01T00:00:00Z",
        "end": "2026-03-01T03:00:00Z",
        "buckets": [
            {
                "start": "2026-03-01T00:00:00Z",
                "end": "2026-03-01T03:00:00Z",
                "counts": {"FAILED": 1},
            }
        ],
        "total": 1,
    },
    "trouble": {"items": [_FLOW_RUN], "next_cursor": None, "total": 1, "total_is_exact": True},
    "active": {"items": [], "next_cursor": None, "total": 0, "total_is_exact": True},
    "artifacts": [],
}

#: By the name of the model.
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "FlowRun": _FLOW_RUN,
    "Home": _HOME,
    "TaskRun": _TASK_RUN,
    "LogLine": {
        "id": 90_311,
        "timestamp": "2026-03-01T02:00:02.104233Z",
        "level": 30,
        "logger": "penstock.task_runs",
        "message": "row 2 has no score",
        "length": 18,
        "is_cut": False,
        "flow_run_id": _RUN,
        "flow_run_name": "brisk-otter",
        "task_run_id": f"{_RUN}-1",
        "task_run_name": "clean-1",
    },
    "StateChange": {
        "id": 51_822,
        "timestamp": "2026-03-01T02:00:03.219002Z",
        "state_type": "FAILED",
        "state_name": "Failed",
        "message": "ValueError: row 2 has no score",
        "traceback": None,
        "attempt": 1,
        "retry_delay": None,
        "reason": None,
    },
    "Retry": {"rerun": ["load"]},
    "Resume": {"rerun": [], "input": {"day": "2026-03-01"}, "key": None},
    "Bulk": {"action": "retry", "where": {"flow": ["nightly"], "state": ["FAILED"]}},
    "Outcome": {
        "flow_run_id": _RUN,
        "name": "brisk-otter",
        "done": True,
        "message": "'brisk-otter' goes on in process 5122.",
    },
    "ViewIn": {"name": "failed tonight", "query": "state=FAILED&flow=nightly"},
    "Health": {"status": "ok", "version": "0.1.0"},
    "Problem": {
        "type": "not_found",
        "title": "There is no such thing",
        "status": 404,
        "detail": "There is no artifact '019ac5d2'.",
        "errors": [],
    },
}
