"""Loads what `penstock run` is told to run: a file or a module, and a flow in it.

A file is loaded under its own module name, from its own folder, so that what it
defines pickles and its neighbours import. The invariant: what is wrong with the
file is told as the user's error, with their file and line.
"""

from __future__ import annotations

import ast
import os
import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from penstock._engine.report import in_words, trim
from penstock._modules import module_of_file
from penstock.context import Loaded, loading
from penstock.errors import PenstockError, ScriptError
from penstock.flows import Flow

if TYPE_CHECKING:
    from types import TracebackType

    from penstock._engine.entrypoints import Entrypoint

__all__ = [
    "Target",
    "enter_folder",
    "execute",
    "explain",
    "has_main_block",
    "load_file",
    "load_flow_of",
    "load_module",
    "pick_flow",
    "read_source",
    "read_target",
]

#: What Python says about itself in the first frames of an import.
_FROZEN: Final = "<frozen "
#: What the test of a main block compares.
_MAIN: Final = {"__name__", "'__main__'"}


class Target(NamedTuple):
    """What is to be run."""

    place: str  #: path of a file, or dotted name of a module
    is_file: bool
    flow: str | None  #: None: not said which


def read_target(text: str) -> Target:
    """Read `FILE.py`, `FILE.py:flow` or `module.path:flow`.

    Raises:
        ScriptError: the file is not there.
    """
    place, colon, name = text.rpartition(":")
    # C:\flows.py has a colon that names no flow.
    if not colon or not name.isidentifier() or os.path.isfile(text):
        place, name = text, ""
    is_file = place.endswith(".py") or os.sep in place or os.path.exists(place)
    if is_file and not os.path.isfile(place):
        is_folder = os.path.isdir(place)
        raise ScriptError(
            place, "is a folder; name a file in it." if is_folder else "there is no such file."
        )
    return Target(os.path.abspath(place) if is_file else place, is_file, name or None)


def read_source(path: str) -> tuple[bytes, ast.Module]:
    """Read and parse a file.

    Raises:
        ScriptError: it cannot be read, or is not Python.
    """
    try:
        with open(path, "rb") as file:
            source = file.read()
        return source, ast.parse(source, path)
    except OSError as error:
        raise ScriptError(path, f"cannot be read ({error.strerror}).") from None
    except (SyntaxError, ValueError) as error:
        raise explain(path, error) from None


def has_main_block(tree: ast.Module) -> bool:
    """Tell whether a file has an `if __name__ == "__main__":` block."""
    return any(
        isinstance(node, ast.If) and {ast.unparse(part) for part in ast.walk(node.test)} >= _MAIN
        for node in tree.body
    )


def enter_folder(target: Target, arguments: tuple[str, ...]) -> None:
    """Set `sys.path` and `sys.argv` as Python does for a script, or for `python -m`."""
    folder = os.path.dirname(target.place) if target.is_file else os.getcwd()
    sys.path.insert(0, folder)
    sys.argv = [target.place, *arguments]


def execute(path: str, source: bytes) -> None:
    """Run a file as `python FILE.py` does, with its main block.

    Raises:
        BaseException: whatever the file raises.
    """
    module = ModuleType("__main__")
    module.__file__ = path
    # Processes that the script starts look here for what it defines.
    sys.modules["__main__"] = module
    code = compile(source, path, "exec", dont_inherit=True)
    exec(code, module.__dict__)  # noqa: S102 - running the user's file is the purpose


