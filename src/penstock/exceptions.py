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
    NotWaiting,
    ParameterError,
    PauseTimedOut,
    PenstockError,
    ScriptError,
    UnfinishedRun,
    UpstreamFailed,
)

__all__ = [
    "CancelledRun",
    "CrashedRun",
    "FailedRun",
    "FlowPauseTimeout",
    "MappingLengthMismatch",
    "MappingMissingIterable",
    "MissingContextError",
    "MissingFlowError",
    "MissingResult",
    "NotPausedError",
    "ObjectNotFound",
    "ParameterBindError",
    "ParameterTypeError",
    "PrefectException",
    "ScriptError",
    "UnfinishedRun",
    "UpstreamTaskError",
]

#: Nobody has answered a pause in time.
FlowPauseTimeout = PauseTimedOut
#: `.map` was given lengths that differ.
MappingLengthMismatch = MapError
#: `.map` was given nothing to go over.
MappingMissingIterable = MapError
#: Used outside of a run.
MissingContextError = MissingContext
#: A file holds no such flow.
MissingFlowError = ScriptError
#: An answer for a run that waits for none.
NotPausedError = NotWaiting
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
