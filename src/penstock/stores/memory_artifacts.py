"""What a memory store answers about artifacts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from penstock.errors import NotFound
from penstock.stores.matching import fits_artifact, has_part
from penstock.stores.rows import ArtifactKeyRow, ArtifactRow
from penstock.stores.where import SMALL_CONTENT_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from penstock.stores.filters import ArtifactFilter
    from penstock.stores.memory_rows import MemoryRows

__all__ = ["MemoryArtifacts"]


class MemoryArtifacts:
    """The part of a memory store that is about artifacts."""

    _rows: MemoryRows

    def find_artifacts(self, where: ArtifactFilter, limit: int) -> Sequence[ArtifactRow]:
        """List artifacts, newest first."""
        with self._open():
            return [self._in_list(row) for row in self._artifacts(where)[:limit]]

    def count_artifacts(self, where: ArtifactFilter, at_most: int) -> int:
        """Count artifacts, and stop at a number."""
        with self._open():
            return min(len(self._artifacts(where)), at_most)

    def get_artifact(self, artifact_id: str) -> ArtifactRow:
        """Give one artifact by its id, with its content where that is kept inline."""
        with self._open():
            row = self._rows.artifacts.get(artifact_id)
            if row is None:
                raise NotFound("artifact", artifact_id)
            return self._with_names(row)

    def find_artifact_keys(self, contains: str | None, limit: int) -> Sequence[ArtifactKeyRow]:
        """List the keys of artifacts, each with its newest."""
        with self._open():
            rows = sorted(self._rows.artifacts.values(), key=lambda row: row.version)
            newest = {row.key: row for row in rows if row.key is not None}
            counts = Counter(row.key for row in rows)
            found = [row for row in newest.values() if has_part(row.key, contains)]
            found.sort(key=lambda row: row.id, reverse=True)
            return [ArtifactKeyRow(self._of_key(row), counts[row.key]) for row in found[:limit]]

    def artifact_cursor(self) -> int:
        """Give the number of the last change of any artifact."""
        with self._open():
            return self._rows.last_change

    def changed_artifacts(self, after: int) -> Sequence[str]:
        """Name the flow runs with artifacts that have changed after a cursor."""
        with self._open():
            rows = self._rows.artifacts.values()
            return sorted({row.flow_run_id for row in rows if row.change > after})

    def _open(self) -> AbstractContextManager[object]:
        raise NotImplementedError

    def _family(self, flow_run_id: str) -> list[str]:
        raise NotImplementedError

    def _artifacts(self, where: ArtifactFilter) -> list[ArtifactRow]:
        """Give the artifacts that fit, newest first."""
        family = None
        if where.flow_run_id is not None:
            family = {where.flow_run_id}
            if where.index is None:
                family = set(self._family(where.flow_run_id))
        rows = [row for row in self._rows.artifacts.values() if fits_artifact(row, where, family)]
        return sorted(rows, key=lambda row: row.id, reverse=True)

    def _in_list(self, row: ArtifactRow) -> ArtifactRow:
        row = self._with_names(row)
        is_text = row.content_type in {"application/json", "text/markdown"}
        if not is_text or row.size > SMALL_CONTENT_BYTES:
            return row._replace(content=None)
        return row

    def _of_key(self, row: ArtifactRow) -> ArtifactRow:
        row = self._in_list(row)
        return row._replace(content=None) if row.kind == "table" else row

    def _with_names(self, row: ArtifactRow) -> ArtifactRow:
        flow_run = self._rows.flows[row.flow_run_id]
        index = -1 if row.index is None else row.index
        task_run = self._rows.tasks[row.flow_run_id].get(index)
        return row._replace(
            flow_run_name=flow_run.name,
            flow_name=flow_run.flow_name,
            flow_run_kind=flow_run.kind,
            task_run_name=None if task_run is None else task_run.name,
        )
