"""`penstock run`: what it loads, what it calls, and how it ends."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

ONE = """\
import datetime
from penstock import flow, task

@task
def double(n):
    if n < 0:
        raise ValueError("n is negative")
    return n * 2

@flow
def etl(n: int = 1, day: datetime.date | None = None, code: str = "x"):
    print(f"n={n!r} day={day!r} code={code!r} in {__name__}")
    return double(n)
"""
TWO = (
    ONE
    + """
@flow
def other():
    print("the other")
"""
)
SCRIPT = (
    ONE
    + """
if __name__ == "__main__":
    import sys
    etl(len(sys.argv[1:]))
    etl(10)
"""
)


def test_a_file_with_one_flow_needs_no_name(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    write("one.py", ONE)

    said = penstock("run", "one.py")

    assert said.code == 0
    assert said.out == "n=1 day=None code='x' in one\n"


def test_parameters_are_json_or_text_and_then_what_the_annotation_says(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    write("one.py", ONE)

    said = penstock("run", "one.py:etl", "-p", "n=3", "--param", "day=2026-03-01", "-p", "code=007")

    assert said.out == "n=3 day=datetime.date(2026, 3, 1) code='007' in one\n"


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        ("n=many", "flow 'etl': parameter 'n' must be int"),
        ("nix=1", "flow 'etl': got an unexpected keyword argument 'nix'. It takes (n"),
        ("n", "write name=value"),
    ],
)
def test_a_parameter_that_does_not_fit_is_wrong_use(
    penstock: Callable[..., Said],
    write: Callable[[str, str], str],
    parameter: str,
    words: str,
) -> None:
    write("one.py", ONE)

    said = penstock("run", "one.py", "--param", parameter)

    assert said.code == 2
    assert words in said.err
    assert said.err.count("\n") == 1
    assert penstock("flow-run", "ls", "--json").json() == []


def test_several_flows_are_named_and_none_is_guessed(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    write("two.py", TWO)

    unclear, clear = penstock("run", "two.py"), penstock("run", "two.py:other")

    assert unclear.code == 2
    assert "has 2 flows: etl, other. Say which: penstock run two.py:etl" in unclear.err
    assert clear.out == "the other\n"


def test_a_main_block_runs_as_python_would_run_it(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    write("script.py", SCRIPT)

    script, flow = penstock("run", "script.py", "--", "-a", "b"), penstock("run", "script.py:etl")

    assert script.out.splitlines() == [
        "n=2 day=None code='x' in __main__",
        "n=10 day=None code='x' in __main__",
    ]
    assert flow.out == "n=1 day=None code='x' in script\n"


def test_a_file_that_calls_its_flow_itself_runs_it_once(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    write("unguarded.py", ONE + "\netl(5)\n")

    said = penstock("run", "unguarded.py")

    assert said.out == "n=5 day=None code='x' in unguarded\n"
    assert len(penstock("flow-run", "ls", "--json").json()) == 1


def test_a_module_is_found_from_the_current_folder(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    write("company/__init__.py", "")
    write("company/names.py", "NAME = 'Ada'\n")
    write(
        "company/flows.py",
        "from penstock import flow\nfrom .names import NAME\n\n"
        "@flow\ndef hello():\n    print(NAME, __name__)\n",
    )

    by_name = penstock("run", "company.flows:hello")
    by_path = penstock("run", f"company{os.sep}flows.py")

    assert by_name.out == by_path.out == "Ada company.flows\n"


def test_what_the_file_defines_can_be_pickled(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    text = """\
import pickle
from penstock import flow

class Point:
    pass

@flow
def f():
    pickle.loads(pickle.dumps(Point()))
    print("pickled in", __name__)
"""
    write("points.py", text)
    write("points_script.py", text + "\nif __name__ == '__main__':\n    f()\n")

    assert penstock("run", "points.py").out == "pickled in points\n"
    assert penstock("run", "points_script.py").out == "pickled in __main__\n"


def test_a_file_named_like_a_standard_module_does_not_take_its_place(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    write("logging.py", "from penstock import flow\n@flow\ndef f():\n    print('ran')\n")

    assert penstock("run", "logging.py").out == "ran\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def x(:\n", "x.py:1: SyntaxError: invalid syntax"),
        ("\nimport nothere_at_all\n", "x.py:2: ModuleNotFoundError: No module named 'nothere_at"),
        ("from penstock import nix\n", "x.py:1: ImportError: cannot import name 'nix'"),
        ("a = 1\n", "x.py: has no flow. Decorate a function with @flow."),
        (
            "from penstock import task\n@task(retries=-1)\ndef t(): pass\n",
            "task 't': retries=-1 cannot be",
        ),
        (
            "import nothere_at_all\nif __name__ == '__main__':\n    print()\n",
            "x.py:1: ModuleNotFoundError",
        ),
    ],
)
def test_a_file_that_does_not_load_is_told_in_one_sentence(
    penstock: Callable[..., Said], write: Callable[[str, str], str], text: str, words: str
) -> None:
    write("x.py", text)

    said = penstock("run", "x.py")

    assert said.code == 2
    assert words in said.err
    assert said.err.count("\n") == 1


def test_any_other_error_while_loading_shows_the_users_lines(
    penstock: Callable[..., Said], write: Callable[[str, str], str], tmp_path: Path
) -> None:
    write("x.py", "import y\n")
    write("y.py", "def f():\n    return {}['key']\n\nf()\n")

    said = penstock("run", "x.py")

    assert said.code == 2
    assert [line.strip() for line in said.err.splitlines() if "File" in line] == [
        f'File "{tmp_path / name}", line {line}, in {where}'
        for name, line, where in [
            ("x.py", 1, "<module>"),
            ("y.py", 4, "<module>"),
            ("y.py", 2, "f"),
        ]
    ]
    assert said.err.splitlines()[-1].endswith("did not load (KeyError: 'key').")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("nix.py", "nix.py: there is no such file."),
        ("nix:flow", "nix: there is no such module or file."),
        ("one.py:nix", "there is no flow 'nix' in it. Its flows: etl."),
        (".", ".: is a folder"),
    ],
)
def test_a_target_that_is_not_there_is_wrong_use(
    penstock: Callable[..., Said], write: Callable[[str, str], str], target: str, words: str
) -> None:
    write("one.py", ONE)

    said = penstock("run", target)

    assert said.code == 2
    assert words in said.err


def test_a_failed_flow_ends_with_the_users_traceback_and_names_the_task(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    path = write("one.py", ONE)

    said = penstock("run", "one.py", "-p", "n=-1")

    assert said.code == 1
    traceback = said.err[said.err.index("Traceback") :]
    files = [line.split('"')[1] for line in traceback.splitlines() if line.startswith("  File")]
    assert files == [path, path]
    last = traceback.splitlines()[-1]
    assert last.startswith("Task run 'double-0' of flow run")
    assert last.endswith("ValueError: n is negative")


def test_the_errors_behind_an_error_show_no_frames_of_the_engine(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    text = """\
from penstock import flow, task

