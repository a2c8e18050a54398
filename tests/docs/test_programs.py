"""What the pages show is true: programs run, commands print what stands below them."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from penstock._cli.main import COMMANDS, cli
from tests.docs.pages import ROOT, Page, agree, page, pages
from tests.lesson.programs import history

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [pytest.param(page, id=page.name) for page in pages()]
#: Commands that are not run, because they set a machine up.
SET_UP = {"cd", "export", "git", "make", "source"}


@pytest.fixture
def free_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page start a server, whoever else has one on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("PENSTOCK_SERVER_PORT", str(taken.getsockname()[1]))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.usefixtures("free_port")
def test_programs_run_and_print_what_the_page_shows(
    page: Page, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    _write_files(page, folder)
    request.addfinalizer(lambda: _stop_servers(page, folder))

    for block in page.blocks("python"):
        compile(block.text, f"{page.name}:{block.line}", "exec")
    if (folder / "page.py").exists():
        done = _run([sys.executable, "page.py"], folder)
        assert done.returncode == 0, done.stdout
    for command in page.commands():
        if command.words[0] in SET_UP:
            continue
        done = _run(_program(command.words), folder)
        assert done.returncode == command.exit_code, done.stdout
        if command.shown:
            printed = done.stdout.rstrip("\n").split("\n")
            assert agree(command.shown, printed), done.stdout


def test_the_page_on_edges_tells_the_edges(tmp_path: Path) -> None:
    _write_files(page("docs/explanation/edges.md"), tmp_path)

    _run([sys.executable, "page.py"], tmp_path)

    with history() as found:
        assert found.upstreams("tidy-1") == {"load-0"}
        assert found.upstreams("largest-2") == {"tidy-1"}


@pytest.mark.parametrize("page", PAGES)
def test_every_file_of_a_page_is_run_by_it(page: Page) -> None:
    files = {block.fact("file") for block in page.blocks("python")} - {None}
    run = {word for command in page.commands() for word in command.words}

    assert files <= run


def test_targets_of_make_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, flags=re.MULTILINE))

    for one in pages():
        for command in one.commands():
            if command.words[0] == "make":
                assert set(command.words[1:]) <= targets, one.name


def test_every_command_is_in_the_reference() -> None:
    rows = re.findall(r"^\| `penstock (.*?)` \|", page("docs/reference/cli.md").text, re.MULTILINE)

    assert sorted(rows) == sorted(_commands())


def test_options_that_the_reference_names_exist() -> None:
    text = page("docs/reference/cli.md").prose()
    options = {option for command in _commands().values() for option in command}

    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= options


def _commands() -> dict[str, set[str]]:
    """Name every command, with its options."""
    found = {}
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        leaves = command.commands if isinstance(command, click.Group) else {"": command}
        for leaf, one in leaves.items():
            options = {text for parameter in one.params for text in parameter.opts}
            found[f"{name} {leaf}".strip()] = options | {"--help"}
    return found


def _write_files(page: Page, folder: Path) -> None:
    """Write each file that a page holds, and `page.py`, which joins the other programs."""
    joined = []
    for block in page.blocks("python"):
        name = block.fact("file")
        if name is not None:
            (folder / name).write_text(block.text, "utf-8")
        elif block.note != "fragment":
            joined.append(f"# {page.name}:{block.line}\n{block.text}")
    if joined:
        (folder / "page.py").write_text("\n".join(joined), "utf-8")


def _stop_servers(page: Page, folder: Path) -> None:
    """End what a page has started, also where it failed before it came to that."""
    if any(command.words[:3] == ["penstock", "server", "start"] for command in page.commands()):
        _run(_program(["penstock", "server", "stop"]), folder)


def _program(words: list[str]) -> list[str]:
    if words[0] == "python":
        script = [str(ROOT / word) if word.startswith("examples/") else word for word in words[1:]]
        return [sys.executable, *script]
    assert words[0] == "penstock", words
    return [sys.executable, "-m", *words]


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program as a terminal shows it: both outputs in the order of writing."""
    environ = {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
        "NO_COLOR": "1",
        "COLUMNS": "100",
    }
    return subprocess.run(
        command,
        cwd=folder,
        env=environ,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=100,
    )
