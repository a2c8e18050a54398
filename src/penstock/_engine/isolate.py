"""The step that executes a task's body in a process of its own.

The calling thread sends the call, puts the log lines that come back into the run,
and waits for the value. The process can be killed at any moment, by a time limit or
by another thread (`children.kill_isolated`), whatever its code is doing. Only this
process emits events; the other one (`isolated`) knows no journal and no store.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from penstock._engine.children import children, waiting
from penstock._engine.parcels import Call, FlowFacts, locate, pack, unpack_error
from penstock._engine.pipes import BEGAN, CALLED, FAILED, LOGGED, SAVED, UNSENDABLE, post
from penstock._engine.prints import takes_prints
from penstock._engine.report import write
from penstock.errors import NotSendable, ParameterError, ProcessDied, Stopped, TimedOut
from penstock.results import NotStorable, load

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from penstock._engine.children import Child
    from penstock._engine.runs import OpenFlowRun, TaskRun

__all__ = ["Isolated"]

#: How long a process may take to start and to import the task's module, beyond the limit.
_START_SECONDS: Final = 60.0
#: Larger parameters of flow runs are not sent along.
_LARGEST_PARAMETERS: Final = 65_536


class Isolated:
    """The step that executes a body elsewhere. Another thread may kill it."""

    __slots__ = ("_begun", "_child", "_lock", "_reason", "_run", "thread")

    def __init__(self, run: TaskRun) -> None:
        self._run = run
        self._lock = threading.Lock()
        #: what executes it now, and may be killed
        self._child: Child | None = None
        #: why it was killed, when somebody has done so
        self._reason: str | None = None
        #: the body may have done something
        self._begun = False
        #: the one that waits for it
        self.thread = 0

    def run(self) -> Any:
        """Execute the body, and block until it has ended.

        Raises:
            TimedOut: the time was up first.
            ProcessDied: the process has ended before the body.
            NotSendable: the function, an argument or the result cannot be pickled.
            Stopped: somebody has killed it.
            BaseException: whatever the body raises.
        """
        call = _call_of(self._run)
        self.thread = threading.get_ident()
        waiting[self._run] = self
        try:
            answer = self._ask(children.take(), call)
            if answer is None:
                answer = self._ask(children.take(fresh=True), call)
        finally:
            waiting.pop(self._run, None)
        return self._open(answer)

    async def arun(self) -> Any:
        """Execute the body, and let the loop go on meanwhile. Raises what `run` raises."""
        import asyncio  # noqa: PLC0415 - async code has it loaded

        work = asyncio.get_running_loop().run_in_executor(_threads(self._run), self._outcome)
        try:
            value, error = await work
        except asyncio.CancelledError:
            self.kill("cancellation")
            raise
        if error is not None:
            raise error
        return value

    def _outcome(self) -> tuple[Any, BaseException | None]:
        """Run it, and give an error as a value: futures do not take all kinds."""
        try:
            return self.run(), None
        except BaseException as error:  # noqa: BLE001 - carried to the awaiting coroutine
            return None, error

    def kill(self, reason: str) -> None:
        """End the process and all that the body has started; who waits is told `Stopped`."""
        with self._lock:
            self._reason = reason
            if self._child is not None:
                self._child.kill()

    def _ask(self, child: Child, call: Call) -> tuple[int, bytes] | None:
        """Have a process execute the call, and give its answer.

        None: it was a used one, and has died before the body began. Another may try.
        """
        try:
            answer = self._converse(child, call)
        except BaseException:
            # Too late, Ctrl-C and the like: nobody waits for it any more.
            self._let_go()
            children.end(child)
            raise
        reason = self._let_go()
        if answer is not None and reason is None:
            children.give_back(child)
            return answer
        code = children.end(child)
        if reason is not None:
            raise Stopped(reason)
        if self._begun or child.calls == 1:
            raise ProcessDied(self._run.name, code)
        return None

    def _let_go(self) -> str | None:
        """Leave the process alone from here on; tell why it was killed, if it was."""
        with self._lock:
            self._child = None
            return self._reason

    def _converse(self, child: Child, call: Call) -> tuple[int, bytes] | None:
        """Send the call, and listen until there is an answer; None: the process has ended.

        The time that a body may take counts from its first line: starting a process
        and importing modules are no part of it.

        Raises:
            TimedOut: the time was up first.
        """
        with self._lock:
            self._child = child
            if self._reason is not None:
                raise Stopped(self._reason)
        limit = self._run.spec.timeout
        until = None if limit is None else time.monotonic() + limit + _START_SECONDS
        child.calls += 1
        try:
            post(child.to, CALLED, pickle.dumps(_with_environment(call, child), 5))
            while True:
                frame = child.inbox.receive(until)
                if frame is None:
                    raise TimedOut(f"{self._run.name} exceeded its timeout of {limit} second(s)")
                kind, payload = frame
                if kind == LOGGED:
                    write(self._run, *pickle.loads(payload))  # noqa: S301 - from our child
                elif kind == SAVED:
                    _save(self._run, payload)
                elif kind == BEGAN:
                    self._begun = True
                    until = None if limit is None else time.monotonic() + limit
                else:
                    return frame
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return None

    def _open(self, answer: tuple[int, bytes] | None) -> Any:
        """Give what an answer holds, or raise it."""
        kind, payload = answer or (FAILED, b"")
        if kind == FAILED:
            raise unpack_error(payload)
        if kind == UNSENDABLE:
            what, reason = pickle.loads(payload)  # noqa: S301 - from our child
            raise NotSendable(self._run.name, what, reason)
        return load(payload)


def _save(run: TaskRun, payload: bytes) -> None:
    """Put an artifact that the body has saved into the run."""
    from importlib import import_module  # noqa: PLC0415 - `import penstock` would pay for both

    # By name, as few bodies save any.
    artifacts: Any = import_module("penstock._engine.artifacts")
    artifacts.record(run, artifacts.open_sent(payload))


def _call_of(run: TaskRun) -> Call:
    """Write down a call so that another process can execute it.

    Raises:
        NotSendable: the function or an argument cannot be pickled.
    """
    spec = run.spec
    settings = run.flow_run.process.settings
    return Call(
        function=_function_of(run),
        arguments=_arguments_of(run),
        text_id=run.text_id,
        name=run.name,
        index=run.index,
        tags=run.tags,
        attempt=run.attempt,
        task_name=spec.name,
        version=spec.version,
        is_async=spec.is_async,
        log_prints=takes_prints(run),
        log_level=settings.log_level,
        log_line_bytes=settings.log_line_bytes,
        extra_loggers=tuple(settings.extra_loggers),
        flows=tuple(_flows_around(run.flow_run)),
        path=tuple(sys.path),
        folder=os.getcwd(),
        environment=None,
    )


def _function_of(run: TaskRun) -> tuple[str, str] | bytes:
    fn = run.spec.fn
    try:
        return locate(fn) or pack(fn)
    except NotStorable as error:
        raise NotSendable(run.name, "function", error.args[1]) from None


def _arguments_of(run: TaskRun) -> bytes:
    try:
        return pack((run.args, run.kwargs))
    except NotStorable as error:
        reason = error.args[1]
    try:
        parameters = run.parameters
    except ParameterError:
        parameters = {}  # the call does not even fit
    for name, value in parameters.items():
        try:
            pack(value)
        except NotStorable as error:
            raise NotSendable(run.name, f"argument {name!r}", error.args[1]) from None
    raise NotSendable(run.name, "arguments", reason)


def _flows_around(flow_run: OpenFlowRun) -> list[FlowFacts]:
    """Write down what a body may ask about the flow run it belongs to, and about those above."""
    found: list[FlowFacts] = []
    around: OpenFlowRun | None = flow_run
    while around is not None and not around.is_session:
        try:
            parameters: bytes | None = pack(around.parameters, _LARGEST_PARAMETERS)
        except NotStorable:
            parameters = None
        found.append(
            FlowFacts(
                around.text_id, around.name, around.tags, around.attempt, around.spec.name,
                around.spec.version, parameters,
            )
        )  # fmt: skip
        around = around.parent
    return found


def _with_environment(call: Call, child: Child) -> Call:
    """Add the environment variables, where they have changed since the child last heard."""
    now = dict(os.environ)
    if now == child.environment:
        return call
    child.environment = now
    return call._replace(environment=now)


#: Threads that wait for async bodies, by process: a forked one has none of its parent's.
_pools: Final[dict[int, ThreadPoolExecutor]] = {}


def _threads(run: TaskRun) -> ThreadPoolExecutor:
    """Give the threads that wait for async bodies, as many as the default runner has places."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - async code has it

    pool = _pools.get(os.getpid())
    if pool is None:
        made = ThreadPoolExecutor(run.flow_run.process.settings.threads, "penstock-isolated")
        pool = _pools.setdefault(os.getpid(), made)
    return pool
