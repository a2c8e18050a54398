"""Pages as the tests of the documentation see them: programs, commands, tables, links.

An HTML comment in the line above a block says what is special about it:

    <!-- file: hello.py -->   the block is that file; a console block runs it
    <!-- fragment -->         it is no program by itself: it must compile, and is not run
    <!-- exit: 1 -->          the last command of the block ends with that code
    <!-- checked: settings --> the table below is compared with the code

The other Python blocks of a page are one program, in their order.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from penstock._ids import _ADJECTIVES, _NOUNS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FOLDERS = ("tutorial", "howto", "reference", "explanation")

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NOTE = re.compile(r"<!-- (.*) -->\n\Z")
_RUN_NAME = rf"\b(?:{'|'.join(_ADJECTIVES)})-(?:{'|'.join(_NOUNS)})(?:-\d+)?\b"


class Block(NamedTuple):
    """A fenced block."""

    language: str
    text: str
    line: int
    note: str  #: the comment above it, or ""

    def fact(self, name: str) -> str | None:
        """Give what the comment says under a name, as `hello.py` for `file`."""
        key, _, value = self.note.partition(": ")
        return value if key == name else None


class Command(NamedTuple):
    """A command of a console block, and what it is said to print."""

    words: list[str]
    shown: list[str]
    exit_code: int


class Page(NamedTuple):
    """One Markdown file."""

    name: str
    text: str

    @property
    def path(self) -> Path:
        """Where it is."""
        return ROOT / self.name

    def blocks(self, language: str | None = None) -> list[Block]:
        """List its fenced blocks, or those of one language."""
        found = []
        for match in _FENCE.finditer(self.text):
            above = self.text[: match.start()]
            note = _NOTE.search(above)
            line = above.count("\n") + 1
            found.append(Block(match[1], match[2], line, note[1] if note else ""))
        return [block for block in found if language in {None, block.language}]

    def commands(self) -> Iterator[Command]:
        """List the commands of its console blocks."""
        for block in self.blocks("console"):
            parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
            for number, part in enumerate(parts, 1):
                line, *shown = part.rstrip("\n").split("\n")
                is_last = number == len(parts)
                exit_code = int(block.fact("exit") or 0) if is_last else 0
                yield Command(line.split(), shown, exit_code)

    def prose(self) -> str:
        """Give the text without blocks and comments, line by line as it was."""
        text = _FENCE.sub(lambda match: "\n" * match[0].count("\n"), self.text)
        return re.sub(r"<!--.*?-->", "", text)

    def table(self, name: str) -> list[list[str]]:
        """Give the cells of the table below `<!-- checked: name -->`, without its head."""
        _, _, rest = self.text.partition(f"<!-- checked: {name} -->\n")
        rows = []
        for line in rest.split("\n"):
            if not line.startswith("|"):
                break
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        return rows[2:]

    def anchors(self) -> set[str]:
        """List what a link may name after `#`."""
        headings = re.findall(r"^#+ (.*)$", self.prose(), flags=re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in headings}


def pages() -> list[Page]:
    """List the README and all pages of the documentation but the decision records."""
    paths = [ROOT / "README.md", ROOT / "docs" / "README.md"]
    for folder in FOLDERS:
        paths += sorted((ROOT / "docs" / folder).glob("**/*.md"))
    return [Page(str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in paths]


def page(name: str) -> Page:
    """Give one page."""
    return next(one for one in pages() if one.name == name)


def blurred(line: str) -> str:
    """Take out of a line of output what differs from run to run."""
    line = re.sub(r"\b\d\d:\d\d:\d\d(\.\d+)?", "<time>", line)
    line = re.sub(r"\b\d{4}-\d\d-\d\d\b", "<date>", line)
    line = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<id>", line)
    line = re.sub(r"^(Process +)\d+ on \S+$", r"\1<process>", line)
    line = re.sub(_RUN_NAME, "<name>", line)
    line = re.sub(r"<?\b\d+(\.\d+)? (ms|s|min)\b", "<duration>", line)
    return " ".join(line.split())


def agree(shown: list[str], printed: list[str]) -> bool:
    """Tell whether a page shows what was printed; a line `…` stands for any lines."""
    pattern = "".join(
        r"(?:.*\n)*" if line == "…" else re.escape(blurred(line)) + r"\n" for line in shown
    )
    return re.fullmatch(pattern, "".join(f"{blurred(line)}\n" for line in printed)) is not None
