"""`penstock flow-run resume`, `retry`, `cancel` and `why`, as people call them."""

from __future__ import annotations

import json
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from penstock.testing.children import eventually, nursery

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from penstock.testing.children import Child
    from tests.cli.conftest import Said

#: A script as people write them: it calls its flow at its end, and fails until a file is there.
SCRIPT = """
import os
from penstock import flow, task

@task
def load(number):
    print("load", number)
    return number

@task
def check(number):
    if not os.path.exists("mended"):
        raise ValueError("not yet")
    return number

@flow
def etl(number=1):
    return check(load(number))

etl()
"""
WAITS = """
import threading
from penstock import flow, task

@task
def waits():
    print("here")
    threading.Event().wait(60)

@flow
def etl():
    waits()

etl()
"""


@pytest.fixture
def fail(
    shell: Callable[..., Said], write: Callable[[str, str], str], tmp_path: Path
) -> Callable[..., None]:
    """Have a script fail, and mend what was wrong; `latest` is its run."""

    def fail(text: str = SCRIPT, name: str = "etl.py", *arguments: str) -> None:
        write(name, text)
        said = shell("run", name, *arguments)
        assert said.code == 1, said.err
        (tmp_path / "mended").touch()

    return fail


def inspect(shell: Callable[..., Said]) -> Any:
    return shell("flow-run", "inspect", "latest", "--json").json()


# What works


@pytest.mark.parametrize("command", ["resume", "retry"])
def test_a_script_without_a_main_block_goes_on(
    command: str, fail: Callable[..., None], shell: Callable[..., Said]
) -> None:
    fail()

    said = shell("flow-run", command, "latest")

    assert (said.code, said.out) == (0, ""), said.err
    assert "Goes on after attempt 1: 1 of 2 calls had finished." in said.err
    run = inspect(shell)
    assert (run["state_name"], run["attempt"]) == ("Completed", 2)
    assert len(json.loads(shell("flow-run", "ls", "--json").out)) == 1


def test_json_is_the_run_and_nothing_else(
    fail: Callable[..., None], shell: Callable[..., Said]
) -> None:
    fail(SCRIPT.replace("    return check", '    print("from the flow")\n    return check'))

    said = shell("flow-run", "resume", "latest", "--json")

    assert said.code == 0, said.err
    assert said.json()["state_name"] == "Completed"
    assert "from the flow" in said.err


def test_a_quiet_resume_says_nothing(fail: Callable[..., None], shell: Callable[..., Said]) -> None:
    fail()

    assert shell("flow-run", "resume", "latest", "--quiet") == (0, "", "")


