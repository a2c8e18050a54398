"""What may be asked for: filters as values. A field left at None does not filter."""

from __future__ import annotations

from typing import Final, NamedTuple

from penstock.errors import UsageError
from penstock.states import REFINED, StateType, default_name

__all__ = [
    "ArtifactFilter",
    "FlowRunFilter",
    "LogFilter",
    "ParameterWord",
    "StateWord",
    "TaskRunFilter",
]


class StateWord(NamedTuple):
    """A state as somebody asks for it. None: any."""

    state_type: str | None
    state_name: str | None

    @classmethod
    def read(cls, word: str) -> StateWord:
        """Understand a type (`FAILED`, `failed`) or a name (`Failed`, `TimedOut`).

        `FAILED` is every run that failed, `Failed` those that did so in the plain way.
        """
        state_type = word.upper()
        if word in {state_type, state_type.lower()} and state_type in StateType.__members__:
            return cls(state_type, None)
        return cls(_TYPES.get(word), word)


class ParameterWord(NamedTuple):
    """A parameter as somebody asks for it."""

    name: str
    text: str  #: a text as it is, anything else as JSON without spaces
    number: float | None  #: what the text is as a number: 3 is 3.0

    @classmethod
    def read(cls, word: str) -> ParameterWord:
        """Understand `name=value`.

        Raises:
            UsageError: there is no name, or no `=`.
        """
        name, equals, text = word.partition("=")
        if not name or not equals:
            message = f"{word!r} is not a parameter to look for; write name=value."
            raise UsageError(message)
        try:
            number = float(text)
        except ValueError:
            number = None
        return cls(name, text, number)


_TYPES: Final = {
    **{default_name(state): str(state) for state in StateType},
    **{name: str(state) for name, state in REFINED.items()},
}


class FlowRunFilter(NamedTuple):
    """Which flow runs."""

    flow_name: str | None = None
    state_types: tuple[str, ...] | None = None
    name_contains: str | None = None  #: case-insensitive (ASCII letters)
    tags: tuple[str, ...] | None = None  #: must have all of them
    parent_flow_run_id: str | None = None
    owner: str | None = None  #: incarnation of the process that runs (or ran) it
    created_from: int | None = None  #: microseconds, inclusive
    created_before: int | None = None  #: microseconds, exclusive
    before_id: str | None = None  #: keyset page: older than this flow run
    sessions: bool = False
    states: tuple[StateWord, ...] | None = None  #: any of them
    not_states: tuple[StateWord, ...] = ()  #: none of them
    flows: tuple[str, ...] | None = None  #: names, any of them; `*` stands for anything
    not_flows: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()  #: has none of them
    parameters: tuple[ParameterWord, ...] = ()  #: has all of them
    contains: str | None = None  #: in its id, its name or its flow's; case-insensitive (ASCII)
    is_nested: bool | None = None
    ids: tuple[str, ...] | None = None
    after_id: str | None = None  #: keyset page, oldest first: newer than this flow run
    oldest_first: bool = False


class TaskRunFilter(NamedTuple):
    """Which task runs."""

    flow_run_id: str | None = None
    state_types: tuple[str, ...] | None = None
    name_contains: str | None = None  #: case-insensitive (ASCII letters)
    task_key: str | None = None
    after_index: int | None = None  #: keyset page within a flow run: higher indexes only
    before_id: str | None = None  #: keyset page where the newest come first
    newest_first: bool = False  #: also within a flow run
    with_result: bool = False  #: load the inline result too
    states: tuple[StateWord, ...] | None = None  #: any of them
    not_states: tuple[StateWord, ...] = ()  #: none of them
    tasks: tuple[str, ...] | None = None  #: names of functions, any of them


class LogFilter(NamedTuple):
    """Which log lines."""

    flow_run_id: str | None = None
    #: one task run of it
    index: int | None = None  # type: ignore[assignment] # nobody uses tuple.index here
    level_from: int | None = None
    loggers: tuple[str, ...] | None = None
    contains: tuple[str, ...] | None = None  #: all of them, case-insensitive (ASCII letters)
    after_id: int | None = None  #: keyset page; with newest_first: before this one
    through_id: int | None = None  #: only up to this one, and with it
    newest_first: bool = False
    nested: bool = True  #: with the lines of flow runs nested in the one asked for
    task_names: tuple[str, ...] | None = None  #: of functions, without module and class
    at_from: int | None = None  #: microseconds, inclusive
    at_before: int | None = None  #: microseconds, exclusive


class ArtifactFilter(NamedTuple):
    """Which artifacts."""

    flow_run_id: str | None = None  #: with nested flow runs
    #: those of one task run of it
    index: int | None = None  # type: ignore[assignment] # nobody uses tuple.index here
    key: str | None = None
    kinds: tuple[str, ...] | None = None
    contains: str | None = None  #: in key or description; case-insensitive (ASCII letters)
    before_id: str | None = None  #: keyset page: older than this artifact
