"""A server that the tests play, and both clients of it with the same calls.

`asked` stands where the network is: it notes each request and answers it as the test says.
"""

from __future__ import annotations

import asyncio
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

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Make a call, and give what it gives; a list of what an iterator gives."""
        transport = httpx.MockTransport(self._network)
        if self.kind == "sync":
            with Client("http://there", "k", transport=transport, clock=self._clock) as client:
                value = getattr(client, name)(*args, **kwargs)
                return list(value) if hasattr(value, "__next__") else value
        return asyncio.run(self._call(transport, name, *args, **kwargs))

    async def _call(self, transport: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        async with AsyncClient(
            "http://there", "k", transport=transport, clock=self._clock
        ) as client:
            value = getattr(client, name)(*args, **kwargs)
            return [one async for one in value] if hasattr(value, "__anext__") else await value


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
