"""Artifacts as the API tells of them, and their bytes, whatever is in these.

What a user has stored is shown in the browser of whoever looks at the dashboard. So it
gets no rights there: a page may run its scripts, in a frame of an origin of its own that
reaches nothing; an image may run none. The invariant: no part of a request becomes part
of a path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import FileResponse, Response

from penstock._engine.artifacts import find_file
from penstock._ids import format_id, parse_id
from penstock._schemas.artifacts import Artifact
from penstock._schemas.common import instant
from penstock._server.errors import Refused
from penstock.errors import NotFound
from penstock.settings import Settings
from penstock.stores.filters import ArtifactFilter
from penstock.stores.protocol import Store
from penstock.stores.rows import ArtifactRow

__all__ = [
    "answer_content",
    "find_row",
    "is_point",
    "list_artifacts",
    "number_of",
    "show_artifact",
    "show_whole",
]

#: Numbers that the line of a small picture is drawn through.
_TREND: Final = 40

_JSON: Final = "application/json"
_PAGE: Final = "text/html"
_SVG: Final = "image/svg+xml"
#: The types that are served as what they are, and how their files' names end.
_ENDINGS: Final = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    _SVG: "svg",
    _PAGE: "html",
    "text/markdown": "md",
    _JSON: "json",
}
_TEXTS: Final = frozenset({_PAGE, "text/markdown", _JSON})
#: A browser shows these by itself: not unless the frame on our page asks for it.
_ACTIVE: Final = frozenset({_PAGE, _SVG})
#: Scripts and styles of its own, and nothing from anywhere.
_PAGE_POLICY: Final = (
    "sandbox allow-scripts; default-src 'none'; "
    "script-src 'unsafe-inline' 'unsafe-eval' data: blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; worker-src blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
_POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
#: The content of an artifact with bytes of its own never changes.
_CACHED: Final = "private, max-age=3600"


def find_row(store: Store, artifact_id: str) -> ArtifactRow:
    """Give the artifact that a request names.

    Raises:
        NotFound: there is none.
    """
    try:
        parsed = format_id(parse_id(artifact_id))
    except ValueError:
        raise NotFound("artifact", artifact_id) from None
    return store.get_artifact(parsed)


def list_artifacts(store: Store, rows: Sequence[ArtifactRow], *, trend: bool) -> list[Artifact]:
    """Tell of artifacts in a list.

    Args:
        store: it knows what else stands under their keys.
        rows: as it has listed them.
        trend: numbers come with the last ones under their key.
    """
    keys = {row.key for row in rows if trend and is_point(row) and row.version > 1}
    trends = {key: _trend_of(store, key) for key in keys if key is not None}
    return [
        show_artifact(row, trend=trends.get(row.key or "", ()) if is_point(row) else ())
        for row in rows
    ]


def is_point(row: ArtifactRow) -> bool:
    """Tell whether it is a number, and here."""
    return row.kind == "number" and row.content is not None


def number_of(row: ArtifactRow) -> float:
    """Give the number that it is."""
    value: float = json.loads(row.content or b"0")
    return value


def _trend_of(store: Store, key: str) -> list[float]:
    rows = store.find_artifacts(ArtifactFilter(key=key, kinds=("number",)), _TREND)
    return [number_of(row) for row in reversed(rows) if is_point(row)]


def show_artifact(row: ArtifactRow, data: Any = None, trend: Sequence[float] = ()) -> Artifact:
    """Tell of an artifact.

    Args:
        row: as the store has it.
        data: instead of what the row says itself.
        trend: the last numbers under its key.
    """
    in_session = row.flow_run_kind == "session"
    task_run_id = None if row.index is None else f"{row.flow_run_id}-{row.index}"
    return Artifact(
        id=row.id,
        key=row.key,
        kind=row.kind,
        description=row.description,
        created=instant(row.created),
        updated=instant(row.updated),
        flow_run_id=None if in_session else row.flow_run_id,
        flow_run_name=None if in_session else row.flow_run_name,
        flow_name=None if in_session else row.flow_name,
        task_run_id=task_run_id,
        task_run_name=row.task_run_name,
        content_type=row.content_type,
        size=row.size,
        url=f"api/artifacts/{row.id}/content" if _has_bytes(row) else None,
        data=_data_of(row, row.content) if data is None else data,
        version=row.version,
        trend=list(trend),
    )


def show_whole(row: ArtifactRow, settings: Settings) -> Artifact:
    """Tell of an artifact with all of its data, also where that is large.

    Raises:
        Refused: its file is not there.
    """
    if _has_bytes(row):
        return show_artifact(row)
    content = row.content
    if content is None:
        with open(_file_of(row, settings), "rb") as file:
            content = file.read()
    return show_artifact(row, _read(row, content))


def answer_content(
    row: ArtifactRow, settings: Settings, *, download: bool, inline: bool
) -> Response:
    """Give the bytes of an artifact.

    Args:
        row: with its content, where that is in the store.
        settings: say where files of artifacts are.
        download: they are to be kept as a file.
        inline: our page shows them in a frame.

    Raises:
        Refused: its file is not there.
    """
    known = row.content_type in _ENDINGS
    content_type = row.content_type if known else "application/octet-stream"
    is_kept = download or not known or (content_type in _ACTIVE and not inline)
    headers = {
        "Content-Security-Policy": _PAGE_POLICY if content_type == _PAGE else _POLICY,
        "Content-Disposition": f'{"attachment" if is_kept else "inline"}; filename="{_name(row)}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": _CACHED if _has_bytes(row) else "no-store",
    }
    if content_type in _TEXTS:
        content_type += "; charset=utf-8"
    if row.content is not None:
        return Response(row.content, headers=headers, media_type=content_type)
    return FileResponse(_file_of(row, settings), headers=headers, media_type=content_type)


def _has_bytes(row: ArtifactRow) -> bool:
    """Tell whether it is looked at as a file of its own, and not as data."""
    return row.content_type not in {_JSON, "text/markdown"}


def _data_of(row: ArtifactRow, content: bytes | None) -> Any:
    if content is None or _has_bytes(row):
        return None
    return _read(row, content)


def _read(row: ArtifactRow, content: bytes) -> Any:
    return json.loads(content) if row.content_type == _JSON else content.decode("utf-8", "replace")


def _file_of(row: ArtifactRow, settings: Settings) -> str:
    """Give the path of an artifact's file.

    Raises:
        Refused: it is not there.
    """
    path = find_file(settings, row.id, row.content_ref)
    if path is not None:
        return path
    here = settings.path("artifacts", row.id)
    raise Refused(
        "gone",
        410,
        "The file is not there",
        f"The file of artifact {row.id} is not at {here}: it was deleted, or it lies in the data "
        "folder of another machine.",
    )


def _name(row: ArtifactRow) -> str:
    """Name the file that a browser keeps it in."""
    stem = re.sub(r"[^a-z0-9-]", "-", row.key or row.kind)[:100]
    return f"{stem}-{row.version}.{_ENDINGS.get(row.content_type, 'bin')}"
