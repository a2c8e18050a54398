"""Flows: functions that say what runs after what, and own what they start."""

from __future__ import annotations

from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Final,
    Literal,
    ParamSpec,
    Self,
    TypeVar,
    Unpack,
    cast,
    overload,
)

from penstock._engine.authored import Authored
from penstock._engine.binding import describe_parameters
from penstock._engine.flow_calls import (
    acall_flow,
    aiterate_flow,
    aresume_flow,
    call_flow,
    iterate_flow,
    resume_flow,
    what_to_raise,
)
from penstock._engine.inputs import find_futures
from penstock._engine.options import FlowOptions
from penstock._engine.spec import FlowSpec
from penstock.errors import NotYet, OptionError
from penstock.futures import wait

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from penstock._engine.runner import Runner
    from penstock.states import State

__all__ = ["Flow", "flow"]

P = ParamSpec("P")
Rest = ParamSpec("Rest")
R = TypeVar("R")
# Covariant: an async function gives a kind of Coroutine, and the overloads must see that.
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


_CALL: Final = "Call the flow, and let cron or a timer of the system start the script."
#: What Prefect's flows can do besides, and what to do meanwhile.
_LATER: Final = {
    "aserve": _CALL,
    "deploy": _CALL,
    "save": _CALL,
    "serve": _CALL,
    "to_deployment": _CALL,
    "visualize": "`penstock flow-run inspect` shows what ran after what.",
}


