"""The reference is complete, and says what the code says."""

from __future__ import annotations

import builtins
import inspect
import pkgutil
import re

import pytest

import penstock
from penstock import artifacts, cache_policies, client, errors, states, testing
from penstock._engine.options import FlowOptions, RunOptions, TaskOptions
from penstock.client import Client
from penstock.settings import SETTINGS, Setting
from penstock.testing import plugin
from tests.docs.pages import page


def test_every_name_of_the_package_is_listed() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", page("docs/reference/README.md").text, re.MULTILINE)

    assert sorted(listed) == sorted(penstock.__all__)


def test_every_public_module_is_listed() -> None:
    text = page("docs/reference/README.md").text
    listed = re.findall(r"^\| `penstock\.(\w+)` \|", text, re.MULTILINE)
    modules = [module.name for module in pkgutil.iter_modules(penstock.__path__)]

    assert sorted(listed) == sorted(name for name in modules if not name.startswith("_"))


@pytest.mark.parametrize(
    ("name", "options"), [("flow", FlowOptions), ("task", TaskOptions)], ids=["flow", "task"]
)
def test_every_option_is_documented(name: str, options: type) -> None:
    rows = re.findall(
        r"^\| (`.*?`) \|", page(f"docs/reference/{name}-options.md").text, re.MULTILINE
    )
    documented = {word for row in rows for word in re.findall(r"`(\w+)`", row)}

    assert documented == {*options.__annotations__, *RunOptions.__annotations__}


def test_settings_are_those_of_the_code() -> None:
    documented = page("docs/reference/settings.md").table("settings")

    assert documented == [
        [f"`{setting.variable}`", setting.kind, _shown(setting), setting.meaning]
        for setting in SETTINGS
    ]


def test_kinds_of_settings_are_explained() -> None:
    text = page("docs/reference/settings.md").text.partition("## Kinds")[2]

    missing = {setting.kind for setting in SETTINGS if not re.search(rf"\b{setting.kind}\b", text)}

    assert not missing


def test_errors_are_those_of_the_code() -> None:
    documented = {
        row[0].strip("`"): row for row in page("docs/reference/errors.md").table("errors")
    }

    assert sorted(documented) == sorted(errors.__all__)
    for name, (_, also, exit_code, _) in documented.items():
        error = getattr(errors, name)
        assert not also or issubclass(error, getattr(builtins, also.strip("`"))), name
        assert exit_code == str(getattr(error, "exit_code", "")), name


def test_every_state_is_documented() -> None:
    text = page("docs/reference/states.md").text

    assert not [name for name in states.__all__ if f"`{name}`" not in text]
    assert not [name for name in states.StateType if f"| `{name}` |" not in text]


def test_cache_policies_are_those_of_the_code() -> None:
    rows = page("docs/howto/cache.md").table("policies")
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row[0])}

    assert documented == {name for name in cache_policies.__all__ if name.isupper()}


def test_every_name_for_tests_of_flows_is_documented() -> None:
    text = page("docs/reference/testing.md").text
    rows = re.findall(r"^\| (`.*?`) \| \[", text, re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row)}

    assert documented == {*testing.__all__}
    for kind in (testing.Recorded, testing.RecordedRun, testing.FakeClock, testing.Child):
        public = {name for name in vars(kind) if not name.startswith("_")}
        assert not [name for name in public if f".{name}" not in text], kind
    for fixture in plugin.__all__:
        assert f"| `{fixture}` |" in text


def test_every_name_of_artifacts_is_documented() -> None:
    text = page("docs/reference/artifacts.md").text

    assert not [name for name in artifacts.__all__ if not re.search(rf"`{name}\b", text)]


def test_every_call_of_the_client_is_documented() -> None:
    rows = re.findall(
        r"^\| `(\w+)\((.*)\)` \| `(.*)` \| (.*) \|$",
        page("docs/reference/client.md").text,
        re.MULTILINE,
    )
    documented = {row[0]: row for row in rows if hasattr(Client, row[0])}

    assert documented.keys() == {
        name for name in dir(Client) if not name.startswith("_") and name not in {"close", "url"}
    }
    for name, (_, parameters, gives, purpose) in documented.items():
        call = getattr(Client, name)
        signature = inspect.signature(call)
        known = [one for one in signature.parameters if one != "self"]
        assert re.findall(r"\w+", parameters) == known, name
        told = signature.return_annotation.replace("Supply[", "Iterator[")
        assert gives in {told, told.removeprefix("Exchange[")[:-1]}, name
        assert purpose == call.__doc__.splitlines()[0], name


def test_all_that_the_client_gives_can_be_imported() -> None:
    kinds = {
        word
        for name in dir(Client)
        if not name.startswith("_") and name not in {"close", "url"}
        for word in re.findall(
            r"\b[A-Z]\w+", inspect.signature(getattr(Client, name)).return_annotation
        )
    }
    models = [getattr(client, name) for name in client.__all__ if not name.islower()]
    inside = {
        word
        for model in models
        for field in getattr(model, "model_fields", {}).values()
        for word in re.findall(r"\b_schemas\.\w+\.(\w+)", str(field.annotation))
    }

    assert (kinds | inside) - {"Exchange", "Supply"} <= set(client.__all__)


def _shown(setting: Setting) -> str:
    if setting.kind == "flag":
        return "`1`" if setting.default else "`0`"
    if setting.default in ("", ()):
        return "empty"
    if isinstance(setting.default, float):
        return f"`{setting.default:g}`"
    return f"`{setting.default}`"