def test_a_script_sees_its_own_arguments(
    fail: Callable[..., None], shell: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    text = SCRIPT.replace("etl()\n", "import sys\netl(int(sys.argv[1]))\n")
    fail(text, "etl.py", "--", "7")

    said = shell("flow-run", "retry", "latest", "--from", "load")

    assert (said.code, said.out) == (0, "load 7\n"), said.err


def test_a_run_goes_on_from_wherever_the_command_is_called(
    fail: Callable[..., None], shell: Callable[..., Said], tmp_path: Path
) -> None:
    fail(SCRIPT.replace("return number\n\n@flow", "return os.getcwd()\n\n@flow"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    said = shell("flow-run", "resume", "latest", cwd=str(elsewhere))

    # Its file says whether it is mended, and lies in the folder it was started in.
    assert said.code == 0, said.err


def test_a_module_of_a_package_goes_on(
    write: Callable[[str, str], str], tmp_path: Path, home: Path, shell: Callable[..., Said]
) -> None:
    write("company/__init__.py", "")
    write("company/tables.py", "WORD = 'a'\n")
    text = SCRIPT.replace("import os\n", "import os\nfrom company.tables import WORD\n")
    write("company/flows.py", text.replace("etl()\n", 'if __name__ == "__main__":\n    etl()\n'))
    with nursery(tmp_path) as children:
        assert children.start("-m", "company.flows").end() == 1
    (tmp_path / "mended").touch()

    said = shell("flow-run", "resume", "latest")

    assert (said.code, said.out) == (0, ""), said.err
    assert "1 of 2 calls had finished" in said.err


def test_values_of_the_scripts_own_classes_are_handed_back(
    write: Callable[[str, str], str], tmp_path: Path, shell: Callable[..., Said]
) -> None:
    text = SCRIPT.replace("@task\ndef load", "class Row:\n    pass\n\n@task\ndef load", 1)
    text = text.replace("    return number\n\n@task", "    return Row()\n\n@task", 1)
    text = text.replace("    return number\n\n@flow", "    return type(number) is Row\n\n@flow")
    text = text.replace("    return check(load(number))", "    print(check(load(number)))")
    write("etl.py", text)
    with nursery(tmp_path) as children:
        assert children.start("etl.py").end() == 1  # so its classes are those of __main__
    (tmp_path / "mended").touch()

    said = shell("flow-run", "resume", "latest")

    assert (said.code, said.out) == (0, "True\n"), said.err


def test_an_async_flow_goes_on(fail: Callable[..., None], shell: Callable[..., Said]) -> None:
    text = SCRIPT.replace("def etl", "async def etl").replace("etl()\n", "")
    fail(text + 'if __name__ == "__main__":\n    import asyncio\n    asyncio.run(etl())\n')

    said = shell("flow-run", "resume", "latest")

    assert (said.code, said.out) == (0, ""), said.err


def test_a_run_that_fails_again_exits_with_one(
    fail: Callable[..., None], shell: Callable[..., Said], tmp_path: Path
) -> None:
    fail()
    (tmp_path / "mended").unlink()

    said = shell("flow-run", "retry", "latest", "--json")

    assert said.code == 1
    assert said.json()["state_name"] == "Failed"
    assert "ValueError: not yet" in said.err


# What is refused, with exit code 2, one sentence, and nothing executed


def refuses(shell: Callable[..., Said], *arguments: str) -> str:
    """Call a command that is refused; give what it says."""
    said = shell("flow-run", *arguments)
    assert said.code == 2, said
    assert said.out == ""
    assert said.err.startswith("Error: "), said.err
    assert said.err.count("\n") == 1, said.err
    assert "Traceback" not in said.err
    return said.err.removeprefix("Error: ").rstrip()


@pytest.mark.parametrize("command", ["resume", "retry", "cancel"])
@pytest.mark.parametrize("flow_run", ["nobody", "latest", "01987f3a"])
def test_a_run_that_is_not_there(
    command: str, flow_run: str, penstock: Callable[..., Said]
) -> None:
    said = refuses(penstock, command, flow_run)

    there = "`penstock flow-run ls` lists those there are."
    assert said == f"There is no flow run {flow_run!r}. {there}"


def test_why_of_a_task_run_that_is_not_there(penstock: Callable[..., Said]) -> None:
    said = penstock("why", "clean-1")

    assert (said.code, said.out) == (2, "")
    assert "There is no task run 'clean-1'." in said.err


def test_a_completed_run(fail: Callable[..., None], shell: Callable[..., Said]) -> None:
    fail()
    shell("flow-run", "resume", "latest")

    said = refuses(shell, "resume", "latest")

    assert "cannot be resumed: it has completed; name a task" in said
    again = shell("flow-run", "resume", "latest", "--from", "check")
    assert again.code == 0, again.err


def test_a_nested_run(fail: Callable[..., None], shell: Callable[..., Said]) -> None:
    fail(SCRIPT.replace("etl()\n", "@flow\ndef outer():\n    etl()\n\nouter()\n"))
    (nested,) = [
        run for run in shell("flow-run", "ls", "--json").json() if run["flow_name"] == "etl"
    ]

    said = refuses(shell, "resume", nested["id"])

    assert f"another has called it; resume that one, {nested['parent_flow_run_id']}" in said


def test_a_wrong_name_after_from(fail: Callable[..., None], shell: Callable[..., Said]) -> None:
    fail()

    said = refuses(shell, "resume", "latest", "--from", "loat")

    assert "there is no task 'loat' in it; it has 'check', 'load'" in said
    assert inspect(shell)["attempt"] == 1


def test_a_file_that_is_gone(
    fail: Callable[..., None], shell: Callable[..., Said], tmp_path: Path
) -> None:
    fail()
    (tmp_path / "etl.py").unlink()

    assert refuses(shell, "resume", "latest").endswith(
        "etl.py: is not there any more, and the flow was in it."
    )


def test_a_flow_that_has_another_name_now(
    fail: Callable[..., None], shell: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    fail()
    write("etl.py", SCRIPT.replace("etl(", "nightly("))

    assert "there is no flow 'etl' in it any more" in refuses(shell, "resume", "latest")


def test_a_file_that_does_not_load_any_more(
    fail: Callable[..., None], shell: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    fail()
    write("etl.py", SCRIPT + "def broken(:\n")

    assert "etl.py:21: SyntaxError: invalid syntax" in refuses(shell, "resume", "latest")


def test_a_flow_that_was_defined_in_a_function(
    fail: Callable[..., None], shell: Callable[..., Said]
) -> None:
    head, _, _ = SCRIPT.partition("@flow")
    inside = "    @flow\n    def etl():\n        return check(load(1))\n    return etl\n"
    fail(f"{head}def make():\n{inside}\nmake()()\n")

    said = refuses(shell, "resume", "latest")

    assert "its flow was defined inside of a function; call flow.resume('" in said


def test_a_flow_that_was_defined_in_a_shell(
    tmp_path: Path, home: Path, shell: Callable[..., Said]
) -> None:
    with nursery(tmp_path) as children:
        assert children.start("-c", SCRIPT).end() == 1

    said = refuses(shell, "resume", "latest")

    assert "its flow was defined in a notebook or a shell; call flow.resume('" in said


@pytest.fixture
def running(tmp_path: Path, write: Callable[[str, str], str], home: Path) -> Any:
    """Have a flow run that waits; `latest` is its run."""
    write("waits.py", WAITS)
    with nursery(tmp_path) as children:
        child = children.start("waits.py")
        child.wait_for("here")
        yield child


@pytest.mark.parametrize("command", ["resume", "retry"])
def test_a_run_of_another_process(command: str, running: Child, shell: Callable[..., Said]) -> None:
    is_there(shell)

    said = refuses(shell, command, "latest")

    assert f"is Running in process {running.pid} on " in said
    assert "Wait for its end, or cancel it first: penstock flow-run cancel " in said


def is_there(shell: Callable[..., Said]) -> None:
    eventually(lambda: shell("flow-run", "inspect", "latest").code == 0, "the run is in the store")


# Cancelling, and asking why


def test_cancel_says_what_became_of_the_run(running: Child, shell: Callable[..., Said]) -> None:
    is_there(shell)
    name = inspect(shell)["name"]

    said = shell("flow-run", "cancel", "latest")
    again = shell("flow-run", "cancel", "latest", "--json")

    assert (said.code, said.out, said.err) == (0, f"Flow run {name!r} is Cancelled.\n", "")
    assert running.end() == 1
    assert "was cancelled by " in running.said
    assert again.code == 0
    assert again.json()["state_name"] == "Cancelled"
    assert shell("flow-run", "cancel", name).out == (
        f"Flow run {name!r} had ended before: Cancelled.\n"
    )


@pytest.mark.skipif(os.name != "posix", reason="stops a process")
def test_cancel_of_a_process_that_stands_still_says_so(
    running: Child, shell: Callable[..., Said]
) -> None:
    is_there(shell)
    # It writes nothing now: everything is in the store, and its pulse is a moment.
    threading.Event().wait(0.1)
    running.process.send_signal(signal.SIGSTOP)

    said = shell("flow-run", "cancel", "latest", "--grace", "0s", "--no-kill")

    assert (said.code, said.out) == (1, "")
    assert f"is Running in process {running.pid} on " in said.err
    assert "has not heard of it yet." in said.err
    killed = shell("flow-run", "cancel", "latest", "--grace", "0s", "--json")
    assert killed.code == 0, killed.err
    assert running.end(5) == -signal.SIGKILL


def test_why_tells_each_attempt(fail: Callable[..., None], shell: Callable[..., Said]) -> None:
    # A list: of a small number nobody can say where it came from.
    fail(SCRIPT.replace("return number\n\n@task", "return [number]\n\n@task"))
    shell("flow-run", "resume", "latest")
    shell("flow-run", "resume", "latest", "--from", "load")

    load = shell("why", "load-0", "--flow-run", "latest", "--json").json()
    check = shell("why", "check-1", "--flow-run", "latest", "--json").json()

    assert [one["reason"] for one in load["attempts"]] == ["it was called", "it was asked for"]
    assert [one["reason"] for one in check["attempts"]] == [
        "it was called",
        "attempt 1 ended Failed",
        "what it depends on ran again",
    ]
    assert load["is_value_stored"] is True
