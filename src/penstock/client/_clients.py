"""The two clients: the calls of all nouns, with a wire to carry them out."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import httpx

from penstock._clock import SYSTEM, Clock
from penstock.client._actions import ActionCalls
from penstock.client._artifacts import ArtifactCalls
from penstock.client._calls import Asynchronous, Synchronous
from penstock.client._flow_runs import FlowRunCalls
from penstock.client._live import LiveCalls
from penstock.client._logs import LogCalls
from penstock.client._server import ServerCalls
from penstock.client._task_runs import TaskRunCalls
from penstock.client._where import Where, find_server
from penstock.client._wires import AsyncWire, Wire, acarry, asupply, carry, supply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from penstock.client._steps import Exchange, Supply

__all__ = ["AsyncClient", "Client"]

T = TypeVar("T")

#: Seconds for an answer, unless the caller says otherwise; what is slow is streamed.
_TIMEOUT: Final = 30.0
#: Seconds to reach the server: it is near, or not there.
_CONNECT_TIMEOUT: Final = 5.0


class _Calls(
    FlowRunCalls, TaskRunCalls, LogCalls, ArtifactCalls, ActionCalls, LiveCalls, ServerCalls
):
    """Every call there is."""

    def __init__(
        self, url: str | None, key: str | None, timeout: float | None, clock: Clock
    ) -> None:
        self._where = find_server(url, key)
        self._timeout = timeout
        self._clock = clock

    @property
    def url(self) -> str:
        """Where the server is: `http://localhost:4200`."""
        return self._where.url

    def __repr__(self) -> str:
        return f"<penstock.client.{type(self).__name__} {self.url}>"


class Client(_Calls, Synchronous):
    """Asks a Penstock server, and has it do things.

        from penstock.client import Client

        with Client() as client:
            for run in client.iterate_flow_runs(state="FAILED"):
                print(run.name, run.message)

    One client may be used by many threads. In the signatures of its calls, `Exchange[X]`
    gives an X, and `Supply[X]` an iterator over many. What it is told wrong, or the server cannot
    do, is an `APIError`; that there is no server is `Unreachable`.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float | None = _TIMEOUT,
        transport: httpx.BaseTransport | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        """Make a client; it connects when it is first asked for something.

        Args:
            url: where the server is, as the browser shows it. Without it the setting
                `api_url` says, or else the server that has been started on this data
                folder, or else it is http://localhost:4200.
            key: what the server wants to see; by default the setting `api_key`.
            timeout: the most seconds to wait for an answer; None: as long as it takes.
            transport: carries requests instead of a network, as those of httpx do.
            clock: what waits between attempts.
        """
        super().__init__(url, key, timeout, clock)
        self._http = httpx.Client(**_options(self._where, timeout), transport=transport)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _carry(self, life: Exchange[T]) -> T:
        return carry(life, Wire(self._http, self._clock))

    def _supply(self, life: Supply[T]) -> Iterator[T]:
        return supply(life, Wire(self._http, self._clock))


class AsyncClient(_Calls, Asynchronous):
    """The same for async code: calls are awaited, and iterated with `async for`.

    async with AsyncClient() as client:
        run = await client.get_flow_run(flow_run_id)
        async for line in client.follow_log(run.id):
            print(line.message)
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float | None = _TIMEOUT,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        """Make a client, as `Client` is made."""
        super().__init__(url, key, timeout, clock)
        self._http = httpx.AsyncClient(**_options(self._where, timeout), transport=transport)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _carry(self, life: Exchange[T]) -> T:
        return await acarry(life, AsyncWire(self._http, self._clock))

    def _supply(self, life: Supply[T]) -> AsyncIterator[T]:
        return asupply(life, AsyncWire(self._http, self._clock))


def _options(where: Where, timeout: float | None) -> dict[str, Any]:
    """Say how to connect; the same for both kinds of httpx clients."""
    headers = {"User-Agent": f"penstock/{version('penstock')}", "Accept": "application/json"}
    if where.key:
        headers["Authorization"] = f"Bearer {where.key}"
    return {
        "base_url": where.url,
        "headers": headers,
        "timeout": httpx.Timeout(timeout, connect=_CONNECT_TIMEOUT),
        # A proxy of the environment cannot reach what listens on this machine only.
        "trust_env": not where.is_here,
    }
