"""What travels between a process and one that executes a task for it.

The call on its way there, and an error on its way back, with a traceback that
reads as if the body had run here. `isolate` sends the one, `isolated` the other.
"""

from __future__ import annotations

import pickle
import sys
from types import CodeType, TracebackType
from typing import Any, NamedTuple

from penstock._engine.authored import Authored
from penstock._engine.report import clean, in_words
from penstock._engine.spec import RunSpec
from penstock.errors import FailedRun, MissingResult
from penstock.results import NotStorable, TooLarge, dump, load

__all__ = [
    "Call",
    "FlowFacts",
    "find",
    "locate",
    "pack",
    "pack_error",
    "unpack_error",
]


class FlowFacts(NamedTuple):
    """What a body may ask about a flow run around it."""

    text_id: str
    name: str
    tags: tuple[str, ...]
    attempt: int
    flow_name: str
    version: str | None
    #: pickled; None when they are too large to be sent along, or cannot be
    parameters: bytes | None


class Call(NamedTuple):
    """One call of a task, on its way to a process of its own."""

    #: (module, qualified name) where the function can be imported, else the function pickled
    function: tuple[str, str] | bytes
    #: (args, kwargs), pickled
    arguments: bytes
    #: what a body may ask about its run
    text_id: str
    name: str
    index: int  # type: ignore[assignment] # hides tuple.index
    tags: tuple[str, ...]
    attempt: int
    task_name: str
    version: str | None
    is_async: bool
    log_prints: bool
    log_level: str
    log_line_bytes: int
    extra_loggers: tuple[str, ...]
    #: the flow run it belongs to and those around that; none: it was called outside of flows
    flows: tuple[FlowFacts, ...]
    #: where code is looked for, and files
    path: tuple[str, ...]
    folder: str
    #: environment variables, where they have changed since the last call
    environment: dict[str, str] | None


_made: list[Any] = []
#: Whether a process of ours that is started now could import a module, by its name.
_importable: dict[str, bool] = {}


def locate(fn: Any) -> tuple[str, str] | None:
    """Say where another process can import a function; None: it must be sent itself."""
    module, name = getattr(fn, "__module__", None), getattr(fn, "__qualname__", "")
    if not module or not name or not _is_importable(module):
        return None
    return (module, name) if find(module, name) is fn else None


def find(module: str, name: str) -> Any:
    """Find a function in a module that is loaded, behind the task that has taken it in."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    spec = getattr(found, "spec", None)
    return spec.fn if isinstance(spec, RunSpec) else found


def _is_importable(module: str) -> bool:
    known = _importable.get(module)
    if known is None:
        known = _importable[module] = _look_for(module)
    return known


def _look_for(module: str) -> bool:
    """Look whether a module's name leads to its file: a script's does not, a notebook's neither."""
    top = module.partition(".")[0]
    loaded = sys.modules.get(top)
    if top == "__main__" or loaded is None:
        return False
    for finder in sys.meta_path:
        spec = finder.find_spec(top, None) if hasattr(finder, "find_spec") else None
        if spec is not None:
            return spec.origin == getattr(getattr(loaded, "__spec__", None), "origin", None)
    return False


def pack(value: object, limit: int | None = None) -> bytes:
    """Pickle a value so that a process can read it that has not our `__main__`.

    Raises:
        TooLarge: it takes more bytes than the limit.
        NotStorable: no codec takes it.
    """
    strangers = [name for name, is_known in _importable.items() if not is_known]
    try:
        blob = dump(value, limit)
    except TooLarge:
        raise
    except NotStorable:
        blob = b""  # the tasks in it may be the reason, and they travel below
    # Only a name in the bytes can have been pickled as one.
    if blob and not any(name.encode() in blob for name in ("__main__", *strangers)):
        return blob
    return _pack_whole(value, strangers)


