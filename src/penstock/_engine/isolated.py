"""The program of a process that executes tasks for another: calls come in, answers go out.

There is no engine here, no journal and no store. What a body may ask about its run
was sent with the call; what it logs goes to the process that called, which puts it
into the run. A task called by a body is the plain function that it was made of.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import sys
import threading
from importlib import import_module
from typing import Any, Final, NoReturn

from penstock._clock import SYSTEM
from penstock._engine.authored import Authored
from penstock._engine.binding import Binder
from penstock._engine.handler import listen
from penstock._engine.parcels import Call, FlowFacts, find, pack_error
from penstock._engine.pipes import (
    BEGAN,
    CALLED,
    FAILED,
    LOGGED,
    RETURNED,
    SAVED,
    UNSENDABLE,
    Inbox,
    post,
)
from penstock._engine.prints import watch_prints
from penstock._engine.report import INFO, MOST_BYTES, console, in_words
from penstock._engine.runs import RunView
from penstock._processes import die_with, outlive, receive_descriptor
from penstock.context import current
from penstock.errors import MissingContext, MissingResult
from penstock.events import LogWritten
from penstock.results import NotStorable, dump, load

__all__ = ["main"]

_LEVELS: Final = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "WARN": 30, "ERROR": 40, "CRITICAL": 50}


class _Unreadable(Exception):
    """Something of a call cannot be read here. Facts: what, why."""


def main(replies: str, lifeline: str) -> None:
    """Serve calls until the process that started this one has no more.

    Args:
        replies: the pipe for answers, as it was handed over.
        lifeline: the pipe whose end is this process's end.
    """
    line = receive_descriptor(lifeline)
    die_with(line)
    if sys.stderr is not None:
        faulthandler.enable()
    replies_to = receive_descriptor(replies)
    calls = _take_stdin()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr] # a TextIOWrapper
    _make_plain()
    wire = _Wire(replies_to)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: _leave(calls, replies_to, line))
    inbox = Inbox(calls)
    while True:
        try:
            frame = inbox.receive()
        except EOFError:
            # What a body has started here and left running may go on.
            outlive(line)
            return
        if frame is not None and frame[0] == CALLED:
            _serve(pickle.loads(frame[1]), wire)  # noqa: S301 - from the process that started us


def _take_stdin() -> int:
    """Move the pipe of calls out of the way: a body that reads finds nothing, and no calls."""
    calls = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return calls


def _leave(*descriptors: int) -> None:
    """Close our pipes in a fork of this process: their ends must be ours alone."""
    for descriptor in descriptors:
        os.close(descriptor)


def _serve(call: Call, wire: _Wire) -> None:
    """Execute one call and send what came of it."""
    try:
        _settle(call)
        fn, public = _function(call)
        args, kwargs = _read("arguments", call.arguments)
    except _Unreadable as problem:
        wire.send(UNSENDABLE, pickle.dumps(problem.args, 5))
        return
    except BaseException as error:  # noqa: BLE001 - a user's module may raise anything
        wire.send(FAILED, pack_error(error))
        return
    wire.open(call)
    run = _Run(call, wire, fn, public, args, kwargs)
    wire.send(BEGAN, b"")
    token = current.set(run)
    try:
        value = _execute(run, call.is_async)
    except BaseException as error:  # noqa: BLE001 - raised again where it was called
        kind, payload = FAILED, pack_error(error)
    else:
        kind, payload = _answer(value)
    finally:
        current.reset(token)
    wire.close(kind, payload)


def _execute(run: _Run, is_async: bool) -> Any:
    if not is_async:
        return run.spec.fn(*run.args, **run.kwargs)
    import asyncio  # noqa: PLC0415 - 40 ms, only for async bodies

    return asyncio.run(run.spec.fn(*run.args, **run.kwargs))


def _answer(value: object) -> tuple[int, bytes]:
    try:
        return RETURNED, dump(value)
    except NotStorable as error:
        kind, reason = error.args
        return UNSENDABLE, pickle.dumps((f"result (a {kind})", reason), 5)


def _settle(call: Call) -> None:
    """Stand where the caller stands: its folder, path and environment."""
    if call.environment is not None:
        os.environ.clear()
        os.environ.update(call.environment)
    if tuple(sys.path) != call.path:
        sys.path[:] = call.path
    if os.getcwd() != call.folder:
        os.chdir(call.folder)


def _function(call: Call) -> tuple[Any, Any]:
    """Find the function of a call, and the task it belongs to where that is here too."""
    if isinstance(call.function, bytes):
        return _read("function", call.function), None
    module, name = call.function
    import_module(module)
    fn = find(module, name)
    if fn is None:
        raise _Unreadable("function", f"{module} has no {name} when it is imported")
    public: Any = sys.modules[module]
    for part in name.split("."):
        public = getattr(public, part)
    return fn, public if isinstance(public, Authored) else None


def _read(what: str, blob: bytes) -> Any:
    try:
        return load(blob)
    except MissingResult as error:
        raise _Unreadable(what, in_words(error.__cause__ or error)) from None


class _Wire:
    """The way to the process that called; stands for the engine's `Process` where lines are made.

    A line that comes when no body runs, from a thread one has left behind, belongs to
    nobody: it is shown on standard error.
    """

    #: this is not the engine's own process
    is_isolated: Final = True

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._is_open = False
        self.settings = _Settings()
        self.log_level = INFO
        self.short_line = self.settings.log_line_bytes // MOST_BYTES
        self.now = SYSTEM.now_us

    def open(self, call: Call) -> None:
        """Take the lines of a call's body from now on."""
        self.settings.log_level = call.log_level
        self.settings.log_line_bytes = call.log_line_bytes
        self.short_line = call.log_line_bytes // MOST_BYTES
        self.log_level = _LEVELS.get(call.log_level.upper(), INFO)
        if call.log_prints:
            watch_prints()
        if call.extra_loggers:
            listen(call.extra_loggers, call.log_level)
        self._is_open = True

    def close(self, kind: int, payload: bytes) -> None:
        """Send the answer, and take no more lines."""
        with self._lock:
            self._is_open = False
            post(self._descriptor, kind, payload)

    def send(self, kind: int, payload: bytes) -> None:
        """Send a frame."""
        with self._lock:
            post(self._descriptor, kind, payload)

    def save(self, payload: bytes) -> None:
        """Send an artifact, or a change of one.

        Raises:
            MissingContext: the body has ended, so it would be the next one's.
        """
        with self._lock:
            if not self._is_open:
                raise MissingContext("The task that is to save this artifact has ended.")
            post(self._descriptor, SAVED, payload)

    def emit(self, event: Any) -> None:
        """Send a log line, the one kind of event that is made here."""
        if not isinstance(event, LogWritten):
            return
        line = pickle.dumps((event.level, event.logger, event.message), 5)
        with self._lock:
            if self._is_open:
                post(self._descriptor, LOGGED, line)
                return
        console(event.at, event.level, event.logger, event.message)


