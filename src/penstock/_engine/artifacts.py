"""Puts what a run leaves for people to look at where it outlives the process.

Small content goes into the journal and from there into the store; large content into a
file, which is there before anything names it. A body in a process of its own sends both
to the one that called, since only that one emits events.
"""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from penstock._engine.runs import OpenFlowRun, TaskRun
from penstock._ids import format_id, parse_id
from penstock._platform import sync_file, sync_folder
from penstock.errors import NotFound, StoreError, UsageError
from penstock.events import ARTIFACT_CHANGED, ARTIFACT_SAVED, ArtifactChanged, ArtifactSaved
from penstock.results import write_file

if TYPE_CHECKING:
    from penstock._engine.process import Process
    from penstock.settings import Settings

__all__ = ["Change", "Draft", "find_file", "open_sent", "record"]

#: Larger content is kept in a file.
_INLINE_BYTES: Final = 65_536
#: The artifacts that can be changed, and are known without asking the store.
_REMEMBERED: Final = 10_000


class Draft(NamedTuple):
    """An artifact that is about to be saved."""

    id: bytes  #: 16 bytes of a UUIDv7
    kind: str
    key: str | None
    description: str | None
    content_type: str
    content: bytes


class Change(NamedTuple):
    """New content of a saved one; None: as before."""

    artifact_id: str
    kind: str  #: what it must be
    content: bytes | None
    description: str | None


def record(run: Any, what: Draft | Change) -> None:
    """Save an artifact of a run, or change one. When this returns, a `kill -9` does not lose it.

    Raises:
        NotFound: there is no such artifact to change.
        UsageError: it is of another kind, or belongs to a run of another process.
        StoreError: there is no room for it.
    """
    if not isinstance(run, OpenFlowRun | TaskRun):
        # A task in a process of its own.
        run.flow_run.process.save(pickle.dumps((type(what).__name__, *what), 5))
    elif isinstance(what, Draft):
        _save(run, what)
    else:
        _change(run.flow_run.process, what)


def open_sent(payload: bytes) -> Draft | Change:
    """Read what a process of ours has sent."""
    name, *values = pickle.loads(payload)  # noqa: S301 - from our child
    return Draft(*values) if name == Draft.__name__ else Change(*values)


def find_file(settings: Settings, artifact_id: str, reference: str | None) -> str | None:
    """Give the path of an artifact's file: where it was written, or else in our data folder.

    None when it is in neither. Whoever can write into the database must not be able to
    have any file read, so only one of the artifact's own name is taken.
    """
    here = settings.path("artifacts", artifact_id)
    written = reference if os.path.basename(reference or "") == artifact_id else None
    return next((path for path in (written, here) if path and os.path.isfile(path)), None)


def _save(run: OpenFlowRun | TaskRun, draft: Draft) -> None:
    flow_run = run.flow_run
    process = flow_run.process
    content: bytes | None = draft.content
    reference = None
    # A store that dies with the process has no use for files that do not.
    if len(draft.content) > _INLINE_BYTES and not process.is_alone:
        content, reference = None, _write(process, draft)
    process.emit(
        ArtifactSaved(
            ARTIFACT_SAVED, flow_run.id, process.now(), run.index, draft.id, draft.key,
            draft.kind, draft.description, draft.content_type, len(draft.content), content,
            reference,
        )
    )  # fmt: skip
    known = process.artifacts
    known[draft.id] = draft.kind, flow_run.id
    if len(known) > _REMEMBERED:
        known.pop(next(iter(known)), None)


def _write(process: Process, draft: Draft) -> str:
    """Write the content into its file, and give its path."""
    path = process.settings.path("artifacts", format_id(draft.id))
    try:
        try:
            write_file(path, draft.content)
        except FileNotFoundError:
            # Somebody has deleted the last artifact, and the folder with it.
            write_file(path, draft.content)
        if process.settings.durability == "power":
            sync_file(path)
            sync_folder(os.path.dirname(path))
    except OSError as error:
        raise StoreError(path, f"the artifact cannot be written ({error.strerror}).") from None
    return path


def _change(process: Process, change: Change) -> None:
    try:
        raw = parse_id(change.artifact_id)
    except ValueError:
        raise NotFound("artifact", change.artifact_id) from None
    kind, flow_run = process.artifacts.get(raw) or _look_up(process, format_id(raw))
    if kind != change.kind:
        raise UsageError(
            f"Artifact {change.artifact_id} is of kind {kind!r}, and only one of kind "
            f"{change.kind!r} can be updated so. Save a new one under the same key."
        )
    process.emit(
        ArtifactChanged(
            ARTIFACT_CHANGED, flow_run, process.now(), raw, change.description, change.content
        )
    )


def _look_up(process: Process, artifact_id: str) -> tuple[str, bytes]:
    """Give the kind of an artifact and the flow run it belongs to, which must be ours."""
    process.flush()
    row = process.store.get_artifact(artifact_id)
    flow_run = process.store.get_flow_run(row.flow_run_id)
    if flow_run.owner != process.recorder.owner.incarnation:
        raise UsageError(
            f"Artifact {artifact_id} belongs to flow run {flow_run.name!r}, which another "
            "process has executed. Save a new one under the same key."
        )
    return row.kind, parse_id(row.flow_run_id)
