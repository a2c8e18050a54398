"""What was built is small, keeps to itself, and fits the server it comes with."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui import built
from tools import ui_build

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.conftest import Figure

#: No one is asked for anything at these: they name things (namespaces, licences, messages).
NAMES = re.compile(
    r"https?://(www\.w3\.org|react\.dev|reactjs\.org|tanstack\.com|tailwindcss\.com"
    r"|react-aria\.adobe\.com|react-spectrum\.adobe\.com|github\.com|json-schema\.org)[/\w]*"
)


def test_the_dashboard_that_is_tested_is_the_one_of_these_sources() -> None:
    assert ui_build.is_built(ui_build.Places.of(built.ROOT)), "build it: make ui"


def test_the_first_load_is_within_its_budget(figure: Figure) -> None:
    weight = built.compressed(built.first_load())

    figure("first load, compressed", f"{weight / 1000:.0f} kB")
    assert weight <= built.BUDGET


def test_no_file_that_is_loaded_later_is_heavier_than_all_that_is_loaded_first() -> None:
    # Peers ship 1,253 kB and 2,093 kB in one file.
    files = {chunk["file"] for chunk in built.manifest().values()}

    assert {name for name in files if built.compressed({name}) > built.BUDGET} == set()


def test_no_built_file_names_another_origin_to_load_from() -> None:
    loading = re.compile(
        r"""(?:@import\s*|url\(|\bsrc=|\bhref=|fetch\(|import\(|EventSource\()\s*["'`(]?"""
        r"""(?:https?:)?//[\w.-]+"""
    )
    found = [(name, hit[0]) for name, text in built.text_files() for hit in loading.finditer(text)]

    assert found == []


def test_the_page_has_no_script_or_style_of_its_own_inside() -> None:
    page = (built.STATIC / "index.html").read_text("utf-8")

    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page) == []
    assert re.findall(r"<style|\bstyle=|\bon\w+=", page) == []


def test_the_client_in_the_page_is_made_from_the_document_of_the_api(tmp_path: Path) -> None:
    made = tmp_path / "schema.ts"
    scripts = json.loads((built.UI / "package.json").read_text("utf-8"))["scripts"]
    program, *arguments = scripts["api"].replace("src/api/schema.ts", str(made)).split()
    node = ui_build.find_node()

    subprocess.run(
        [*node.npm, "exec", "--offline", "--", program, *arguments],
        cwd=built.UI,
        env=ui_build.npm_environment(node, os.environ),
        check=True,
    )

    kept = (built.UI / "src" / "api" / "schema.ts").read_text("utf-8")
    assert kept == made.read_text("utf-8"), "make it anew: make api"


def test_only_the_client_asks_the_server() -> None:
    asking = re.compile(r"\bfetch\(|XMLHttpRequest|new EventSource|new WebSocket")
    elsewhere = [
        name
        for name, text in built.sources()
        if asking.search(text) and not name.startswith("src/api/")
    ]

    assert elsewhere == []


@pytest.mark.parametrize(("pattern", "what"), [(r"(?<![\w.\"'])any(?![\w\"'(])", "any")])
def test_no_type_is_any(pattern: str, what: str) -> None:
    as_type = re.compile(rf"(?:[:<|&,(]|\bas)\s*{pattern}|{pattern}\[\]")
    code = [(name, _without_comments(text)) for name, text in built.sources()]

    assert [(name, hit[0]) for name, text in code for hit in as_type.finditer(text)] == []


def test_no_rule_of_the_type_checker_is_switched_off() -> None:
    silenced = re.compile(r"@ts-(?:ignore|nocheck|expect-error)|\bas unknown as\b")

    assert [name for name, text in built.sources() if silenced.search(text)] == []


def test_no_file_of_the_dashboard_is_longer_than_300_lines() -> None:
    long = {name: text.count("\n") for name, text in built.sources() if text.count("\n") > 300}

    assert long == {}


def test_the_dashboard_puts_no_html_into_the_page_as_text() -> None:
    risky = re.compile(r"dangerouslySetInnerHTML|\.innerHTML|\.outerHTML|insertAdjacentHTML")

    assert [name for name, text in built.sources() if risky.search(text)] == []


def test_nothing_that_is_installed_runs_a_script_of_its_own() -> None:
    lock: dict[str, Any] = json.loads((built.UI / "package-lock.json").read_text("utf-8"))
    # fsevents compiles on a Mac when it is used; Vite does not need it for a build.
    with_scripts = [
        name
        for name, package in lock["packages"].items()
        if package.get("hasInstallScript") and not name.endswith("node_modules/fsevents")
    ]

    assert with_scripts == []


def test_each_dependency_of_the_dashboard_is_pinned() -> None:
    project = json.loads((built.UI / "package.json").read_text("utf-8"))
    versions = {**project["dependencies"], **project["devDependencies"]}

    assert [name for name, pin in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", pin)] == []


def _without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
