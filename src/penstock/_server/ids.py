"""Ids as they stand in addresses: read before anything is looked up with them."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path

__all__ = ["FlowRunId", "RowId"]

_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

#: A flow run's id, whole: what deletes must not guess from a beginning or a name.
FlowRunId = Annotated[str, Path(pattern=f"^{_UUID}$", description="Id of a flow run.")]
#: A number that the store has given.
RowId = Annotated[int, Path(ge=0, lt=2**63)]
