"""Types of the client's calls, as a type checker sees them. Checked and never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import assert_type

from penstock.client import (
    AsyncClient,
    BulkResult,
    Change,
    Client,
    FlowRun,
    FlowRunDetail,
    Page,
    Timeline,
    TimelineRow,
    timeline_rows,
)


def with_a_sync_client(client: Client) -> None:
    assert_type(client.get_flow_run("id"), FlowRunDetail)
    assert_type(client.find_flow_runs(state="FAILED", flow=["a", "b"]), Page[FlowRun])
    assert_type(client.iterate_flow_runs(limit=20), Iterator[FlowRun])
    assert_type(client.get_timeline("id", after=3), Timeline)
    assert_type(timeline_rows(client.get_timeline("id")), list[TimelineRow])
    assert_type(client.act_on_flow_runs("retry", flow="etl"), BulkResult)
    assert_type(client.watch(), Iterator[Change])
    assert_type(client.download_log("id", "file"), int)

    client.find_flow_runs(status="FAILED")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    client.get_flow_run(3)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    client.act_on_flow_runs("explode", ["id"])  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


async def with_an_async_client(client: AsyncClient) -> None:
    assert_type(await client.get_flow_run("id"), FlowRunDetail)
    assert_type(client.iterate_flow_runs(state="FAILED"), AsyncIterator[FlowRun])
    async for change in client.watch("id"):
        assert_type(change, Change)