class _Settings:
    """The settings that log lines depend on."""

    #: the process that called shows them
    log_console: Final = False
    #: said for each run
    log_prints: Final = False

    def __init__(self) -> None:
        self.log_level = "INFO"
        self.log_line_bytes = 1_048_576


class _Spec:
    """What is known here of a task or flow."""

    def __init__(self, name: str, version: str | None, fn: Any, public: Any) -> None:
        self.name = name
        self.version = version
        self.fn = fn
        self.public = public
        self.log_prints: bool | None = None


class _Run:
    """A task run as its body sees it here."""

    def __init__(
        self, call: Call, wire: _Wire, fn: Any, public: Any, args: Any, kwargs: Any
    ) -> None:
        self.spec = _Spec(call.task_name, call.version, fn, public)
        self.spec.log_prints = call.log_prints
        self.args = args
        self.kwargs = kwargs
        self.text_id = call.text_id
        self.name = call.name
        self.index = call.index
        self.tags = call.tags
        self.attempt = call.attempt
        self.flow_run = _FlowRun(call.flows, wire)

    @property
    def parameters(self) -> dict[str, Any]:
        """What the task was called with, by name."""
        return Binder(f"task {self.spec.name!r}", self.spec.fn).bind(self.args, self.kwargs)

    def view(self) -> RunView:
        """Describe the run, as the engine does."""
        around = None if self.flow_run.is_session else self.flow_run.text_id
        return RunView(
            self.text_id, self.name, list(self.tags), self.parameters, self.attempt, around
        )


class _FlowRun:
    """A flow run as a task's body sees it here."""

    def __init__(self, flows: tuple[FlowFacts, ...], process: _Wire) -> None:
        #: the task was called outside of any flow
        self.is_session = not flows
        facts = flows[0] if flows else FlowFacts("", "", (), 1, "", None, None)
        self._parameters = facts.parameters
        self.process = process
        self.flow_run = self
        self.id = b""
        self.index = None
        self.text_id = facts.text_id
        self.name = facts.name
        self.tags = facts.tags
        self.attempt = facts.attempt
        self.spec = _Spec(facts.flow_name, facts.version, None, None)
        self.parent = _FlowRun(flows[1:], process) if flows[1:] else None

    @property
    def parameters(self) -> dict[str, Any]:
        """What the flow was called with, by name.

        Raises:
            MissingContext: that was too large to send along, or cannot be pickled.
        """
        if self._parameters is None:
            raise MissingContext(
                f"The parameters of flow run {self.name!r} are not known in the process of an "
                "isolated task: they are large, or cannot be pickled. Hand over what it needs."
            )
        found: dict[str, Any] = load(self._parameters)
        return found

    def view(self) -> RunView:
        """Describe the run, as the engine does."""
        return RunView(
            self.text_id, self.name, list(self.tags), self.parameters, self.attempt, self.text_id
        )


def _make_plain() -> None:
    """Make tasks and flows the functions they were made of: there is no engine to run them."""
    for kind in Authored.__subclasses__():
        for name, method in (("__call__", _call), ("submit", _refuse), ("map", _refuse)):
            setattr(kind, name, method)


def _call(authored: Any, *args: Any, wait_for: Any = None, **kwargs: Any) -> Any:
    del wait_for  # nothing runs beside the caller
    if kwargs.pop("return_state", False):
        _refuse(authored)
    return authored.fn(*args, **kwargs)


def _refuse(authored: Any, *_: Any, **__: Any) -> NoReturn:
    raise MissingContext(
        f"{authored._owner} was called inside of an isolated task, where it is a plain function: "  # noqa: SLF001 - ours
        "no .submit, no .map, no return_state. Call it plainly here, or submit it in the flow."
    )