class Flow(Authored[P, R_co]):
    """A function whose calls are flow runs. Made by `@flow`."""

    spec: FlowSpec

    def __init__(self, fn: Callable[P, R_co], **options: Unpack[FlowOptions]) -> None:
        """Make a flow of a function.

        Raises:
            OptionError: an option cannot be; the message says what it must be.
        """
        given = cast("dict[str, Any]", options)
        super().__init__("flow", fn, given, FlowSpec(), FlowOptions)
        self.spec.validate = given.get("validate_parameters", True) is not False
        self.spec.make_runner = _read_runner(self._owner, given.get("task_runner"))

    @overload
    def __call__(
        self: Flow[..., Coroutine[Any, Any, T]],
        *args: Any,
        return_state: Literal[True],
        **kwargs: Any,
    ) -> Coroutine[Any, Any, State[T]]: ...
    @overload
    def __call__(self, *args: Any, return_state: Literal[True], **kwargs: Any) -> State[R_co]: ...
    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    def __call__(  # type: ignore[misc] # the word is reserved: no function has it
        self, *args: Any, return_state: bool = False, wait_for: Any = None, **kwargs: Any
    ) -> Any:
        """Run the flow here and now, and give what it returns.

        It returns when all it submitted has ended and everything is in the store.
        An async flow gives a coroutine, a generator its items.

        Args:
            *args: as the function takes them.
            return_state: give the final state instead, and raise nothing.
            wait_for: futures that must have ended first.
            **kwargs: as the function takes them.

        Raises:
            ParameterError: the call does not fit the signature or its types.
            Exception: what the flow raised, or the first of its tasks that failed
                without anybody asking for its result.
        """
        spec = self.spec
        if wait_for is not None:
            wait(find_futures((wait_for,))[0])
        if spec.is_generator and not return_state:
            go_over = aiterate_flow if spec.is_async else iterate_flow
            return go_over(spec, args, kwargs)
        if spec.is_async:
            return acall_flow(spec, args, kwargs, return_state)
        state = call_flow(spec, args, kwargs)
        if return_state:
            return state
        error = what_to_raise(state)
        if error is not None:
            # Raised here, so that no more than one frame of a traceback is ours.
            raise error
        return state.data

    def resume(
        self,
        flow_run_id: str,
        *,
        rerun: Iterable[str] = (),
        parameters: dict[str, Any] | None = None,
        take_over: bool = False,
        return_state: bool = False,
    ) -> Any:
        """Go on with a run that failed, crashed, was cancelled or waits: a new attempt at it.

        Calls that had completed hand back their values; the others are executed. It
        returns what the flow returns; of an async flow, a coroutine.

        Args:
            flow_run_id: id of the run, a beginning of it, or the run's name.
            rerun: names of tasks, or of single task runs, to execute again, with all
                that depends on them.
            parameters: what to call the flow with, where that could not be stored.
            take_over: take the run from a process that lives but shows no sign of
                that for 15 seconds. When it goes on, it stops the run.
            return_state: give the final state instead, and raise nothing.

        Raises:
            NotFound: there is no such run.
            StillRunning: a living process has it.
            NotResumable: there is nothing to go on with; the message says why.
        """
        how = {"rerun": tuple(rerun), "parameters": parameters, "take_over": take_over}
        if self.spec.is_async:
            return aresume_flow(self.spec, flow_run_id, how, return_state)
        state = resume_flow(self.spec, flow_run_id, how)
        if return_state:
            return state
        error = what_to_raise(state)
        if error is not None:
            raise error
        return state.data

    @classmethod
    def from_source(cls, *_: Any, **__: Any) -> Flow[..., Any]:
        """Refuse: flows are not fetched from elsewhere yet."""
        raise NotYet("Flow.from_source", "", "Import the flow and call it.")

    def __getattr__(self, name: str) -> Any:
        if name in _LATER:
            raise NotYet(f"Flow.{name}", f"{self.__name__}.{name}", _LATER[name])
        return super().__getattr__(name)

    def with_options(self, **options: Unpack[FlowOptions]) -> Flow[P, R_co]:
        """Give a copy of the flow with some options changed; this one stays as it is."""
        return Flow(self.fn, **self._changed(options))

    def validate_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Check parameters by name against the annotations, and convert them.

        Raises:
            ParameterError: says which parameter is wrong, and what it must be.
        """
        bound = self._binder.bind((), parameters)
        return self._binder.validate(bound, set(parameters))

    def prepare(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any], dict[str, Any]]:
        """Check the arguments of a call. Gives them as the body takes them, and by name.

        Raises:
            ParameterError: the call does not fit the signature or its types.
        """
        binder = self._binder
        parameters = binder.bind(args, kwargs)
        if not parameters or not self.spec.validate:
            return args, kwargs, parameters
        given = set(binder.bind(args, kwargs, defaults=False))
        checked = binder.validate(parameters, given)
        if any(checked[name] is not parameters[name] for name in given):
            args, kwargs = binder.spread(checked)
        return args, kwargs, checked

    def describe_parameters(self, parameters: dict[str, Any]) -> str | None:
        """Write parameters as the JSON object that is recorded."""
        return describe_parameters(parameters)

    if TYPE_CHECKING:
        # What a method gives is a `Bound`, which does all that a flow without `self` does.
        @overload
        def __get__(self, instance: None, owner: type | None = None) -> Self: ...
        @overload
        def __get__(
            self: Flow[Concatenate[Any, Rest], T], instance: object, owner: type | None = None
        ) -> Flow[Rest, T]: ...
        def __get__(self, instance: Any, owner: type | None = None) -> Any: ...


def _read_runner(owner: str, given: Any) -> Callable[[], Runner] | None:
    """Take a task runner, or its class, for the function that makes runners like it."""
    if given is None:
        return None
    if isinstance(given, type):
        given = given()
    make = getattr(given, "make_runner", None)
    if make is None:
        rule = "a runner of penstock.task_runners, as ThreadPoolTaskRunner(max_workers=4)"
        raise OptionError(owner, "task_runner", given, rule)
    maker: Callable[[], Runner] = make
    return maker


@overload
def flow(fn: Callable[P, R], /) -> Flow[P, R]: ...
@overload
def flow(**options: Unpack[FlowOptions]) -> Callable[[Callable[P, R]], Flow[P, R]]: ...
def flow(fn: Any = None, /, **options: Unpack[FlowOptions]) -> Any:
    """Make a function a flow: its runs are recorded with every task they call.

    Example:
        @flow(log_prints=True)
        def nightly(day: str) -> None: ...

    Raises:
        OptionError: an option cannot be; the message says what it must be.
    """
    if fn is not None:
        return Flow(fn, **options)
    return lambda function: Flow(function, **options)
