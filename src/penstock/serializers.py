"""How kept results are written: `result_serializer=` of tasks and flows."""

from __future__ import annotations

from penstock.results import (
    CompressedSerializer,
    JSONSerializer,
    PickleSerializer,
    Serializer,
)

__all__ = ["CompressedSerializer", "JSONSerializer", "PickleSerializer", "Serializer"]
