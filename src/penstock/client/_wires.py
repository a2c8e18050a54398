"""The two wires, which carry out steps, and the two drivers that go along a call.

Sync and async differ in `await`, and in nothing else. A wire belongs to one call: the
answer that it reads bit by bit is closed with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from penstock.client._steps import Give

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from penstock._clock import Clock
    from penstock.client._steps import Exchange, Request, Supply

__all__ = ["AsyncWire", "Wire", "acarry", "asupply", "carry", "supply"]

Value = TypeVar("Value")


class Wire:
    """Does what steps say, blocking."""

    __slots__ = ("_answer", "_bits", "_clock", "_http")

    def __init__(self, http: httpx.Client, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._answer: httpx.Response | None = None
        self._bits: Iterator[bytes] = iter(())

    def send(self, request: Request) -> httpx.Response:
        """Ask, and read the answer whole."""
        return self._http.send(_build(self._http, request))

    def open(self, request: Request) -> httpx.Response:
        """Ask, and read no further than the head of the answer, unless it is an error."""
        self.close()
        self._answer = self._http.send(_build(self._http, request), stream=True)
        if self._answer.is_error:
            self._answer.read()
        self._bits = self._answer.iter_bytes()
        return self._answer

    def read(self) -> bytes | None:
        """Read the next bit of what was opened; None is its end."""
        return next(self._bits, None)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._clock.sleep(seconds)

    def close(self) -> None:
        """Be done with what was opened."""
        if self._answer is not None:
            self._answer.close()


class AsyncWire:
    """Does what steps say, letting the event loop go on."""

    __slots__ = ("_answer", "_bits", "_clock", "_http")

    def __init__(self, http: httpx.AsyncClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._answer: httpx.Response | None = None
        self._bits: AsyncIterator[bytes]

    async def send(self, request: Request) -> httpx.Response:
        """Ask, and read the answer whole."""
        return await self._http.send(_build(self._http, request))

    async def open(self, request: Request) -> httpx.Response:
        """Ask, and read no further than the head of the answer, unless it is an error."""
        await self.close()
        self._answer = await self._http.send(_build(self._http, request), stream=True)
        if self._answer.is_error:
            await self._answer.aread()
        self._bits = self._answer.aiter_bytes()
        return self._answer

    async def read(self) -> bytes | None:
        """Read the next bit of what was opened; None is its end."""
        return await anext(self._bits, None)

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        await self._clock.asleep(seconds)

    async def close(self) -> None:
        """Be done with what was opened."""
        if self._answer is not None:
            await self._answer.aclose()


def supply(life: Supply[Value], wire: Wire) -> Iterator[Value]:
    """Go along a call, and give what it gives."""
    outcome: Any = None
    error: Exception | None = None
    try:
        while True:
            step = life.send(outcome) if error is None else life.throw(error)
            outcome = error = None
            if isinstance(step, Give):
                yield step.value
                continue
            try:
                outcome = getattr(wire, step.do)(*step.given)
            except Exception as raised:  # noqa: BLE001 - the call decides what it means
                error = raised
    except StopIteration:
        pass
    finally:
        wire.close()


async def asupply(life: Supply[Value], wire: AsyncWire) -> AsyncIterator[Value]:
    """Go along a call, and give what it gives."""
    outcome: Any = None
    error: Exception | None = None
    try:
        while True:
            step = life.send(outcome) if error is None else life.throw(error)
            outcome = error = None
            if isinstance(step, Give):
                yield step.value
                continue
            try:
                outcome = await getattr(wire, step.do)(*step.given)
            except Exception as raised:  # noqa: BLE001 - the call decides what it means
                error = raised
    except StopIteration:
        pass
    finally:
        await wire.close()


def carry(life: Exchange[Value], wire: Wire) -> Value:
    """Go along a call that gives one thing; give that."""
    [value] = supply(_as_supply(life), wire)
    return value


async def acarry(life: Exchange[Value], wire: AsyncWire) -> Value:
    """Go along a call that gives one thing; give that."""
    [value] = [value async for value in asupply(_as_supply(life), wire)]
    return value


def _as_supply(life: Exchange[Value]) -> Supply[Value]:
    value = yield from life
    yield Give(value)


def _build(http: httpx.Client | httpx.AsyncClient, request: Request) -> httpx.Request:
    """Make the request; the client adds its base, its key and its time limits."""
    timeout = http.timeout if request.patience is None else _patient(http.timeout, request.patience)
    return http.build_request(
        request.method,
        f"api{request.path}",
        params=dict(request.words or {}),
        json=request.body,
        headers=dict(request.headers or {}),
        timeout=timeout,
    )


def _patient(timeout: httpx.Timeout, seconds: float) -> httpx.Timeout:
    return httpx.Timeout(
        connect=timeout.connect, read=seconds, write=timeout.write, pool=timeout.pool
    )
