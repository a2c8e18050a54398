"""Live progress at the bottom of a terminal, below what the run prints.

Standard output and error go through here while it is shown: the region is wiped,
the text written as it is, and the region painted again when the text has ended
its line. So half a line, a progress bar of somebody else's or a prompt stay whole.
"""

from __future__ import annotations

import builtins
import os
import sys
import threading
import time
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any, Final, Self, TextIO

from penstock._cli.output import Screen, state_style
from penstock.states import FINAL, StateType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from penstock._cli.output import Piece
    from penstock._cli.watch import Snapshot, Watch

__all__ = ["Live", "shown"]

_EVERY_SECONDS: Final = 0.125
#: A run that ends sooner leaves the terminal alone.
_FIRST_AFTER: Final = 0.4
_BAR_WIDTH: Final = 30
#: The order of the bar and of the counts.
_ORDER: Final = (
    StateType.COMPLETED,
    StateType.FAILED,
    StateType.CRASHED,
    StateType.CANCELLED,
    StateType.RUNNING,
    StateType.SCHEDULED,
    StateType.PENDING,
)

#: What is shown now, if anything is.
_shown: list[Live] = []


def _can_show() -> bool:
    """Tell whether both streams end in a terminal that can be painted on."""
    if not (sys.stdout.isatty() and sys.stderr.isatty()):
        return False
    console = Screen(sys.stderr).console
    return not (console.is_dumb_terminal or console.legacy_windows)


@contextmanager
def shown(watch: Watch, *, quiet: bool, as_json: bool) -> Iterator[None]:
    """Show how far a run has come where somebody looks; keep output free for JSON."""
    if as_json:
        with redirect_stdout(sys.stderr):
            yield
    elif not quiet and _can_show():
        with Live(watch):
            yield
    else:
        yield


class _Through:
    """A stream that makes room for what is written to it."""

    def __init__(self, live: Live, stream: TextIO) -> None:
        self._live = live
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, with the region out of the way."""
        return self._live.write_through(self._stream, text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write one after the other."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Live:
    """Shows how far a run has come. Used as `with Live(watch):`."""

    def __init__(self, watch: Watch) -> None:
        """Prepare it; nothing is shown yet."""
        self._watch = watch
        self._screen = Screen(sys.stderr)
        # A thread and the run's own threads write: one at a time.
        self._lock = threading.RLock()
        #: the region as it was last painted, and how many lines of it are on the screen
        self._region = ""
        self._painted = 0
        self._line_has_ended = True
        #: False: what is written passes through, and nothing is painted
        self._is_on = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_painting, daemon=True)
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        self._saved = (sys.stdout, sys.stderr, builtins.input)
        sys.stdout = _Through(self, self._saved[0])
        sys.stderr = _Through(self, self._saved[1])
        # Python's own prompt goes past sys.stdout.
        builtins.input = self._input
        self._watch.counts_tasks = True
        self._is_on = True
        _shown.append(self)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        with self._lock:
            self._wipe()
            # A log handler may keep our stream, and write to it later.
            self._is_on = False
        _shown.remove(self)
        sys.stdout, sys.stderr, builtins.input = self._saved

    def write_through(self, stream: TextIO, text: str) -> int:
        """Write a text of the run's where the region has stood."""
        with self._lock:
            self._wipe()
            written = stream.write(text)
            if text:
                self._line_has_ended = text.endswith("\n")
                if self._line_has_ended and self._is_on:
                    # At once, or a run that logs much would hide it all the time.
                    stream.flush()
                    self._put(self._region)
            return written

    def leave_to_parent(self) -> None:
        """Paint no more: this is a forked child, whose copy of the lock may be held for ever."""
        self._lock = threading.RLock()
        self._is_on = False
        self._painted = 0

    def _input(self, prompt: object = "", /) -> str:
        with self._lock:
            self._wipe()
            self._is_on = False
        try:
            return self._saved[2](prompt)
        finally:
            self._line_has_ended = True
            self._is_on = not self._stop.is_set()

    def _keep_painting(self) -> None:
        pause = _FIRST_AFTER
        while not self._stop.wait(pause):
            pause = _EVERY_SECONDS
            with self._lock:
                if self._line_has_ended and self._is_on:
                    self._paint()

    def _wipe(self) -> None:
        if self._painted:
            self._screen.stream.write(f"\x1b[{self._painted}A\r\x1b[J")
            self._screen.stream.flush()
            self._painted = 0

    def _paint(self) -> None:
        from rich.text import Text  # noqa: PLC0415 - only for a terminal

        snapshot = self._watch.snapshot()
        if not snapshot.run_name:
            return
        console = self._screen.console
        console.width = self._screen.width
        with console.capture() as captured:
            for line in self._describe(snapshot):
                console.print(Text.assemble(*line), no_wrap=True, overflow="ellipsis")
        self._region = captured.get()
        self._put(self._region)

    def _put(self, region: str) -> None:
        """Put the region where it belongs, in one piece so that it does not flicker."""
        above = f"\x1b[{self._painted}A\r\x1b[J" if self._painted else ""
        self._screen.stream.write(above + region)
        self._screen.stream.flush()
        self._painted = region.count("\n")

    def _describe(self, snapshot: Snapshot) -> list[list[str | Piece]]:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        head: list[str | Piece] = [
            (snapshot.flow_name, "bold"),
            f" {snapshot.run_name}  ",
            *self._bar(snapshot),
            f"  {snapshot.ended}/{snapshot.total}  {minutes}:{seconds:02d}",
        ]
        counts: list[str | Piece] = ["  "]
        for state in _ORDER:
            count = snapshot.counts.get(state, 0)
            if count:
                counts += [(f"{count:,} {state.lower()}", state_style(state)), "  "]
        lines = [head]
        if len(counts) > 1:
            lines.append(counts)
        if snapshot.running:
            lines.append([("  now: " + ", ".join(snapshot.running), "dim")])
        return lines

    def _bar(self, snapshot: Snapshot) -> list[Piece]:
        """Divide the bar as the states divide the task runs; what is done comes first."""
        is_unicode = (self._screen.stream.encoding or "").lower().startswith("utf")
        full, empty = ("━", "─") if is_unicode else ("#", "-")
        total = max(snapshot.total, 1)
        pieces: list[Piece] = []
        filled = seen = 0
        for state in _ORDER:
            seen += snapshot.counts.get(state, 0)
            upto = seen * _BAR_WIDTH // total
            if upto > filled:
                mark = full if state in FINAL or state is StateType.RUNNING else empty
                pieces.append((mark * (upto - filled), state_style(state)))
                filled = upto
        pieces.append((empty * (_BAR_WIDTH - filled), "dim"))
        return pieces


def _leave_to_parent() -> None:
    for live in _shown:
        live.leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
