"""Taking over the name `prefect`, and giving it back."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

import penstock
from penstock.compat.prefect import NotYet, install, uninstall
from penstock.compat.prefect._environment import Adopted
from penstock.compat.prefect._finder import make_version
from penstock.errors import PenstockError, UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from tests.compat.conftest import RunPython


def _import(name: str) -> ModuleType:
    return importlib.import_module(name)


@pytest.mark.usefixtures("installed")
def test_names_are_penstocks_own_objects() -> None:
    prefect = _import("prefect")

    assert prefect.task is penstock.task
    assert prefect.Flow is penstock.Flow
    assert _import("prefect.futures").PrefectFuture is penstock.TaskFuture
    assert _import("prefect.runtime").flow_run.id is None


def test_installing_twice_is_installing_once() -> None:
    before = list(sys.meta_path)

    install()
    install()
    prefect = _import("prefect")
    uninstall()

    assert sys.meta_path == before
    assert prefect.__name__ not in sys.modules
    with pytest.raises(ModuleNotFoundError, match="No module named 'prefect'"):
        _import("prefect")


def test_real_prefect_that_is_imported_already_is_one_clear_error(
    run_python: RunPython, tmp_path: Path
) -> None:
    _write_real_prefect(tmp_path)
    program = "import prefect, penstock.compat.prefect as p; p.install()"

    result = run_python(program, PYTHONPATH=str(tmp_path))

    assert result.returncode == 1
    assert "UsageError: The real Prefect is imported already" in result.stderr.splitlines()[-1]


def test_real_prefect_is_shadowed_until_uninstalled(run_python: RunPython, tmp_path: Path) -> None:
    _write_real_prefect(tmp_path)
    program = """if True:
        import sys, penstock.compat.prefect as p
        p.install()
        import prefect.tasks
        print(prefect.__version__.partition("+")[0], prefect.tasks.task.__module__)
        p.uninstall()
        import prefect
        print(prefect.__version__)
    """

    result = run_python(program, PYTHONPATH=str(tmp_path))

    assert result.stdout.splitlines() == ["3.9.0 penstock.tasks", "real"]


def test_integration_packages_are_left_to_python(run_python: RunPython, tmp_path: Path) -> None:
    (tmp_path / "prefect_here.py").write_text("from prefect.blocks.core import Block\nREAL = True")
    program = """if True:
        import penstock.compat.prefect as p
        p.install()
        import prefect_here
        print(prefect_here.REAL)
        import prefect_gone
    """

    result = run_python(program, PYTHONPATH=str(tmp_path))

    assert result.stdout.strip() == "True"
    assert result.stderr.splitlines()[-1] == "ModuleNotFoundError: No module named 'prefect_gone'"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    "statement",
    [
        "from prefect import flwo",
        "from prefect.tasks import flwo",
        "from prefect.blocks.system import flwo",
        "import prefect.flwo",
        "import prefect.blocks.flwo",
    ],
)
def test_unknown_name_is_an_import_error_that_says_so(statement: str) -> None:
    with pytest.raises(ImportError, match=r"Penstock knows no name 'flwo' in .* prefect"):
        exec(statement)


@pytest.mark.usefixtures("installed")
def test_unknown_attribute_is_an_attribute_error() -> None:
    prefect = _import("prefect")

    assert not hasattr(prefect, "flwo")
    with pytest.raises(AttributeError, match="Penstock knows no name 'flwo'"):
        _ = prefect.flwo


@pytest.mark.usefixtures("installed")
def test_patched_name_is_given_back() -> None:
    prefect = _import("prefect")
    before = prefect.serve

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("prefect.serve", print)
        assert prefect.serve is print

    assert prefect.serve is before


def test_version_compares_as_prefects_and_says_whose_it_is() -> None:
    text = make_version("0.2.0.dev3+g12ab")

    assert text.startswith("3.")
    assert Version("3.4") <= Version(text) < Version("4")
    assert Version(text).local == "penstock.0.2.0.dev3.g12ab"


def test_variables_that_mean_the_same_are_taken_over_and_given_back() -> None:
    environ = {
        "PREFECT_LOGGING_LEVEL": "debug",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "shop,bank",
        "PREFECT_LOGGING_LOG_PRINTS": "True",
        "PREFECT_API_URL": "http://127.0.0.1:9/api",
    }
    before = dict(environ)
    adopted = Adopted()

    adopted.adopt(environ)

    ours = {name: value for name, value in environ.items() if name not in before}
    assert ours == {
        "PENSTOCK_LOG_LEVEL": "DEBUG",
        "PENSTOCK_EXTRA_LOGGERS": "shop,bank",
        "PENSTOCK_LOG_PRINTS": "1",
    }
    adopted.release(environ)
    assert environ == before


def test_variables_of_penstock_win() -> None:
    environ = {"PREFECT_LOGGING_LEVEL": "DEBUG", "PENSTOCK_LOG_LEVEL": "ERROR"}
    before = dict(environ)
    adopted = Adopted()

    adopted.adopt(environ)
    adopted.release(environ)

    assert environ == before


def test_variables_that_cannot_be_read_are_passed_over() -> None:
    environ = {"PREFECT_LOGGING_LEVEL": "loud", "PREFECT_LOGGING_LOG_PRINTS": "perhaps"}

    Adopted().adopt(environ)

    assert len(environ) == 2


def test_not_yet_is_an_error_of_ours_and_wrong_use() -> None:
    assert issubclass(NotYet, PenstockError)
    assert issubclass(NotYet, NotImplementedError)
    assert NotYet.exit_code == UsageError.exit_code == 2


def _write_real_prefect(folder: Path) -> None:
    (folder / "prefect").mkdir()
    (folder / "prefect" / "__init__.py").write_text("__version__ = 'real'")
