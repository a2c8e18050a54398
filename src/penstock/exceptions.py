"""Errors under the names that scripts written for Prefect catch."""

from __future__ import annotations

from penstock.errors import (
    CancelledRun,
    CrashedRun,
    FailedRun,
    MapError,
    MissingContext,
    MissingResult,
    NotFound,
    ParameterError,
    PenstockError,
    ScriptError,
    UnfinishedRun,
    UpstreamFailed,
)

__all__ = [
    "CancelledRun",
    "CrashedRun",
    "FailedRun",
    "MappingLengthMismatch",
    "MappingMissingIterable",
    "MissingContextError",
    "MissingFlowError",
    "MissingResult",
    "ObjectNotFound",
    "ParameterBindError",
    "ParameterTypeError",
    "PrefectException",
    "ScriptError",
    "UnfinishedRun",
    "UpstreamTaskError",
]

MappingLengthMismatch = MapError
MappingMissingIterable = MapError
MissingContextError = MissingContext
MissingFlowError = ScriptError
ObjectNotFound = NotFound
ParameterBindError = ParameterError
ParameterTypeError = ParameterError
PrefectException = PenstockError
UpstreamTaskError = UpstreamFailed
