"""What a call of the client may need done, without a word on how.

A call is a generator. It yields steps and is sent what came of them; a `Supply` yields,
between its steps, what the caller gets one by one, and an `Exchange` returns what the
caller gets. Neither does any I/O: `_wires` does, for sync and for async code.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Exchange", "Give", "Request", "Step", "Supply"]

Value = TypeVar("Value")


class Request(NamedTuple):
    """What is asked of the server."""

    method: str
    path: str  #: below `/api`, its parts quoted
    #: words of the query; None is left out, a list repeats the word
    words: Mapping[str, Any] | None = None
    body: Any = None  #: sent as JSON
    headers: Mapping[str, str] | None = None
    #: most seconds without a sign of the server; None: as the client has it
    patience: float | None = None


class Step(NamedTuple):
    """Something to be done for a call."""

    #: send: ask, and read the answer whole · open: ask, and read no further than its head
    #: · read: the next bit of what was opened · sleep
    do: Literal["send", "open", "read", "sleep"]
    #: a request, nothing, or seconds
    given: tuple[Any, ...] = ()


class Give(NamedTuple, Generic[Value]):
    """Something that a supply gives its caller."""

    value: Value


#: A call that gives one thing.
Exchange: TypeAlias = Generator[Step, Any, Value]
#: A call that gives many, as they come.
Supply: TypeAlias = Generator[Step | Give[Value], Any, None]
