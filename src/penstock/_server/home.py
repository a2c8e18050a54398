"""What the dashboard shows first, put together of what the other routes answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from penstock._schemas.home import Home
from penstock._schemas.queries import FlowRunQuery, FlowRunSelection, HomeQuery
from penstock._server.artifacts import list_artifacts
from penstock._server.asked import flow_run_filter
from penstock._server.buckets import make_history, make_stats
from penstock._server.listed import has_runs
from penstock._server.paging import page_of_flow_runs
from penstock.states import FINAL, StateType
from penstock.stores.filters import ArtifactFilter
from penstock.stores.protocol import Store
from penstock.stores.rows import ArtifactRow

__all__ = ["make_home"]

_RUNS: Final = 6
#: A row of cards. Each may be a picture, which is a request of its own, and with the stream
#: and this answer the page shall open with at most five.
_ARTIFACTS: Final = 3
#: Among so many of the newest they are looked for: one task may save many under one key.
_LOOKED_AT: Final = 50
_TROUBLE: Final = [StateType.FAILED.value, StateType.CRASHED.value]
_ACTIVE: Final = [state.value for state in StateType if state not in FINAL]


def make_home(store: Store, asked: HomeQuery, now: int) -> Home:
    """Give all that the first page shows."""
    where = flow_run_filter(FlowRunSelection(since=asked.since), store)
    stats = make_stats(store, where)
    trouble = FlowRunQuery(since=asked.since, state=_TROUBLE, limit=_RUNS)
    newest = _newest(store.find_artifacts(ArtifactFilter(), _LOOKED_AT))
    return Home(
        has_runs=stats.total > 0 or has_runs(store),
        stats=stats,
        history=make_history(store, where, asked.buckets, now),
        trouble=page_of_flow_runs(store, trouble, now),
        active=page_of_flow_runs(store, FlowRunQuery(state=_ACTIVE, limit=_RUNS), now),
        artifacts=list_artifacts(store, newest[:_ARTIFACTS], trend=True),
    )


def _newest(rows: Sequence[ArtifactRow]) -> list[ArtifactRow]:
    """Leave the newest of each kind and key; those without a key are all kept."""
    seen: dict[tuple[str, str], ArtifactRow] = {}
    for row in rows:
        seen.setdefault((row.kind, row.key or row.id), row)
    return list(seen.values())
