"""What tasks and flows have in common as objects: the function they wrap, and hooks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from penstock._engine.binding import Binder
from penstock._engine.inputs import unmapped
from penstock._engine.options import RunOptions, fill_spec, refuse_unknown
from penstock._engine.prints import watch_prints
from penstock.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from penstock._engine.spec import RunSpec

__all__ = ["Authored", "Bound"]

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)


class Authored(Generic[P, R_co]):
    """A function that a decorator has taken in: a task or a flow."""

    #: what the engine must know of it
    spec: RunSpec
    #: the plain function
    fn: Callable[P, R_co]
    #: what people see
    name: str

    def __init__(
        self, kind: str, fn: Any, options: dict[str, Any], spec: RunSpec, known: type
    ) -> None:
        """Take a function in.

        Args:
            kind: "task" or "flow".
            fn: a function, a static or class method, or anything that can be called.
            options: as the decorator was given them.
            spec: empty; filled here.
            known: the TypedDict that lists the options there are.

        Raises:
            OptionError: an option cannot be; the message says what it must be.
            TypeError: what was decorated cannot be called.
        """
        self._kind = kind
        self._options = options
        self._known = known.__annotations__.keys() | RunOptions.__annotations__.keys()
        self._is_static = isinstance(fn, staticmethod)
        self._is_class = isinstance(fn, classmethod)
        if self._is_static or self._is_class:
            fn = fn.__func__
        if not callable(fn):
            message = f"@{kind} decorates functions; {fn!r} cannot be called."
            raise TypeError(message)
        self.fn = self.__wrapped__ = fn
        self.__name__ = getattr(fn, "__name__", type(fn).__name__)
        self.__qualname__ = getattr(fn, "__qualname__", self.__name__)
        self.__module__ = getattr(fn, "__module__", __name__)
        self.__doc__ = getattr(fn, "__doc__", None)
        self._owner = f"{kind} {options.get('name') or self.__name__!r}"
        refuse_unknown(self._owner, options, known)
        spec.public = self
        fill_spec(spec, kind, fn, options)
        self.spec = spec
        self.name = spec.name
        if spec.log_prints:
            watch_prints()
        self._binder = Binder(self._owner, fn)

    def __getattr__(self, name: str) -> Any:
        """Give an option as it was given to the decorator: `flow.timeout_seconds`."""
        options = self.__dict__.get("_options")
        if options is None or name not in self.__dict__["_known"]:
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(message)
        return options.get(name)

    @property
    def description(self) -> str | None:
        """What it is for."""
        return self.spec.description

    @property
    def version(self) -> str | None:
        """The version it was given."""
        return self.spec.version

    @property
    def tags(self) -> set[str]:
        """Its labels."""
        return set(self.spec.tags)

    @property
    def retries(self) -> int:
        """How many attempts may follow the first."""
        return self.spec.retry.count

    @property
    def isasync(self) -> bool:
        """Tell whether its calls must be awaited."""
        return self.spec.is_async

    def _changed(self, options: Mapping[str, Any]) -> Any:
        """Give the options of a copy: this one's, with the hooks hung on it since, and the new."""
        hooks = self.spec.hooks
        hung = {f"on_{kind}": list(getattr(hooks, kind)) for kind in hooks.__slots__}
        return {**self._options, **hung, **options}

    def on_running(self, hook: Callable[..., Any]) -> Callable[..., Any]:
        """Call a function when a run begins. Decorates it."""
        self.spec.hooks.running.append(hook)
        return hook

    def on_completion(self, hook: Callable[..., Any]) -> Callable[..., Any]:
        """Call a function when a run has succeeded. Decorates it."""
        self.spec.hooks.completion.append(hook)
        return hook

    def on_failure(self, hook: Callable[..., Any]) -> Callable[..., Any]:
        """Call a function when a run has failed for good. Decorates it."""
        self.spec.hooks.failure.append(hook)
        return hook

    def on_cancellation(self, hook: Callable[..., Any]) -> Callable[..., Any]:
        """Call a function when a run was stopped. Decorates it."""
        self.spec.hooks.cancellation.append(hook)
        return hook

    def on_crashed(self, hook: Callable[..., Any]) -> Callable[..., Any]:
        """Call a function when a run could not go on. Decorates it."""
        self.spec.hooks.crashed.append(hook)
        return hook

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Give the arguments of a call by name, defaults included.

        Raises:
            ParameterError: the call does not fit the signature.
        """
        return self._binder.bind(args, kwargs)

    def make_run_name(self, parameters: dict[str, Any]) -> str:
        """Name a run as `task_run_name` or `flow_run_name` says.

        Raises:
            OptionError: the template names something that is not a parameter.
        """
        template = self.spec.run_name
        if callable(template):
            return str(template())
        try:
            return str(template).format(**parameters)
        except (KeyError, IndexError, AttributeError) as error:
            known = ", ".join(parameters) or "it has none"
            rule = f"a template over the parameters ({known}); {error} is not one"
            raise OptionError(self._owner, f"{self._kind}_run_name", template, rule) from None

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind to an object, as a function does when it is a method."""
        if self._is_class:
            return Bound(self, owner if owner is not None else type(instance))
        if instance is None or self._is_static:
            return self
        return Bound(self, instance)

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Pickle by name, as a function does; a copy that has no name by what it is made of."""
        found: Any = sys.modules.get(self.__module__)
        for name in self.__qualname__.split("."):
            found = getattr(found, name, None)
        if found is self:
            return str(self.__qualname__)
        return _remake, (type(self), self.fn, self._options)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


def _remake(kind: Any, fn: Any, options: dict[str, Any]) -> Any:
    return kind(fn, **options)


class Bound:
    """A task or flow that is a method, together with its object."""

    def __init__(self, unbound: Any, instance: Any) -> None:
        self._unbound = unbound
        self._instance = instance

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it with its object as first argument."""
        return self._unbound(self._instance, *args, **kwargs)

    def submit(self, *args: Any, **kwargs: Any) -> Any:
        """Submit it with its object as first argument."""
        return self._unbound.submit(self._instance, *args, **kwargs)

    def map(self, *args: Any, **kwargs: Any) -> Any:
        """Start one run for each element, each with the object as first argument."""
        return self._unbound.map(unmapped(self._instance), *args, **kwargs)

    def fn(self, *args: Any, **kwargs: Any) -> Any:
        """Call the plain function, with its object."""
        return self._unbound.fn(self._instance, *args, **kwargs)

    def with_options(self, **options: Any) -> Bound:
        """Give a copy with some options changed, bound to the same object."""
        return Bound(self._unbound.with_options(**options), self._instance)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unbound, name)
