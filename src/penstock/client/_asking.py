"""What all calls are made of: ask, try again where that is safe, read, or raise.

Only what changes nothing is asked twice, and what has not reached the server at all.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from penstock._schemas.common import Problem
from penstock.client._steps import Give, Request, Step
from penstock.errors import (
    APIError,
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotOnServer,
    ServerFailed,
    Unreachable,
    Wrong,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from penstock.client._steps import Exchange, Supply

__all__ = [
    "check",
    "download",
    "fetch",
    "get",
    "pages",
    "path",
    "plain",
    "post",
    "remove",
    "understand",
    "unreachable",
]

Value = TypeVar("Value")
Item_co = TypeVar("Item_co", covariant=True)

#: Seconds between attempts: a server that is being restarted is back by then.
_PAUSES: Final = (0.1, 0.4, 1.5)
#: Longer than this nobody waits between two attempts, whatever the server asks for.
_LONGEST_PAUSE: Final = 5.0
#: What a server, or a proxy in front of it, says when it is worth trying again.
_PASSING: Final = frozenset({502, 503, 504})
#: The most that a page may hold.
_PAGE: Final = 200

_KINDS: Final[Mapping[int, type[APIError]]] = {
    401: NotAllowed,
    403: NotAllowed,
    404: NotOnServer,
    409: Conflict,
    421: NotAllowed,
    429: NotAllowed,
}


class PageOf(Protocol[Item_co]):
    """A page of a list, whatever is in it."""

    @property
    def items(self) -> Sequence[Item_co]:
        """What it holds."""

    @property
    def next_cursor(self) -> str | None:
        """Where the next begins; None: there is none."""


def path(*parts: object) -> str:
    """Join the parts of a path, quoted: a flow's name may have slashes in it."""
    return "".join("/" + quote(str(part), safe="") for part in parts)


def get(where: str, kind: type[Value], words: Mapping[str, Any] | None = None) -> Exchange[Value]:
    """Ask for something."""
    return _read((yield from fetch(Request("GET", where, plain(words or {})))), kind)


def post(where: str, kind: type[Value], body: Any = None) -> Exchange[Value]:
    """Have something done."""
    return _read((yield from fetch(Request("POST", where, body=body))), kind)


def remove(where: str, kind: type[Value]) -> Exchange[Value]:
    """Have something deleted."""
    return _read((yield from fetch(Request("DELETE", where))), kind)


def pages(where: str, kind: type[PageOf[Value]], words: Mapping[str, Any]) -> Supply[Value]:
    """Go through a list, page by page."""
    words = {"limit": _PAGE, **words}
    cursor: str | None = None
    while True:
        page = yield from get(where, kind, {**words, "cursor": cursor})
        for item in page.items:
            yield Give(item)
        cursor = page.next_cursor
        if cursor is None:
            return


def fetch(request: Request) -> Exchange[httpx.Response]:
    """Ask until there is an answer, as often as that is safe.

    Raises:
        Unreachable: no server answers.
        APIError: it does not do what it is asked.
    """
    for pause in _PAUSES:
        wait = pause
        try:
            answer: httpx.Response = yield Step("send", (request,))
        except httpx.TransportError as error:
            if not _may_repeat(request, error):
                raise unreachable(error) from error
        else:
            if request.method != "GET" or answer.status_code not in _PASSING:
                return check(answer)
            wait = min(max(wait, _asked_pause(answer)), _LONGEST_PAUSE)
        yield Step("sleep", (wait,))
    try:
        answer = yield Step("send", (request,))
    except httpx.TransportError as error:
        raise unreachable(error) from error
    return check(answer)


def download(
    where: str, to: str | os.PathLike[str], words: Mapping[str, Any] | None = None
) -> Exchange[int]:
    """Save what is large as a file, without ever having it whole; give its bytes' number."""
    check((yield Step("open", (Request("GET", where, plain(words or {})),))))
    size = 0
    with open(to, "wb") as file:
        while (bits := (yield Step("read"))) is not None:
            size += file.write(bits)
    return size


def _read(answer: httpx.Response, kind: type[Value]) -> Value:
    """Read an answer.

    Raises:
        ServerFailed: it is not what this client knows.
    """
    return understand(answer.content, kind, str(answer.url), answer.status_code)


def understand(text: str | bytes, kind: type[Value], where: str, status: int = 200) -> Value:
    """Read what a server says somewhere.

    Raises:
        ServerFailed: it is not what this client knows.
    """
    try:
        value: Value = _adapter(kind).validate_json(text)  # type: ignore[arg-type] # types hash
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(map(str, first["loc"])) or "all of it"
        raise ServerFailed(
            status,
            "unreadable",
            f"What {where} answers is not what this version of the client reads "
            f"({place}: {first['msg']}). Use the version of Penstock that the server has.",
            (),
        ) from error
    return value


def check(answer: httpx.Response) -> httpx.Response:
    """Give an answer back, or raise what it complains about.

    Raises:
        APIError: it does.
    """
    if answer.is_success:
        return answer
    status = answer.status_code
    kind = _KINDS.get(status, ServerFailed if status >= httpx.codes.INTERNAL_SERVER_ERROR else None)
    try:
        problem = Problem.model_validate_json(answer.content)
    except ValidationError:
        detail = f"{answer.url} answers {status} {answer.reason_phrase}: is it a Penstock server?"
        raise (kind or APIError)(status, "unreadable", detail, ()) from None
    wrong = tuple(Wrong(one.pointer, one.message) for one in problem.errors)
    raise (kind or InvalidRequest)(status, problem.type, problem.detail, wrong)


def unreachable(error: httpx.TransportError) -> Unreachable:
    """Say that nobody answers."""
    url = error.request.url
    if isinstance(error, httpx.TimeoutException):
        problem = f"no answer in time: {type(error).__name__}"
    else:
        problem = str(error) or type(error).__name__
    return Unreachable(f"{url.scheme}://{url.netloc.decode('ascii')}", problem)


def _may_repeat(request: Request, error: httpx.TransportError) -> bool:
    """Tell whether asking again does no harm: nothing was sent, or it only asks."""
    if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
        return False  # it has waited long enough
    return request.method == "GET" or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)


def _asked_pause(answer: httpx.Response) -> float:
    try:
        return float(answer.headers.get("retry-after", 0))
    except ValueError:  # a date
        return 0.0


def plain(words: Mapping[str, Any]) -> dict[str, Any]:
    """Write the words of a query as an address has them."""
    return {
        word: _written(value)
        for word, value in words.items()
        if value is not None and value not in ((), [])
    }


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        # One without a zone is local time, as everywhere in Python.
        return value.astimezone().isoformat() if value.tzinfo is None else value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return [_written(one) for one in value]
    return value


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
