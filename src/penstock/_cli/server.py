"""`penstock server`: start, stop, and ask about the server and its dashboard."""

from __future__ import annotations

import os
import sys
import time
from http.client import HTTPConnection, HTTPException
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from penstock._addresses import Entry, find_entries, forget_entry, log_file
from penstock._cli.flow_run import FIRST_FLOW
from penstock._cli.options import Command, Group, json_option
from penstock._cli.output import Column, Screen, Table, print_json
from penstock._cli.times import age, iso
from penstock._listeners import start_detached
from penstock._processes import end_processes
from penstock.errors import UsageError
from penstock.settings import load_settings, mask
from penstock.stores.filters import FlowRunFilter

if TYPE_CHECKING:
    from subprocess import Popen

    from penstock.settings import Settings
    from penstock.stores.protocol import Store

__all__ = ["server"]

_LOOK_EVERY: Final = 0.05
#: A server in the background that does not answer by then is given up.
_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 8.0
_ANSWER_SECONDS: Final = 3.0
_OK: Final = 200
#: Runs are counted up to here when the server tells what it has found.
_MANY: Final = 1_000


@click.group(cls=Group)
def server() -> None:
    """Start the server with its dashboard, stop it, and see whether it runs."""


@server.command(
    cls=Command,
    examples=(
        "penstock server start",
        "penstock server start --background",
        "penstock server start --port 4300",
        "penstock server start --host 0.0.0.0 --allow-host runs.example.org",
    ),
)
@click.option("--port", type=click.IntRange(1, 65535), metavar="PORT", help="Instead of 4200.")
@click.option("--host", metavar="ADDRESS", help="Address to listen on, instead of 127.0.0.1.")
@click.option("--background", is_flag=True, help="Go on in the background, once it answers.")
@click.option("--open", "opens", is_flag=True, help="Show the dashboard in the browser.")
@click.option(
    "--allow-host",
    "names",
    multiple=True,
    metavar="NAME[:PORT]",
    help="Another name that browsers know this server by; may be repeated.",
)
@click.option(
    "--root-path", "base", metavar="/PATH", help="Path below which a proxy shows the server."
)
@click.option(
    "--forwarded-allow-ips",
    "proxies",
    metavar="ADDRESSES",
    help="Proxies whose X-Forwarded-For is believed, with commas between them.",
)
@click.option(
    "--insecure-no-auth",
    "is_insecure",
    is_flag=True,
    help="Let everybody who reaches it read and change everything.",
)
def start(
    port: int | None,
    host: str | None,
    background: bool,
    opens: bool,
    names: tuple[str, ...],
    base: str | None,
    proxies: str | None,
    is_insecure: bool,
) -> None:
    """Serve the dashboard and the API, at http://localhost:4200.

    It shows the runs of this data folder, also those that were made while it was off.
    No flow needs it: start and stop it whenever you like.

    Exit codes: 0 it was told to end, 2 it may not start so, or the port is taken.
    """
    given = {"server_port": port, "server_host": host, "server_base": base}
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    settings = load_settings()
    if names:
        values["server_hosts"] = (*settings.server_hosts, *names)
    settings = settings.with_values(**values)
    if background:
        _start_in_background(settings, opens=opens)
        return
    log = os.environ.get(_LOG_VARIABLE)

    def tell(entry: Entry, store: Store) -> None:
        _tell_ready(entry, store, settings, is_insecure=is_insecure)
        if opens:
            click.launch(entry.url)

    # By name: what serves takes half a second to load, and only this command needs it.
    serve = import_module("penstock._server.run").serve
    serve(settings, tell, is_insecure=is_insecure, proxies=proxies, log=log)


@server.command(cls=Command, examples=("penstock server stop", "penstock server stop --port 4300"))
@click.option("--port", type=click.IntRange(1, 65535), metavar="PORT", help="Only that one.")
def stop(port: int | None) -> int:
    """Stop the servers that run on this data folder.

    Exit codes: 0 stopped, 1 none was running.
    """
    settings = load_settings()
    entries = _found(settings, port)
    screen = Screen()
    for entry in entries:
        end_processes([entry.pid], _STOP_SECONDS)
        forget_entry(settings, entry)
        screen.line(f"Stopped the server at {entry.url} (process {entry.pid}).")
    if not entries:
        Screen(sys.stderr).line("No server is running on this data folder.")
    return 0 if entries else 1


