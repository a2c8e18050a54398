"""Reads what a request brings, and refuses what no route should ever see."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from anyio import to_thread
from starlette.types import Message, Receive

from penstock._server.errors import Refused

__all__ = ["LARGEST_BODY", "check_json", "read_body", "replay"]

LARGEST_BODY: Final = 4 * 1024 * 1024
DEEPEST: Final = 64
_LARGEST_INTEGER: Final = 2**63 - 1
#: More than this is read by a thread, so that others need not wait.
_LONG: Final = 64 * 1024


async def read_body(receive: Receive, announced: bytes | None) -> bytes:
    """Take in the body of a request, counting, whatever it announces.

    Raises:
        Refused: it is too large, or broke off.
    """
    if announced is not None and announced.isdigit() and int(announced[:20]) > LARGEST_BODY:
        _too_large()
    parts = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused("malformed", 400, "The request cannot be read", "It broke off.")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY:
            _too_large()
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def replay(body: bytes, receive: Receive) -> Receive:
    """Give the application a body that has been read."""
    is_left = True

    async def again() -> Message:
        nonlocal is_left
        if is_left:
            is_left = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return again


async def check_json(body: bytes) -> None:
    """See that a body is JSON that any reader reads alike.

    Raises:
        Refused: it is not; the pointer says where.
    """
    if len(body) > _LONG:
        await to_thread.run_sync(_check, body)
    else:
        _check(body)


def _check(body: bytes) -> None:
    try:
        value = json.loads(
            body.decode("utf-8"), parse_constant=_constant, parse_int=_integer, parse_float=_float
        )
    except RecursionError:
        _wrong("/body", f"is nested deeper than {DEEPEST} levels")
    except ValueError as error:
        _wrong("/body", f"is no JSON ({error})")
    _walk(value)


def _walk(top: Any) -> None:
    """Go through all values; by hand, for the depth is what is in doubt."""
    left: list[tuple[str, int, Any]] = [("/body", 1, top)]
    while left:
        place, depth, value = left.pop()
        if isinstance(value, str):
            _check_text(place, value)
            continue
        if not isinstance(value, dict | list):
            continue
        if depth > DEEPEST:
            _wrong("/body", f"is nested deeper than {DEEPEST} levels")
        if isinstance(value, list):
            left += [(f"{place}/{at}", depth + 1, one) for at, one in enumerate(value)]
            continue
        for name, one in value.items():
            _check_text(place, name)
            inner = f"{place}/{name.replace('~', '~0').replace('/', '~1')}"
            left.append((inner, depth + 1, one))


def _check_text(place: str, text: str) -> None:
    if "\0" in text:
        _wrong(place, "holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        _wrong(place, "holds half of a surrogate pair")


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _integer(text: str) -> int:
    number = int(text)
    if not -_LARGEST_INTEGER - 1 <= number <= _LARGEST_INTEGER:
        raise ValueError("a whole number does not fit into 64 bits")
    return number


def _float(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError("a number is too large")
    return number


def _wrong(place: str, problem: str) -> NoReturn:
    detail = f"The body of the request {problem}." if place == "/body" else f"{place} {problem}."
    raise Refused(
        "invalid", 422, "The request cannot be carried out", detail, [(place, f"It {problem}.")]
    )


def _too_large() -> NoReturn:
    raise Refused(
        "too_large",
        413,
        "The request is too large",
        f"A request may bring {LARGEST_BODY} bytes (4 MiB), and this one brings more.",
    )
