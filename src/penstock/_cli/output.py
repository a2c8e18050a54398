"""How commands write: fitted and coloured on a terminal, plain and whole elsewhere.

Everything a command says goes through a `Screen`. The invariant: what is piped has
no colours, is never cut, and looks the same on every machine.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TextIO

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "Column",
    "Line",
    "Piece",
    "Screen",
    "Table",
    "plain",
    "print_json",
    "say_error",
    "state_style",
]

#: Text with a style, in rich's words: ("Failed", "red").
Piece = tuple[str, str]
#: A line: text, or pieces that follow each other.
Line = str | Sequence[str | Piece]

_STATE_STYLES: Final = {
    "COMPLETED": "green",
    "FAILED": "red",
    "CRASHED": "magenta",
    "CANCELLED": "yellow",
    "CANCELLING": "yellow",
    "RUNNING": "cyan",
    "PAUSED": "yellow",
}
_GAP: Final = "  "
#: A column that gives way is not made narrower than this.
_NARROWEST: Final = 8


def state_style(state_type: str) -> str:
    """Give the colour of a state; those who have not begun have none."""
    return _STATE_STYLES.get(state_type, "dim")


def plain(line: Line) -> str:
    """Give a line's text without its styles."""
    if isinstance(line, str):
        return line
    return "".join(piece if isinstance(piece, str) else piece[0] for piece in line)


class Screen:
    """Standard output (or error): a terminal, or something else."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Take a stream; standard output by default."""
        self.stream: TextIO = sys.stdout if stream is None else stream
        self.is_terminal = self.stream.isatty()
        self._console: Console | None = None

    @property
    def width(self) -> int:
        """Columns of the terminal."""
        return shutil.get_terminal_size().columns

    @property
    def console(self) -> Console:
        """What writes to a terminal: it knows NO_COLOR, dumb terminals and Windows."""
        if self._console is None:
            from rich.console import Console  # noqa: PLC0415 - 40 ms, only for a terminal

            self._console = Console(file=self.stream, highlight=False, width=self.width)
        return self._console

    def line(self, line: Line = "", *, cut: bool = False, hang: int = 0) -> None:
        """Write a line.

        Args:
            line: its text, or styled pieces.
            cut: on a terminal, end it with an ellipsis instead of breaking it.
            hang: on a terminal, break it between words, and indent what follows so far.
        """
        if not self.is_terminal:
            self.stream.write(f"{plain(line)}\n")
            return
        from rich.text import Text  # noqa: PLC0415 - as above

        text = Text.assemble(line) if isinstance(line, str) else Text.assemble(*line)
        if hang and self.width > hang + _NARROWEST:
            head, tail = text[:hang], text[hang:]
            for number, part in enumerate(tail.wrap(self.console, self.width - hang)):
                front = Text(" " * hang) if number else head
                self.console.print(front + part, no_wrap=True, overflow="ellipsis")
        elif cut:
            self.console.print(text, no_wrap=True, overflow="ellipsis")
        else:
            self.console.print(text, soft_wrap=True)

    def lines(self, text: str, style: str = "") -> None:
        """Write a text of several lines, each whole."""
        for line in text.rstrip("\n").split("\n"):
            self.line([(line, style)])


class Column(NamedTuple):
    """One column of a table."""

    title: str
    right: bool = False  #: align to the right
    gives_way: bool = False  #: is cut first when the terminal is narrow


class Table:
    """Rows under titles. Ends of lines inside of a cell are shown as spaces."""

    def __init__(self, *columns: Column, note: str | None = None, note_style: str = "red") -> None:
        """Make an empty one.

        Args:
            *columns: from left to right.
            note: title of the notes; a note stands below its row on a terminal, and
                in a last column elsewhere.
            note_style: how notes look on a terminal.
        """
        self._columns = columns
        self._note = note
        self._note_style = note_style
        self._rows: list[tuple[list[Piece], str]] = []

    def row(self, *cells: str | Piece, note: str | None = None) -> None:
        """Add a row."""
        pieces = [_cell(cell) for cell in cells]
        self._rows.append((pieces, " ".join((note or "").split())))

    def write(self, screen: Screen) -> None:
        """Write it."""
        if screen.is_terminal:
            self._write_fitted(screen)
        else:
            self._write_whole(screen)

    def _write_whole(self, screen: Screen) -> None:
        titles = [column.title for column in self._columns]
        rows = [[text for text, _ in cells] for cells, _ in self._rows]
        columns = self._columns
        if self._note is not None:
            columns = (*columns, Column(self._note))
            titles.append(self._note)
            for row, (_, note) in zip(rows, self._rows, strict=True):
                row.append(note)
        lines = [titles, *rows]
        widths = [max(len(line[at]) for line in lines) for at in range(len(columns))]
        for line in lines:
            padded = [
                text.rjust(width) if column.right else text.ljust(width)
                for text, width, column in zip(line, widths, columns, strict=True)
            ]
            screen.line(_GAP.join(padded).rstrip())

    def _write_fitted(self, screen: Screen) -> None:
        titles: list[Piece] = [(column.title, "bold") for column in self._columns]
        lines = [titles, *(cells for cells, _ in self._rows)]
        widths = self._fit(lines, screen.width)
        notes = ["", *(note for _, note in self._rows)]
        for cells, note in zip(lines, notes, strict=True):
            line: list[str | Piece] = []
            for (text, style), width, column in zip(cells, widths, self._columns, strict=True):
                line += [(_pad(text, width, right=column.right), style), _GAP]
            screen.line(line[:-1], cut=True)
            if note:
                screen.line([(f"{_GAP}{_GAP}{note}", self._note_style)], cut=True)

    def _fit(self, lines: Sequence[Sequence[Piece]], width: int) -> list[int]:
        """Give the columns their widths; those that give way share what is missing."""
        from rich.cells import cell_len  # noqa: PLC0415 - only for a terminal

        widths = [max(cell_len(line[at][0]) for line in lines) for at in range(len(self._columns))]
        missing = sum(widths) + len(_GAP) * (len(widths) - 1) - width
        while missing > 0:
            room = [
                (have, at)
                for at, have in enumerate(widths)
                if self._columns[at].gives_way and have > _NARROWEST
            ]
            if not room:
                break
            _, at = max(room)
            widths[at] -= 1
            missing -= 1
        return widths


def _cell(cell: str | Piece) -> Piece:
    text, style = (cell, "") if isinstance(cell, str) else cell
    # Spaces in front are a tree's indentation and stay.
    return text.replace("\r", " ").replace("\n", " ").rstrip(), style


def _pad(text: str, width: int, *, right: bool) -> str:
    """Bring a text to a width, as a terminal counts it."""
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415 - only for a terminal

    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…"
    space = " " * (width - length)
    return space + text if right else text + space


def print_json(value: Any) -> None:
    """Write the one JSON document of a command."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def say_error(message: str) -> None:
    """Say in one line on standard error what went wrong and what to do."""
    screen = Screen(sys.stderr)
    screen.line([("Error:", "bold red"), " ", " ".join(message.split("\n"))])
