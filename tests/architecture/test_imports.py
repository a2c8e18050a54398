"""Imports go down only, name the defining module, and are cheap."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from tests.architecture.source import ROOT, SRC, modules, target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.architecture.source import Import, Module

#: What a bare `import penstock` must not pay for.
HEAVY = {
    "asyncio",
    "click",
    "concurrent.futures",
    "dask",
    "dataclasses",
    "fastapi",
    "httpx",
    "logging",
    "psycopg",
    "pydantic",
    "rich",
    "sqlite3",
}

#: Modules that load others of ours only when asked for them, and why.
LAZY = {
    "penstock.stores": "open_store() loads the one database that the URL names",
}


def test_no_module_imports_from_a_higher_layer() -> None:
    wrong = [
        f"{module.path}:{wanted.line} imports {reached}"
        for module, wanted, reached in _own_imports()
        if not wanted.for_types and _layer(module.name) < _layer(reached)
    ]

    assert not wrong


def test_every_module_has_a_layer() -> None:
    tops = {name.split(".")[1] for name in modules() if "." in name}

    assert tops - _layers().keys() == {"__main__"} & tops


def test_no_function_imports_a_module_of_ours() -> None:
    found = {
        module.name: f"{module.path}:{wanted.line} imports {reached}"
        for module, wanted, reached in _own_imports()
        if wanted.in_function and not wanted.by_name
    }

    assert not {name: place for name, place in found.items() if name not in LAZY}
    assert LAZY.keys() <= found.keys(), "an exception that nobody needs any more"


def test_imports_have_no_cycle() -> None:
    graph: dict[str, set[str]] = {name: set() for name in modules()}
    for module, wanted, reached in _own_imports():
        if not wanted.for_types:
            graph[module.name].add(reached)

    TopologicalSorter(graph).prepare()  # raises CycleError, which names the cycle


def test_imports_are_absolute() -> None:
    wrong = [
        f"{module.path}:{wanted.line}"
        for module in modules().values()
        for wanted in module.imports()
        if wanted.level
    ]

    assert not wrong


def test_nobody_inside_imports_the_package_itself() -> None:
    wrong = [
        f"{module.path}:{wanted.line}"
        for module in modules().values()
        for wanted in module.imports()
        if wanted.module == "penstock" != module.name
    ]

    assert not wrong


def test_names_are_imported_from_the_module_that_defines_them() -> None:
    wrong = [
        f"{module.path}:{wanted.line} imports {wanted.name} from {reached}"
        for module, wanted, reached in _own_imports()
        if wanted.name
        and reached == wanted.module
        and wanted.name not in modules()[reached].definitions()
    ]

    assert not wrong


def test_importing_penstock_loads_nothing_heavy() -> None:
    # -S: without site-packages nothing is loaded beforehand, and nothing third-party can be.
    program = """if True:
        import sys
        sys.path.insert(0, sys.argv[1])
        import penstock
        for name in {"flow", "task"} & {*getattr(penstock, "__all__", ())}:
            getattr(penstock, name)
        print(*sys.modules)
    """
    command = [sys.executable, "-S", "-E", "-c", program, str(SRC)]

    result = subprocess.run(command, check=False, capture_output=True, text=True)

    assert result.returncode == 0, result.stderr
    assert not HEAVY & set(result.stdout.split())


def _own_imports() -> Iterator[tuple[Module, Import, str]]:
    for module in modules().values():
        for wanted in module.imports():
            if (reached := target(wanted)) is not None:
                yield module, wanted, reached


def _layers() -> dict[str, int]:
    """Read the layers of the import contract; the lowest is 0."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    [contract] = settings["tool"]["importlinter"]["contracts"]
    lines = enumerate(reversed(contract["layers"]))
    return {name: height for height, line in lines for name in re.findall(r"\w+", line)}


def _layer(name: str) -> int:
    """Tell how high a module stands; the package itself and __main__ above all others."""
    layers = _layers()
    return layers.get((name + ".").split(".")[1], len(layers))
