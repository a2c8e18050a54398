"""Stands in for what Penstock does not have yet: it can be named, but not used.

A script names many things before it uses any: it subclasses blocks, annotates with
client models, catches exceptions. All of that must work, so a stand-in is a class.
Calling one, awaiting one or entering one is a use, and raises `NotYet`.
"""

from __future__ import annotations

from abc import ABCMeta
from typing import TYPE_CHECKING, Any, NoReturn

from penstock.errors import NotYet

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["Absent", "stand_in"]


class Absent(ABCMeta):
    """The type of all stand-ins. ABCMeta, so that one may be a base next to an ABC."""

    #: full name of what is missing, which a subclass and an attribute inherit
    __absent__: tuple[str, str]

    def __call__(cls, *_: Any, **__: Any) -> NoReturn:
        """Refuse to be called: nothing is made, and nothing is done."""
        raise _not_yet(cls)

    def __getattr__(cls, name: str) -> Any:
        # Libraries look for dunder and private names to find out what something is.
        if name.startswith("_"):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        return _attribute(cls, name)

    def __await__(cls) -> Generator[Any, None, Any]:
        """Refuse to be awaited."""
        raise _not_yet(cls, "await ")

    def __enter__(cls) -> NoReturn:
        """Refuse to be entered."""
        raise _not_yet(cls, "with ")

    def __exit__(cls, *_: object) -> None:
        """Exist: `with` asks for it before it enters."""

    async def __aenter__(cls) -> NoReturn:
        """Refuse to be entered."""
        raise _not_yet(cls, "async with ")

    async def __aexit__(cls, *_: object) -> None:
        """Exist: `async with` asks for it before it enters."""

    def __repr__(cls) -> str:
        return f"<{cls.__module__}.{cls.__qualname__}, which Penstock does not have yet>"


def _not_yet(cls: Absent, how: str = "") -> NotYet:
    """Make the error that tells of one use."""
    name, meanwhile = cls.__absent__
    use = how + cls.__qualname__.rpartition("<locals>.")[2]
    return NotYet(name, "" if name.endswith(f".{use}") else use, meanwhile)


class _StandIn(metaclass=Absent):
    """What every stand-in can do without being used."""

    __absent__ = ("", "")

    def __init_subclass__(cls, **_: Any) -> None:
        """Accept the keywords that the real class would take."""

    def __class_getitem__(cls, _: Any) -> Any:
        return cls

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: Any) -> Any:
        """Let models and flows have parameters of the type; nobody can make a value of it."""
        from pydantic_core import core_schema  # noqa: PLC0415 - 30 ms; pydantic is there by now

        return core_schema.any_schema()


class _StandInError(_StandIn, Exception):
    """What may stand in `except`; as nobody can make one, none is ever caught."""


_made: dict[tuple[str, str], Absent] = {}


def stand_in(module: str, name: str, meanwhile: str = "", *, is_exception: bool = False) -> Any:
    """Give the class that stands for a missing name, always the same one."""
    base = _StandInError if is_exception else _StandIn
    return _make(base, module, name, (f"{module}.{name}", meanwhile))


def _attribute(owner: Absent, name: str) -> Absent:
    """Give what stands for an attribute, as `Secret.load` or `FlowRunSort.START_TIME_DESC`."""
    return _make(_StandIn, owner.__module__, f"{owner.__qualname__}.{name}", owner.__absent__)


def _make(base: Absent, module: str, qualname: str, absent: tuple[str, str]) -> Absent:
    made = _made.get((module, qualname))
    if made is None:
        body = {"__module__": module, "__qualname__": qualname, "__absent__": absent}
        made = Absent(qualname.rpartition(".")[2], (base,), body)
        # One that another thread has made meanwhile is kept: pickle compares by identity.
        made = _made.setdefault((module, qualname), made)
    return made
