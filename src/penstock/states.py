"""The states a run can be in, and the only moves between them.

Everything about transitions lives here: no other module compares state names
or keeps a table of its own. A state has a *type*, which the engine decides by,
and a display *name* that refines it for people (`Late`, `Cached`, `TimedOut`).
The invariant to know: a final state is never left, except by a recorded user
action that begins a new attempt.
"""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from penstock.errors import (
    CancelledRun,
    CrashedRun,
    FailedRun,
    InvalidTransition,
    MissingResult,
    UnfinishedRun,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = [
    "ACTIVE",
    "FINAL",
    "REFINED",
    "TRANSITIONS",
    "AwaitingRetry",
    "Cached",
    "Cancelled",
    "Cancelling",
    "Completed",
    "Crashed",
    "Failed",
    "Late",
    "Paused",
    "Pending",
    "Retrying",
    "Running",
    "Scheduled",
    "State",
    "StateType",
    "TimedOut",
    "UpstreamFailed",
    "check_transition",
    "default_name",
]

R = TypeVar("R")


class StateType(StrEnum):
    """What a run is doing, as the engine decides by it."""

    SCHEDULED = "SCHEDULED"  #: known, waiting for its time (or for a retry)
    PENDING = "PENDING"  #: submitted, waiting for upstreams or for a place
    RUNNING = "RUNNING"  #: its code is executing
    PAUSED = "PAUSED"  #: waits for a person
    CANCELLING = "CANCELLING"  #: asked to stop, not stopped yet
    COMPLETED = "COMPLETED"  #: ended well
    FAILED = "FAILED"  #: ended with an error of its code
    CRASHED = "CRASHED"  #: its process died, or could not start it
    CANCELLED = "CANCELLED"  #: ended because somebody asked for it


FINAL: Final = frozenset(
    {StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED}
)
"""Types that end a run."""

ACTIVE: Final = frozenset({StateType.RUNNING, StateType.CANCELLING})
"""Types of runs whose code may be executing now."""

TRANSITIONS: Final[Mapping[StateType, frozenset[StateType]]] = {
    StateType.SCHEDULED: frozenset(
        {StateType.PENDING, StateType.RUNNING, StateType.CANCELLED, StateType.CRASHED}
    ),
    StateType.PENDING: frozenset(
        {
            StateType.RUNNING,
            StateType.SCHEDULED,
            StateType.PAUSED,
            StateType.COMPLETED,
            StateType.FAILED,
            StateType.CANCELLING,
            StateType.CANCELLED,
            StateType.CRASHED,
        }
    ),
    StateType.RUNNING: frozenset(
        {
            StateType.COMPLETED,
            StateType.FAILED,
            StateType.SCHEDULED,
            StateType.PAUSED,
            StateType.CANCELLING,
            StateType.CANCELLED,
            StateType.CRASHED,
        }
    ),
    StateType.PAUSED: frozenset(
        {
            StateType.RUNNING,
            StateType.SCHEDULED,
            StateType.FAILED,
            StateType.CANCELLING,
            StateType.CANCELLED,
            StateType.CRASHED,
        }
    ),
    StateType.CANCELLING: frozenset(
        {StateType.CANCELLED, StateType.COMPLETED, StateType.FAILED, StateType.CRASHED}
    ),
    StateType.COMPLETED: frozenset(),
    StateType.FAILED: frozenset(),
    StateType.CRASHED: frozenset(),
    StateType.CANCELLED: frozenset(),
}
"""From each type, the types that may follow. Final types lead nowhere."""


REFINED: Final[Mapping[str, StateType]] = {
    "AwaitingRetry": StateType.SCHEDULED,
    "Cached": StateType.COMPLETED,
    "Late": StateType.SCHEDULED,
    "Retrying": StateType.RUNNING,
    "Reused": StateType.COMPLETED,
    "TimedOut": StateType.FAILED,
    "UpstreamFailed": StateType.FAILED,
}
"""Names that the engine gives, and the types they refine."""


_DEFAULT_NAMES: Final = {state_type: state_type.capitalize() for state_type in StateType}


def default_name(state_type: StateType) -> str:
    """Name a state type as people read it: `Completed` for `COMPLETED`."""
    return _DEFAULT_NAMES[state_type]


def check_transition(run_id: str, before: StateType, after: StateType) -> None:
    """Refuse a move that the table does not list.

    Raises:
        InvalidTransition: names the run and both states; nothing has changed.
    """
    if after not in TRANSITIONS[before]:
        raise InvalidTransition(run_id, before, after)


class State(Generic[R]):
    """A state of a flow run or a task run, as user code sees it.

    `data` is what the run returned (or the exception it raised), when this
    process still has it.
    """

    __slots__ = ("_data", "_has_data", "message", "name", "timestamp_ns", "type")

    #: what the engine decides by
    type: StateType
    #: what people read
    name: str
    #: one sentence of explanation, or None
    message: str | None
    #: when the run entered this state, nanoseconds since the epoch
    timestamp_ns: int

    def __init__(
        self,
        type: StateType,  # noqa: A002 - the field's own word
        name: str | None = None,
        message: str | None = None,
        *,
        data: R | BaseException | None = None,
        has_data: bool | None = None,
        timestamp_ns: int | None = None,
    ) -> None:
        # Every submitted task makes one: a call of the enum costs as much as all the rest.
        self.type = type if type.__class__ is StateType else StateType(type)
        self.name = name or _DEFAULT_NAMES[self.type]
        self.message = message
        self.timestamp_ns = time.time_ns() if timestamp_ns is None else timestamp_ns
        self._data = data
        self._has_data = data is not None if has_data is None else has_data

    def result(self, raise_on_failure: bool = True, fetch: bool | None = None) -> Any:
        """Hand back what the run returned.

        Args:
            raise_on_failure: when False, a failed run's exception is returned
                instead of raised.
            fetch: accepted for scripts written for Prefect 2; values are always at hand.

        Raises:
            UnfinishedRun: the run has not ended yet.
            MissingResult: it completed, but its value is not in this process.
            Exception: what the run raised, when it failed.
        """
        del fetch
        if self.type not in FINAL:
            raise UnfinishedRun(self.name)
        if self.type is StateType.COMPLETED:
            if not self._has_data:
                raise MissingResult(self.message)
            return self._data
        error = self._failure()
        if raise_on_failure:
            raise error
        return error

    async def aresult(self, raise_on_failure: bool = True) -> Any:
        """Do what `result` does, for code that must await."""
        return self.result(raise_on_failure=raise_on_failure)

    def _failure(self) -> BaseException:
        if isinstance(self._data, BaseException):
            return self._data
        error = {StateType.CRASHED: CrashedRun, StateType.CANCELLED: CancelledRun}.get(
            self.type, FailedRun
        )
        return error(self.message or f"The run ended {self.name}.")

    @property
    def data(self) -> Any:
        """The value or exception the state carries, or None."""
        return self._data

    @property
    def timestamp(self) -> datetime:
        """When the run entered this state, as an aware datetime in UTC."""
        from datetime import UTC, datetime  # noqa: PLC0415 - 2 ms, rarely wanted

        return datetime.fromtimestamp(self.timestamp_ns / 1e9, UTC)

    def is_scheduled(self) -> bool:
        """Tell whether the run waits for its time."""
        return self.type is StateType.SCHEDULED

    def is_pending(self) -> bool:
        """Tell whether the run waits for upstreams or for a place."""
        return self.type is StateType.PENDING

    def is_running(self) -> bool:
        """Tell whether the run's code is executing."""
        return self.type is StateType.RUNNING

    def is_paused(self) -> bool:
        """Tell whether the run waits for a person."""
        return self.type is StateType.PAUSED

    def is_cancelling(self) -> bool:
        """Tell whether the run was asked to stop."""
        return self.type is StateType.CANCELLING

    def is_completed(self) -> bool:
        """Tell whether the run ended well."""
        return self.type is StateType.COMPLETED

    def is_failed(self) -> bool:
        """Tell whether the run ended with an error of its code."""
        return self.type is StateType.FAILED

    def is_crashed(self) -> bool:
        """Tell whether the run's process died."""
        return self.type is StateType.CRASHED

    def is_cancelled(self) -> bool:
        """Tell whether the run was stopped by somebody."""
        return self.type is StateType.CANCELLED

    def is_final(self) -> bool:
        """Tell whether the run has ended."""
        return self.type in FINAL

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State):
            return NotImplemented
        return (self.type, self.name, self.message) == (other.type, other.name, other.message)

    def __hash__(self) -> int:
        return hash((self.type, self.name, self.message))

    def __repr__(self) -> str:
        message = "" if self.message is None else repr(self.message)
        return f"{self.name}({message})"


