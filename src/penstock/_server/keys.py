"""Tells who may come in: the API key, the session that a browser gets for it, and guesses.

The key itself is not kept, only its digest. A session is a date and a code made with
that digest: it needs no table, and a new key ends all of them.
"""

from __future__ import annotations

import hmac
from collections import deque
from collections.abc import Callable
from hashlib import sha256
from typing import Final

__all__ = ["SESSION_SECONDS", "SHORTEST_KEY", "Keys"]

#: A shorter key could be guessed.
SHORTEST_KEY: Final = 16
#: How long a browser stays logged in.
SESSION_SECONDS: Final = 30 * 86_400

#: So many wrong keys are taken from an address in a minute.
_MOST_FAILURES: Final = 10
_MINUTE: Final = 60.0
#: So many addresses are remembered; whoever has more than these has the oldest forgotten.
_MOST_ADDRESSES: Final = 10_000


class Keys:
    """Checks keys and sessions of one server."""

    def __init__(self, key: str, port: int, monotonic: Callable[[], float]) -> None:
        """Know the key.

        Args:
            key: what whoever comes must show; empty: nothing.
            port: two servers on a machine share a browser's cookies, so it is in the name.
            monotonic: seconds, for counting failures.
        """
        self.is_needed = bool(key)
        self.cookie = f"penstock_session_{port}"
        self._digest = sha256(key.encode()).digest()
        self._monotonic = monotonic
        self._failures: dict[str, deque[float]] = {}

    def is_key(self, given: bytes) -> bool:
        """Tell whether this is the key."""
        return hmac.compare_digest(sha256(given).digest(), self._digest)

    def make_session(self, now: float) -> str:
        """Make what a browser shows instead of the key from now on."""
        ends = int(now) + SESSION_SECONDS
        return f"{ends}.{self._code(ends)}"

    def is_session(self, given: str, now: float) -> bool:
        """Tell whether a session is one of ours, and has not ended."""
        ends, _, code = given.partition(".")
        if not (ends.isascii() and ends.isdecimal() and len(ends) < 20):  # noqa: PLR2004
            return False
        same = hmac.compare_digest(code.encode(errors="replace"), self._code(int(ends)).encode())
        return same and now < int(ends)

    def wait_of(self, address: str) -> int | None:
        """Say for how many seconds an address may try no key; None: it may."""
        failures = self._failures.get(address)
        if failures is None or len(failures) < _MOST_FAILURES:
            return None
        left = failures[0] + _MINUTE - self._monotonic()
        return int(left) + 1 if left > 0 else None

    def note_failure(self, address: str) -> None:
        """Remember a wrong key."""
        failures = self._failures.pop(address, None) or deque(maxlen=_MOST_FAILURES)
        failures.append(self._monotonic())
        self._failures[address] = failures  # last, as the newest
        if len(self._failures) > _MOST_ADDRESSES:
            del self._failures[next(iter(self._failures))]

    def _code(self, ends: int) -> str:
        return hmac.new(self._digest, b"session %d" % ends, sha256).hexdigest()
