"""Where settings come from, and what is said of those that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock.errors import OptionError, UsageError
from penstock.settings import SETTINGS, load_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a data folder."""
    made = tmp_path / "data"
    made.mkdir()
    return made


def test_defaults_stand_where_nothing_is_set(folder: Path) -> None:
    settings = load_settings({"PENSTOCK_HOME": str(folder)})

    for setting in SETTINGS[1:]:
        assert getattr(settings, setting.name) == setting.default
        assert settings.sources[setting.name] == "default"


def test_the_store_is_sqlite_in_the_data_folder(folder: Path) -> None:
    settings = load_settings({"PENSTOCK_HOME": str(folder)})

    assert settings.store_url == f"sqlite:///{folder}/penstock.db"


def test_the_file_wins_over_the_default(folder: Path) -> None:
    (folder / "config.toml").write_text('threads = 3\nlog_console = false\nextra_loggers = ["a"]\n')

    settings = load_settings({"PENSTOCK_HOME": str(folder)})

    assert (settings.threads, settings.log_console, settings.extra_loggers) == (3, False, ("a",))
    assert settings.sources["threads"] == "config.toml"


def test_the_environment_wins_over_the_file(folder: Path) -> None:
    (folder / "config.toml").write_text("threads = 3\n")

    settings = load_settings({"PENSTOCK_HOME": str(folder), "PENSTOCK_THREADS": "5"})

    assert settings.threads == 5
    assert settings.sources["threads"] == "environment"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("log_console", "no", False),
        ("log_console", " ON ", True),
        ("log_console", "", False),
        ("threads", "1_000", 1000),
        ("flush_seconds", "2.5", 2.5),
        ("extra_loggers", "urllib3, mylib ,", ("urllib3", "mylib")),
        ("log_level", "warning", "WARNING"),
        ("store", "memory:", "memory:"),
    ],
)
def test_text_becomes_what_the_setting_is(
    folder: Path, name: str, text: str, value: object
) -> None:
    settings = load_settings({"PENSTOCK_HOME": str(folder), f"PENSTOCK_{name.upper()}": text})

    assert getattr(settings, name) == value


@pytest.mark.parametrize(
    ("variable", "text", "rule"),
    [
        ("PENSTOCK_THREADS", "many", "must be a whole number, 1 or more"),
        ("PENSTOCK_THREADS", "0", "must be a whole number, 1 or more"),
        ("PENSTOCK_THREADS", "", "must be a whole number, 1 or more"),
        ("PENSTOCK_FLUSH_SECONDS", "soon", "must be a number, 0 or more"),
        ("PENSTOCK_LOG_CONSOLE", "perhaps", "must be 1 or 0"),
        ("PENSTOCK_LOG_LEVEL", "LOUD", "must be DEBUG, INFO"),
        ("PENSTOCK_INLINE_RESULT_BYTES", "1MB", "must be a whole number of bytes"),
    ],
)
def test_text_that_cannot_be_read_is_refused(
    folder: Path, variable: str, text: str, rule: str
) -> None:
    with pytest.raises(OptionError, match=rf"^settings: {variable}='{text}' cannot be; .*{rule}"):
        load_settings({"PENSTOCK_HOME": str(folder), variable: text})


@pytest.mark.parametrize(
    "line",
    [
        "threads = 0",
        "threads = -4",
        "threads = 2.5",
        "threads = true",
        "threads = [4]",
        'log_console = "perhaps"',
        "log_console = 7",
        "log_level = 5",
        "store = 1",
        "extra_loggers = 3",
        "extra_loggers = [3]",
        "flush_seconds = true",
    ],
)
def test_a_value_of_the_wrong_kind_in_the_file_is_refused(folder: Path, line: str) -> None:
    (folder / "config.toml").write_text(line + "\n")

    with pytest.raises(OptionError, match=line.split(" ", maxsplit=1)[0].upper()):
        load_settings({"PENSTOCK_HOME": str(folder)})


def test_a_whole_number_in_the_file_may_stand_for_seconds(folder: Path) -> None:
    (folder / "config.toml").write_text("flush_seconds = 5\n")

    assert load_settings({"PENSTOCK_HOME": str(folder)}).flush_seconds == 5.0


@pytest.mark.parametrize("text", ["nan", "-1", "inf"])
def test_seconds_are_a_finite_number_from_zero_up(folder: Path, text: str) -> None:
    with pytest.raises(OptionError, match="PENSTOCK_FLUSH_SECONDS"):
        load_settings({"PENSTOCK_HOME": str(folder), "PENSTOCK_FLUSH_SECONDS": text})


def test_an_unknown_name_in_the_file_is_refused_with_those_there_are(folder: Path) -> None:
    (folder / "config.toml").write_text("treads = 3\n")

    with pytest.raises(OptionError, match=r"config\.toml: treads=3 .*threads"):
        load_settings({"PENSTOCK_HOME": str(folder)})


def test_a_file_that_is_not_toml_is_refused_by_name(folder: Path) -> None:
    (folder / "config.toml").write_text("threads 3\n")

    with pytest.raises(UsageError, match=r"config\.toml.*TOML"):
        load_settings({"PENSTOCK_HOME": str(folder)})


def test_settings_do_not_change(folder: Path) -> None:
    settings = load_settings({"PENSTOCK_HOME": str(folder)})

    with pytest.raises(AttributeError, match="do not change"):
        settings.threads = 3


def test_a_home_with_a_tilde_is_the_users(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))

    assert load_settings({"PENSTOCK_HOME": "~/runs"}).home == str(folder / "runs")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_says_what_it_is_for(setting: object) -> None:
    assert setting.meaning.endswith(".")  # type: ignore[attr-defined] # a Setting
