"""What a cached value depends on: policies that make cache keys, and why there is no key.

A policy makes a key from the task, its inputs and its run; equal keys mean that a
cached value may be used. Policies add up: `INPUTS + TASK_SOURCE`. Where entries
are kept, and who computes one at a time, is the engine's and the store's.

The invariant: a key contains the task's identity, so two tasks never share an
entry by accident. Only keys that a user's own code makes stand as they are.
"""

from __future__ import annotations

import os
import time
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, Self

from penstock._fingerprint.stable import Unstable
from penstock._fingerprint.values import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from penstock._fingerprint.code import CodeFingerprint

__all__ = [
    "DEFAULT",
    "FLOW_PARAMETERS",
    "INPUTS",
    "NONE",
    "NO_CACHE",
    "RUN_ID",
    "TASK_SOURCE",
    "CacheKeyFnPolicy",
    "CachePolicy",
    "CompoundCachePolicy",
    "File",
    "FlowParameters",
    "Inputs",
    "NotCacheable",
    "RunId",
    "TaskSource",
    "explain_key",
    "task_input_hash",
]

#: What Prefect has; one computes at a time here, so the strictest always holds.
_ACCEPTED_LEVELS: Final = frozenset({"READ_COMMITTED", "SERIALIZABLE"})
_READ_BYTES: Final = 1_048_576
_REST_NS: Final = 2_000_000_000


class NotCacheable(Exception):
    """There can be no cache key for this call. Facts: one sentence that says why."""


class CachedTask(Protocol):
    """What a policy reads of a task."""

    fn: Callable[..., Any]
    task_key: str

    @property
    def code(self) -> CodeFingerprint:
        """Prints the code that the task runs."""


class CachedRun(Protocol):
    """What a policy reads of a task run."""

    @property
    def id(self) -> str:
        """Say which task run it is."""

    @property
    def flow_run_id(self) -> str | None:
        """Say which flow run it belongs to."""


class TaskRunContextLike(Protocol):
    """What a policy is told about the call it makes a key for."""

    @property
    def task(self) -> CachedTask:
        """The task that was called."""

    @property
    def task_run(self) -> CachedRun:
        """The run of this call."""


class _Call(NamedTuple):
    """What a policy of ours is told."""

    task_ctx: TaskRunContextLike
    inputs: dict[str, Any]
    flow_parameters: dict[str, Any]
    more: dict[str, Any]


class CachePolicy:
    """What a cached value depends on.

    Derive from it and write `compute_key` for a rule of your own; it adds up with
    the others by `+`.
    """

    def compute_key(
        self,
        task_ctx: TaskRunContextLike,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],
        **kwargs: Any,
    ) -> str | None:
        """Make the key of a call.

        Args:
            task_ctx: the task and the run.
            inputs: what the task was called with, by parameter name.
            flow_parameters: what its flow was called with.
            **kwargs: room for what later versions tell.

        Returns:
            The key, or None if this call is not to be cached.

        Raises:
            NotCacheable: an input has no content that a key could be made of.
        """
        parts = self._parts(_Call(task_ctx, inputs, flow_parameters, kwargs))
        return _join(task_ctx.task.task_key, parts) if parts else None

    def key_parts(
        self,
        task_ctx: TaskRunContextLike,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],
        **kwargs: Any,
    ) -> dict[str, str]:
        """Name what the key is made of, each with a print that changes when it does."""
        if type(self).compute_key is CachePolicy.compute_key:
            return self._parts(_Call(task_ctx, inputs, flow_parameters, kwargs))
        key = self.compute_key(task_ctx, inputs, flow_parameters, **kwargs)
        return {} if key is None else {f"key of {type(self).__name__}": str(key)}

    def _parts(self, call: _Call) -> dict[str, str]:
        raise NotImplementedError(f"{type(self).__name__} must define compute_key, for {call}")

    def or_none(self) -> CachePolicy | None:
        """Give the policy itself, or None if it never caches."""
        return self

    @staticmethod
    def from_cache_key_fn(
        cache_key_fn: Callable[[Any, dict[str, Any]], str | None],
    ) -> CacheKeyFnPolicy:
        """Make a policy of a function of (context, parameters)."""
        return CacheKeyFnPolicy(cache_key_fn)

    def configure(
        self, key_storage: Any = None, lock_manager: Any = None, isolation_level: Any = None
    ) -> Self:
        """Accept the settings that scripts written for Prefect make, where nothing is lost.

        Each key is computed by one task run at a time, in all processes that share a
        store, so every isolation level holds. Keys live in the store.

        Raises:
            ValueError: another place for keys or another lock is asked for.
        """
        if key_storage is not None:
            raise ValueError(
                f"key_storage={key_storage!r}: cache keys are kept in the store. "
                "Leave it out; PENSTOCK_STORE chooses the store."
            )
        if lock_manager is not None:
            raise ValueError(
                f"lock_manager={lock_manager!r}: a key is always computed by one task run "
                "at a time, in all processes. Leave it out."
            )
        level = getattr(isolation_level, "name", isolation_level)
        if level is not None and level not in _ACCEPTED_LEVELS:
            raise ValueError(f"isolation_level={level!r}: must be one of {_ACCEPTED_LEVELS}")
        return self

    def __add__(self, other: object) -> CachePolicy:
        if not isinstance(other, CachePolicy):
            return NotImplemented
        return _add_up([self, other])

    def __sub__(self, name: object) -> CachePolicy:
        """Leave an input out of the key."""
        if not isinstance(name, str):
            raise TypeError(f"{name!r}: only the name of an input can be left out of a key")
        return self

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in vars(self).items() if value)
        return f"{type(self).__name__}({facts})"


