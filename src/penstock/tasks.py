"""Tasks: functions whose calls are recorded, retried, cached and run side by side."""

from __future__ import annotations

from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Literal,
    ParamSpec,
    Self,
    TypeVar,
    Unpack,
    cast,
    overload,
)

from penstock._engine.authored import Authored
from penstock._engine.calls import (
    acall_task,
    aiterate_task,
    call_task,
    iterate_task,
    sources_of,
    submit_task,
)
from penstock._engine.life import final_state
from penstock._engine.mapping import calls_of
from penstock._engine.options import TaskOptions
from penstock._engine.process import set_default_runner
from penstock._engine.report import trim
from penstock._engine.spec import TASKS, TaskSpec
from penstock.caching import CacheKeyFnPolicy, CachePolicy, task_input_hash
from penstock.errors import OptionError
from penstock.futures import TaskFuture, TaskFutureList
from penstock.retries import exponential_backoff
from penstock.runners.thread import ThreadRunner

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from penstock._fingerprint.code import CodeFingerprint
    from penstock.states import State

__all__ = ["Task", "exponential_backoff", "task", "task_input_hash"]

P = ParamSpec("P")
Rest = ParamSpec("Rest")
R = TypeVar("R")
# Covariant: an async function gives a kind of Coroutine, and `submit` must see that.
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")

# Runners stand above the engine, so the engine is told which one is the default.
set_default_runner(lambda settings: ThreadRunner(settings.threads))


