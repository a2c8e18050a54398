"""The live stream: one look at the store for all who listen, and what they are told.

The store is looked at only while somebody listens. The invariant: a listener that goes
on with the id of the last event it got misses nothing, or is told that it has.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from typing import Final

from anyio import to_thread
from pydantic import BaseModel
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from penstock._clock import Clock
from penstock._schemas.common import instant
from penstock._schemas.flow_runs import FlowRun
from penstock._schemas.live import Changes, Hello, Reset, Tick
from penstock._server.cursors import Cursor, newest_cursor
from penstock._server.errors import Refused
from penstock._server.watching import Look, Watch
from penstock.stores.protocol import Store

__all__ = ["Hub", "Stream"]

_log = logging.getLogger(__name__)

#: Between two questions whether anything has changed.
_LOOK_SECONDS: Final = 0.2
#: After something had: at most four messages a second.
_AFTER_SECONDS: Final = 0.25
#: After the store could not be asked.
_TROUBLE_SECONDS: Final = 1.0
#: How often whoever hears nothing is told that the server is there.
_TICK_SECONDS: Final = 15.0
#: Who has so many messages waiting, or takes none for so long, is let go.
_MOST_WAITING: Final = 32
_SEND_SECONDS: Final = 20.0
_MOST_LISTENERS: Final = 100
#: Further behind than this, asking for everything anew is cheaper.
_MOST_EVENTS: Final = 20_000
_MOST_LINES: Final = 200_000
#: What a browser waits before it comes again.
_RETRY_MS: Final = 1_500


class Hub:
    """Who listens, and the one that looks on behalf of all."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        show: Callable[[Sequence[str]], list[FlowRun]],
    ) -> None:
        """Make one; it does nothing until somebody listens.

        Args:
            store: what is looked at.
            clock: gives the server's time.
            show: gives flow runs as the API shows them.
        """
        self._store = store
        self._clock = clock
        self._watch = Watch(store, show)
        self._listeners: set[_Listener] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looking: asyncio.Task[None] | None = None
        self._cursor: Cursor | None = None
        self._closed = False

    @property
    def listener_count(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def close(self) -> None:
        """End all streams; called where they run."""
        self._closed = True
        for listener in list(self._listeners):
            listener.end()
        if self._looking is not None:
            self._looking.cancel()

    def tell_all_changed(self) -> None:
        """Have everybody ask for their lists again: runs are gone. From any thread."""
        if self._loop is not None and self._listeners:
            with suppress(RuntimeError):  # it is over
                self._loop.call_soon_threadsafe(self._tell_all_changed)

    def _tell_all_changed(self) -> None:
        if self._cursor is not None:
            look = Look(self._cursor, [], more=True, rows=(), artifacts=frozenset(), above={})
            self._tell(look)

    async def listen(self, run: str | None, after: Cursor | None) -> AsyncGenerator[bytes, None]:
        """Give what a listener is told, as text of the stream, until it is over.

        Raises:
            Refused: too many listen already.
        """
        if self._closed or len(self._listeners) >= _MOST_LISTENERS:
            raise Refused(
                "too_many_streams",
                503,
                "Too many listen",
                f"The server speaks to {_MOST_LISTENERS} tabs at once. Close some.",
                headers={"Retry-After": "10"},
            )
        listener = _Listener(run)
        self._listeners.add(listener)
        try:
            start = await self._join()
            hello = Hello(cursor=start.event, server_time=self._time(), version=version("penstock"))
            yield f"retry: {_RETRY_MS}\n".encode() + _event("hello", start, hello)
            if after is not None:
                yield await self._catch_up(after, start, run)
            while True:
                try:
                    async with asyncio.timeout(_TICK_SECONDS):
                        look = await listener.waiting.get()
                except TimeoutError:
                    yield _event("tick", None, Tick(server_time=self._time()))
                    continue
                if look is None:
                    return
                yield _event("changes", look.cursor, look.changes(run))
        finally:
            self._listeners.discard(listener)

    async def _join(self) -> Cursor:
        """Have somebody look, and give where that one stands."""
        if self._cursor is None or self._looking is None or self._looking.done():
            newest = await to_thread.run_sync(newest_cursor, self._store)
            self._cursor = newest if self._cursor is None else self._cursor.joined(newest)
            if self._looking is None or self._looking.done():
                self._loop = asyncio.get_running_loop()
                self._looking = self._loop.create_task(self._look_on())
        return self._cursor

    async def _catch_up(self, after: Cursor, start: Cursor, run: str | None) -> bytes:
        """Say what a listener has missed, or that it was too much."""
        behind = start.event - after.event, start.log - after.log
        if not (0 <= behind[0] <= _MOST_EVENTS and 0 <= behind[1] <= _MOST_LINES):
            return _event("reset", start, Reset(cursor=start.event))
        look = await to_thread.run_sync(self._watch.look, after, start.joined(after))
        return b"" if look is None else _event("changes", start, look.changes(run))

    async def _look_on(self) -> None:
        """Look again and again, as long as somebody listens."""
        mark: int | None = None
        while self._listeners:
            try:
                now = await to_thread.run_sync(self._store.change_mark)
                look = None
                if now != mark:
                    look = await to_thread.run_sync(self._look)
                    mark = now
            except Exception:  # noqa: BLE001 - a store that is busy now may answer later
                _log.exception("The store could not be asked what has changed")
                await asyncio.sleep(_TROUBLE_SECONDS)
                continue
            if look is not None:
                self._tell(look)
            await asyncio.sleep(_LOOK_SECONDS if look is None else _AFTER_SECONDS)
        self._cursor = None

    def _look(self) -> Look | None:
        before = self._cursor
        newest = newest_cursor(self._store)
        if before is None or newest == before:
            return None
        newest = newest.joined(before)
        look = self._watch.look(before, newest)
        self._cursor = newest
        return look

    def _tell(self, look: Look) -> None:
        for listener in list(self._listeners):
            if not listener.tell(look):
                self._listeners.discard(listener)

    def _time(self) -> datetime:
        return instant(self._clock.now_us())


class _Listener:
    """Somebody who listens, and what waits for them."""

    def __init__(self, run: str | None) -> None:
        self.run = run
        self.waiting: asyncio.Queue[Look | None] = asyncio.Queue()

    def tell(self, look: Look) -> bool:
        """Put something in their queue; False: they are too slow, and it is over."""
        if self.waiting.qsize() >= _MOST_WAITING:
            self.end()
            return False
        self.waiting.put_nowait(look)
        return True

    def end(self) -> None:
        """End it, whatever waits."""
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.waiting.put_nowait(None)


class Stream(Response):
    """An answer that goes on until one of the two sides has had enough."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[bytes, None], first: bytes) -> None:
        """Make it.

        Args:
            events: what is sent.
            first: what comes before; it is there already.
        """
        super().__init__(
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            media_type=self.media_type,
        )
        del self.headers["content-length"]
        self._events = events
        self._first = first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what there is until the other side goes, or is too slow."""
        del scope
        sending = asyncio.ensure_future(self._send(send))
        hearing = asyncio.ensure_future(_until_gone(receive))
        try:
            await asyncio.wait((sending, hearing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in (sending, hearing):
                one.cancel()
            await asyncio.gather(sending, hearing, return_exceptions=True)
            await self._events.aclose()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await _send_part(send, self._first, more=True)
        async for event in self._events:
            if event:
                await _send_part(send, event, more=True)
        await _send_part(send, b"", more=False)


async def _send_part(send: Send, body: bytes, *, more: bool) -> None:
    async with asyncio.timeout(_SEND_SECONDS):
        await send({"type": "http.response.body", "body": body, "more_body": more})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _event(name: str, cursor: Cursor | None, what: BaseModel | Changes) -> bytes:
    """Write an event. JSON has no line breaks, so it is one line of data."""
    number = "" if cursor is None else f"id: {cursor}\n"
    return f"event: {name}\n{number}data: {what.model_dump_json()}\n\n".encode()
