"""The project as the architecture tests see it: files, modules, and who imports whom."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"


class Import(NamedTuple):
    """One name that one statement asks for."""

    module: str  #: from where; empty for a relative import of the package itself
    name: str | None  #: what, in `from module import name`
    line: int
    level: int = 0  #: leading dots
    in_function: bool = False
    for_types: bool = False  #: in an `if TYPE_CHECKING:` block
    by_name: bool = False  #: `import_module("…")`: a lazy import, which has a direction, too


class Module(NamedTuple):
    """A file of `src/`, parsed."""

    name: str
    path: str
    text: str
    tree: ast.Module

    @property
    def is_public(self) -> bool:
        """Whether users may import it."""
        return not any(part.startswith("_") for part in self.name.split("."))

    def definitions(self) -> dict[str, ast.stmt]:
        """Find what the module defines itself, by name; imports are not definitions."""
        return dict(_definitions(self.tree.body))

    def imports(self) -> list[Import]:
        """Find every import, wherever it stands."""
        return list(_imports(self.tree, in_function=False, for_types=False))


@cache
def project_files() -> list[str]:
    """List the files that are, or will be, in git."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in sorted(listed.split("\0")) if name and (ROOT / name).is_file()]


def text_files() -> Iterator[tuple[str, str]]:
    """Read the project's files, the binary ones left out."""
    for name in project_files():
        content = (ROOT / name).read_bytes()
        if b"\0" not in content:
            yield name, content.decode("utf-8")


@cache
def modules() -> dict[str, Module]:
    """Parse all modules of `src/`, by dotted name."""
    found = {}
    for path in sorted(SRC.rglob("*.py")):
        parts = path.relative_to(SRC).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text("utf-8")
        found[name] = Module(name, str(path.relative_to(ROOT)), text, ast.parse(text))
    return found


def target(wanted: Import) -> str | None:
    """Name the module of ours that an import reaches, if it is one of ours."""
    for name in (f"{wanted.module}.{wanted.name}", wanted.module):
        if name in modules():
            return name
    return None


def _definitions(body: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node
            case ast.Assign():
                names = [n for target in node.targets for n in ast.walk(target)]
                yield from ((n.id, node) for n in names if isinstance(n, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node
            case ast.If() | ast.Try():
                yield from _definitions(node.body)
                for handler in getattr(node, "handlers", []):
                    yield from _definitions(handler.body)
                yield from _definitions(node.orelse)


def _imports(node: ast.AST, *, in_function: bool, for_types: bool) -> Iterator[Import]:
    for wanted in _wanted(node):
        yield wanted._replace(in_function=in_function, for_types=for_types)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        in_function = True
    only_types: list[ast.stmt] = []
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        only_types = node.body
    for child in ast.iter_child_nodes(node):
        inside = for_types or child in only_types
        yield from _imports(child, in_function=in_function, for_types=inside)


def _wanted(node: ast.AST) -> list[Import]:
    match node:
        case ast.Import():
            return [Import(alias.name, None, node.lineno) for alias in node.names]
        case ast.ImportFrom(module=module, level=level):
            return [Import(module or "", a.name, node.lineno, level) for a in node.names]
        case ast.Call(
            func=ast.Attribute(attr="import_module") | ast.Name(id="import_module"),
            args=[ast.Constant(value=str(module)), *_],
        ):
            return [Import(module, None, node.lineno, by_name=True)]
        case _:
            return []
