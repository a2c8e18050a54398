"""Names of modules: what runs as a script has the name an import would give it.

A task is the same task whether its file was started by `python etl.py`, imported, or
loaded by `penstock flow-run resume`: else nothing that finished would be found again.
"""

from __future__ import annotations

import functools
import os
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MAIN", "module_of_file", "real_module"]

#: What Python calls the module it was started with, here and in its spawned children.
MAIN: Final = frozenset({"__main__", "__mp_main__"})


def real_module(name: Any, namespace: Mapping[str, Any] | None = None) -> str:
    """Name a module as an import would; a notebook's or a shell's stays `__main__`.

    Args:
        name: as `__module__` or `__name__` has it.
        namespace: the module's variables, where they are at hand.
    """
    if name not in MAIN:
        return str(name)
    if namespace is None:
        namespace = vars(sys.modules[name]) if name in sys.modules else {}
    spec = namespace.get("__spec__")
    if spec is not None:  # python -m package.module
        return str(spec.name)
    file = namespace.get("__file__")
    return str(name) if file is None else module_of_file(os.path.abspath(file))[1]


@functools.lru_cache(maxsize=64)
def module_of_file(path: str) -> tuple[str, str]:
    """Give the folder from which a file imports, and its dotted name there."""
    folder, file = os.path.split(path)
    parts = [os.path.splitext(file)[0]]
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    if not all(part.isidentifier() for part in parts):
        # A name such as 2024-report.py cannot be imported, but it can be loaded.
        return folder, parts[-1].replace(".", "_")
    name = ".".join(parts)
    if name in sys.stdlib_module_names:
        # A flow in a file called logging.py must not take the place of the real one.
        name = f"{name}_script"
    return folder, name
