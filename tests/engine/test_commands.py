"""Programs that a run starts: what they say is in the log of the run."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penstock import flow, task
from penstock._processes import end_processes
from penstock.errors import MissingContext
from penstock.logging import arun_command, run_command
from penstock.stores.filters import FlowRunFilter, LogFilter
from penstock.testing.children import eventually
from tests.engine.recorded import recorded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.stores.rows import LogRow


def _python(text: str, *words: object) -> list[str]:
    return [sys.executable, "-c", text, *map(str, words)]


def _said(*loggers: str) -> Sequence[LogRow]:
    return recorded().store.find_logs(LogFilter(loggers=loggers or ("stdout", "stderr")), 100_000)


def test_lines_of_a_program_are_kept_in_order_with_a_level_by_stream() -> None:
    @task
    def talk() -> int:
        program = "import sys; print('one'); print('two'); print('oh', file=sys.stderr)"
        return run_command(_python(program)).returncode

    @flow
    def etl() -> int:
        return talk()

    assert etl() == 0
    assert [(row.message, row.level) for row in _said("stdout")] == [("one", 20), ("two", 20)]
    assert [(row.message, row.level) for row in _said("stderr")] == [("oh", 30)]
    assert {row.index for row in _said()} == {0}


def test_a_last_line_without_an_end_is_kept_and_what_is_written_over_is_not() -> None:
    @flow
    def etl() -> None:
        program = r"import sys; sys.stdout.write('10 %\r55 %\r100 %\r\nü €\n\nlast')"
        run_command(_python(program), env={**os.environ, "PYTHONIOENCODING": "utf-8"})

    etl()

    assert [row.message for row in _said()] == ["100 %", "ü €", "", "last"]


def test_what_is_not_in_the_encoding_is_replaced() -> None:
    @flow
    def etl() -> None:
        run_command(_python(r"import sys; sys.stdout.buffer.write(b'a\xffb\0c\n')"))
        run_command(_python(r"import sys; sys.stdout.buffer.write(b'\xfc')"), encoding="latin-1")

    etl()

    assert [row.message for row in _said()] == ["a\ufffdb␀c", "ü"]


def test_a_program_that_says_much_does_not_wait_for_anybody() -> None:
    @flow
    def etl() -> None:
        run_command(
            _python(
                "import sys\n"
                "for n in range(20_000):\n"
                "    print(n, '.' * 50)\n"
                "    print(n, '.' * 50, file=sys.stderr)"
            )
        )

    etl()

    for logger in ("stdout", "stderr"):
        numbers = [int(row.message.split()[0]) for row in _said(logger)]
        assert numbers == list(range(20_000))


def test_a_line_without_an_end_is_parted_and_nothing_of_it_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PENSTOCK_LOG_LINE_BYTES", "4000")

    @flow
    def etl() -> None:
        run_command(_python("import sys; sys.stdout.write('€' * 100_000)"), env={
            **os.environ, "PYTHONIOENCODING": "utf-8"})  # fmt: skip

    etl()

    assert "".join(row.message for row in _said()) == "€" * 100_000
    assert max(len(row.message) for row in _said()) == 1_000


def test_an_exit_code_is_an_error_with_the_last_lines_unless_told_otherwise() -> None:
    program = "import sys; [print(n, file=sys.stderr) for n in range(30)]; sys.exit(3)"

    @flow
    def careless() -> int:
        return run_command(_python(program), check=False, stderr_level=10).returncode

    @flow
    def careful() -> None:
        run_command(_python(program))

    assert careless() == 3
    assert _said() == []  # DEBUG is below the level that is kept
    with pytest.raises(subprocess.CalledProcessError) as caught:
        careful()
    assert caught.value.returncode == 3
    assert caught.value.stderr.split() == [str(n) for n in range(10, 30)]
    assert "29" in caught.value.__notes__[0]


def test_a_program_reads_nothing_and_is_started_as_asked(tmp_path: Path) -> None:
    @flow
    def etl() -> None:
        program = "import os, sys; print(os.getcwd(), os.environ['COLOUR'], repr(sys.stdin.read()))"
        run_command(_python(program), cwd=tmp_path, env={**os.environ, "COLOUR": "red"})

    etl()

    (row,) = _said()
    assert row.message == f"{tmp_path.resolve()} red ''"


def test_a_program_that_is_not_there_cannot_be_started() -> None:
    @flow
    def etl() -> None:
        run_command(["no-such-program-anywhere"])

    with pytest.raises(FileNotFoundError):
        etl()


def test_outside_of_a_run_there_is_no_log_to_write_to() -> None:
    with pytest.raises(MissingContext, match=r"subprocess\.run"):
        run_command(["true"])


def test_an_async_flow_goes_on_while_a_program_runs(tmp_path: Path) -> None:
    waits = "import pathlib, sys\nwhile not pathlib.Path(sys.argv[1]).exists(): pass\nprint('seen')"
    makes = "import pathlib, sys; pathlib.Path(sys.argv[1]).touch(); print('made')"

    @flow
    async def etl() -> None:
        await asyncio.gather(
            *(arun_command(_python(program, tmp_path / "file")) for program in (waits, makes))
        )

    asyncio.run(etl())

    assert sorted(row.message for row in _said()) == ["made", "seen"]


def test_an_isolated_task_keeps_what_its_programs_say() -> None:
    @flow
    def etl() -> None:
        _isolated()

    etl()

    assert [(row.message, row.index) for row in _said()] == [("from below", 0)]


@task(isolate=True)
def _isolated() -> None:
    run_command(_python("print('from below')"))


LIVES: str = """
import pathlib, subprocess, sys, time
if len(sys.argv) > 2:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(child.pid, flush=True)
print("began", flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_a_timeout_ends_the_program_and_what_it_has_started() -> None:
    @task(timeout_seconds=1.5)
    def slow() -> None:
        run_command(_python(LIVES, "x", "tree"))

    @flow
    def etl() -> None:
        slow()

    with pytest.raises(TimeoutError):
        etl()

    pid, began = (row.message for row in _said())
    assert began == "began"
    eventually(lambda: not Path(f"/proc/{pid}").exists(), "the end of what it started")


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_an_async_timeout_ends_the_program_and_what_it_has_started() -> None:
    @task(timeout_seconds=1.5)
    async def slow() -> None:
        await arun_command(_python(LIVES, "x", "tree"))

    @flow
    async def etl() -> None:
        await slow()

    with pytest.raises(TimeoutError):
        asyncio.run(etl())

    pid, _ = (row.message for row in _said())
    eventually(lambda: not Path(f"/proc/{pid}").exists(), "the end of what it started")


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
@pytest.mark.parametrize("where", ["flow", "task", "thread"])
def test_cancelling_ends_the_program(where: str) -> None:
    def body() -> None:
        run_command(_python(LIVES))

    work = task(body)

    @flow
    def plain() -> None:
        body() if where == "flow" else work.submit().result()

    @flow
    async def coroutine() -> None:
        await asyncio.to_thread(body)

    def cancel() -> None:
        eventually(lambda: any(row.message == "began" for row in _said()), "the program")
        store = recorded().store
        (run,) = store.find_flow_runs(FlowRunFilter(), 9)
        assert store.send_command(run.id, "cancel", "a test", 0)

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with pytest.raises(BaseException, match="test"):
        asyncio.run(coroutine()) if where == "thread" else plain()
    canceller.join()
    eventually(lambda: not _children(), "the end of the program")


def _children() -> list[str]:
    found = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "args="], check=False,
                           capture_output=True, text=True)  # fmt: skip
    return [line for line in found.stdout.splitlines() if "time.sleep(600)" in line]


@pytest.mark.skipif(sys.platform == "win32", reason="starts a shell")
def test_a_program_that_leaves_something_behind_is_not_waited_for() -> None:
    @flow
    def etl() -> None:
        run_command("sleep 30 & echo $!", shell=True)

    etl()

    (row,) = _said()
    end_processes([int(row.message)], 1.0)
    (told,) = (line for line in recorded().lines() if "still holds" in line)
    assert "may come late" in told
