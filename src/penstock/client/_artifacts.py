"""Calls on artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from penstock._schemas.artifacts import Artifact, ArtifactKey, ArtifactSeries
from penstock._schemas.common import Page
from penstock.client._asking import download, fetch, get, pages, path
from penstock.client._calls import call, stream
from penstock.client._steps import Request

if TYPE_CHECKING:
    import os

    from penstock.client._steps import Exchange, Supply
    from penstock.client._words import ArtifactWords

__all__ = ["ArtifactCalls"]


class ArtifactCalls:
    """What tasks have left for people to look at."""

    @call
    def find_artifacts(
        self, *, cursor: str | None = None, **which: Unpack[ArtifactWords]
    ) -> Exchange[Page[Artifact]]:
        """Give a page of artifacts, newest first; large tables come without their data.

        Example:
            for artifact in client.find_artifacts(flow_run_id=run.id).items:
                print(artifact.kind, artifact.key, artifact.size)
        """
        return get("/artifacts", Page[Artifact], {**which, "cursor": cursor})

    @stream
    def iterate_artifacts(self, **which: Unpack[ArtifactWords]) -> Supply[Artifact]:
        """Go through all artifacts that match, newest first."""
        return pages("/artifacts", Page[Artifact], which)

    @call
    def find_artifact_keys(self, *, q: str | None = None) -> Exchange[list[ArtifactKey]]:
        """Give the keys under which artifacts stand, each with its newest."""
        return get("/artifacts/keys", list[ArtifactKey], {"q": q})

    @call
    def get_artifact_series(self, key: str) -> Exchange[ArtifactSeries]:
        """Give what stands under a key, run by run: its artifacts, and its numbers."""
        return get(path("artifacts", "keys", key), ArtifactSeries)

    @call
    def get_artifact(self, artifact_id: str) -> Exchange[Artifact]:
        """Give an artifact with its data."""
        return get(path("artifacts", artifact_id), Artifact)

    @call
    def get_artifact_content(self, artifact_id: str) -> Exchange[bytes]:
        """Give an artifact's bytes: a picture, a page."""
        request = Request("GET", path("artifacts", artifact_id, "content"))
        return (yield from fetch(request)).content

    @call
    def download_artifact(self, artifact_id: str, to: str | os.PathLike[str]) -> Exchange[int]:
        """Save an artifact's bytes as a file; give how many they are."""
        return download(path("artifacts", artifact_id, "content"), to, {"download": True})
