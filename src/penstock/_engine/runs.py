"""What is open: a flow run with its calls, and one call of a task.

These are the engine's own objects, alive while the run is. What outlives the run
is in the store.
"""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from penstock._engine.graph import Graph
from penstock._engine.origins import Origins
from penstock._ids import format_id
from penstock.context import current
from penstock.errors import ParameterError

if TYPE_CHECKING:
    import threading

    from penstock._engine.memo import Earlier, Memo
    from penstock._engine.pauses import Pauses
    from penstock._engine.process import Process
    from penstock._engine.runner import Runner
    from penstock._engine.spec import FlowSpec, TaskSpec
    from penstock.errors import Stopped
    from penstock.futures import TaskFuture
    from penstock.states import State

__all__ = ["EXECUTES_BODY", "GRAPH", "OpenFlowRun", "RunView", "TaskRun", "named"]

#: What waits for what in this process: a future may be handed from flow to flow.
GRAPH: Final[Graph[Any]] = Graph()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=GRAPH.renew)


#: Calls that have been awaited are forgotten in lots of this size.
_PRUNE_EVERY: Final = 512


class RunView(NamedTuple):
    """What hooks and contexts are told of a run."""

    id: str
    name: str
    tags: list[str]
    parameters: dict[str, Any]
    attempt: int
    flow_run_id: str | None
    #: the state it is in, where that is known
    state: Any = None

    @property
    def run_count(self) -> int:
        """How many attempts have begun."""
        return self.attempt


class _Body:
    """A run as the step that executes its own body: see `steps`."""

    __slots__ = ()

    def run(self: Any) -> Any:
        """Execute the body: the step `drive` carries out."""
        token = current.set(self)
        try:
            return self.spec.body(*self.args, **self.kwargs)
        finally:
            current.reset(token)

    async def arun(self: Any) -> Any:
        """Execute the async body: the step `adrive` carries out."""
        token = current.set(self)
        try:
            return await self.spec.body(*self.args, **self.kwargs)
        finally:
            current.reset(token)


#: The function in whose frame a sync body executes.
EXECUTES_BODY: Final = _Body.run


class OpenFlowRun(_Body):
    """A flow run while its process executes it (or a session: the run of loose tasks)."""

    __slots__ = (
        "args",
        "attempt",
        "committed",
        "executing",
        "failures",
        "flow_run",
        "fingerprint",
        "id",
        "index",
        "indexes",
        "is_claimed",
        "kwargs",
        "loop_task",
        "memo",
        "member_positions",
        "name",
        "nested",
        "open_futures",
        "origins",
        "own_runner",
        "parameters",
        "parent",
        "parent_index",
        "pauses",
        "process",
        "remembered_bytes",
        "reused",
        "said",
        "spec",
        "started_before",
        "stopped",
        "stopped_at",
        "strays",
        "tags",
        "thread",
        "transaction_numbers",
        "unawaited",
        "wake",
    )

    # What is needed to stop it.

    #: why nothing of it may begin any more, and since when (monotonic seconds)
    stopped: Stopped | None
    stopped_at: float
    #: set when it is stopped; made by who sleeps
    wake: threading.Event | None
    #: the thread that executes its body; and of an async one the loop and its task
    thread: int | None
    loop_task: tuple[Any, Any] | None
    #: processes that its thread had started before
    started_before: frozenset[int]
    #: processes that its body had started when a signal came: it may end their parents
    strays: list[int]
    #: by thread: the submitted task run that it executes
    executing: dict[int, TaskRun]
    #: a runner that its flow has asked for
    own_runner: Runner | None
    #: what it asks people, once it has; of the outermost run
    pauses: Pauses | None

    def __init__(
        self, process: Process, id_: bytes, spec: FlowSpec, name: str, parent: Any = None
    ) -> None:
        self.process = process
        self.id = id_
        self.spec = spec
        self.name = name
        #: the run that called it: an OpenFlowRun, or None
        self.parent: OpenFlowRun | None = parent.flow_run if parent is not None else None
        #: its place among the parent's calls
        self.parent_index: int | None = None
        self.args: tuple[Any, ...] = ()
        self.kwargs: dict[str, Any] = {}
        #: what it was called with, by name
        self.parameters: dict[str, Any] = {}
        self.tags: tuple[str, ...] = ()
        self.attempt = 1
        #: inputs and code, of a nested run
        self.fingerprint: bytes | None = None
        #: what earlier attempts have finished; None: there were none
        self.memo: Memo | None = None
        #: it is in the store and this attempt at it has begun there
        self.is_claimed = False
        #: the final state of an earlier attempt that stands for this call
        self.reused: State[Any] | None = None
        self.stopped = self.wake = self.thread = self.loop_task = None
        self.stopped_at = 0.0
        self.started_before = frozenset()
        self.strays = []
        self.executing = {}
        #: something of its result is out, so it cannot be tried again
        self.committed = False
        #: numbers the calls made in it
        self.indexes = count()
        #: number its transactions, and what joins them
        self.transaction_numbers = count()
        self.member_positions = count()
        self.origins = Origins()
        #: futures it has made that have not ended
        self.open_futures: set[TaskFuture[Any]] = set()
        #: failed futures that nobody has looked at, in the order of their failing
        self.failures: dict[TaskFuture[Any], TaskRun] = {}
        #: how many of its calls were flows
        self.nested = 0
        #: bytes of results it has left in the store
        self.remembered_bytes = 0
        #: what has been said once in this run
        self.said: set[str] = set()
        self.own_runner = self.pauses = None
        #: async calls made by sync bodies, which cannot await: what was called, coroutine
        self.unawaited: list[tuple[str, Any]] = []
        # A run is its own scope: `current.get().flow_run` is right for both kinds.
        self.flow_run = self
        self.index = None

    @property
    def is_session(self) -> bool:
        """Tell whether this is the run of tasks called outside of any flow."""
        return self.spec.key == ""

    @property
    def runner(self) -> Runner:
        """The runner that executes what this run submits."""
        return self.own_runner or self.process.runner

    @property
    def text_id(self) -> str:
        """The id as people see it."""
        return format_id(self.id)

    def view(self, state: Any = None) -> RunView:
        """Describe the run for hooks and contexts."""
        return RunView(
            self.text_id,
            self.name,
            list(self.tags),
            self.parameters,
            self.attempt,
            self.text_id,
            state,
        )

    def watch_awaited(self, what: str, scope: OpenFlowRun | TaskRun, call: Any) -> None:
        """Remember an async call made by a sync body: the run's end looks who awaited it.

        A sync body may well hand it to `asyncio.run`; it cannot await it itself.
        """
        if scope.spec.is_async or self.is_session:
            return
        calls = self.unawaited
        calls.append((what, call))
        if len(calls) % _PRUNE_EVERY == 0:
            calls[:] = [entry for entry in calls if entry[1].cr_frame is not None]

    def once(self, word: str) -> bool:
        """Tell whether this is the first time that something is said in this run."""
        if word in self.said:
            return False
        self.said.add(word)
        return True


