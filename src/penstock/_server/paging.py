"""Lists of runs in pages. The invariant: nothing is counted that the page itself tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

from penstock._schemas.common import Page
from penstock._schemas.flow_runs import FlowRun
from penstock._schemas.queries import FlowRunQuery, TaskRunQuery
from penstock._schemas.task_runs import TaskRun
from penstock._server.asked import flow_run_page, task_run_page
from penstock._server.listed import list_flow_runs, list_task_runs
from penstock.stores.protocol import Store

__all__ = ["page_of_flow_runs", "page_of_task_runs"]

#: Where counting stops: so many, or more.
_MOST_COUNTED: Final = 10_001


class _Named(Protocol):
    """A row that a page can go on after."""

    @property
    def id(self) -> str:
        """Its id."""
        ...


Row = TypeVar("Row", bound=_Named)
Item = TypeVar("Item")


def page_of_flow_runs(store: Store, query: FlowRunQuery, now: int) -> Page[FlowRun]:
    """Give a page of flow runs.

    Raises:
        NotFound, UsageError: as `flow_run_page`.
    """
    everything, page = flow_run_page(query, store)
    return _page(
        store.find_flow_runs(page, query.limit + 1),
        query,
        lambda: store.count_flow_runs(everything, _MOST_COUNTED),
        lambda rows: list_flow_runs(store, rows, now),
    )


def page_of_task_runs(store: Store, query: TaskRunQuery, now: int) -> Page[TaskRun]:
    """Give a page of task runs.

    Raises:
        NotFound, UsageError: as `task_run_page`.
    """
    everything, page = task_run_page(query, store)
    return _page(
        store.find_task_runs(page, query.limit + 1),
        query,
        lambda: store.count_tasks(everything, _MOST_COUNTED),
        lambda rows: list_task_runs(store, rows, now),
    )


def _page(
    found: Sequence[Row],
    query: FlowRunQuery | TaskRunQuery,
    count: Callable[[], int],
    describe: Callable[[Sequence[Row]], list[Item]],
) -> Page[Item]:
    """Make a page of what was found: one row more than it shows, unless it is the last."""
    shown = found[: query.limit]
    is_last = len(found) <= query.limit
    total = len(found) if is_last and query.cursor is None else count()
    return Page(
        items=describe(shown),
        next_cursor=None if is_last else shown[-1].id,
        total=total,
        total_is_exact=total < _MOST_COUNTED,
    )
