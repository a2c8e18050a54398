"""Programs that a run starts, with what they say as log lines of the run.

Two threads read, one for each stream, so a program that says much never waits for us.
The invariant: whatever ends the wait (the program, a cancellation, a timeout, Ctrl-C),
the program has ended before its caller goes on.
"""

from __future__ import annotations

import os
import threading
import time
from codecs import getincrementaldecoder
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from penstock._engine.interrupt import may_wait
from penstock._engine.report import WARNING, say, write
from penstock._processes import end_command, group_options

if TYPE_CHECKING:
    from subprocess import CompletedProcess, Popen

__all__ = ["Command"]

#: How often we look whether the run is to stop, where no exception can tell us.
_LOOK_SECONDS: Final = 0.1
#: How long a program that is told to end may take before it is killed.
_GRACE_SECONDS: Final = 2.0
#: How long its streams may stay open and silent after its end: something else has them.
_LEFT_OPEN_SECONDS: Final = 1.0
_CHUNK_BYTES: Final = 65_536
#: Lines of standard error that an error repeats.
_TAIL: Final = 20


class Command:
    """A program that runs for a run."""

    def __init__(
        self, run: Any, command: Any, levels: tuple[int, int], encoding: str, options: Any
    ) -> None:
        """Start it.

        Args:
            run: whose lines its output becomes.
            command: as `subprocess.Popen` takes it.
            levels: of lines on standard output and on standard error.
            encoding: of its output.
            options: more for `subprocess.Popen`.
        """
        import subprocess  # noqa: PLC0415 - 8 ms, only where programs are started

        self._run = run
        # An isolated task's process is killed as a group: what it starts must be in it.
        group = {} if run.flow_run.process.is_isolated else group_options()
        self._process: Popen[bytes] = subprocess.Popen(  # noqa: S603 - the user's own words
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **{"stdin": subprocess.DEVNULL, "bufsize": 0, **group, **options},
        )
        self._readers = [
            _Reader(run, stream, name, level, encoding)
            for stream, name, level in zip(
                (self._process.stdout, self._process.stderr),
                ("stdout", "stderr"),
                levels,
                strict=True,
            )
        ]
        for reader in self._readers:
            reader.start()

    def wait(self) -> None:
        """Wait until it has ended and all it has said is in the log."""
        try:
            self._wait()
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """End it, and what it has started; it may finish what it is at."""
        end_command(self._process, _GRACE_SECONDS)
        for reader in self._readers:
            reader.join(_LEFT_OPEN_SECONDS)

    def outcome(self, *, check: bool) -> CompletedProcess[bytes]:
        """Say how it ended.

        Raises:
            CalledProcessError: `check`, and its exit code is not 0.
        """
        import subprocess  # noqa: PLC0415 - it is loaded

        for reader in self._readers:
            if reader.error is not None:
                raise reader.error
        code = self._process.wait()
        if check and code:
            said = "\n".join(self._readers[1].tail)
            error = subprocess.CalledProcessError(code, self._process.args, None, said)
            if said:
                error.add_note(f"The end of its standard error:\n{said}")
            raise error
        return subprocess.CompletedProcess(self._process.args, code)

    def _wait(self) -> None:
        for reader in self._readers:
            while reader.is_alive() and self._process.poll() is None:
                self._look()
                reader.join(_LOOK_SECONDS)
        while self._process.poll() is None:
            # Its streams are closed, and it goes on.
            self._look()
            time.sleep(_LOOK_SECONDS / 10)
        self._wait_for_readers()

    def _wait_for_readers(self) -> None:
        """Wait for the rest of what it has said, unless something else goes on holding that."""
        ended = time.monotonic()
        for reader in self._readers:
            while reader.is_alive() and (
                time.monotonic() - max(reader.heard, ended) < _LEFT_OPEN_SECONDS
            ):
                self._look()
                reader.join(_LOOK_SECONDS)
        held = [reader.name for reader in self._readers if reader.is_alive()]
        if held:
            say(
                self._run,
                WARNING,
                f"{self._process.args!r} has ended, but something that it has started still "
                f"holds its {' and '.join(held)}; lines of that may come late.",
            )

    def _look(self) -> None:
        """Stop where the run is to stop, if this thread is none that is told of it."""
        run = self._run.flow_run
        if run.process.is_isolated or run.stopped is None:
            return
        here = threading.get_ident()
        if here != run.thread and here not in run.executing:
            raise type(run.stopped)(*run.stopped.args)


may_wait(Command._wait)  # noqa: SLF001 - ours
may_wait(Command._wait_for_readers)  # noqa: SLF001 - ours


class _Reader(threading.Thread):
    """Makes log lines of what comes out of a stream."""

    def __init__(self, run: Any, stream: Any, name: str, level: int, encoding: str) -> None:
        super().__init__(name=name, daemon=True)
        self._run = run
        self._stream = stream
        self._level = level
        self._decoder = getincrementaldecoder(encoding)("replace")
        #: when the stream was last heard of
        self.heard = time.monotonic()
        #: why lines could not be logged
        self.error: Exception | None = None
        self.tail: deque[str] = deque(maxlen=_TAIL)

    def run(self) -> None:
        """Read until the stream ends."""
        rest = ""
        # Longer ones would be cut; parted, nothing of them is lost.
        longest = max(1, self._run.flow_run.process.short_line)
        with self._stream:
            while chunk := os.read(self._stream.fileno(), _CHUNK_BYTES):
                self.heard = time.monotonic()
                *lines, rest = (rest + self._decoder.decode(chunk)).split("\n")
                for line in lines:
                    self._log(line)
                while len(rest) > longest:
                    self._log(rest[:longest])
                    rest = rest[longest:]
        rest += self._decoder.decode(b"", final=True)
        if rest:
            self._log(rest)

    def _log(self, line: str) -> None:
        # Of a line that the program has written over and over, what a terminal would show.
        line = line.rstrip("\r").rpartition("\r")[2]
        self.tail.append(line)
        if self.error is None and self._level >= self._run.flow_run.process.log_level:
            try:
                write(self._run, self._level, self.name, line)
            except Exception as error:  # noqa: BLE001 - the program must not wait for a reader
                self.error = error