@server.command(cls=Command, examples=("penstock server status", "penstock server status --json"))
@click.option("--port", type=click.IntRange(1, 65535), metavar="PORT", help="Only that one.")
@json_option
def status(port: int | None, as_json: bool) -> int:
    """Tell which servers run on this data folder, and whether they answer.

    Exit codes: 0 one runs and answers, 1 none does.
    """
    found = [(entry, _answers(entry)) for entry in _found(load_settings(), port)]
    if as_json:
        print_json([_record(entry, answers=answers) for entry, answers in found])
    elif found:
        table = Table(Column("URL"), Column("PID"), Column("STARTED"), Column("ANSWERS"))
        for entry, answers in found:
            state = ("yes", "green") if answers else ("no", "red")
            table.row(entry.url, str(entry.pid), age(entry.started), state)
        table.write(Screen())
    else:
        Screen().line("No server is running on this data folder. Start one: penstock server start")
    return 0 if any(answers for _, answers in found) else 1


#: Tells a server in the background where what it says goes.
_LOG_VARIABLE: Final = "_PENSTOCK_SERVER_LOG"


def _found(settings: Settings, port: int | None) -> list[Entry]:
    return [entry for entry in find_entries(settings) if port is None or entry.port == port]


def _record(entry: Entry, *, answers: bool) -> dict[str, Any]:
    return {
        "url": entry.url,
        "answers": answers,
        "pid": entry.pid,
        "host": entry.host,
        "port": entry.port,
        "started": iso(entry.started),
        "version": entry.version,
        "log": entry.log,
    }


def _answers(entry: Entry) -> bool:
    """Ask a server whether it is well; it answers this without a key."""
    host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(entry.host, entry.host)  # noqa: S104 - compared
    connection = HTTPConnection(host, entry.port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/api/health", headers={"Host": f"localhost:{entry.port}"})
        return connection.getresponse().status == _OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _start_in_background(settings: Settings, *, opens: bool) -> None:
    """Start the same command again, apart from this terminal, and wait until it answers.

    Raises:
        UsageError: it ended, or does not answer; the message has what it said.
    """
    for entry in _found(settings, settings.server_port):
        raise UsageError(
            f"Port {entry.port} is taken by a server of yours, at {entry.url} (process "
            f"{entry.pid}). To start it anew: penstock server stop --port {entry.port}"
        )
    log = log_file(settings, settings.server_port)
    words = [word for word in sys.argv[1:] if word not in {"--background", "--open"}]
    command = [sys.executable, "-m", "penstock", *words]
    said = os.path.getsize(log) if os.path.exists(log) else 0
    child = start_detached(command, log, environment={**os.environ, _LOG_VARIABLE: log})
    entry = _wait_for(child, settings, log, said)
    Screen().line(f"The server runs at {entry.url} (process {entry.pid}).")
    Screen().line(f"What it says is in {log}. To end it: penstock server stop")
    if opens:
        click.launch(entry.url)


def _wait_for(child: Popen[bytes], settings: Settings, log: str, said: int) -> Entry:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        for entry in _found(settings, settings.server_port):
            # On Windows the process that was started may be the father of that one.
            if entry.log == log and _answers(entry):
                return entry
        if child.poll() is not None:
            break
        time.sleep(_LOOK_EVERY)
    with open(log, encoding="utf-8", errors="replace") as file:
        file.seek(said)
        lines = file.read().strip().splitlines()
    last = lines[-1].removeprefix("Error: ") if lines else "It said nothing."
    if child.poll() is None:
        end_processes([child.pid], 1.0)
        raise UsageError(f"The server has not answered for {_START_SECONDS:.0f} s. {last}")
    raise UsageError(last)


def _tell_ready(entry: Entry, store: Store, settings: Settings, *, is_insecure: bool) -> None:
    """Say where it is and what it shows; to somebody new, what to do next."""
    screen = Screen()
    found = len(store.find_flow_runs(FlowRunFilter(), _MANY))
    many = f"{found:,} or more" if found == _MANY else f"{found:,}"
    runs = "no runs yet" if not found else "1 run" if found == 1 else f"{many} runs"
    where = str(mask("store", store.url)).removeprefix("sqlite://")
    screen.line(f"Penstock {entry.version} serves {runs} of {where}")
    screen.line()
    screen.line([("  Dashboard  ", ""), (entry.url, "bold")])
    screen.line(f"  API        {entry.url}api/openapi.json")
    if settings.keep_days:
        screen.line(
            f"  Keeps      ended runs for {settings.keep_days} days; PENSTOCK_KEEP_DAYS=0: for ever"
        )
    screen.line()
    if is_insecure and not settings.api_key:
        screen.line([("  Nobody needs a key: whoever reaches it can change everything.", "red")])
    if not found:
        screen.line("  Run a flow, and it shows by itself. For example, as hello.py:")
        screen.line()
        for line in FIRST_FLOW.splitlines():
            screen.line(f"      {line}")
        screen.line()
        screen.line("      $ python hello.py")
        screen.line()
    screen.line("  Ctrl-C ends it." if entry.log is None else "  `penstock server stop` ends it.")
    sys.stdout.flush()
