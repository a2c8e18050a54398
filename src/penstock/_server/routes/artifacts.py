"""Artifacts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from penstock._schemas.artifacts import Artifact, ArtifactKey, ArtifactSeries
from penstock._schemas.common import Page
from penstock._schemas.queries import ArtifactQuery

router = APIRouter(prefix="/artifacts", tags=["artifacts"])


@router.get("")
def find_artifacts(query: Annotated[ArtifactQuery, Query()]) -> Page[Artifact]:
    """List artifacts, newest first. Tables come without their data."""
    raise NotImplementedError


@router.get("/keys")
def artifact_keys(q: str | None = None) -> list[ArtifactKey]:
    """List the keys, each with its newest artifact."""
    raise NotImplementedError


@router.get("/keys/{key}")
def artifact_series(key: str) -> ArtifactSeries:
    """Give what stands under a key, run by run."""
    raise NotImplementedError


@router.get("/{artifact_id}")
def get_artifact(artifact_id: str) -> Artifact:
    """Give an artifact with its data."""
    raise NotImplementedError


@router.get("/{artifact_id}/content")
def artifact_content(artifact_id: str, download: bool = False) -> Response:
    """Give an artifact's bytes."""
    raise NotImplementedError