def _constructor(state_type: StateType, name: str | None = None) -> Any:
    """Make the function that user code calls as `Completed(message=..., data=...)`."""
    shown = name or default_name(state_type)

    def make(message: str | None = None, *, data: Any = None, name: str = shown) -> State[Any]:
        return State(state_type, name, message, data=data, has_data=state_type in FINAL)

    make.__name__ = make.__qualname__ = shown
    make.__doc__ = f"Make a state of type {state_type} named {shown!r}."
    return cast("Any", make)


#: Make the state of a run that waits for its time.
Scheduled = _constructor(StateType.SCHEDULED)
#: Make the state of a run that its time has passed and it has not begun.
Late = _constructor(StateType.SCHEDULED, "Late")
#: Make the state of a run that failed, and will be tried again.
AwaitingRetry = _constructor(StateType.SCHEDULED, "AwaitingRetry")
#: Make the state of a run that waits for upstreams or a place.
Pending = _constructor(StateType.PENDING)
#: Make the state of a run that executes.
Running = _constructor(StateType.RUNNING)
#: Make the state of a run that executes, not for the first time.
Retrying = _constructor(StateType.RUNNING, "Retrying")
#: Make the state of a run that waits for a person.
Paused = _constructor(StateType.PAUSED)
#: Make the state of a run that was asked to stop.
Cancelling = _constructor(StateType.CANCELLING)
#: Make the state of a run that ended well.
Completed = _constructor(StateType.COMPLETED)
#: Make the state of a run that ended well without executing: its value was reused.
Cached = _constructor(StateType.COMPLETED, "Cached")
#: Make the state of a run that ended with an error.
Failed = _constructor(StateType.FAILED)
#: Make the state of a run that took longer than it may.
TimedOut = _constructor(StateType.FAILED, "TimedOut")
#: Make the state of a run that did not start, because an input failed.
UpstreamFailed = _constructor(StateType.FAILED, "UpstreamFailed")
#: Make the state of a run that its process died.
Crashed = _constructor(StateType.CRASHED)
#: Make the state of a run that was stopped.
Cancelled = _constructor(StateType.CANCELLED)
