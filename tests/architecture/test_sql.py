"""SQL stands in `.sql` files, as named statements with a sentence each."""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING

from tests.architecture.source import SRC, modules

if TYPE_CHECKING:
    from pathlib import Path

#: Those that build lists: filters to WHERE and ORDER BY, from words of their own.
BUILDERS = {
    "penstock.stores.where",
    "penstock.stores.where_counts",
    "penstock.stores.where_logs",
}
#: Starts a statement that reads or changes rows; their values must be bound.
STATEMENT = re.compile(r"\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\b|DELETE\s+FROM\s|WITH\s)")
NAME = re.compile(r"^-- name: (\w+).*$", re.MULTILINE)


def test_every_statement_in_a_sql_file_has_a_name_and_a_sentence() -> None:
    wrong = []
    for path in _statement_files():
        head, *rest = NAME.split(path.read_text("utf-8"))
        if _code(head):
            wrong.append(f"{path.name}: a statement before the first name")
        for name, body in zip(rest[::2], rest[1::2], strict=True):
            if not body.lstrip("\n").startswith("-- ") or not _code(body):
                wrong.append(f"{path.name}: {name}")

    assert not wrong


def test_every_statement_is_named_once_and_used() -> None:
    names = Counter(
        name for path in _statement_files() for name in NAME.findall(path.read_text("utf-8"))
    )
    by_file = {path: NAME.findall(path.read_text("utf-8")) for path in _statement_files()}
    code = "\n".join(module.text for module in modules().values())

    twice = [
        f"{path.name}: {name}"
        for path, found in by_file.items()
        for name, count in Counter(found).items()
        if count > 1
    ]
    unused = [name for name in names if not re.search(rf"\b{name}\b", code)]

    assert not twice
    assert not unused


def test_only_the_builders_of_lists_put_statements_together() -> None:
    wrong = []
    for module in modules().values():
        for node in ast.walk(module.tree) if module.name not in BUILDERS else ():
            match node:
                case (
                    ast.JoinedStr(values=[ast.Constant(value=str(text)), _, *_])
                    | ast.BinOp(left=ast.Constant(value=str(text)))
                    | ast.Attribute(value=ast.Constant(value=str(text)), attr="format")
                ) if STATEMENT.match(text):
                    wrong.append(f"{module.path}:{node.lineno}")

    assert not wrong


def _statement_files() -> list[Path]:
    """Find the files of statements; migrations are scripts, run as a whole."""
    return [path for path in sorted(SRC.rglob("*.sql")) if path.parent.name != "migrations"]


def _code(text: str) -> list[str]:
    """Keep the lines that are neither empty nor comments."""
    return [line for line in text.splitlines() if line and not line.startswith("--")]
