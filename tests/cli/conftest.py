"""What the tests of the command get: a way to call it, and files of flows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from penstock._cli.main import main
from penstock._engine.process import close_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Said(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Read the one document it printed."""
        return json.loads(self.out)


Call = "Callable[..., Said]"


@pytest.fixture
def penstock(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Call the command in this process."""

    def call(*arguments: str) -> Said:
        close_process()  # as a command finds the store: all flushed, nobody at home
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        # What the interpreter makes of sys.exit(None).
        code = ended.value.code or 0
        assert isinstance(code, int)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


@pytest.fixture
def shell(home: Path, tmp_path: Path) -> Callable[..., Said]:
    """Call the command as a program of its own, in the test's folder."""

    def call(*arguments: str, cwd: str | None = None, **environment: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "penstock", *arguments],
            check=False,
            capture_output=True,
            encoding="utf-8",
            cwd=cwd or tmp_path,
            env={**os.environ, "PENSTOCK_HOME": str(home), **environment},
            stdin=subprocess.DEVNULL,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> Iterator[Callable[[str, str], str]]:
    """Write a file of flows into the test's folder; afterwards it was never imported."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)

    def put(name: str, text: str) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return str(path)

    yield put
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]
