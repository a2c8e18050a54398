"""Runs the server: binds, serves, and ends at once when it is told to.

The invariant: whoever is told that the server is ready can ask it something, and what
is told to end it has ended it within seconds, whoever still listens to its stream.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version
from types import FrameType
from typing import Any, Final

import uvicorn
from anyio import to_thread
from fastapi import FastAPI

from penstock._addresses import Entry, forget_entry, write_entry
from penstock._clock import SYSTEM
from penstock._engine.process import open_recovered
from penstock._listeners import command_of, find_listener
from penstock._processes import process_started
from penstock._server.app import create_app, create_site
from penstock._server.base_path import read_base
from penstock._server.keys import SHORTEST_KEY, Keys
from penstock._server.names import is_loopback, make_names
from penstock._server.services.loop import Services
from penstock._server.services.services import make_services
from penstock.errors import UsageError
from penstock.settings import Settings
from penstock.stores.protocol import Store

__all__ = ["check_exposure", "serve"]

#: Threads in which routes run; each may open the database once for reading.
_THREADS: Final = 8
#: What is not answered by then is broken off when the server ends.
_GRACE_SECONDS: Final = 3
_BACKLOG: Final = 256


def serve(
    settings: Settings,
    on_ready: Callable[[Entry, Store], None],
    *,
    is_insecure: bool = False,
    proxies: str | None = None,
    log: str | None = None,
) -> None:
    """Serve until a signal ends it.

    Args:
        settings: where to listen, and on which store.
        on_ready: called once it answers.
        is_insecure: listen where others can reach it, without a key.
        proxies: addresses whose `X-Forwarded-For` is believed, parted by commas.
        log: file that what it says goes to, for others to know.

    Raises:
        UsageError: it may not listen there, or somebody else does.
        StoreError: the store cannot be opened.
    """
    check_exposure(settings, is_insecure=is_insecure)
    base = _read_base(settings.server_base)
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING
    )
    with _bound(settings.server_host, settings.server_port) as listener:
        port = listener.getsockname()[1]
        store = open_recovered(settings)
        try:
            keys = Keys(settings.api_key, port, SYSTEM.monotonic)
            services = make_services(store, settings)
            api = create_app(store, settings, keys=keys, base=base, lifespan=_lifespan(services))
            entry = _make_entry(settings, port, base, log)
            names = make_names(settings.server_host, port, settings.server_hosts)
            config = uvicorn.Config(
                create_site(api, names),
                loop="asyncio",
                http="h11",
                ws="none",
                lifespan="on",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=proxies is not None,
                forwarded_allow_ips=proxies,
                backlog=_BACKLOG,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
            server = _Server(config, api, lambda: _announce(settings, entry, store, on_ready))
            try:
                asyncio.run(server.serve([listener]))
            finally:
                forget_entry(settings, entry)
        finally:
            store.close()


def check_exposure(settings: Settings, *, is_insecure: bool = False) -> None:
    """See that nobody without a key can reach a server from elsewhere.

    Raises:
        UsageError: it would be so, or the key could be guessed.
    """
    key = settings.api_key
    if key and len(key) < SHORTEST_KEY:
        raise UsageError(
            f"PENSTOCK_API_KEY has {len(key)} characters, and could be guessed. Use at least "
            f"{SHORTEST_KEY}; this makes one: python -c 'import secrets; "
            "print(secrets.token_urlsafe())'"
        )
    if key or is_insecure or is_loopback(settings.server_host):
        return
    raise UsageError(
        f"On {settings.server_host} the server could be reached from other machines, and it "
        "has no key. Set PENSTOCK_API_KEY (this makes one: python -c 'import secrets; "
        "print(secrets.token_urlsafe())'), or listen on 127.0.0.1. Where everybody may read "
        "and change everything: --insecure-no-auth."
    )


def _read_base(text: str) -> str:
    try:
        return read_base(text)
    except ValueError:
        raise UsageError(
            f"PENSTOCK_SERVER_BASE={text!r} cannot be; it must be a path such as /penstock."
        ) from None


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    """Take the port, or say who has it."""
    host = "127.0.0.1" if host == "localhost" else host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio sends at once what it is given (TCP_NODELAY): else each
    # answer, head and body, takes the 40 ms in which the other side puts off its receipt.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":
            # There it would let a second server take the port away.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            # Now, not when the loop runs: two that start at once must not both believe
            # that they have it.
            listener.listen(_BACKLOG)
        except OSError as error:
            raise UsageError(_why_not_bound(host, port, error)) from None
        except OverflowError:
            raise UsageError(f"Port {port} cannot be; ports go up to 65535.") from None
        yield listener
    finally:
        listener.close()


def _why_not_bound(host: str, port: int, error: OSError) -> str:
    if error.errno != errno.EADDRINUSE:
        problem = error.strerror or str(error)
        return f"The server cannot listen on {host} port {port}: {problem}."
    other = f"Choose another port: penstock server start --port {port + 1}"
    pid = find_listener(port)
    if pid is None:
        return f"Port {port} is taken by another program. {other}"
    command = command_of(pid)
    shown = "" if command is None else f" ({command})"
    if command is not None and "penstock" in command and "server" in command:
        other = f"It may be a server of yours: penstock server status. {other}"
    return f"Port {port} is taken by process {pid}{shown}. {other}"


def _make_entry(settings: Settings, port: int, base: str, log: str | None) -> Entry:
    host = settings.server_host
    shown = "localhost" if is_loopback(host) or host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared
    shown = f"[{shown}]" if ":" in shown else shown
    pid = os.getpid()
    return Entry(
        pid=pid,
        process_started=process_started(pid),
        host=host,
        port=port,
        url=f"http://{shown}:{port}{base}",
        started=SYSTEM.now_us(),
        version=version("penstock"),
        log=log,
    )


def _announce(
    settings: Settings, entry: Entry, store: Store, on_ready: Callable[[Entry, Store], None]
) -> None:
    write_entry(settings, entry)
    on_ready(entry, store)


def _lifespan(services: Services) -> Any:
    @asynccontextmanager
    async def live(api: FastAPI) -> AsyncIterator[None]:
        del api
        to_thread.current_default_thread_limiter().total_tokens = _THREADS
        services.start()
        try:
            yield
        finally:
            await to_thread.run_sync(services.stop)

    return live


class _Server(uvicorn.Server):
    """Ends with exit code 0 when it was asked to end, and lets no stream hold it up."""

    def __init__(self, config: uvicorn.Config, api: FastAPI, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._api = api
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await to_thread.run_sync(self._on_ready)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._api.state.hub.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Hear of signals without passing them on afterwards."""
        numbers = [signal.SIGINT, signal.SIGTERM]
        if sys.platform == "win32":
            numbers.append(signal.SIGBREAK)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End; at the second Ctrl-C without waiting for anybody."""
        del frame
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True