class _NoCache(CachePolicy):
    """Never cache."""

    def compute_key(self, *_: Any, **__: Any) -> str | None:
        """Give no key."""
        return None

    def or_none(self) -> None:
        """Say that this policy never caches."""
        return

    def __repr__(self) -> str:
        return "NO_CACHE"


class Inputs(CachePolicy):
    """The value depends on what the task is called with.

    Args:
        exclude: names of inputs that do not count.
    """

    def __init__(self, exclude: Iterable[str] = ()) -> None:
        self.exclude = tuple(sorted(set(exclude)))

    def _parts(self, call: _Call) -> dict[str, str]:
        parts = {
            f"argument {name}": _print(value, f"argument {name}")
            for name, value in call.inputs.items()
            if name not in self.exclude
        }
        return parts or {"no arguments": ""}

    def __sub__(self, name: object) -> CachePolicy:
        if not isinstance(name, str):
            return super().__sub__(name)
        return Inputs((*self.exclude, name))


class TaskSource(CachePolicy):
    """The value depends on the task's code, and on the user's code that it reaches."""

    def _parts(self, call: _Call) -> dict[str, str]:
        return dict(call.task_ctx.task.code.parts())


class RunId(CachePolicy):
    """The value holds within one flow run (outside of flows: one task run)."""

    def _parts(self, call: _Call) -> dict[str, str]:
        run = call.task_ctx.task_run
        if run.flow_run_id is not None:
            return {"flow run": str(run.flow_run_id)}
        return {"task run": str(run.id)}


class FlowParameters(CachePolicy):
    """The value depends on what the flow is called with."""

    def _parts(self, call: _Call) -> dict[str, str]:
        return {
            f"flow parameter {name}": _print(value, f"flow parameter {name}")
            for name, value in call.flow_parameters.items()
        }


class CacheKeyFnPolicy(CachePolicy):
    """The key is what the user's function says.

    Args:
        cache_key_fn: called with (context, parameters); None means: do not cache.
    """

    def __init__(self, cache_key_fn: Callable[[Any, dict[str, Any]], str | None]) -> None:
        self.cache_key_fn = cache_key_fn

    def compute_key(
        self,
        task_ctx: TaskRunContextLike,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],  # noqa: ARG002 - part of the protocol
        **kwargs: Any,  # noqa: ARG002 - as above
    ) -> str | None:
        """Ask the function. A key that is too long for the store is hashed."""
        key = self.cache_key_fn(task_ctx, inputs)
        return None if key is None else _short(str(key))

    def key_parts(
        self,
        task_ctx: TaskRunContextLike,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],
        **kwargs: Any,
    ) -> dict[str, str]:
        """Give the function's key, or for `task_input_hash` what it is made of."""
        if self.cache_key_fn is task_input_hash:
            return _INPUTS_AND_SOURCE.key_parts(task_ctx, inputs, flow_parameters)
        key = self.compute_key(task_ctx, inputs, flow_parameters, **kwargs)
        name = getattr(self.cache_key_fn, "__name__", "cache_key_fn")
        return {} if key is None else {f"key of {name}()": key}


class CompoundCachePolicy(CachePolicy):
    """The value depends on all that several policies say. Made by `+`.

    Args:
        policies: at least two, none of them compound.
    """

    def __init__(self, policies: Iterable[CachePolicy]) -> None:
        self.policies = tuple(policies)

    def _parts(self, call: _Call) -> dict[str, str]:
        parts: dict[str, str] = {}
        for policy in self.policies:
            found = policy.key_parts(call.task_ctx, call.inputs, call.flow_parameters, **call.more)
            for label, print_ in found.items():
                parts[f"{label} (2)" if label in parts else label] = print_
        return parts

    def __sub__(self, name: object) -> CachePolicy:
        return _add_up([policy - name for policy in self.policies])


