"""Every setting, in one frozen object: from the environment, a file, or the default.

`PENSTOCK_<NAME>` in the environment wins over `config.toml` in the data folder,
which wins over the default. Nothing here imports more than it must: a flow that
sets nothing pays for no parser.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from penstock.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SETTINGS", "Setting", "Settings", "load_settings", "mask"]


class Setting(NamedTuple):
    """One setting: its name, its default and what it is for."""

    name: str
    default: Any
    kind: str  #: a key of _KINDS
    meaning: str

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"PENSTOCK_{self.name.upper()}"


#: All settings there are, in the order in which they are shown.
SETTINGS: Final = (
    Setting("home", "~/.penstock", "text", "Data folder: database, journal, results."),
    Setting("store", "", "text", "Store URL; empty: penstock.db in the data folder."),
    Setting("log_level", "INFO", "level", "Lowest level that run loggers keep."),
    Setting("log_console", True, "flag", "Show log lines of runs on standard error."),
    Setting(
        "log_line_bytes",
        1_048_576,
        "bytes",
        "Longest log line that is kept whole; of a longer one the rest is lost, which it says.",
    ),
    Setting("extra_loggers", (), "names", "Other loggers whose lines belong to runs."),
    Setting("log_prints", False, "flag", "Take print() in flows and tasks as log lines."),
    Setting(
        "durability",
        "process",
        "durability",
        "What a finished task outlives: a killed process, or the loss of power too.",
    ),
    Setting("threads", 64, "integer", "Task bodies the default runner executes at once."),
    Setting("flush_seconds", 30.0, "float", "How long a flow's end waits for the store."),
    Setting("inline_result_bytes", 1_048_576, "bytes", "Largest result kept in the store."),
    Setting(
        "remember_bytes",
        1_073_741_824,
        "bytes",
        "Results one flow run may leave in the store for resuming, in all.",
    ),
    Setting("persist_results", False, "flag", "Keep every task's result in a file."),
    Setting("api_url", "", "text", "Where penstock.client finds the server; empty: the one here."),
    Setting("server_host", "127.0.0.1", "text", "Address that the server listens on."),
    Setting("server_port", 4200, "integer", "Port that the server listens on."),
    Setting("server_hosts", (), "names", "Other names that browsers may know the server by."),
    Setting("server_base", "/", "text", "Path below which a proxy shows the server."),
    Setting("api_key", "", "text", "Key that the server asks for; empty: none, on localhost only."),
    Setting("keep_days", 30, "count", "Days that a server keeps ended flow runs; 0: for ever."),
    Setting("keep_runs", 100_000, "count", "Flow runs that a server keeps at most; 0: all."),
)

_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL"})
#: Settings with such a word in their name are not shown.
_HIDDEN: Final = "password|secret|token|api_key"
#: The password in an address.
_IN_ADDRESS: Final = "(?<=://)([^/@:]*):[^/@]*@"
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


class Settings:
    """The settings of one process, read once."""

    __slots__ = (*(setting.name for setting in SETTINGS), "sources")

    home: str
    store: str
    log_level: str
    log_console: bool
    log_line_bytes: int
    extra_loggers: tuple[str, ...]
    log_prints: bool
    durability: str
    threads: int
    flush_seconds: float
    inline_result_bytes: int
    remember_bytes: int
    persist_results: bool
    api_url: str
    server_host: str
    server_port: int
    server_hosts: tuple[str, ...]
    server_base: str
    api_key: str
    keep_days: int
    keep_runs: int
    #: for each setting: "default", "environment" or "config.toml"
    sources: dict[str, str]

    def __init__(self, values: dict[str, Any], sources: dict[str, str]) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "sources", sources)

    def __setattr__(self, name: str, value: object) -> None:
        message = "settings do not change while a process runs"
        raise AttributeError(message)

    def with_values(self, **values: Any) -> Settings:
        """Give the same settings with other values for some, from the command line."""
        all_values = {setting.name: getattr(self, setting.name) for setting in SETTINGS}
        for name, value in values.items():
            setting = next(one for one in SETTINGS if one.name == name)
            all_values[name] = _read(setting, value)
        sources = {**self.sources, **dict.fromkeys(values, "command line")}
        return Settings(all_values, sources)

    def path(self, *parts: str) -> str:
        """Name a file or folder in the data folder."""
        return os.path.join(self.home, *parts)

    @property
    def store_url(self) -> str:
        """The store to use: the one that is set, or SQLite in the data folder."""
        return self.store or "sqlite:///" + self.path("penstock.db")


def load_settings(environ: dict[str, str] | os._Environ[str] | None = None) -> Settings:
    """Read the settings as they stand now.

    Raises:
        OptionError: a value cannot be read as what it should be.
    """
    environ = os.environ if environ is None else environ
    home = environ.get("PENSTOCK_HOME") or SETTINGS[0].default
    home = os.path.abspath(os.path.expanduser(home))
    file_values = _read_file(os.path.join(home, "config.toml"))
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for setting in SETTINGS:
        if setting.variable in environ:
            raw: Any = environ[setting.variable]
            sources[setting.name] = "environment"
        elif setting.name in file_values:
            raw = file_values[setting.name]
            sources[setting.name] = "config.toml"
        else:
            raw = setting.default
            sources[setting.name] = "default"
        values[setting.name] = _read(setting, raw)
    values["home"] = home
    return Settings(values, sources)


def mask(name: str, value: Any) -> Any:
    """Hide what others must not read: secrets, and passwords in addresses."""
    import re  # noqa: PLC0415 - a run never shows its settings

    if not isinstance(value, str):
        return value
    if value and re.search(_HIDDEN, name):
        return "***"
    return re.sub(_IN_ADDRESS, r"\1:***@", value)


def _read_file(path: str) -> dict[str, Any]:
    if not os.path.exists(path):
        return {}
    import tomllib  # noqa: PLC0415 - 10 ms, only when there is a file

    try:
        with open(path, "rb") as file:
            values = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(path, "content", "…", f"TOML ({error})") from None
    known = {setting.name for setting in SETTINGS}
    for name in values:
        if name not in known:
            raise OptionError(path, name, values[name], f"one of {', '.join(sorted(known))}")
    return values


def _read(setting: Setting, raw: Any) -> Any:
    """Turn text, or a value from the file, into what the setting is."""
    read, rule = _KINDS[setting.kind]
    try:
        return read(raw)
    except (ValueError, TypeError):
        raise OptionError("settings", setting.variable, raw, rule) from None


def _read_float(raw: Any) -> float:
    number = float(raw)
    if type(raw) is bool or not 0 <= number < float("inf"):
        raise ValueError
    return number


def _read_integer(raw: Any) -> int:
    number = _read_count(raw)
    if number < 1:
        raise ValueError
    return number


def _read_count(raw: Any) -> int:
    number = int(raw)
    if type(raw) not in {str, int} or number < 0:
        raise ValueError
    return number


def _read_flag(raw: Any) -> bool:
    word = str(raw).strip().lower()
    if type(raw) not in {str, bool} or word not in _TRUE | _FALSE:
        raise ValueError
    return word in _TRUE


def _read_level(raw: Any) -> str:
    level = _read_text(raw).upper()
    if level not in _LEVELS:
        raise ValueError
    return level


def _read_names(raw: Any) -> tuple[str, ...]:
    names = raw.split(",") if isinstance(raw, str) else raw
    return tuple(name for name in (_read_text(name).strip() for name in names) if name)


def _read_durability(raw: Any) -> str:
    word = _read_text(raw).lower()
    if word not in {"process", "power"}:
        raise ValueError
    return word


def _read_text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError
    return raw


#: The kinds of settings: how a value is read, and what it must be.
_KINDS: Final[dict[str, tuple[Callable[[Any], Any], str]]] = {
    "bytes": (_read_integer, "a whole number of bytes, 1 or more"),
    "count": (_read_count, "a whole number, 0 or more"),
    "durability": (_read_durability, "process or power"),
    "flag": (_read_flag, "1 or 0"),
    "float": (_read_float, "a number, 0 or more"),
    "integer": (_read_integer, "a whole number, 1 or more"),
    "level": (_read_level, "DEBUG, INFO, WARNING, ERROR or CRITICAL"),
    "names": (_read_names, "names, parted by commas"),
    "text": (_read_text, "text"),
}