class TaskRun(_Body):
    """One call of a task, from the call to its end."""

    __slots__ = (
        "args",
        "attempt",
        "committed",
        "context",
        "earlier",
        "error",
        "flow_run",
        "future",
        "futures",
        "index",
        "kwargs",
        "name",
        "parent_index",
        "spec",
        "state_name",
        "state_type",
        "tags",
        "value",
        "wait_for",
    )

    def __init__(
        self,
        flow_run: OpenFlowRun,
        spec: TaskSpec,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        parent_index: int | None,
    ) -> None:
        self.flow_run = flow_run
        self.spec = spec
        if flow_run.memo is None:
            self.index = next(flow_run.indexes)
            self.name = f"{spec.name}-{self.index}"
        else:  # the memo gives it an index, when it is known what it depends on
            self.index = -1
            self.name = spec.name
        self.args = args
        self.kwargs = kwargs
        #: the task run in whose body it was called
        self.parent_index = parent_index
        self.attempt = 1
        #: something of its result is out, so it cannot be tried again
        self.committed = False
        self.tags: tuple[str, ...] = ()
        #: futures among the arguments, and those only to be waited for
        self.futures: list[TaskFuture[Any]] | None = None
        self.wait_for: Any = None
        #: set when the run was submitted rather than called
        self.future: TaskFuture[Any] | None = None
        #: the caller's context variables, when another thread executes the body
        self.context: Any = None
        self.value: Any = None
        self.error: BaseException | None = None
        self.state_type: str | None = None
        self.state_name: str | None = None
        #: what is known of it from earlier attempts of the flow run
        self.earlier: Earlier | None = None

    @property
    def attempts_before(self) -> int:
        """Count the attempts that belong to earlier attempts of the flow run."""
        return 0 if self.earlier is None else self.earlier.before

    @property
    def text_id(self) -> str:
        """The id as people see it."""
        return f"{format_id(self.flow_run.id)}-{self.index}"

    @property
    def parameters(self) -> dict[str, Any]:
        """What the task was called with, by name, defaults included."""
        bound: dict[str, Any] = self.spec.public.bind(self.args, self.kwargs)
        return bound

    def view(self, state: Any = None) -> RunView:
        """Describe the run for hooks and contexts."""
        flow_run = self.flow_run
        try:
            parameters = self.parameters
        except ParameterError:
            parameters = {}  # the call does not fit: its body has raised a TypeError
        return RunView(
            self.text_id,
            self.name,
            list(self.tags),
            parameters,
            self.attempt,
            None if flow_run.is_session else flow_run.text_id,
            state,
        )


def named(run: OpenFlowRun | TaskRun, parameters: dict[str, Any]) -> str:
    """Name a run as its options say; a function that does so sees the run around it."""
    token = current.set(run)
    try:
        name: str = run.spec.public.make_run_name(parameters)
        return name
    finally:
        current.reset(token)