def _pack_whole(value: object, strangers: list[str]) -> bytes:
    """Pickle a value with the code it needs from modules that only this process has."""
    import io  # noqa: PLC0415 - as the next

    import cloudpickle  # noqa: PLC0415 - 30 ms, only for what pickle refuses

    modules = [sys.modules[name] for name in strangers if name in sys.modules]
    modules = [module for module in modules if module.__name__ != "__main__"]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        file = io.BytesIO()
        file.write(b"C")
        _pickler()(file, 5).dump(value)
        return file.getvalue()
    except Exception as error:  # noqa: BLE001 - a user's __reduce__ may raise anything
        raise NotStorable(type(value).__qualname__, in_words(error)) from None
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)


def _pickler() -> Any:
    if not _made:
        import cloudpickle  # noqa: PLC0415 - as above

        class Pickler(cloudpickle.Pickler):  # type: ignore[misc] # comes without types
            def reducer_override(self, found: Any) -> Any:
                if isinstance(found, Authored) and locate(found.fn) is None:
                    return _remake, (type(found), found.fn, found.name)
                return super().reducer_override(found)

        _made.append(Pickler)
    return _made[0]


def _remake(kind: Any, fn: Any, name: str) -> Any:
    """Make a task or flow again where it only has to be called."""
    return kind(fn, name=name)


def pack_error(error: BaseException) -> bytes:
    """Pickle an error with its traceback, and those behind it."""
    clean(error)
    return pickle.dumps(_taken_apart(error, frozenset()), 5)


def _taken_apart(error: BaseException | None, seen: frozenset[int]) -> Any:
    if error is None or id(error) in seen:
        return None
    seen |= {id(error)}
    try:
        blob: bytes | None = dump(error)
    except NotStorable:
        blob = None
    frames = []
    entry = error.__traceback__
    while entry is not None:
        code = entry.tb_frame.f_code
        frames.append((code.co_filename, code.co_name, entry.tb_lineno))
        entry = entry.tb_next
    return (
        blob,
        in_words(error),
        frames,
        error.__suppress_context__,
        _taken_apart(error.__cause__, seen),
        _taken_apart(error.__context__, seen),
    )


def unpack_error(payload: bytes) -> BaseException:
    """Give the error again, or one that tells of it where its class is not here."""
    error: BaseException = _put_together(pickle.loads(payload))  # noqa: S301 - from our child
    return error


def _put_together(parts: Any) -> Any:
    if parts is None:
        return None
    blob, words, frames, suppress, cause, context = parts
    error = _load_error(blob)
    if error is None:
        error = FailedRun(f"{words} (as text: this error cannot be pickled)")
    error.__cause__ = _put_together(cause)
    error.__context__ = _put_together(context)
    error.__suppress_context__ = suppress
    return error.with_traceback(_traceback(frames))


def _load_error(blob: bytes | None) -> BaseException | None:
    if blob is None:
        return None
    try:
        error = load(blob)
    except MissingResult:
        return None  # `pickle` cannot call its constructor, for one
    return error if isinstance(error, BaseException) else None


def _traceback(frames: list[tuple[str, str, int]]) -> TracebackType | None:
    """Make a traceback that shows these places: the frames themselves are elsewhere."""
    following: TracebackType | None = None
    for file, name, line in reversed(frames):
        space: dict[str, Any] = {}
        exec(_code_at(file, name, line), space)  # noqa: S102 - our own line
        frame = space.pop("frame")
        following = TracebackType(following, frame, frame.f_lasti, line)
    return following


def _code_at(file: str, name: str, line: int) -> CodeType:
    """Make code that gives its own frame, and says that it stands in this line.

    Each entry of a table of lines is good for eight units of code; 13 means that nothing
    is known of columns, so none are marked.
    """
    code = compile("frame = __import__('sys')._getframe()", file, "exec")
    whole, rest = divmod(len(code.co_code) // 2, 8)
    entries = [7] * whole + ([rest - 1] if rest else [])
    table = b"".join(bytes([0x80 | 13 << 3 | length, 0]) for length in entries)
    return code.replace(co_name=name, co_qualname=name, co_firstlineno=line, co_linetable=table)
