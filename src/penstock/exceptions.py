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

#: `.map` was given lengths that differ.
MappingLengthMismatch = MapError
#: `.map` was given nothing to go over.
MappingMissingIterable = MapError
#: Used outside of a run.
MissingContextError = MissingContext
#: A file holds no such flow.
MissingFlowError = ScriptError
#: Nothing has this id.
ObjectNotFound = NotFound
#: A call does not fit the signature.
ParameterBindError = ParameterError
#: A parameter does not fit its annotation.
ParameterTypeError = ParameterError
#: Anything Penstock has to complain about.
PrefectException = PenstockError
#: An input of the task failed.
UpstreamTaskError = UpstreamFailed
