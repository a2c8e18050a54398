"""The call that stays: what changes on the server, as it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx
from pydantic import Field

from penstock._schemas.live import Changes, Reset, RunChanges
from penstock.client._asking import check, understand, unreachable
from penstock.client._calls import stream
from penstock.client._sse import EventReader
from penstock.client._steps import Give, Request, Step
from penstock.errors import PenstockError, ServerFailed, Unreachable

if TYPE_CHECKING:
    from penstock.client._sse import Message
    from penstock.client._steps import Supply

__all__ = ["Change", "LiveCalls"]

_PATH: Final = "/stream"
#: The server gives a sign of itself every 15 seconds: after three it is taken for gone.
_SILENCE: Final = 45.0
#: Seconds before it is looked for again: at first, and at most.
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0


class Change(Changes):
    """Flow runs that have changed, as they are now."""

    id: str = Field(default="", description="Give it as `after` to go on from here.")


class LiveCalls:
    """What changes, as it changes."""

    @stream
    def watch(
        self, flow_run_id: str | None = None, *, after: str | None = None, patience: float = 60.0
    ) -> Supply[Change]:
        """Give what changes, for as long as the caller wants to know.

        A connection that breaks is made again and goes on where it was, so nothing is
        missed. When too much happened meanwhile, `more` is true: ask for the lists anew.

        Args:
            flow_run_id: also tell, in `run`, what changes in this one: tasks, logs, artifacts.
            after: the `id` of a change: begin with what came after it.
            patience: for how many seconds a server is looked for that does not answer.

        Example:
            for change in client.watch():
                for run in change.flow_runs:
                    print(run.name, run.state_name)

        Raises:
            Unreachable: the server did not answer for that long.
        """
        listener = _Listener(flow_run_id, after)
        waited, pause = 0.0, _FIRST_PAUSE
        while True:
            problem: PenstockError
            try:
                yield from listener.listen()
                problem = Unreachable(_PATH, "the stream has ended")
            except httpx.TransportError as error:
                problem = unreachable(error)
            except ServerFailed as error:
                problem = error
            if listener.has_heard:
                waited, pause = 0.0, _FIRST_PAUSE
            if waited >= patience:
                raise problem
            yield Step("sleep", (pause,))
            waited += pause
            pause = min(2 * pause, _LONGEST_PAUSE)


class _Listener:
    """Listens over one connection after the other, and knows how far it has come."""

    __slots__ = ("_flow_run_id", "_last", "has_heard")

    def __init__(self, flow_run_id: str | None, last: str | None) -> None:
        self._flow_run_id = flow_run_id
        self._last = last
        #: whether the newest connection has told anything
        self.has_heard = False

    def listen(self) -> Supply[Change]:
        """Give what one connection tells, until it ends."""
        self.has_heard = False
        headers = {"Accept": "text/event-stream"}
        if self._last is not None:
            headers["Last-Event-ID"] = self._last
        words = {} if self._flow_run_id is None else {"run": self._flow_run_id}
        answer = yield Step("open", (Request("GET", _PATH, words, None, headers, _SILENCE),))
        check(answer)
        reader = EventReader()
        while (bits := (yield Step("read"))) is not None:
            for message in reader.feed(bits):
                self.has_heard = True
                self._last = message.id or self._last
                change = self._understand(message)
                if change is not None:
                    yield Give(change)

    def _understand(self, message: Message) -> Change | None:
        here = {"id": self._last or ""}
        match message.event:
            case "changes":
                change = understand(message.data, Change, _PATH)
                return change.model_copy(update=here)
            case "reset":
                reset = understand(message.data, Reset, _PATH)
                run = self._flow_run_id and RunChanges(
                    id=self._flow_run_id, tasks=True, logs=True, artifacts=True
                )
                return Change(
                    cursor=reset.cursor,
                    flow_runs=[],
                    more=True,
                    run=run or None,
                    artifacts=True,
                    **here,
                )
            case _:  # hello and tick: the server is there
                return None
