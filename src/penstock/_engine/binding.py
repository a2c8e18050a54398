"""Calls against signatures: what a call means by name, and whether it may be made.

`inspect` and pydantic are loaded only when a call needs them: a flow without
parameters, or one whose values are plainly of the annotated types, needs neither.
"""

from __future__ import annotations

from contextlib import suppress
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from penstock.errors import ParameterError

if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable, Mapping

__all__ = ["Binder", "code_flags", "describe_parameters"]

#: Annotations that an exact type match satisfies, so nothing needs to be checked.
_PLAIN: Final = frozenset({int, float, str, bool, bytes, list, dict, tuple, set})
#: Flags of a code object that takes *args or **kwargs.
_STARS: Final = 0x04 | 0x08
#: Longest text of one parameter that JSON cannot carry, and of all in one call.
_LONGEST_REPR: Final = 500
_LONGEST_JSON: Final = 524_288


def code_flags(fn: Callable[..., Any]) -> int:
    """Give the flags of a function's code: whether it is async, a generator, both."""
    while True:
        if hasattr(fn, "__func__"):
            fn = fn.__func__
        elif hasattr(fn, "func"):
            fn = fn.func  # functools.partial
        else:
            break
    code = getattr(fn, "__code__", None)
    if code is None:
        # An object that can be called: its class says how.
        code = getattr(type(fn).__call__, "__code__", None)
    return 0 if code is None else int(code.co_flags)


