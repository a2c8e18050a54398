"""The dashboard as it was built: which files, how large, what a page loads first."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
UI: Final = ROOT / "ui"
STATIC: Final = ROOT / "src" / "penstock" / "_server" / "static"
#: The whole first load, compressed, in bytes.
BUDGET: Final = 250_000


def manifest() -> dict[str, Any]:
    """Read what Vite says it has made."""
    made: dict[str, Any] = json.loads((STATIC / ".vite" / "manifest.json").read_text("utf-8"))
    return made


def first_load() -> set[str]:
    """Name the files that every page loads before it shows anything."""
    chunks = manifest()
    wanted = [key for key, chunk in chunks.items() if chunk.get("isEntry")]
    files = {"index.html"}
    seen: set[str] = set()
    while wanted:
        key = wanted.pop()
        if key in seen:
            continue
        seen.add(key)
        files |= {chunks[key]["file"], *chunks[key].get("css", [])}
        wanted += chunks[key].get("imports", [])
    return files


def compressed(files: set[str]) -> int:
    """Add up what files of the dashboard weigh on the wire."""
    return sum(len(gzip.compress((STATIC / name).read_bytes(), 6)) for name in files)


def text_files() -> list[tuple[str, str]]:
    """Read what was built, except pictures."""
    kinds = {".js", ".css", ".html", ".svg", ".json"}
    return [
        (path.relative_to(STATIC).as_posix(), path.read_text("utf-8"))
        for path in sorted(STATIC.rglob("*"))
        if path.suffix in kinds
    ]


def sources() -> list[tuple[str, str]]:
    """Read the TypeScript of the dashboard, without what is generated."""
    return [
        (path.relative_to(UI).as_posix(), path.read_text("utf-8"))
        for path in sorted((UI / "src").rglob("*.ts*"))
        if path.relative_to(UI).as_posix() != "src/api/schema.ts"
    ]
