"""What the engine must know of a task or a flow: its options, checked and at hand.

The public classes (`tasks.Task`, `flows.Flow`) make these; the engine knows no
public class. Reading one attribute of a slot is all that an option costs a call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from penstock.retries import NO_RETRIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock._engine.runner import Runner
    from penstock._fingerprint.code import CodeFingerprint
    from penstock.caching import CachePolicy
    from penstock.results import Serializer
    from penstock.retries import Retry

__all__ = ["TASKS", "FlowSpec", "Hooks", "RunSpec", "TaskSpec"]

#: The tasks there are, by key: what a dead process ran is looked up here.
TASKS: Final[WeakValueDictionary[str, Any]] = WeakValueDictionary()


class Hooks:
    """What to call when a run enters a state: `hook(task, task_run, state)`."""

    __slots__ = ("cancellation", "completion", "crashed", "failure", "running")

    def __init__(self) -> None:
        self.running: list[Callable[..., Any]] = []
        self.completion: list[Callable[..., Any]] = []
        self.failure: list[Callable[..., Any]] = []
        self.crashed: list[Callable[..., Any]] = []
        self.cancellation: list[Callable[..., Any]] = []

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)


class RunSpec:
    """What flows and tasks have in common."""

    __slots__ = (
        "body",
        "code",
        "description",
        "fn",
        "hooks",
        "is_async",
        "is_generator",
        "key",
        "log_prints",
        "name",
        "persist",
        "public",
        "retry",
        "run_name",
        "serializer",
        "tags",
        "timeout",
        "version",
    )

    #: the function as it was written
    fn: Callable[..., Any]
    #: what a run executes: the function, or for a generator one that collects its items
    body: Callable[..., Any]
    #: prints the code that a run executes
    code: CodeFingerprint
    name: str
    #: module and qualified name of the function: its identity across processes
    key: str
    #: the Task or Flow that people hold
    public: Any
    is_async: bool
    is_generator: bool
    description: str | None
    version: str | None
    tags: frozenset[str]
    retry: Retry
    #: seconds, or None
    timeout: float | None
    #: None: as the settings say
    log_prints: bool | None
    persist: bool | None
    serializer: Serializer
    #: template or callable for the names of runs
    run_name: str | Callable[..., str] | None
    hooks: Hooks

    def __init__(self) -> None:
        self.retry = NO_RETRIES
        self.timeout = None
        self.log_prints = None
        self.persist = None
        self.run_name = None
        self.hooks = Hooks()
        self.tags = frozenset()
        self.description = None
        self.version = None


class TaskSpec(RunSpec):
    """What the engine must know of a task."""

    __slots__ = (
        "cache_expiration",
        "cache_policy",
        "isolate",
        "on_commit",
        "on_rollback",
        "once",
        "refresh_cache",
        "retry_condition",
        "storage_key",
    )

    #: None: not cached
    cache_policy: CachePolicy | None
    #: seconds, or None for ever
    cache_expiration: float | None
    refresh_cache: bool
    #: execute it in a process of its own
    isolate: bool
    #: what has begun is not executed again unless somebody asks for it
    once: bool
    #: called with the transaction, when that commits or is rolled back
    on_commit: list[Callable[..., Any]]
    on_rollback: list[Callable[..., Any]]
    #: asked with (task, task_run, state) whether to try again
    retry_condition: Callable[..., Any] | None
    #: template for the file a result is kept in
    storage_key: str | None

    def __init__(self) -> None:
        super().__init__()
        self.cache_policy = None
        self.cache_expiration = None
        self.refresh_cache = False
        self.isolate = self.once = False
        self.on_commit = []
        self.on_rollback = []
        self.retry_condition = None
        self.storage_key = None


class FlowSpec(RunSpec):
    """What the engine must know of a flow."""

    __slots__ = ("make_runner", "validate")

    #: makes the runner that executes what the flow submits; None: the process's own
    make_runner: Callable[[], Runner] | None
    validate: bool

    def __init__(self) -> None:
        super().__init__()
        self.make_runner = None
        self.validate = True
