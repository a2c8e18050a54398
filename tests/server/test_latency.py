"""What keeps answers quick."""

from __future__ import annotations

import asyncio
import socket

from penstock._server.run import _bound


async def test_answers_are_sent_at_once() -> None:
    """Held back, each would take the 40 ms in which the other side puts off its receipt."""
    at_once: asyncio.Queue[int] = asyncio.Queue()

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        await at_once.put(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with _bound("127.0.0.1", 0) as listener:
        async with await asyncio.start_server(accept, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            assert await at_once.get()
            writer.close()