@task
def first():
    raise ValueError("broken")

@task
def second(value):
    return value

@flow
def f():
    return second.submit(first.submit())
"""
    path = write("x.py", text)

    said = penstock("run", "x.py")

    assert said.code == 1
    files = {line.split('"')[1] for line in said.err.splitlines() if line.startswith("  File")}
    assert files == {path}


def test_a_flow_that_returns_a_failed_state_has_failed(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    write(
        "x.py",
        "from penstock import flow\nfrom penstock.states import Failed\n"
        "@flow\ndef f():\n    return Failed(message='I say so')\n",
    )

    said = penstock("run", "x.py")

    assert said.code == 1
    assert said.err.splitlines()[-1] == "Error: The flow ended Failed: I say so"


def test_a_script_that_fails_outside_of_flows_fails_as_in_python(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    path = write("x.py", "if __name__ == '__main__':\n    1 / 0\n")

    said = penstock("run", "x.py")

    assert said.code == 1
    assert said.err.splitlines()[0] == "Traceback (most recent call last):"
    assert said.err.splitlines()[1] == f'  File "{path}", line 2, in <module>'
    assert said.err.splitlines()[-1] == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize(("value", "code"), [("", 0), ("0", 0), ("7", 7), ("'bye'", 1)])
def test_the_exit_code_of_a_flow_is_kept(
    penstock: Callable[..., Said], write: Callable[[str, str], str], value: str, code: int
) -> None:
    write(
        "x.py", f"import sys\nfrom penstock import flow\n@flow\ndef f():\n    sys.exit({value})\n"
    )

    assert penstock("run", "x.py").code == code


def test_an_async_flow_runs(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    write("x.py", "from penstock import flow\n@flow\nasync def f(n: int):\n    print(n + 1)\n")

    said = penstock("run", "x.py", "-p", "n=1")

    assert (said.code, said.out) == (0, "2\n")


def test_json_prints_the_flow_run_and_nothing_else(
    penstock: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    write("one.py", ONE)

    good, bad = (
        penstock("run", "one.py", "--json"),
        penstock("run", "one.py", "--json", "-p", "n=-1"),
    )

    assert good.json()["state_type"] == "COMPLETED"
    assert good.json()["parameters"] == {"n": 1, "day": None, "code": "x"}
    assert "n=1 day=None" in good.err
    assert (bad.code, bad.json()["state_type"]) == (1, "FAILED")


def test_quiet_leaves_only_what_the_flow_prints(
    shell: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    write("one.py", ONE)

    loud, quiet = shell("run", "one.py"), shell("run", "-q", "one.py")

    assert "Flow 'etl' began" in loud.err
    assert quiet.err == ""
    assert quiet.out == loud.out


def test_prefect_scripts_run_as_they_are(
    shell: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    write(
        "old.py",
        "from prefect import flow, task\n@task\ndef one():\n    return 1\n"
        "@flow\ndef f():\n    print(one() + 1)\n",
    )

    said = shell("run", "--prefect", "old.py")

    assert (said.code, said.out) == (0, "2\n"), said.err


def test_the_debugger_opens_at_the_line_that_raised(
    penstock: Callable[..., Said],
    write: Callable[[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write("one.py", ONE)
    monkeypatch.setattr(sys, "stdin", io.StringIO("p n - 41\nq\n"))

    said = penstock("run", "one.py", "--pdb", "-p", "n=-1")

    assert said.code == 1
    assert '-> raise ValueError("n is negative")' in said.out
    assert "(Pdb) -42" in said.out


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
@pytest.mark.parametrize("colour", ["", "async "])
def test_ctrl_c_cancels_the_run_and_exits_130(
    shell: Callable[..., Said],
    write: Callable[[str, str], str],
    home: Path,
    tmp_path: Path,
    colour: str,
) -> None:
    wait = "await asyncio.Event().wait()" if colour else "threading.Event().wait()"
    write(
        "x.py",
        "import asyncio, threading\nfrom penstock import flow\n"
        f"@flow\n{colour}def f():\n    print('ready', flush=True)\n    {wait}\n",
    )
    run = subprocess.Popen(
        [sys.executable, "-m", "penstock", "run", "x.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "ready\n"

    run.send_signal(signal.SIGINT)
    run.communicate(timeout=30)

    assert run.returncode == 130
    [row] = shell("flow-run", "ls", "--json").json()
    assert row["state_type"] == "CANCELLED"
