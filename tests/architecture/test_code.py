"""Files and functions stay small, and public names are documented."""

from __future__ import annotations

import ast
import importlib
from pathlib import PurePath
from typing import TYPE_CHECKING

from tests.architecture.source import modules, text_files

if TYPE_CHECKING:
    from tests.architecture.source import Module

LONGEST_FILE = 500
LONGEST_FUNCTION = 60
CODE = {".py", ".sql", ".ts", ".tsx", ".css"}
GENERATED = {"ui/src/api/schema.ts"}


def test_files_are_short() -> None:
    long = [
        (name, lines)
        for name, text in text_files()
        if name.startswith(("src/", "ui/src/"))
        and PurePath(name).suffix in CODE
        and name not in GENERATED
        and (lines := text.count("\n")) > LONGEST_FILE
    ]

    assert not long


def test_functions_are_short() -> None:
    long = [
        (f"{module.path}:{node.lineno} {node.name}", lines)
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    ]

    assert not long


def test_public_modules_say_what_they_offer() -> None:
    silent = [
        module.path
        for module in modules().values()
        if module.is_public
        and "__all__" not in module.definitions()
        and any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not name.startswith("_")
            for name, node in module.definitions().items()
        )
    ]

    assert not silent


def test_every_module_has_a_docstring() -> None:
    silent = [m.path for m in modules().values() if not ast.get_docstring(m.tree)]

    assert not silent


def test_every_public_name_has_a_docstring() -> None:
    silent = [
        f"{module.name}.{name}"
        for module in modules().values()
        if module.is_public and "__all__" in module.definitions()
        for name in _offered(module)
        if not _is_documented(module, name)
    ]

    assert not silent


def _offered(module: Module) -> list[str]:
    node = module.definitions()["__all__"]
    assert isinstance(node, ast.Assign | ast.AnnAssign)
    assert node.value is not None
    names: list[str] = ast.literal_eval(node.value)
    return names


def _is_documented(module: Module, name: str) -> bool:
    node = module.definitions().get(name)
    match node:
        case None:  # exported again: what counts is the docstring where it is defined
            value = getattr(importlib.import_module(module.name), name)
            return not callable(value) or bool(value.__doc__)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return ast.get_docstring(node) is not None
        case _:  # a constant or alias: "#:" above or behind, or a string below
            lines = module.text.splitlines()
            above_and_own = lines[max(node.lineno - 2, 0) : node.end_lineno]
            below = (*lines[node.end_lineno :], "")[0]
            return any("#:" in line for line in above_and_own) or below.startswith('"""')
