"""Flow runs in pages."""

from __future__ import annotations

from penstock._schemas.common import Page
from penstock._schemas.flow_runs import FlowRun
from penstock._schemas.queries import FlowRunQuery
from penstock._server.asked import flow_run_page
from penstock._server.listed import MOST_COUNTED, list_flow_runs, page_end
from penstock.stores.protocol import Store

__all__ = ["flow_run_list"]


def flow_run_list(store: Store, query: FlowRunQuery, now: int) -> Page[FlowRun]:
    """Give a page of flow runs.

    Raises:
        NotFound, UsageError: as `flow_run_page`.
    """
    everything, page = flow_run_page(query, store)
    rows = store.find_flow_runs(page, query.limit + 1)  # one more tells whether it is the last
    shown = rows[: query.limit]
    total = page_end(len(rows), query.limit, is_first=query.cursor is None)
    if total is None:
        total = store.count_flow_runs(everything, MOST_COUNTED)
    return Page(
        items=list_flow_runs(store, shown, now),
        next_cursor=shown[-1].id if len(rows) > query.limit else None,
        total=total,
        total_is_exact=total < MOST_COUNTED,
    )
