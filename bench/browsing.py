"""How long does the server take for a page, when the store holds a busy month?

Time is that of the server: request in, answer out, in one process, without a network.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bench.figures import Figure, clock, fresh, in_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Effort

_TASKS: Final = 10
_WIDE: Final = 10_000


class Request(NamedTuple):
    """What a page asks for."""

    name: str
    path: str
    target: float  #: milliseconds
    floor: str  #: the plainest statement that reads what it shows


_PAGE: Final = "SELECT * FROM flow_run ORDER BY id DESC LIMIT 50"
_COUNT: Final = "SELECT count(*) FROM flow_run WHERE name LIKE '%x%'"
_WIDE_ROWS: Final = (
    "SELECT id, task_key, name, state_type, created, started, ended FROM task_run"
    " ORDER BY id DESC LIMIT 10001"
)

REQUESTS: Final = (
    Request("runs, first page", "/api/flow-runs?limit=50", 50, _PAGE),
    Request("runs, failed", "/api/flow-runs?state=FAILED&limit=50", 200, _PAGE),
    Request("runs, last day", "/api/flow-runs?parent=none&since={day}&limit=50", 200, _PAGE),
    Request("runs, tag + state + name, one at the end",
            "/api/flow-runs?state=FAILED&tag=needle&q=needle", 500, _COUNT),
    Request("runs, tag + state + name, none", "/api/flow-runs?state=COMPLETED&tag=x&q=y", 500,
            _COUNT),
    Request("runs, parameter, one at the end", "/api/flow-runs?parameter=source=needle", 500,
            _COUNT),
    Request("history over all", "/api/flow-runs/history", 500, _COUNT),
    Request("stats over all", "/api/flow-runs/stats", 500, _COUNT),
    Request("flows", "/api/flows", 500, _COUNT),
    Request("flow", "/api/flows/flow_07", 200, _COUNT),
    Request("task runs, first page", "/api/task-runs?limit=50", 50, _PAGE),
    Request("run of 10,000 task runs", "/api/flow-runs/{wide}", 50, _PAGE),
    Request("its timeline", "/api/flow-runs/{wide}/timeline", 300, _WIDE_ROWS),
    Request("its timeline, what changed", "/api/flow-runs/{wide}/timeline?after={cursor}", 50,
            _PAGE),
    Request("its graph", "/api/flow-runs/{wide}/graph", 300, _WIDE_ROWS),
    Request("its task runs, last page",
            "/api/task-runs?flow_run_id={wide}&order=newest&limit=50", 50, _PAGE),
)  # fmt: skip


def measure(effort: Effort) -> Iterator[Figure]:
    flow_runs = effort.size(100_000 if effort.full else 20_000)
    size = f"{flow_runs:,} runs, {flow_runs * _TASKS + _WIDE:,} task runs"
    with in_home() as home:
        wide = fresh(fill, flow_runs, home=home)
        found = fresh(answer, wide, effort.repeats, home=home)
    for request in REQUESTS:
        values, floor, size_bytes = found[request.name]
        yield Figure(
            request.name, "ms", values, "plain SELECT", floor, request.target,
            note=f"{size_bytes / 1_000:,.0f} kB; {size}",
        )  # fmt: skip


def fill(flow_runs: int) -> str:
    """Make the store; give the id of its wide flow run."""
    from bench.crowd import Crowd, fill  # noqa: PLC0415 - in a process of its own
    from penstock.settings import load_settings  # noqa: PLC0415 - as above
    from penstock.stores import open_store  # noqa: PLC0415 - as above

    store = open_store(load_settings().store_url)
    last = fill(store, Crowd(flow_runs, _TASKS, _WIDE))
    store.close()
    return last


def answer(wide: str, repeats: int) -> dict[str, tuple[list[float], list[float], int]]:
    """Ask for each page some times; give milliseconds, those of its floor, and bytes."""
    import warnings  # noqa: PLC0415 - in a process of its own

    warnings.filterwarnings("ignore", "Using `httpx`")
    from fastapi.testclient import TestClient  # noqa: PLC0415 - as above

    from bench.crowd import Crowd  # noqa: PLC0415 - as above
    from penstock._schemas.common import moment  # noqa: PLC0415 - as above
    from penstock._server.app import create_app  # noqa: PLC0415 - as above
    from penstock.settings import load_settings  # noqa: PLC0415 - as above
    from penstock.stores import open_store  # noqa: PLC0415 - as above

    settings = load_settings()
    store = open_store(settings.store_url)
    words = {
        "wide": wide,
        "cursor": store.newest_event() - 100,
        "day": moment(Crowd(0).until - 86_400_000_000).isoformat().replace("+", "%2B"),
    }
    path = settings.store_url.removeprefix("sqlite://")
    found: dict[str, Any] = {}
    with TestClient(create_app(store, settings)) as client, closing(sqlite3.connect(path)) as raw:
        client.get("/api/flow-runs?limit=1")  # makes what is made once
        for request in REQUESTS:
            times, floor, size = [], [], 0
            for _ in range(repeats):
                began = clock()
                response = client.get(request.path.format(**words))
                times.append((clock() - began) * 1_000)
                if response.status_code != 200:
                    raise SystemExit(f"bench: {request.path}: {response.text}")
                size = len(response.content)
                began = clock()
                raw.execute(request.floor).fetchall()
                floor.append((clock() - began) * 1_000)
            found[request.name] = times, floor, size
    store.close()
    return found