class Binder:
    """Knows the signature of one function."""

    __slots__ = ("_adapters", "_fn", "_hints", "_owner", "_signature")

    def __init__(self, owner: str, fn: Callable[..., Any]) -> None:
        """Make it; nothing is looked at yet.

        Args:
            owner: who is named in errors, as "flow 'etl'".
            fn: the function.
        """
        self._owner = owner
        self._fn = fn
        self._signature: inspect.Signature | None = None
        self._hints: dict[str, Any] | None = None
        self._adapters: dict[str, Any] = {}

    @property
    def signature(self) -> inspect.Signature:
        """The function's signature."""
        if self._signature is None:
            import inspect  # noqa: PLC0415 - 8 ms, only when a call must be understood

            self._signature = inspect.signature(self._fn)
        return self._signature

    def bind(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], *, defaults: bool = True
    ) -> dict[str, Any]:
        """Give the arguments of a call by name.

        Raises:
            ParameterError: the call does not fit; says which parameter is wrong.
        """
        plainly = self._bind_plainly(args, kwargs, defaults)
        if plainly is not None:
            return plainly
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise ParameterError(self._owner, self._explain(str(error))) from None
        if defaults:
            bound.apply_defaults()
        return dict(bound.arguments)

    def _bind_plainly(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], defaults: bool
    ) -> dict[str, Any] | None:
        """Bind a call that fits a signature without stars; None leaves it to `inspect`.

        That takes 8 us a call and 8 ms to load; a cached task binds on each call.
        """
        fn = self._fn
        if not isinstance(fn, FunctionType) or hasattr(fn, "__wrapped__"):
            return None
        code = fn.__code__
        if code.co_flags & _STARS or code.co_kwonlyargcount or code.co_posonlyargcount:
            return None
        names = code.co_varnames[: code.co_argcount]
        missing = names[len(args) :]
        if len(args) > len(names) or not kwargs.keys() <= set(missing):
            return None
        bound = dict(zip(names, args, strict=False))
        values = fn.__defaults__ or ()
        first_default = len(names) - len(values)
        for position, name in enumerate(missing, len(args)):
            if name in kwargs:
                bound[name] = kwargs[name]
            elif position < first_default:
                return None
            elif defaults:
                bound[name] = values[position - first_default]
        return bound

    def spread(self, parameters: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Turn arguments by name back into those of a call."""
        import inspect  # noqa: PLC0415 - loaded by bind already

        bound = inspect.BoundArguments(self.signature, dict(parameters))
        return bound.args, bound.kwargs

    def validate(self, parameters: dict[str, Any], given: set[str]) -> dict[str, Any]:
        """Check the values that were given against the annotations, and convert them.

        Args:
            parameters: all arguments by name.
            given: those that the caller gave; defaults are the author's business.

        Raises:
            ParameterError: a value does not fit; says which, what it must be, what came.
        """
        checked = dict(parameters)
        if not getattr(self._fn, "__annotations__", True):
            return checked
        for name in given:
            parameter = self.signature.parameters.get(name)
            if parameter is None or parameter.kind in {2, 4}:  # *args and **kwargs
                continue
            hint = self._hint(name)
            value = parameters[name]
            if hint is None or (hint in _PLAIN and type(value) is hint):
                continue
            checked[name] = self._convert(name, hint, value)
        return checked

    def _hint(self, name: str) -> Any:
        if self._hints is None:
            self._hints = _read_hints(self._fn)
        hint = self._hints.get(name)
        try:
            hash(hint)
        except TypeError:
            return None
        return None if hint is Any else hint

    def _convert(self, name: str, hint: Any, value: Any) -> Any:
        from pydantic import (  # noqa: PLC0415 - 40 ms, only when something must be checked
            BaseModel,
            ConfigDict,
            PydanticSchemaGenerationError,
            TypeAdapter,
            ValidationError,
        )

        adapter = self._adapters.get(name)
        if adapter is None:
            is_model = isinstance(hint, type) and (
                issubclass(hint, BaseModel) or hasattr(hint, "__dataclass_fields__")
            )
            config = None if is_model else ConfigDict(arbitrary_types_allowed=True)
            try:
                adapter = TypeAdapter(hint, config=config)
            except (PydanticSchemaGenerationError, TypeError):
                return value
            self._adapters[name] = adapter
        try:
            return adapter.validate_python(value)
        except ValidationError as error:
            raise ParameterError(
                self._owner, _explain_validation(name, hint, value, error)
            ) from None

    def _explain(self, problem: str) -> str:
        takes = self.signature.replace(return_annotation=self.signature.empty)
        return f"{problem}. It takes {takes}."


def _read_hints(fn: Callable[..., Any]) -> dict[str, Any]:
    """Evaluate annotations. One that cannot be evaluated is documentation, not a check."""
    import typing  # noqa: PLC0415 - kept with the rest of this seldom path

    try:
        return typing.get_type_hints(fn, include_extras=True)
    except Exception:  # noqa: BLE001 - annotations may be any expression
        hints: dict[str, Any] = {}
    for name, hint in getattr(fn, "__annotations__", {}).items():
        one = type("one", (), {"__annotations__": {name: hint}})
        names = getattr(fn, "__globals__", {})
        with suppress(Exception):  # as above
            hints |= typing.get_type_hints(one, names, include_extras=True)
    return hints


def _explain_validation(name: str, hint: Any, value: Any, error: Any) -> str:
    first = error.errors()[0]
    inside = ".".join(str(part) for part in first["loc"])
    where = f"{name}.{inside}" if inside else name
    shown = getattr(hint, "__name__", None) or str(hint)
    text = repr(value)
    text = text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004 - fits a line
    return f"parameter {where!r} must be {shown}: {first['msg'].lower()}, but got {text}."


def describe_parameters(parameters: Mapping[str, Any]) -> str | None:
    """Write parameters as a JSON object; values that JSON cannot carry as their `repr`."""
    if not parameters:
        return None
    import json  # noqa: PLC0415 - 5 ms, only for a run with parameters

    try:
        text = json.dumps(parameters, default=_shown, allow_nan=False)
    except (ValueError, TypeError, RecursionError):
        text = json.dumps({str(name): _plain(value) for name, value in parameters.items()})
    if len(text) > _LONGEST_JSON:
        text = json.dumps({str(name): _shown(value) for name, value in parameters.items()})
    return text


def _plain(value: Any) -> Any:
    """Keep what JSON can carry without doubt, and show the rest."""
    if value is None or type(value) in {bool, int, str}:
        return value
    return _shown(value)


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a user's __repr__ may raise anything
        text = f"<{type(value).__qualname__}, whose repr raised {type(error).__name__}>"
    return text if len(text) <= _LONGEST_REPR else text[: _LONGEST_REPR - 1] + "…"
