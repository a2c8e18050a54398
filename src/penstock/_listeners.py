"""Which process listens on a port, and how one is started that outlives its starter.

The parts of `_processes` that only a server needs: what differs between operating
systems stands here too.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from subprocess import Popen

__all__ = ["command_of", "find_listener", "start_detached"]

#: State of a socket that listens, in /proc/net/tcp.
_LISTENS = "0A"
_SECONDS = 5.0


def find_listener(port: int) -> int | None:
    """Give the pid of a process that listens on a port of this machine; None: not known.

    Processes of other users are not found on Linux and macOS.
    """
    system: str = sys.platform
    if system == "linux":
        return _find_linux(port)
    if system == "win32":
        return _find_windows(port)
    found = _said(["lsof", "-nP", f"-iTCP:{port:d}", "-sTCP:LISTEN", "-Fp"])
    return next((int(line[1:]) for line in found if line[:1] == "p"), None)


def command_of(pid: int) -> str | None:
    """Give the command line of a process, cut to what fits a sentence; None: not known."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().rstrip(b"\0").split(b"\0")
    except OSError:
        if sys.platform == "win32":
            found = _said(["tasklist", "/FI", f"PID eq {pid:d}", "/FO", "CSV", "/NH"])
            return found[0].partition(",")[0].strip('"') if found else None
        found = _said(["ps", "-o", "command=", "-p", str(pid)])
        text = found[0] if found else ""
    else:
        text = b" ".join(words).decode(errors="replace")
    return text[:120].strip() or None


def start_detached(
    command: Sequence[str],
    output: str,
    *,
    folder: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Popen[bytes]:
    """Start a process that goes on when this one ends, whatever ends it.

    Args:
        command: the program and its arguments.
        output: file that what it says is added to; nobody else may read it.
        folder: where it starts; here if none.
        environment: all of its environment; ours if none.
    """
    import subprocess  # noqa: PLC0415 - 8 ms, only where processes are started

    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    os.makedirs(os.path.dirname(output), mode=0o700, exist_ok=True)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(  # noqa: S603 - our own command line
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            cwd=folder,
            env=None if environment is None else dict(environment),
            start_new_session=os.name == "posix",
            creationflags=flags,
        )
    finally:
        os.close(descriptor)


def _find_linux(port: int) -> int | None:
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as file:
                rows = [line.split() for line in file.readlines()[1:]]
        except OSError:
            continue
        for row in rows:
            if row[3] == _LISTENS and int(row[1].rpartition(":")[2], 16) == port:
                sockets.add(f"socket:[{row[9]}]")
    if not sockets:
        return None
    for name in os.listdir("/proc"):
        if name.isdecimal() and _has_one(name, sockets):
            return int(name)
    return None


def _has_one(pid: str, sockets: set[str]) -> bool:
    """Tell whether a process has one of these sockets open, as far as we may know."""
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return False
    for descriptor in descriptors:
        try:
            if os.readlink(f"/proc/{pid}/fd/{descriptor}") in sockets:
                return True
        except OSError:
            continue
    return False


def _find_windows(port: int) -> int | None:
    for line in _said(["netstat", "-ano", "-p", "TCP"]):
        match line.split():
            case [_, local, _, "LISTENING", pid] if local.rpartition(":")[2] == str(port):
                return int(pid)
    return None


def _said(command: list[str]) -> list[str]:
    """Give the lines that a small program of the system prints; none when it cannot."""
    import subprocess  # noqa: PLC0415 - as above

    try:
        done = subprocess.run(  # noqa: S603 - a number is all that varies
            command, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.splitlines()
