"""The command as a whole: help, errors, exit codes, pipes."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from penstock._cli.main import COMMANDS, cli
from penstock._cli.options import Command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Said

#: What help must not pay for.
HEAVY = {"asyncio", "fastapi", "pydantic", "rich", "sqlite3"}


def test_help_loads_click_and_little_else() -> None:
    program = """if True:
        import sys
        from penstock._cli.main import main
        try:
            main(["--help"])
        finally:
            print(*sys.modules, file=sys.stderr)
    """

    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)

    assert not HEAVY & set(done.stderr.decode().split())


def test_help_names_every_command_with_its_purpose(penstock: Callable[..., Said]) -> None:
    said = penstock("--help")

    assert said.code == 0
    assert all(name in said.out and purpose in said.out for name, (_, purpose) in COMMANDS.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)

    assert command is not None
    assert command.help
    assert command.name == name


def test_every_command_has_examples_that_it_understands() -> None:
    for path, command in _leaves(cli, ()):
        assert isinstance(command, Command), path
        assert command.examples, path
        for example in command.examples:
            words = shlex.split(example.partition(" > ")[0])
            if "$(penstock" in example:
                continue
            assert tuple(words[1 : 1 + len(path)]) == path
            context = command.make_context("test", words[1 + len(path) :])
            assert not context.args


def test_help_of_a_command_shows_its_examples(penstock: Callable[..., Said]) -> None:
    said = penstock("flow-run", "ls", "--help")

    assert "  penstock flow-run ls --state failed --since 2d\n" in said.out


def test_the_command_alone_shows_help_and_is_wrong_use(penstock: Callable[..., Said]) -> None:
    said = penstock()

    assert said.code == 2
    assert "Commands:" in said.out + said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["flw-run"], "There is no command 'flw-run'. Did you mean 'flow-run'?"),
        (["flow-run", "inspct"], "There is no command 'inspct'. Did you mean 'inspect'?"),
        (["flow-run", "ls", "--state", "broken"], "'broken' is not one of 'scheduled'"),
        (["flow-run", "ls", "--nix"], "No such option"),
        (["flow-run", "inspect"], "Missing argument 'ID'. `penstock flow-run inspect --help`"),
        (["flow-run", "inspect", "nobody"], "There is no flow run 'nobody'."),
        (["flow-run", "inspect", "latest"], "There is no flow run 'latest'."),
        (["task-run", "inspect", "nobody-1"], "There is no task run 'nobody-1'."),
        (["db", "prune", "--older-than", "long"], "write 30d, 12h, 90m, 45s or 2w"),
    ],
)
def test_wrong_use_is_one_line_on_standard_error(
    penstock: Callable[..., Said], arguments: list[str], words: str
) -> None:
    said = penstock(*arguments)

    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("Error: ")
    assert said.err.count("\n") == 1
    assert words in said.err


def test_a_damaged_database_ends_with_its_own_exit_code(
    penstock: Callable[..., Said], home: Path
) -> None:
    home.mkdir()
    (home / "penstock.db").write_bytes(b"certainly not a database, by far " * 200)

    said = penstock("flow-run", "ls")

    assert said.code == 4
    assert said.err.startswith("Error: ")
    assert "Traceback" not in said.err


def test_a_setting_that_cannot_be_is_wrong_use(
    penstock: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_THREADS", "many")

    said = penstock("flow-run", "ls")

    assert said.code == 2
    assert "PENSTOCK_THREADS='many'" in said.err


@pytest.mark.skipif(os.name != "posix", reason="Windows has no broken pipes of this kind")
def test_a_reader_that_goes_away_is_no_error(home: Path) -> None:
    command = [sys.executable, "-m", "penstock", "flow-run", "ls"]
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run(command, check=False, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)

    assert done.stderr == b""
    assert done.returncode == 141


def test_a_console_without_unicode_shows_question_marks(
    shell: Callable[..., Said], write: Callable[[str, str], str]
) -> None:
    write("x.py", "from penstock import flow\n@flow(name='名前')\ndef f():\n    pass\n")

    run = shell("run", "x.py", PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    listed = shell("flow-run", "ls", PYTHONIOENCODING="cp1252", PYTHONUTF8="0")

    assert run.code == listed.code == 0, run.err + listed.err
    assert "??" in listed.out


def test_the_version_can_be_asked_for_in_three_ways(penstock: Callable[..., Said]) -> None:
    flag, command, document = (
        penstock("--version"),
        penstock("version"),
        penstock("version", "--json"),
    )

    version = document.json()["penstock"]
    assert flag.out == f"penstock {version}\n"
    assert version in command.out
    assert {"python", "sqlite", "platform"} <= document.json().keys()


def _leaves(
    group: click.Group, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _leaves(command, (*path, name))
        else:
            yield (*path, name), command
