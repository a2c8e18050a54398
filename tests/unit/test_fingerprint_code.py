"""The print of a task's code changes with what the task does, and with nothing else."""

from __future__ import annotations

import functools
import importlib
import json
import math
import pickle
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from penstock._fingerprint.code import CodeFingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAIN = '''
import functools
import logging
import math
import helpers
from helpers import Parser, scale as rescale

RATE = 2
TABLE = {"a": 1, "b": [1, 2]}
logger = logging.getLogger(__name__)
parser = Parser()

def double(x):
    return near(x) * 2

def near(x):
    return x + 1 if x > 0 else double(-x)

def timed(fn):
    @functools.wraps(fn)
    def wrapper(*args):
        return fn(*args)
    return wrapper

@timed
def decorated(x):
    return x - 1

@functools.lru_cache
def remembered(x):
    return x - 3

def by_default(x, power=2, *, offset=0):
    return x ** power + offset

def make(k):
    def inner(x):
        return x * k
    return inner

inner = make(3)
HANDLERS = {"near": near, "each": {len, str}}
quarter = functools.partial(by_default, power=0.25)

def load(x):
    """Load it."""
    logger.info("loading")
    total = [double(i) for i in range(x) if i in {"a", "b", "c"}]
    total += [RATE, TABLE["a"], math.pi, helpers.parse(x), rescale(x), helpers.LIMIT]
    total += [decorated(x), remembered(x), by_default(x), inner(x)]
    return total, parser.read(x), HANDLERS, quarter(x)

def late(x):
    from helpers import parse
    return parse(x)
'''

HELPERS = """
LIMIT = 10

def parse(x):
    return strip(x)

def strip(x):
    return str(x).strip()

def scale(x):
    return x / 2

def unrelated(x):
    return x

class Reader:
    depth = 1

    def open(self, x):
        return x

class Parser(Reader):
    size: int = 5

    @property
    def name(self):
        return "parser"

    @staticmethod
    def clean(x):
        return x

    def read(self, x):
        return self.clean(self.open(x))
"""


