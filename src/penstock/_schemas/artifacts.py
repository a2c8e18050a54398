"""Artifacts: what tasks leave for people to look at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from penstock._schemas.common import Model

__all__ = ["Artifact", "ArtifactKey", "ArtifactSeries", "ColumnSummary", "Table"]


class ColumnSummary(Model):
    """A column of a table in a few numbers."""

    name: str
    kind: str = Field(description="`number`, `text`, `flag`, `instant` or `other`.")
    missing: int
    distinct: int | None
    lowest: float | str | None
    highest: float | str | None
    mean: float | None
    bars: list[int] = Field(description="Histogram of numbers, 12 bars; empty otherwise.")


class Table(Model):
    """The data of a table."""

    columns: list[ColumnSummary]
    rows: list[list[Any]] = Field(
        description="Lists of values in the order of the columns; at most 10,000 rows are kept."
    )
    row_count: int = Field(description="Of the whole table.")


class Artifact(Model):
    """An artifact. What is large is behind `url`."""

    id: str
    key: str | None
    kind: str = Field(
        description=(
            "`markdown`, `table`, `link`, `image`, `progress`, `figure`, `html` or `number`."
        )
    )
    description: str | None = Field(description="Markdown.")
    created: datetime
    updated: datetime
    flow_run_id: str | None
    flow_run_name: str | None
    flow_name: str | None
    task_run_id: str | None
    task_run_name: str | None
    content_type: str
    size: int = Field(description="Bytes.")
    url: str | None = Field(
        description=(
            "Of its bytes, relative to the server's base: figure, html (in a frame with "
            "`?inline=true`); image if ours."
        )
    )
    data: Any = Field(
        description=(
            "markdown: the text, null in lists when it is long. link: {link, link_text}. "
            "image: {image_url} if not ours. progress: 0 to 100. number: the number. "
            "table: a Table, null in lists when it is large and where keys or a series are listed."
        )
    )
    version: int = Field(description="Counts the artifacts of this key, from 1.")
    trend: list[float] = Field(
        default_factory=list,
        description=(
            "number with a key: the last 40 numbers under it, oldest first, where they are "
            "asked for (`trend=true`) and on Home; empty otherwise."
        ),
    )


class ArtifactKey(Model):
    """A key and its newest artifact."""

    key: str
    kind: str
    count: int
    latest: Artifact


class ArtifactPoint(Model):
    """A number under a key, in one run."""

    artifact_id: str
    flow_run_id: str | None
    flow_run_name: str | None
    created: datetime
    value: float


class ArtifactSeries(Model):
    """A key over the runs: its newest 200 artifacts, oldest first, and its numbers."""

    key: str
    artifacts: list[Artifact]
    points: list[ArtifactPoint]
