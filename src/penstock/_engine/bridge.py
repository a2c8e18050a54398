"""One event loop in the background, for async bodies that sync code wants done.

Submitted async tasks run here, so `future.result()` blocks the caller and never
the loop that has to produce the result, whatever colour the flow is.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from penstock.futures import here

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine
    from concurrent.futures import Future
    from contextvars import Context

__all__ = ["Bridge"]


class Bridge:
    """A lazily started thread with an event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        #: each with what it is for; asyncio itself keeps only weak references to tasks
        self._tasks: dict[asyncio.Task[Any], object] = {}

    def start(
        self, coroutine: Coroutine[Any, Any, Any], context: Context | None, owner: object
    ) -> None:
        """Run a coroutine in the background for an owner; it reports its end by itself."""
        loop = self._get_loop()

        def begin() -> None:
            task = loop.create_task(coroutine, context=context)
            self._tasks[task] = owner
            task.add_done_callback(self._tasks.pop)

        loop.call_soon_threadsafe(begin)

    def cancel(self, owner: object) -> None:
        """Cancel what runs for an owner, where it awaits."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return

        def cancel() -> None:
            for task, its_owner in list(self._tasks.items()):
                if its_owner is owner:
                    task.cancel()

        loop.call_soon_threadsafe(cancel)

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine in the background and wait for what it gives."""
        import asyncio  # noqa: PLC0415 - 40 ms, only when there is async code

        done: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, self._get_loop())
        return done.result()

    def close(self) -> None:
        """Cancel what is left and end the thread."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        if thread is not threading.current_thread():
            thread.join(timeout=5.0)

    def _get_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                import asyncio  # noqa: PLC0415 - as above

                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_serve, args=(self._loop,), name="penstock-async", daemon=True
                )
                self._thread.start()
            return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    import asyncio  # noqa: PLC0415 - as above

    here.serves_async = True
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