class Task(Authored[P, R_co]):
    """A function whose calls are task runs. Made by `@task`."""

    spec: TaskSpec

    def __init__(self, fn: Callable[P, R_co], **options: Unpack[TaskOptions]) -> None:
        """Make a task of a function.

        Raises:
            OptionError: an option cannot be; the message says what it must be.
        """
        given = cast("dict[str, Any]", options)
        super().__init__("task", fn, given, TaskSpec(), TaskOptions)
        self.task_key: str = self.spec.key
        _fill(self.spec, self._owner, given)
        known = TASKS.get(self.task_key)
        if known is None or known.fn is not self.fn:
            # A copy with other options goes by the task it was made from.
            TASKS[self.task_key] = self

    @overload
    def __call__(
        self: Task[..., Coroutine[Any, Any, T]],
        *args: Any,
        return_state: Literal[True],
        wait_for: Any = None,
        **kwargs: Any,
    ) -> Coroutine[Any, Any, State[T]]: ...
    @overload
    def __call__(
        self, *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any
    ) -> State[R_co]: ...
    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    def __call__(  # type: ignore[misc] # the two words are reserved: no function has them
        self, *args: Any, return_state: bool = False, wait_for: Any = None, **kwargs: Any
    ) -> Any:
        """Run the task here and now, and give what it returns.

        Inside of a flow the call is one of its task runs; outside it is a task run
        of its own. An async task gives a coroutine, a generator its items.

        Args:
            *args: as the function takes them; futures are waited for.
            return_state: give the final state instead, and raise nothing.
            wait_for: futures that must have succeeded first.
            **kwargs: as the function takes them.
        """
        spec = self.spec
        if spec.is_generator and not return_state:
            go_over = aiterate_task if spec.is_async else iterate_task
            return go_over(spec, args, kwargs, wait_for)
        if spec.is_async:
            return acall_task(spec, args, kwargs, wait_for, return_state)
        run = call_task(spec, args, kwargs, wait_for)
        if return_state:
            return final_state(run)
        if run.error is not None:
            # Raised here, so that no more than one frame of a traceback is ours.
            raise run.error.with_traceback(trim(run.error.__traceback__))
        return run.value

    @overload
    def submit(
        self: Task[..., Coroutine[Any, Any, T]],
        *args: Any,
        return_state: Literal[True],
        wait_for: Any = None,
        **kwargs: Any,
    ) -> State[T]: ...
    @overload
    def submit(
        self: Task[..., T],
        *args: Any,
        return_state: Literal[True],
        wait_for: Any = None,
        **kwargs: Any,
    ) -> State[T]: ...
    @overload
    def submit(
        self: Task[..., Coroutine[Any, Any, T]], *args: Any, wait_for: Any = None, **kwargs: Any
    ) -> TaskFuture[T]: ...
    @overload
    def submit(
        self: Task[..., T], *args: Any, wait_for: Any = None, **kwargs: Any
    ) -> TaskFuture[T]: ...
    def submit(
        self, *args: Any, wait_for: Any = None, return_state: bool = False, **kwargs: Any
    ) -> Any:
        """Start the task in the background, as soon as its inputs are there.

        Args:
            *args: as the function takes them; futures may stand for values.
            wait_for: futures that must have succeeded first.
            return_state: wait for the end and give the final state.
            **kwargs: as the function takes them.
        """
        future = submit_task(self.spec, args, kwargs, wait_for)
        if return_state:
            future.wait()
            return future.state
        return future

    @overload
    def map(
        self: Task[..., Coroutine[Any, Any, T]],
        *args: Any,
        return_state: Literal[True],
        wait_for: Any = None,
        **kwargs: Any,
    ) -> list[State[T]]: ...
    @overload
    def map(
        self: Task[..., T],
        *args: Any,
        return_state: Literal[True],
        wait_for: Any = None,
        **kwargs: Any,
    ) -> list[State[T]]: ...
    @overload
    def map(
        self: Task[..., Coroutine[Any, Any, T]], *args: Any, wait_for: Any = None, **kwargs: Any
    ) -> TaskFutureList[T]: ...
    @overload
    def map(
        self: Task[..., T], *args: Any, wait_for: Any = None, **kwargs: Any
    ) -> TaskFutureList[T]: ...
    def map(
        self, *args: Any, wait_for: Any = None, return_state: bool = False, **kwargs: Any
    ) -> Any:
        """Start one task run for each element of the given iterables, side by side.

        Args:
            *args: lists (or other iterables) of equal length; what is not iterable,
                is text, or is wrapped in `unmapped`, is handed to every call.
            wait_for: futures that must have succeeded first.
            return_state: wait for the end and give the final states.
            **kwargs: as `args`, by name.

        Raises:
            MapError: the lengths differ, or nothing can be gone over.
        """
        spec = self.spec
        mapped = [value for value in (*args, *kwargs.values()) if isinstance(value, TaskFuture)]
        if mapped:
            wait_for = [wait_for, *mapped]
        # An element does not tell which list it was in.
        sources = sources_of((*args, *kwargs.values()))
        futures: TaskFutureList[Any] = TaskFutureList(
            submit_task(spec, one_args, one_kwargs, wait_for, sources)
            for one_args, one_kwargs in calls_of(self.name, args, kwargs)
        )
        if return_state:
            futures.wait()
            return [future.state for future in futures]
        return futures

    def with_options(self, **options: Unpack[TaskOptions]) -> Task[P, R_co]:
        """Give a copy of the task with some options changed; this one stays as it is."""
        spec = self.spec
        hung = {"on_commit": spec.on_commit, "on_rollback": spec.on_rollback}
        return Task(self.fn, **self._changed({**hung, **options}))

    def on_commit(self, hook: Callable[..., Any]) -> Callable[..., Any]:
        """Call a function when the transaction around a run commits. Decorates it."""
        self.spec.on_commit.append(hook)
        return hook

    def on_rollback(self, hook: Callable[..., Any]) -> Callable[..., Any]:
        """Call a function to undo a run, when its transaction is rolled back. Decorates it."""
        self.spec.on_rollback.append(hook)
        return hook

    @property
    def code(self) -> CodeFingerprint:
        """What tells one version of the task's code from another."""
        return self.spec.code

    if TYPE_CHECKING:
        # What a method gives is a `Bound`, which does all that a task without `self` does.
        @overload
        def __get__(self, instance: None, owner: type | None = None) -> Self: ...
        @overload
        def __get__(
            self: Task[Concatenate[Any, Rest], T], instance: object, owner: type | None = None
        ) -> Task[Rest, T]: ...
        def __get__(self, instance: Any, owner: type | None = None) -> Any: ...


