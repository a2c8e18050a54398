"""Calls on flow runs and flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from penstock._schemas.common import Page
from penstock._schemas.flow_runs import FlowRun, FlowRunDetail, History, Stats
from penstock._schemas.flows import Flow, FlowDetail
from penstock._schemas.task_runs import Graph, StateChange, Timeline
from penstock.client._asking import get, pages, path
from penstock.client._calls import call, stream
from penstock.client._steps import Step
from penstock.errors import TimedOut
from penstock.states import FINAL

if TYPE_CHECKING:
    from penstock.client._steps import Exchange, Supply
    from penstock.client._words import FlowRunListWords, FlowRunWords

__all__ = ["FlowRunCalls"]


class FlowRunCalls:
    """What is known of flow runs, and of the flows they are runs of."""

    @call
    def find_flow_runs(
        self, *, cursor: str | None = None, **which: Unpack[FlowRunListWords]
    ) -> Exchange[Page[FlowRun]]:
        """Give a page of flow runs, newest first, nested ones among them.

        Args:
            cursor: the `next_cursor` of the page before.
            which: as the filters of the dashboard: `state="FAILED"`, `flow=["etl", "nightly*"]`,
                `since=datetime(…)`, `limit=20`.

        Example:
            page = client.find_flow_runs(state=["FAILED", "CRASHED"], limit=20)
            print(page.total, [run.name for run in page.items])
        """
        return get("/flow-runs", Page[FlowRun], {**which, "cursor": cursor})

    @stream
    def iterate_flow_runs(self, **which: Unpack[FlowRunListWords]) -> Supply[FlowRun]:
        """Go through all flow runs that match, asking for page after page.

        Example:
            for run in client.iterate_flow_runs(flow="etl", state="FAILED"):
                print(run.name, run.message)
        """
        return pages("/flow-runs", Page[FlowRun], which)

    @call
    def get_flow_run(self, flow_run_id: str) -> Exchange[FlowRunDetail]:
        """Give a flow run whole: what happened, in a sentence, and what to try.

        Example:
            run = client.get_flow_run(flow_run_id)
            print(run.sentence, run.hint)

        Raises:
            NotOnServer: there is none of this id.
        """
        return get(path("flow-runs", flow_run_id), FlowRunDetail)

    @call
    def wait_for_flow_run(
        self, flow_run_id: str, *, timeout: float | None = None, every: float = 0.5
    ) -> Exchange[FlowRunDetail]:
        """Wait until a flow run has ended, however; give it then.

        Args:
            flow_run_id: the run.
            timeout: the most seconds to wait; None: as long as it takes.
            every: seconds between two looks.

        Raises:
            TimedOut: it has not ended in time.
        """
        waited = 0.0
        while True:
            run = yield from get(path("flow-runs", flow_run_id), FlowRunDetail)
            if run.state_type in FINAL:
                return run
            if timeout is not None and waited >= timeout:
                raise TimedOut(
                    f"Flow run {run.name!r} ({run.id}) is still {run.state_name} "
                    f"after {timeout:g} s."
                )
            yield Step("sleep", (every,))
            waited += every

    @call
    def get_flow_run_states(self, flow_run_id: str) -> Exchange[list[StateChange]]:
        """Give the states that a flow run has entered, the first one first."""
        return get(path("flow-runs", flow_run_id, "states"), list[StateChange])

    @call
    def get_timeline(self, flow_run_id: str, *, after: int | None = None) -> Exchange[Timeline]:
        """Give the task runs of a flow run in columns; `timeline_rows` makes rows of them.

        Args:
            flow_run_id: the run.
            after: the `cursor` of a timeline: only what has changed since.

        Example:
            timeline = client.get_timeline(flow_run_id)
            slow = max(timeline_rows(timeline), key=lambda row: row.seconds or 0)
        """
        return get(path("flow-runs", flow_run_id, "timeline"), Timeline, {"after": after})

    @call
    def get_graph(self, flow_run_id: str) -> Exchange[Graph]:
        """Give the shape of a flow run: a node for each task, and who uses whose results."""
        return get(path("flow-runs", flow_run_id, "graph"), Graph)

    @call
    def get_flow_run_stats(self, **which: Unpack[FlowRunWords]) -> Exchange[Stats]:
        """Count all flow runs that match, by state.

        Example:
            print(client.get_flow_run_stats(flow="etl").success_rate)
        """
        return get("/flow-runs/stats", Stats, which)

    @call
    def get_flow_run_history(
        self, *, buckets: int | None = None, **which: Unpack[FlowRunWords]
    ) -> Exchange[History]:
        """Count all flow runs that match, in buckets of time, by state type."""
        return get("/flow-runs/history", History, {**which, "buckets": buckets})

    @call
    def find_flows(self, *, q: str | None = None, limit: int | None = None) -> Exchange[list[Flow]]:
        """Give the flows that have run, the one that ran last first.

        Args:
            q: part of the flow's name.
            limit: how many; None: as many as the server gives.
        """
        return get("/flows", list[Flow], {"q": q, "limit": limit})

    @call
    def get_flow(self, flow_name: str) -> Exchange[FlowDetail]:
        """Give what is known of a flow from its runs.

        Raises:
            NotOnServer: none of this name has run.
        """
        return get(path("flows", flow_name), FlowDetail)