def _add_up(policies: Iterable[CachePolicy]) -> CachePolicy:
    """Join policies: each once, and with all that any of them leaves out."""
    flat: list[CachePolicy] = []
    for policy in policies:
        parts = policy.policies if isinstance(policy, CompoundCachePolicy) else (policy,)
        for part in parts:
            if part not in flat and not isinstance(part, _NoCache):
                flat.append(part)
    inputs = [policy for policy in flat if isinstance(policy, Inputs)]
    if len(inputs) > 1:
        left_out = [name for policy in inputs for name in policy.exclude]
        flat = [policy for policy in flat if policy not in inputs]
        flat.insert(0, Inputs(left_out))
    if not flat:
        return NO_CACHE
    return flat[0] if len(flat) == 1 else CompoundCachePolicy(flat)


def explain_key(
    policy: CachePolicy,
    task_ctx: TaskRunContextLike,
    inputs: dict[str, Any],
    flow_parameters: dict[str, Any],
) -> dict[str, str]:
    """Name what a key is made of, so that two keys can be compared part by part.

    Returns:
        Label ("argument x", "helper scores.parse") to hex digest; empty without a key.

    Raises:
        NotCacheable: an input has no stable content.
    """
    return {
        label: _short(print_)
        for label, print_ in policy.key_parts(task_ctx, inputs, flow_parameters).items()
    }


def task_input_hash(context: TaskRunContextLike, arguments: dict[str, Any]) -> str | None:
    """Make a cache key of the task, its code and its inputs: `cache_key_fn=task_input_hash`.

    Raises:
        NotCacheable: an input has no stable content.
    """
    return _INPUTS_AND_SOURCE.compute_key(context, arguments, {})


def _print(value: Any, label: str) -> str:
    try:
        return fingerprint(value, label).hex()
    except Unstable as problem:
        raise NotCacheable(str(problem)) from None


def _join(task_key: str, parts: dict[str, str]) -> str:
    """Hash named parts into one key, whatever their order."""
    hasher = blake2b(task_key.encode(), digest_size=32)
    for label in sorted(parts):
        for word in (label, parts[label]):
            data = word.encode("utf-8", "surrogatepass")
            hasher.update(b"%d:" % len(data) + data)
    return hasher.hexdigest()


def _short(key: str) -> str:
    """Keep a key that fits; hash a longer one."""
    longest = 64
    if len(key) <= longest:
        return key
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=32).hexdigest()


class File(os.PathLike[str]):
    """A path whose content counts: tasks with an unchanged file are cached, wherever it lies.

    Args:
        path: of a file; `open()` and all that takes paths also take the File.

    Example:
        report(File("sales.csv"))
    """

    #: (path, size, time, inode) -> digest, for files that have rested for a while
    _known: dict[tuple[str, int, int, int], bytes] = {}  # noqa: RUF012 - shared on purpose

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)

    def __fspath__(self) -> str:
        return self.path

    def __str__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        return f"File({self.path!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, File) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __penstock_fingerprint__(self) -> bytes:
        """Print the content. Read once, as long as size, time and inode stay."""
        try:
            with open(self.path, "rb") as file:
                status = os.fstat(file.fileno())
                key = (
                    os.path.abspath(self.path),
                    status.st_size,
                    status.st_mtime_ns,
                    status.st_ino,
                )
                known = self._known.get(key)
                if known is not None:
                    return known
                hasher = sha256()
                while data := file.read(_READ_BYTES):
                    hasher.update(data)
        except OSError as error:
            reason = f"cannot be read ({error.strerror})"
            raise Unstable("", f"File {self.path!r}", reason) from None
        digest = hasher.digest()[:16]
        # The clock of a file system ticks every few ms: a file written twice within a
        # tick looks unchanged. One that has rested for two seconds is told apart.
        if time.time_ns() - status.st_mtime_ns > _REST_NS:
            if len(self._known) >= 1024:  # noqa: PLR2004 - small, whatever happens
                self._known.clear()
            self._known[key] = digest
        return digest


#: Never cache.
NO_CACHE: Final[CachePolicy] = _NoCache()
#: Another name for NO_CACHE.
NONE: Final = NO_CACHE
#: What the task is called with.
INPUTS: Final = Inputs()
#: The task's code, and the user's code that it reaches.
TASK_SOURCE: Final = TaskSource()
#: Within one flow run.
RUN_ID: Final = RunId()
#: What the flow is called with.
FLOW_PARAMETERS: Final = FlowParameters()
_INPUTS_AND_SOURCE: Final = INPUTS + TASK_SOURCE
#: The same inputs and the same code, within one flow run.
DEFAULT: Final = INPUTS + TASK_SOURCE + RUN_ID
