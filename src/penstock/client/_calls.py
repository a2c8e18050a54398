"""Turns a call into a method of both clients: one that blocks, and one that is awaited.

    class FlowRunCalls:
        @call
        def get_flow_run(self, flow_run_id: str) -> Exchange[FlowRunDetail]: ...

Of `Client` the method gives a `FlowRunDetail`, of `AsyncClient` a coroutine of one; a type
checker knows, because `call.__get__` tells the two kinds of client apart.
"""

from __future__ import annotations

from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

    from penstock.client._steps import Exchange, Supply

__all__ = ["Asynchronous", "Synchronous", "call", "stream"]

P = ParamSpec("P")
T = TypeVar("T")


class Synchronous:
    """A client whose calls block."""

    def _carry(self, life: Exchange[T]) -> T:
        raise NotImplementedError

    def _supply(self, life: Supply[T]) -> Iterator[T]:
        raise NotImplementedError


class Asynchronous:
    """A client whose calls are awaited."""

    async def _carry(self, life: Exchange[T]) -> T:
        raise NotImplementedError

    def _supply(self, life: Supply[T]) -> AsyncIterator[T]:
        raise NotImplementedError


class _Method:
    """What both kinds of calls are: a function that tells a call, bound to who carries it."""

    def __init__(self, tell: Callable[..., Any], carry: str) -> None:
        self._tell = tell
        self._carry = carry

    def _bind(self, client: Any) -> Any:
        if client is None:
            return self._tell  # which help() shows
        tell = self._tell.__get__(client)
        carry = getattr(client, self._carry)

        def bound(*args: Any, **kwargs: Any) -> Any:
            return carry(tell(*args, **kwargs))

        return update_wrapper(bound, tell)


class call(_Method, Generic[P, T]):  # noqa: N801 - a decorator
    """A call that gives one thing."""

    def __init__(self, tell: Callable[Concatenate[Any, P], Exchange[T]]) -> None:
        super().__init__(tell, "_carry")

    @overload
    def __get__(self, client: None, owner: type) -> Callable[..., Exchange[T]]: ...
    @overload
    def __get__(self, client: Synchronous, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: Asynchronous, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...

    def __get__(self, client: Any, owner: type) -> Any:
        """Bind the call to a client."""
        return self._bind(client)


class stream(_Method, Generic[P, T]):  # noqa: N801 - a decorator
    """A call that gives many things, as they come."""

    def __init__(self, tell: Callable[Concatenate[Any, P], Supply[T]]) -> None:
        super().__init__(tell, "_supply")

    @overload
    def __get__(self, client: None, owner: type) -> Callable[..., Supply[T]]: ...
    @overload
    def __get__(self, client: Synchronous, owner: type) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, client: Asynchronous, owner: type) -> Callable[P, AsyncIterator[T]]: ...

    def __get__(self, client: Any, owner: type) -> Any:
        """Bind the call to a client."""
        return self._bind(client)
