"""Calls on log lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Unpack

from penstock._schemas.flow_runs import FlowRunDetail
from penstock._schemas.logs import LogLine, LogMatches, LogPage, LogWindow
from penstock.client._asking import download, get, pages, path
from penstock.client._calls import call, stream
from penstock.client._steps import Give, Step
from penstock.states import FINAL

if TYPE_CHECKING:
    import os

    from penstock.client._steps import Exchange, Supply
    from penstock.client._words import LogSearchWords, LogWindowWords, LogWords

__all__ = ["LogCalls"]

#: The most lines that a window may have.
_WINDOW: Final = 1_000


class LogCalls:
    """What runs have logged."""

    @call
    def get_log_window(
        self, flow_run_id: str, **which: Unpack[LogWindowWords]
    ) -> Exchange[LogWindow]:
        """Give a part of a flow run's log, by position; the last lines, unless one is given.

        Example:
            window = client.get_log_window(run.id, level=30, limit=50)
            print(window.total, [line.message for line in window.items])
        """
        return get(path("flow-runs", flow_run_id, "logs"), LogWindow, which)

    @stream
    def iterate_log(self, flow_run_id: str, **which: Unpack[LogWords]) -> Supply[LogLine]:
        """Go through a flow run's log from its first line, as far as it goes by now.

        Example:
            for line in client.iterate_log(run.id, task="load"):
                print(line.timestamp, line.message)
        """
        return _lines(flow_run_id, dict(which), follow=None)

    @stream
    def follow_log(
        self, flow_run_id: str, *, every: float = 0.5, **which: Unpack[LogWords]
    ) -> Supply[LogLine]:
        """Go through a flow run's log, and wait for more until the run has ended.

        Args:
            flow_run_id: the run.
            every: seconds between two looks.
            which: as for `get_log_window`.
        """
        return _lines(flow_run_id, dict(which), follow=every)

    @call
    def find_in_log(
        self, flow_run_id: str, find: str, **which: Unpack[LogWords]
    ) -> Exchange[LogMatches]:
        """Say where a text occurs in a flow run's log, among the lines that match."""
        where = path("flow-runs", flow_run_id, "logs", "matches")
        return get(where, LogMatches, {**which, "find": find})

    @call
    def get_loggers(self, flow_run_id: str) -> Exchange[list[str]]:
        """Name the loggers that wrote in a flow run."""
        return get(path("flow-runs", flow_run_id, "logs", "loggers"), list[str])

    @call
    def download_log(
        self, flow_run_id: str, to: str | os.PathLike[str], **which: Unpack[LogWords]
    ) -> Exchange[int]:
        """Save a flow run's log as a text file; give how many bytes it has.

        Example:
            client.download_log(run.id, "etl.log", level=20)
        """
        return download(path("flow-runs", flow_run_id, "logs", "download"), to, which)

    @call
    def search_logs(
        self, q: str, *, cursor: str | None = None, **which: Unpack[LogSearchWords]
    ) -> Exchange[LogPage]:
        """Give a page of the lines of all runs that contain a text, newest first.

        Example:
            for line in client.search_logs("connection reset", level=40).items:
                print(line.flow_run_name, line.message)
        """
        return get("/logs", LogPage, {**which, "q": q, "cursor": cursor})

    @stream
    def iterate_logs(self, q: str, **which: Unpack[LogSearchWords]) -> Supply[LogLine]:
        """Go through the lines of all runs that contain a text, newest first."""
        return pages("/logs", LogPage, {**which, "q": q})

    @call
    def get_log_line(self, log_id: int) -> Exchange[LogLine]:
        """Give a line whole: in lists, what is very long is cut."""
        return get(path("logs", log_id), LogLine)


def _lines(flow_run_id: str, words: dict[str, Any], follow: float | None) -> Supply[LogLine]:
    """Go through a log window by window; until the run has ended when it is followed."""
    offset = 0
    while True:
        # Asked first: of a run that had ended, what comes after holds all lines.
        is_over = True
        if follow is not None:
            run = yield from get(path("flow-runs", flow_run_id), FlowRunDetail)
            is_over = run.state_type in FINAL
        while True:
            window = yield from get(
                path("flow-runs", flow_run_id, "logs"),
                LogWindow,
                {**words, "offset": offset, "limit": _WINDOW},
            )
            for line in window.items:
                yield Give(line)
            offset += len(window.items)
            if len(window.items) < _WINDOW:
                break
        if is_over or follow is None:
            return
        yield Step("sleep", (follow,))
