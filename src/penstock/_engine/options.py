"""Options of the two decorators: listed once, checked once, with words that help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypedDict

from penstock._engine.binding import code_flags
from penstock._engine.iterate import collected
from penstock._fingerprint.code import CodeFingerprint
from penstock._modules import real_module
from penstock.errors import OptionError
from penstock.results import get_serializer
from penstock.retries import Retry, read_delays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import timedelta

    from penstock._engine.spec import RunSpec

__all__ = ["FlowOptions", "RunOptions", "TaskOptions", "fill_spec", "refuse_unknown"]


class RunOptions(TypedDict, total=False):
    """What `@task` and `@flow` both understand."""

    #: what people see; the function's name by default
    name: str | None
    #: what it is for; the docstring by default
    description: str | None
    #: any text that tells one version of the code from another
    version: str | None
    #: attempts after the first that failed
    retries: int | None
    #: seconds between attempts: one number, a list, or a function of the number of retries
    retry_delay_seconds: float | Sequence[float] | Callable[[int], Sequence[float]] | None
    #: most seconds an attempt may take
    timeout_seconds: float | None
    #: take print() as log lines
    log_prints: bool | None
    #: keep results in files
    persist_result: bool | None
    #: accepted for scripts written for Prefect; results are kept in the data folder
    result_storage: Any
    #: "pickle", "json", "compressed/…", or an object with dumps and loads
    result_serializer: Any
    #: accepted for scripts written for Prefect; values at hand are always kept in memory
    cache_result_in_memory: bool
    #: called as hook(task_or_flow, run, state)
    on_running: Iterable[Callable[..., Any]] | None
    on_completion: Iterable[Callable[..., Any]] | None
    on_failure: Iterable[Callable[..., Any]] | None
    on_crashed: Iterable[Callable[..., Any]] | None
    on_cancellation: Iterable[Callable[..., Any]] | None


class TaskOptions(RunOptions, total=False):
    """What `@task` understands."""

    #: labels, for finding runs and for limits
    tags: Iterable[str] | None
    #: spread retries: each waits up to this fraction longer
    retry_jitter_factor: float | None
    #: asked with (task, run, state) whether to try again
    retry_condition_fn: Callable[..., Any] | None
    #: makes a cache key from (context, parameters); None: do not cache this call
    cache_key_fn: Callable[..., str | None] | None
    #: what a cached value depends on
    cache_policy: Any
    #: how long a cached value may be used
    cache_expiration: timedelta | float | None
    #: execute, and replace what is cached
    refresh_cache: bool | None
    #: execute the body in a process of its own, which can be killed at any moment
    isolate: bool | None
    #: never execute it again by itself once it has begun
    once: bool | None
    #: file name of a kept result, a template over parameters, flow_run and task_run
    result_storage_key: str | None
    #: name of each run: a template over the parameters, or a function
    task_run_name: str | Callable[..., str] | None
    #: called as hook(transaction) when the transaction around the task commits
    on_commit: Iterable[Callable[..., Any]] | None
    #: called as hook(transaction) when the transaction around the task is rolled back
    on_rollback: Iterable[Callable[..., Any]] | None
    #: accepted for scripts written for Prefect
    viz_return_value: Any
    asset_deps: Any


class FlowOptions(RunOptions, total=False):
    """What `@flow` understands."""

    #: labels, for finding runs
    tags: Iterable[str] | None
    #: what runs the tasks it submits
    task_runner: Any
    #: check and convert parameters by their annotations (default True)
    validate_parameters: bool
    #: name of each run: a template over the parameters, or a function
    flow_run_name: str | Callable[..., str] | None


#: Words of a call that are Penstock's, so a function cannot have parameters of these names.
_TAKEN_WORDS: Final = ("return_state", "wait_for")

#: Flags of code objects, as `inspect` documents them.
_GENERATOR: Final = 0x20
_COROUTINE: Final = 0x80 | 0x100
_ASYNC_GENERATOR: Final = 0x200


def refuse_unknown(owner: str, options: dict[str, Any], known: type) -> None:
    """Refuse options that a decorator does not have.

    Raises:
        OptionError: names the option and the nearest one there is.
    """
    names = known.__annotations__.keys() | RunOptions.__annotations__.keys()
    for option, value in options.items():
        if option not in names:
            import difflib  # noqa: PLC0415 - only on the way to an error

            near = difflib.get_close_matches(option, names, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            rule = f"left out: there is no such option{hint}"
            raise OptionError(owner, option, value, rule)


def fill_spec(spec: RunSpec, kind: str, fn: Callable[..., Any], options: dict[str, Any]) -> None:
    """Check the options that both decorators have, and write them into a spec.

    Raises:
        OptionError: a value cannot be; says what it must be.
    """
    inner = getattr(fn, "__func__", fn)
    own_name = getattr(inner, "__name__", type(inner).__name__)
    name = options.get("name") or own_name
    owner = f"{kind} {name!r}"
    if not isinstance(name, str):
        raise OptionError(owner, "name", name, "text")
    _refuse_taken_words(owner, inner)
    flags = code_flags(inner)
    spec.fn = fn
    spec.body = (
        collected(fn, is_async=bool(flags & _ASYNC_GENERATOR))
        if flags & (_GENERATOR | _ASYNC_GENERATOR)
        else fn
    )
    spec.code = CodeFingerprint(fn)
    spec.name = name
    module = real_module(getattr(inner, "__module__", "?"), getattr(inner, "__globals__", None))
    spec.key = f"{module}.{getattr(inner, '__qualname__', own_name)}"
    spec.is_async = bool(flags & (_COROUTINE | _ASYNC_GENERATOR))
    spec.is_generator = bool(flags & (_GENERATOR | _ASYNC_GENERATOR))
    spec.description = options.get("description") or getattr(inner, "__doc__", None)
    spec.version = options.get("version")
    spec.tags = _read_tags(owner, options.get("tags"))
    spec.retry = _read_retry(owner, options)
    spec.timeout = _read_timeout(owner, options.get("timeout_seconds"))
    spec.log_prints = options.get("log_prints")
    spec.persist = options.get("persist_result")
    spec.serializer = get_serializer(owner, options.get("result_serializer"))
    spec.run_name = options.get(f"{kind}_run_name")
    if not (spec.run_name is None or isinstance(spec.run_name, str) or callable(spec.run_name)):
        rule = "a template over the parameters, or a function"
        raise OptionError(owner, f"{kind}_run_name", spec.run_name, rule)
    for hook in spec.hooks.__slots__:
        functions = options.get(f"on_{hook}") or ()
        if not hasattr(functions, "__iter__") or not all(map(callable, functions)):
            raise OptionError(owner, f"on_{hook}", functions, "a list of functions")
        setattr(spec.hooks, hook, list(functions))


def _refuse_taken_words(owner: str, fn: Callable[..., Any]) -> None:
    code = getattr(fn, "__code__", None)
    if code is None:
        return
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    for word in _TAKEN_WORDS:
        if word in parameters:
            raise OptionError(owner, "parameter", word, "called otherwise: the word is taken")


def _read_tags(owner: str, tags: Any) -> frozenset[str]:
    tags = () if tags is None else tags
    is_list = hasattr(tags, "__iter__") and not isinstance(tags, str)
    listed: list[Any] = list(tags) if is_list else [None]
    if not all(isinstance(tag, str) for tag in listed):
        raise OptionError(owner, "tags", tags, "a list of texts")
    return frozenset(listed)


def _read_retry(owner: str, options: dict[str, Any]) -> Retry:
    retries = options.get("retries")
    retries = 0 if retries is None else retries
    if not isinstance(retries, int) or isinstance(retries, bool) or retries < 0:
        raise OptionError(owner, "retries", retries, "a whole number, 0 or more")
    jitter = options.get("retry_jitter_factor") or 0.0
    if not isinstance(jitter, (int, float)) or jitter < 0:
        raise OptionError(owner, "retry_jitter_factor", jitter, "0 or more")
    delays = read_delays(owner, retries, options.get("retry_delay_seconds"))
    return Retry(retries, delays, float(jitter))


def _read_timeout(owner: str, seconds: Any) -> float | None:
    if seconds is None:
        return None
    if hasattr(seconds, "total_seconds"):
        seconds = seconds.total_seconds()
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or not seconds > 0:
        raise OptionError(owner, "timeout_seconds", seconds, "a number of seconds above 0")
    return float(seconds)
