"""Whose code something is: the user's, or of a package that changes by its version."""

from __future__ import annotations

import functools
import os
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import CodeType, FunctionType, ModuleType

__all__ = ["find_code", "is_users_class", "is_users_function", "is_users_module"]

_LIBRARY: Final = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_OURS: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_INSTALLED: Final = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


@functools.lru_cache(maxsize=4096)
def _is_users(module: str, file: str | None) -> bool:
    if file is None:  # a notebook, exec, or built in
        return module == "__main__" or module.partition(".")[0] not in sys.stdlib_module_names
    file = os.path.abspath(file)
    if file.startswith((_LIBRARY, _OURS)):
        return False
    return not any(folder in file for folder in _INSTALLED)


def is_users_function(function: FunctionType) -> bool:
    """Tell whether the user has written a function."""
    namespace = function.__globals__
    return _is_users(str(namespace.get("__name__")), namespace.get("__file__"))


def is_users_class(kind: type) -> bool:
    """Tell whether the user has written a class."""
    module = str(kind.__module__)
    return _is_users(module, getattr(sys.modules.get(module), "__file__", None))


def is_users_module(module: ModuleType) -> bool:
    """Tell whether the user has written a module."""
    return _is_users(module.__name__, getattr(module, "__file__", None))


def find_code(name: str) -> CodeType | None:
    """Compile a module of the user's from its file, without importing anything."""
    from importlib.machinery import PathFinder  # noqa: PLC0415 - few functions import

    path: Any = None
    spec = None
    for end in [at for at, char in enumerate(name) if char == "."] + [len(name)]:
        spec = PathFinder.find_spec(name[:end], path)
        if spec is None:
            return None
        path = spec.submodule_search_locations
    file = None if spec is None else spec.origin
    if file is None or not file.endswith(".py") or not _is_users(name, file):
        return None
    status = os.stat(file)
    return _compile(file, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=256)
def _compile(file: str, mtime_ns: int, size: int) -> CodeType | None:  # noqa: ARG001 - parts of the cache key
    try:
        with open(file, "rb") as source:
            code: CodeType = compile(source.read(), file, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError):
        return None
    return code
