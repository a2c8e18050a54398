"""ARCHITECTURE.md names what there is, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "penstock"
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_every_module_of_the_top_and_of_the_engine_is_named() -> None:
    names = [
        path.stem
        for folder in (PACKAGE, PACKAGE / "_engine")
        for path in folder.iterdir()
        if not path.name.startswith("__") and (path.suffix == ".py" or path.is_dir())
    ]

    assert [name for name in names if not re.search(rf"\b{name}\b", PAGE)] == []


def test_every_file_that_is_named_exists() -> None:
    named = set(re.findall(r"`?\b([\w/]+\.py)\b", PAGE))
    files = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py")}

    assert {name for name in named if not any(file.endswith(name) for file in files)} == set()
