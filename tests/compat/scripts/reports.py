"""What scripts leave for people to look at, written for Prefect: sync and async."""

import asyncio
from uuid import UUID

from prefect import flow, task
from prefect.artifacts import (
    acreate_table_artifact,
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)


@task
def summarise(rows: list[dict]) -> str:
    return create_markdown_artifact(
        key="daily-report",
        markdown=f"# Report\n\n{len(rows)} rows",
        description="Summary of the day",
    )


@task
def publish(rows: list[dict]) -> list:
    progress = create_progress_artifact(progress=0.0, description="Rows published")
    for number, _ in enumerate(rows, start=1):
        update_progress_artifact(artifact_id=progress, progress=number / len(rows) * 100)
    return [
        create_table_artifact(key="rows", table=rows, description="All rows"),
        create_table_artifact(table={"a": [1, 2], "b": ["x", "y"]}),
        create_link_artifact(key="rows-csv", link="s3://bucket/rows.csv", link_text="rows.csv"),
        create_image_artifact(image_url="https://example.org/a.png", key="logo"),
    ]


@flow
def reports():
    rows = [{"id": 1, "net": 2.5}, {"id": 2, "net": None}]
    report = summarise(rows)
    ids = publish(rows)
    return isinstance(UUID(str(report)), UUID), len(ids[0]), len(set(map(str, ids))) == 4


@flow
async def areports():
    return [
        await create_markdown_artifact("one", key="one"),
        await create_link_artifact("https://example.org", key="two"),
        await acreate_table_artifact(table=[{"a": 1}], key="three"),
        await update_progress_artifact(await create_progress_artifact(0), 50),
    ]


if __name__ == "__main__":
    print("RESULT", *reports())
    print("ASYNC", len(set(asyncio.run(areports()))))
