"""Answers `import prefect` and `import prefect.anything`, from the table of names."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from penstock.compat.prefect._absent import stand_in
from penstock.compat.prefect._names import find_children, find_name, get_table
from penstock.errors import NotYet

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FINDER", "PrefectModule", "is_prefect", "make_version"]

#: The Prefect whose names the table lists.
_PREFECT: Final = "3.9.0"


def is_prefect(module: str) -> bool:
    """Tell whether a module's name is Prefect's; `prefect_aws` and its like are not."""
    return module == "prefect" or module.startswith("prefect.")


def make_version(ours: str) -> str:
    """Name the version: scripts compare it with Prefect's, and people see whose it is.

    The part behind "+" is what PEP 440 calls a local version, so that
    `Version(prefect.__version__) >= Version("3.4")` is true, and shows who answers.
    """
    return f"{_PREFECT}+penstock.{re.sub('[^a-z0-9]+', '.', ours.lower())}"


class PrefectModule(ModuleType):
    """One of Prefect's modules, filled when it is asked.

    Nothing is stored in it: `prefect.runtime.flow_run.id` is another at each call.
    """

    def __getattr__(self, name: str) -> Any:
        if name == "__version__":
            from importlib.metadata import version  # noqa: PLC0415 - 20 ms, rarely asked for

            return make_version(version("penstock"))
        if name == "__all__":
            return _list_names(self.__name__)
        if find_name(self.__name__, name) is not None:
            return _get(self.__name__, name)
        if name in find_children(self.__name__):
            return import_module(f"{self.__name__}.{name}")
        raise AttributeError(_unknown(self.__name__, name), name=name, obj=self)

    def __dir__(self) -> list[str]:
        return sorted({*_list_names(self.__name__), *find_children(self.__name__)})


def _list_names(module: str) -> list[str]:
    """Give what `from module import *` takes: values are left out, as their reading is a use."""
    names = get_table()[module].names.values()
    return sorted(name.name for name in names if not name.is_value)


def _unknown(module: str, name: str) -> str:
    return f"Penstock knows no name {name!r} in Prefect's module {module}."


def _get(module: str, name: str) -> Any:
    """Give Penstock's own object of a name, or what stands in for it.

    Raises:
        NotYet: it is a value, and Penstock does not have it.
    """
    listed = get_table()[module]
    found = find_name(module, name)
    assert found is not None  # noqa: S101 - for the type checker; the caller has looked
    home = None if listed.home is None else _find_home(listed.home)
    offered = getattr(home, "__all__", None)
    if home is not None and (offered is None or found.ours in offered):
        try:
            return getattr(home, found.ours)
        except AttributeError:
            pass
    meanwhile = found.meanwhile or listed.meanwhile
    if found.is_value:
        raise NotYet(f"{module}.{name}", "", meanwhile)
    return stand_in(module, name, meanwhile, is_exception=found.is_exception)


@cache
def _find_home(path: str) -> Any:
    """Import a module of Penstock, or take an object out of one; None when there is none yet."""
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        # A module that is there and lacks something else must say so.
        if error.name != path:
            raise
    parent, _, name = path.rpartition(".")
    return getattr(import_module(parent), name, None)


class _Finder(MetaPathFinder, Loader):
    """Finds Prefect's modules in the table, and makes them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find one of Prefect's modules.

        Raises:
            ModuleNotFoundError: Prefect has no such module, or its parent no such name.
        """
        del path, target
        if not is_prefect(fullname):
            return None
        if fullname in get_table():
            # All are packages, or `from prefect.tasks import nothing` would not come here,
            # and Python would say "unknown location" instead of whose module it is.
            return ModuleSpec(fullname, self, origin="penstock.compat.prefect", is_package=True)
        # No `name=`: Python would take that as leave to go on with its own message.
        raise ModuleNotFoundError(_unknown(*fullname.rsplit(".", 1)))

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make the module."""
        return PrefectModule(spec.name, "Penstock, under the names of Prefect.")

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module empty: it answers when it is asked."""


FINDER: Final = _Finder()