def load_file(path: str) -> ModuleType:
    """Import a file under its real name; its main block does not run.

    Raises:
        BaseException: whatever the file raises.
    """
    root, name = module_of_file(path)
    if "." in name:
        if root not in sys.path:
            sys.path.insert(1, root)
        return import_module(name)
    if name in sys.modules:
        name = f"{name}_script"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ScriptError(path, "is not a Python file.")
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def load_module(name: str) -> ModuleType:
    """Import a module by its dotted name.

    Raises:
        ScriptError: there is none.
        BaseException: whatever it raises.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        hint = f" Did you mean {name}.py?" if os.path.isfile(f"{name}.py") else ""
        raise ScriptError(name, f"there is no such module or file.{hint}") from None


def load_flow_of(entrypoint: Entrypoint) -> Flow[Any, Any]:
    """Load a flow from where its code was when it ran, as things were then around it.

    Whatever the file does before it calls a flow is done; that call is not.

    Raises:
        ScriptError: the file is not there any more, does not load, or has no such flow.
    """
    path = str(entrypoint.file)
    if not os.path.isfile(path):
        raise ScriptError(path, "is not there any more, and the flow was in it.")
    if os.path.isdir(entrypoint.folder):
        os.chdir(entrypoint.folder)
    sys.argv = entrypoint.arguments
    root, name = module_of_file(path)
    started_in = os.path.dirname(os.path.abspath(entrypoint.arguments[0] or "."))
    sys.path[1:1] = [folder for folder in (root, started_in) if folder not in sys.path]
    module = _load_without_calling(path, name)
    if entrypoint.is_main:
        # What was pickled by the script says that it is in there.
        sys.modules["__main__"] = module
    found: Any = module
    for part in entrypoint.flow.split("."):
        found = getattr(found, part, None)
    if not isinstance(found, Flow):
        raise ScriptError(path, f"there is no flow {entrypoint.flow!r} in it any more.")
    return found


def _load_without_calling(path: str, name: str) -> ModuleType:
    above, _, _ = name.rpartition(".")
    try:
        with loading():
            if above:
                import_module(above)
            if name in sys.modules:
                return sys.modules[name]
            spec = spec_from_file_location(name, path)
            if spec is None or spec.loader is None:
                raise ScriptError(path, "is not a Python file.")
            module = sys.modules[name] = module_from_spec(spec)
            with suppress(Loaded):
                spec.loader.exec_module(module)
            return module
    except PenstockError:
        raise
    except Exception as error:
        raise explain(path, error) from error


def pick_flow(target: Target, module: ModuleType) -> Flow[Any, Any]:
    """Find the flow that is meant in a module.

    Raises:
        ScriptError: there is none of that name; or none was named, and there is not one only.
    """
    found = {name: value for name, value in vars(module).items() if isinstance(value, Flow)}
    if target.flow is not None:
        for name, value in found.items():
            if target.flow in {name, value.name}:
                return value
        known = f"Its flows: {', '.join(found)}." if found else "It has no flows."
        raise ScriptError(target.place, f"there is no flow {target.flow!r} in it. {known}")
    own = {name: value for name, value in found.items() if value.__module__ == module.__name__}
    flows = own or found
    if len({id(value) for value in flows.values()}) == 1:
        return next(iter(flows.values()))
    if not flows:
        raise ScriptError(target.place, "has no flow. Decorate a function with @flow.")
    shown = os.path.basename(target.place)
    raise ScriptError(
        target.place,
        f"has {len(flows)} flows: {', '.join(flows)}. Say which: "
        f"penstock run {shown}:{next(iter(flows))}",
    )


def explain(path: str, error: BaseException) -> ScriptError:
    """Say what an error means that a file raised while it was loaded: where, and what."""
    if isinstance(error, SyntaxError) and error.filename:
        said = f"{type(error).__name__}: {error.msg}"
        return ScriptError(f"{error.filename}:{error.lineno}", said)
    place = _place_of(error.__traceback__, os.path.dirname(path))
    return ScriptError(place or path, in_words(error))


def _place_of(traceback: TracebackType | None, folder: str) -> str | None:
    """Give file and line of the innermost frame in the user's folder, else of the outermost."""
    places = []
    entry = trim(traceback)
    while entry is not None:
        name = entry.tb_frame.f_code.co_filename
        if not name.startswith(_FROZEN):
            places.append((name, f"{name}:{entry.tb_lineno}"))
        entry = entry.tb_next
    own = [
        place
        for name, place in places
        if name.startswith(folder + os.sep) and "site-packages" not in name
    ]
    if own:
        return own[-1]
    return places[0][1] if places else None
