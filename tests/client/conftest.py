"""A server that the tests play, and both clients of it with the same calls.

`asked` stands where the network is: it notes each request and answers it as the test says.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from penstock.client import AsyncClient, Client
from penstock.testing import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Network:
    """What is asked, in order, and what is answered to it, in order."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: list[httpx.Response | Exception] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, httpx.TransportError):
            answer.request = request
        if isinstance(answer, Exception):
            raise answer
        return answer


class Asker:
    """One of the two clients, whose calls are made alike."""

    def __init__(self, kind: str, network: Network, clock: FakeClock) -> None:
        self.kind = kind
        self._network = network
        self._clock = clock

    def call(self, name: str, *args: Any, until: Any = (), **kwargs: Any) -> Any:
        """Make a call, and give what it gives; a list of what an iterator gives.

        Args:
            name: of the call.
            args: its arguments.
            until: an error that ends an iterator.
            kwargs: its keywords.
        """
        transport = httpx.MockTransport(self._network)
        if self.kind == "async":
            return asyncio.run(self._acall(transport, until, name, *args, **kwargs))
        found: list[Any] = []
        with Client("http://there", "k", transport=transport, clock=self._clock) as client:
            value = getattr(client, name)(*args, **kwargs)
            if not hasattr(value, "__next__"):
                return value
            with suppress(until):
                found.extend(value)  # keeps what came before the error
        return found

    async def _acall(self, transport: Any, until: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        found: list[Any] = []
        async with AsyncClient(
            "http://there", "k", transport=transport, clock=self._clock
        ) as client:
            value = getattr(client, name)(*args, **kwargs)
            if not hasattr(value, "__anext__"):
                return await value
            with suppress(until):
                async for one in value:
                    found.append(one)  # noqa: PERF401 - keeps what came before the error
        return found


@pytest.fixture
def network() -> Network:
    """The server that the test plays."""
    return Network()


@pytest.fixture
def clock() -> FakeClock:
    """What the client sleeps on."""
    return FakeClock()


@pytest.fixture(params=["sync", "async"])
def call(
    request: pytest.FixtureRequest, network: Network, clock: FakeClock
) -> Iterator[Callable[..., Any]]:
    """Make a call of either client."""
    yield Asker(request.param, network, clock).call
    assert not network.answers, "the client has asked less often than the test expects"