class Project:
    """Two modules in a folder, loaded anew after each edit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = {"main_module": MAIN, "helpers": HELPERS}

    def load(self) -> Any:
        for name, text in self.files.items():
            (self.folder / f"{name}.py").write_text(text)
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return importlib.import_module("main_module")

    def digest(self, name: str = "load") -> str:
        return CodeFingerprint(getattr(self.load(), name)).digest().hex()

    def parts(self, name: str = "load") -> dict[str, str]:
        return dict(CodeFingerprint(getattr(self.load(), name)).parts())

    def edit(self, file: str, old: str, new: str) -> None:
        assert old in self.files[file]
        self.files[file] = self.files[file].replace(old, new)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield Project(tmp_path)
    for name in ("main_module", "helpers"):
        sys.modules.pop(name, None)


CHANGES = {
    "body": ("main_module", "total = [double(i)", "total = [1 + double(i)"),
    "constant in the body": ("main_module", '"a", "b", "c"}', '"a", "b", "d"}'),
    "helper in the same module": ("main_module", "return near(x) * 2", "return near(x) * 3"),
    "helper of a helper": ("main_module", "return x + 1 if", "return x + 2 if"),
    "helper in another module": ("helpers", "return strip(x)", "return strip(x) + '!'"),
    "its helper there": ("helpers", "str(x).strip()", "str(x).lstrip()"),
    "imported by name": ("helpers", "return x / 2", "return x / 4"),
    "global constant": ("main_module", "RATE = 2", "RATE = 3"),
    "its type": ("main_module", "RATE = 2", "RATE = 2.0"),
    "global dict": ("main_module", '"b": [1, 2]', '"b": [1, 3]'),
    "constant of another module": ("helpers", "LIMIT = 10", "LIMIT = 11"),
    "closure value": ("main_module", "inner = make(3)", "inner = make(4)"),
    "closure body": ("main_module", "return x * k", "return x * k * k"),
    "default": ("main_module", "power=2, *", "power=3, *"),
    "keyword default": ("main_module", "offset=0", "offset=1"),
    "decorated function": ("main_module", "return x - 1", "return x - 2"),
    "decorator": ("main_module", "return fn(*args)", "return fn(*args) or 0"),
    "lru_cache": ("main_module", "return x - 3", "return x - 4"),
    "partial": ("main_module", "power=0.25", "power=0.5"),
    "function in a dict": ("main_module", '"near": near,', '"near": make,'),
    "method": ("helpers", "self.clean(self.open(x))", "self.open(self.clean(x))"),
    "static method": (
        "helpers",
        "    def clean(x):\n        return x",
        "    def clean(x):\n        return 2",
    ),
    "property": ("helpers", '"parser"', '"reader"'),
    "class constant": ("helpers", "size: int = 5", "size: int = 6"),
    "base class": ("helpers", "depth = 1", "depth = 2"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_print_changes_with(change: tuple[str, str, str], project: Project) -> None:
    before = project.digest()

    project.edit(*change)

    assert project.digest() != before


SAME = {
    "comment": ("main_module", "    logger.info", "    # tell it\n\n    logger.info"),
    "docstring": ("main_module", '"""Load it."""', '"""Load that, \n\n    and more."""'),
    "no docstring": ("main_module", '    """Load it."""\n', ""),
    "lines": ("main_module", "total += [RATE, ", "total += [\n        RATE,\n\n        "),
    "parentheses": (
        "main_module",
        "return near(x) * 2",
        "return (\n        (near(x)) * (2)\n    )",
    ),
    "quotes": ("main_module", '"loading"', "'loading'"),
    "order in the file": ("main_module", "RATE = 2\n", "\n\nOTHER = 1\nRATE = 2\n"),
    "order of a dict": ("main_module", '{"a": 1, "b": [1, 2]}', '{"b": [1, 2], "a": 1}'),
    "order of a set": ("main_module", '{"a", "b", "c"}', '{"c", "b", "a"}'),
    "unrelated helper": (
        "helpers",
        "def unrelated(x):\n    return x",
        "def unrelated(x):\n    return 1",
    ),
    "docstring of a class": ("helpers", "    depth = 1", '    """Reads."""\n\n    depth = 1'),
    "annotations": ("main_module", "def double(x):", "def double(x: int) -> int:"),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_print_stays_with(change: tuple[str, str, str], project: Project) -> None:
    before = project.parts()

    project.edit(*change)

    assert project.parts() == before


def test_parts_name_what_changed(project: Project) -> None:
    before = project.parts()

    project.edit("main_module", "RATE = 2", "RATE = 3")
    project.edit("helpers", "return strip(x)", "return strip(x) + '!'")
    after = project.parts()

    assert {label for label in after if after[label] != before[label]} == {
        "global RATE",
        "helper helpers.parse",
    }
    assert {"source of load()", "helper double", "closure value k of helper make.<locals>.inner",
            "class helpers.Parser", "global helpers.LIMIT"} <= after.keys()  # fmt: skip


def test_module_imported_inside_of_a_function_counts_before_and_after_its_import(
    project: Project,
) -> None:
    module = project.load()
    sys.modules.pop("helpers")
    code = CodeFingerprint(module.late)
    before = code.digest()
    assert "helpers" not in sys.modules

    module.late(1)

    assert CodeFingerprint(module.late).digest() == code.digest() == before
    project.edit("helpers", "return strip(x)", "return strip(x) + '!'")
    assert project.digest("late") != before.hex()


@pytest.mark.parametrize("seed", ["1", "2"])
def test_print_is_the_same_in_another_process(seed: str, project: Project) -> None:
    project.load()
    program = (
        "import json, main_module; from penstock._fingerprint.code import CodeFingerprint;"
        "print(json.dumps(CodeFingerprint(main_module.load).parts()))"
    )
    environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join([str(project.folder), *sys.path])}

    output = subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)

    assert dict(json.loads(output)) == project.parts()


def test_changed_value_is_seen_at_run_time(project: Project) -> None:
    module = project.load()
    code = CodeFingerprint(module.load)
    seen = [code.digest()]
    assert code.digest() == seen[0]

    for change in (
        lambda: setattr(module, "RATE", 5),
        lambda: module.TABLE["b"].append(3),
        lambda: setattr(module.helpers, "LIMIT", 0),
        lambda: setattr(module.Parser, "size", 0),
        lambda: setattr(module.parser, "mode", "new"),
        lambda: setattr(module.near, "__code__", (lambda x: x).__code__),
        lambda: setattr(module, "range", list),
        lambda: setattr(module, "double", abs),
        lambda: delattr(module, "RATE"),
    ):
        change()
        assert code.digest() not in seen
        seen.append(code.digest())


def test_closure_value_is_seen_at_run_time() -> None:
    k = 1

    def body() -> int:
        return k

    code = CodeFingerprint(body)
    before = code.digest()
    k = 2

    assert code.digest() != before


def test_unstable_global_counts_by_its_type(monkeypatch: pytest.MonkeyPatch) -> None:
    namespace: dict[str, Any] = {"numbers": (n for n in ())}
    exec("def body(): return next(numbers)", namespace)
    code = CodeFingerprint(namespace["body"])
    before = code.digest()

    namespace["numbers"] = (n for n in (1, 2))
    assert code.digest() == before

    namespace["numbers"] = iter([1])
    assert code.digest() != before


def test_tasks_and_wrappers_of_libraries_are_followed() -> None:
    class Task:
        def __init__(self, fn: Any) -> None:
            self.fn = fn

        def __call__(self) -> Any:
            return self.fn()

    prints = set()
    for value in (1, 2):
        namespace: dict[str, Any] = {
            "Task": Task,
            "contextmanager": __import__("contextlib").contextmanager,
        }
        source = f"""
            def upstream(): return {value}
            upstream = Task(upstream)
            def body(): return upstream()
        """
        exec(textwrap.dedent(source), namespace)
        prints.add(CodeFingerprint(namespace["body"]).digest())
        source = f"""
            @contextmanager
            def opened(): yield {value}
            def body():
                with opened(): pass
        """
        exec(textwrap.dedent(source), namespace)
        prints.add(CodeFingerprint(namespace["body"]).digest())

    assert len(prints) == 4


class Counter:
    step = 1

    def count(self, x: int) -> int:
        return self.add(x)

    def add(self, x: int) -> int:
        return x + self.step

    def __call__(self, x: int) -> int:
        return self.count(x)


@pytest.mark.parametrize(
    "function",
    [
        len,
        math.sqrt,
        str.upper,
        "a".upper,
        json.dumps,
        lambda x: x,
        functools.partial(json.dumps, indent=1),
        functools.lru_cache(abs),
        Counter().count,
        Counter.count,
        Counter(),
        Counter,
    ],
    ids=lambda function: f"{type(function).__name__}",
)
def test_everything_that_can_be_called_has_a_print(function: Any) -> None:
    code = CodeFingerprint(function)

    assert len(code.digest()) == 16
    assert code.digest() == CodeFingerprint(function).digest()
    assert code.parts()


def test_method_depends_on_the_other_methods_of_its_class(monkeypatch: pytest.MonkeyPatch) -> None:
    code = CodeFingerprint(Counter.count)
    before = code.digest()

    monkeypatch.setattr(Counter, "step", 2)

    assert code.digest() != before


def test_print_pickles_as_its_function() -> None:
    code = CodeFingerprint(json.dumps)

    assert pickle.loads(pickle.dumps(code)).digest() == code.digest()


def test_huge_global_counts_by_its_type() -> None:
    namespace: dict[str, Any] = {"TABLE": [[[number]] for number in range(60_000)]}
    exec("def body(): return TABLE", namespace)
    before = CodeFingerprint(namespace["body"]).digest()

    namespace["TABLE"] = [[]]

    assert CodeFingerprint(namespace["body"]).digest() != before