def _fill(spec: TaskSpec, owner: str, options: dict[str, Any]) -> None:
    """Check the options that only tasks have, and write them into the spec."""
    spec.retry_condition = options.get("retry_condition_fn")
    if not (spec.retry_condition is None or callable(spec.retry_condition)):
        rule = "a function of (task, task_run, state)"
        raise OptionError(owner, "retry_condition_fn", spec.retry_condition, rule)
    spec.on_commit = _read_hooks(owner, options, "on_commit")
    spec.on_rollback = _read_hooks(owner, options, "on_rollback")
    spec.refresh_cache = bool(options.get("refresh_cache"))
    spec.isolate = _read_isolate(spec, owner, options.get("isolate"))
    spec.once = _read_once(spec, owner, options.get("once"))
    spec.storage_key = options.get("result_storage_key")
    spec.cache_expiration = _read_expiration(owner, options.get("cache_expiration"))
    spec.cache_policy = _read_policy(owner, options)


def _read_once(spec: TaskSpec, owner: str, once: Any) -> bool:
    if not (once is None or isinstance(once, bool)):
        raise OptionError(owner, "once", once, "True or False")
    if once and spec.retry.count:
        raise OptionError(owner, "once", once, "left out where there are retries")
    return bool(once)


def _read_isolate(spec: TaskSpec, owner: str, isolate: Any) -> bool:
    if not (isolate is None or isinstance(isolate, bool)):
        raise OptionError(owner, "isolate", isolate, "True or False")
    if isolate and spec.is_generator:
        rule = "False for a generator, whose items cannot come out of another process one by one"
        raise OptionError(owner, "isolate", isolate, rule)
    return bool(isolate)


def _read_hooks(owner: str, options: dict[str, Any], option: str) -> list[Callable[..., Any]]:
    hooks = options.get(option) or ()
    if not hasattr(hooks, "__iter__") or not all(map(callable, hooks)):
        raise OptionError(owner, option, hooks, "a list of functions of (transaction)")
    return list(hooks)


def _read_policy(owner: str, options: dict[str, Any]) -> CachePolicy | None:
    policy = options.get("cache_policy")
    key_fn = options.get("cache_key_fn")
    if key_fn is not None:
        if not callable(key_fn):
            raise OptionError(owner, "cache_key_fn", key_fn, "a function of (context, parameters)")
        return CacheKeyFnPolicy(key_fn)
    if policy is None:
        return None
    if not isinstance(policy, CachePolicy):
        rule = "a policy of penstock.cache_policies, or several joined with +"
        raise OptionError(owner, "cache_policy", policy, rule)
    return policy.or_none()


def _read_expiration(owner: str, expiration: Any) -> float | None:
    if expiration is None:
        return None
    if hasattr(expiration, "total_seconds"):
        expiration = expiration.total_seconds()
    if not isinstance(expiration, (int, float)) or expiration < 0:
        raise OptionError(owner, "cache_expiration", expiration, "a timedelta, or seconds >= 0")
    return float(expiration)


@overload
def task(fn: Callable[P, R], /) -> Task[P, R]: ...
@overload
def task(**options: Unpack[TaskOptions]) -> Callable[[Callable[P, R]], Task[P, R]]: ...
def task(fn: Any = None, /, **options: Unpack[TaskOptions]) -> Any:
    """Make a function a task: its calls are recorded, and may be retried, cached, mapped.

    Example:
        @task(retries=3, retry_delay_seconds=2)
        def download(url: str) -> bytes: ...

    Raises:
        OptionError: an option cannot be; the message says what it must be.
    """
    if fn is not None:
        return Task(fn, **options)
    return lambda function: Task(function, **options)
