"""Artifacts."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from penstock._ids import format_id, parse_id, split_task_run_id
from penstock._schemas.artifacts import Artifact, ArtifactKey, ArtifactPoint, ArtifactSeries
from penstock._schemas.common import Page, instant
from penstock._schemas.queries import ArtifactQuery
from penstock._server.artifacts import (
    answer_content,
    find_row,
    is_point,
    list_artifacts,
    number_of,
    show_artifact,
    show_whole,
)
from penstock._server.deps import TheSettings, TheStore
from penstock._server.errors import Refused
from penstock.errors import NotFound
from penstock.stores.filters import ArtifactFilter
from penstock.stores.rows import ArtifactRow

router = APIRouter(prefix="/artifacts", tags=["artifacts"])

#: Counting stops behind this many.
_COUNTED: Final = 10_000
_MOST_KEYS: Final = 1_000
#: Newest artifacts of a key that are told of.
_SERIES: Final = 200


@router.get("")
def find_artifacts(query: Annotated[ArtifactQuery, Query()], store: TheStore) -> Page[Artifact]:
    """List artifacts, newest first. Large tables come without their data, and so do long texts."""
    where = _filter(query)
    total = store.count_artifacts(where, _COUNTED + 1)
    before = None if query.cursor is None else _id("cursor", query.cursor)
    rows = store.find_artifacts(where._replace(before_id=before), query.limit + 1)
    shown = rows[: query.limit]
    return Page[Artifact](
        items=list_artifacts(store, shown, trend=query.trend),
        next_cursor=shown[-1].id if len(rows) > query.limit else None,
        total=total,
        total_is_exact=total <= _COUNTED,
    )


@router.get("/keys")
def artifact_keys(
    store: TheStore, q: Annotated[str | None, Query(max_length=200)] = None
) -> list[ArtifactKey]:
    """List the keys, each with its newest artifact; what was saved last comes first."""
    return [
        ArtifactKey(
            key=str(latest.key), kind=latest.kind, count=count, latest=show_artifact(latest)
        )
        for latest, count in store.find_artifact_keys(q, _MOST_KEYS)
    ]


@router.get("/keys/{key}")
def artifact_series(key: str, store: TheStore) -> ArtifactSeries:
    """Give what stands under a key, run by run."""
    rows = store.find_artifacts(ArtifactFilter(key=key), _SERIES)[::-1]
    if not rows:
        raise NotFound("artifact key", key)
    return ArtifactSeries(
        key=key,
        artifacts=[show_artifact(_without_table(row)) for row in rows],
        points=[_point(row) for row in rows if is_point(row)],
    )


@router.get("/{artifact_id}")
def get_artifact(artifact_id: str, store: TheStore, settings: TheSettings) -> Artifact:
    """Give an artifact with its data."""
    return show_whole(find_row(store, artifact_id), settings)


@router.get("/{artifact_id}/content", response_class=Response)
def artifact_content(
    artifact_id: str,
    store: TheStore,
    settings: TheSettings,
    download: bool = False,
    inline: bool = False,
) -> Response:
    """Give an artifact's bytes: as a file to keep if `download`, in a frame if `inline`.

    HTML and SVG are files to keep unless they are asked for inline.
    """
    row = find_row(store, artifact_id)
    return answer_content(row, settings, download=download, inline=inline)


def _filter(query: ArtifactQuery) -> ArtifactFilter:
    flow_run_id, index = query.flow_run_id, None
    if query.task_run_id is not None:
        try:
            flow_run_id, index = split_task_run_id(query.task_run_id)
        except ValueError:
            rule = "the flow run's id, a hyphen, the index"
            raise _wrong("task_run_id", query.task_run_id, rule) from None
    return ArtifactFilter(
        flow_run_id=flow_run_id,
        index=index,
        key=query.key,
        kinds=tuple(query.kind) or None,
        contains=query.q,
    )


def _without_table(row: ArtifactRow) -> ArtifactRow:
    """Leave the data of a table out: of two hundred it would be megabytes, and one is shown."""
    return row._replace(content=None) if row.kind == "table" else row


def _point(row: ArtifactRow) -> ArtifactPoint:
    return ArtifactPoint(
        artifact_id=row.id,
        flow_run_id=None if row.flow_run_kind == "session" else row.flow_run_id,
        flow_run_name=None if row.flow_run_kind == "session" else row.flow_run_name,
        created=instant(row.created),
        value=number_of(row),
    )


def _id(name: str, text: str) -> str:
    try:
        return format_id(parse_id(text))
    except ValueError:
        raise _wrong(name, text, "the `next_cursor` of the page before") from None


def _wrong(name: str, value: str, rule: str) -> Refused:
    title = "The request cannot be carried out"
    detail = f"{name}={value!r} cannot be: it must be {rule}."
    return Refused("invalid", 422, title, detail, [(f"/query/{name}", f"must be {rule}")])
