"""The names with which async code calls the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.artifacts._plain import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    update_progress_artifact,
)
from penstock.artifacts._tables import create_table_artifact

if TYPE_CHECKING:
    from penstock.artifacts._drafts import ArtifactId

__all__ = [
    "acreate_image_artifact",
    "acreate_link_artifact",
    "acreate_markdown_artifact",
    "acreate_progress_artifact",
    "acreate_table_artifact",
    "aupdate_progress_artifact",
]


async def acreate_markdown_artifact(
    markdown: str, key: str | None = None, description: str | None = None
) -> ArtifactId:
    """Save a text in Markdown, as `create_markdown_artifact` does."""
    return create_markdown_artifact(markdown, key, description)


async def acreate_table_artifact(
    table: Any, key: str | None = None, description: str | None = None
) -> ArtifactId:
    """Save a table, as `create_table_artifact` does."""
    return create_table_artifact(table, key, description)


async def acreate_link_artifact(
    link: str,
    link_text: str | None = None,
    key: str | None = None,
    description: str | None = None,
) -> ArtifactId:
    """Save a link, as `create_link_artifact` does."""
    return create_link_artifact(link, link_text, key, description)


async def acreate_image_artifact(
    image_url: str, key: str | None = None, description: str | None = None
) -> ArtifactId:
    """Save an image by its address, as `create_image_artifact` does."""
    return create_image_artifact(image_url, key, description)


async def acreate_progress_artifact(
    progress: float, key: str | None = None, description: str | None = None
) -> ArtifactId:
    """Save how far something is, as `create_progress_artifact` does."""
    return create_progress_artifact(progress, key, description)


async def aupdate_progress_artifact(
    artifact_id: object, progress: float | None = None, description: str | None = None
) -> ArtifactId:
    """Say how far something is now, as `update_progress_artifact` does."""
    return update_progress_artifact(artifact_id, progress, description)
