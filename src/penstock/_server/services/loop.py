"""Looks after the services: each in a thread of its own, again and again.

The invariant: a service that fails is told of in the log and tried again, later and
later; it never ends the server, and never spins.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from penstock._clock import Clock

__all__ = ["Service", "Services"]

_log = logging.getLogger(__name__)

#: A service that keeps failing is tried this seldom in the end.
_SELDOM: Final = 60.0
#: What does not end by then is left behind; nothing it does may be cut in half anyway.
_JOIN_SECONDS: Final = 2.0


class Service(NamedTuple):
    """Something that is to be looked at again and again."""

    name: str
    #: looks once, given the time in microseconds; gives seconds until the next look
    tick: Callable[[int], float]


class Services:
    """The services of a server, from its start to its end."""

    def __init__(self, services: Sequence[Service], clock: Clock) -> None:
        self._services = services
        self._clock = clock
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to look."""
        for service in self._services:
            thread = threading.Thread(
                target=self._run, args=(service,), name=f"penstock-{service.name}", daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stop looking, and wait for what is being done."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)

    def _run(self, service: Service) -> None:
        pause = 0.0
        failures = 0
        while not self._stopped.is_set():
            self._clock.sleep(pause, self._stopped)
            if self._stopped.is_set():
                return
            try:
                pause = max(service.tick(self._clock.now_us()), 0.05)
                failures = 0
            except Exception:  # noqa: BLE001 - whatever it is, the server goes on
                failures += 1
                pause = min(2.0**failures, _SELDOM)
                _log.exception("The %s failed; it is tried again in %g s", service.name, pause)
