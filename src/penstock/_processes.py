"""What differs between operating systems about processes: how they are told, and ended.

A pid is a number that the system gives again. So whoever is ended here is told by its
pid and its start, and nobody else is hit.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from subprocess import Popen

__all__ = [
    "children_of_thread",
    "descendants",
    "die",
    "die_with",
    "end_command",
    "end_group",
    "end_processes",
    "group_options",
    "outlive",
    "process_is_gone",
    "process_started",
    "receive_descriptor",
    "start_group",
    "wait_readable",
]

#: The same numbers everywhere; `signal`, which has their names, takes a millisecond to load.
_KILL: Final = 9


_TERM: Final = 15


if sys.platform == "win32":
    import msvcrt

    def start_group(command: Sequence[str], hand_over: Sequence[int]) -> Popen[bytes]:
        """Start a process at the head of a group of its own, with a pipe to its stdin.

        The descriptors handed over go with it, and stand as words behind its command.
        """
        import subprocess  # noqa: PLC0415 - 8 ms, only where processes are started

        handles = [msvcrt.get_osfhandle(descriptor) for descriptor in hand_over]
        for handle in handles:
            os.set_handle_inheritable(handle, True)
        # The python.exe of a virtual environment only starts another one, and ending it
        # would not end that: so that other one is started, and told where it belongs.
        program = getattr(sys, "_base_executable", sys.executable) or sys.executable
        environment = {**os.environ, "__PYVENV_LAUNCHER__": sys.executable}
        return subprocess.Popen(  # noqa: S603 - our own program
            [program, *command[1:], *map(str, handles)],
            bufsize=0,
            stdin=subprocess.PIPE,
            env=environment if program != sys.executable else None,
            startupinfo=subprocess.STARTUPINFO(lpAttributeList={"handle_list": handles}),
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
        )

    def receive_descriptor(word: str) -> int:
        """Take over what `start_group` handed over."""
        return msvcrt.open_osfhandle(int(word), os.O_BINARY)

    def group_options() -> dict[str, Any]:
        """Say how `subprocess.Popen` gives a process a group of its own."""
        import subprocess  # noqa: PLC0415 - as above

        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}

    def end_command(process: Popen[bytes], grace_seconds: float) -> None:
        """End a process and all that it has started."""
        del grace_seconds  # nothing here can be asked to end
        if process.poll() is None:
            end_group(process.pid)
            process.wait()

    def end_group(pid: int) -> None:
        """End a process and all that it has started, at once."""
        import subprocess  # noqa: PLC0415 - as above

        command = ["taskkill", "/F", "/T", "/PID", str(pid)]
        subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - a number varies

    def outlive(descriptor: int) -> None:
        """Take `die_with` back. The thread that watches ends with the program: nothing to do."""

    def _end_by_system(descriptor: int) -> bool:
        del descriptor  # nothing here tells of its end
        return False

    def wait_readable(descriptor: int, seconds: float | None) -> bool:
        """Wait until a pipe has something to read, or has ended; False: not in time."""
        import _winapi  # noqa: PLC0415 - only where pipes are read

        handle = msvcrt.get_osfhandle(descriptor)
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            try:
                if _winapi.PeekNamedPipe(handle, 0)[0]:
                    return True
            except OSError:
                return True
            if deadline is not None and time.monotonic() >= deadline:
                return False
            # A pipe cannot be waited for here, and Ctrl-C ends a sleep.
            time.sleep(0.002)

else:
    import fcntl

    def start_group(command: Sequence[str], hand_over: Sequence[int]) -> Popen[bytes]:
        """Start a process at the head of a group of its own, with a pipe to its stdin.

        The descriptors handed over go with it, and stand as words behind its command.
        """
        import subprocess  # noqa: PLC0415 - 8 ms, only where processes are started

        return subprocess.Popen(  # noqa: S603 - our own program
            [*command, *map(str, hand_over)],
            bufsize=0,
            stdin=subprocess.PIPE,
            pass_fds=hand_over,
            start_new_session=True,
        )

    def receive_descriptor(word: str) -> int:
        """Take over what `start_group` handed over."""
        descriptor = int(word)
        os.set_inheritable(descriptor, False)
        return descriptor

    def group_options() -> dict[str, Any]:
        """Say how `subprocess.Popen` gives a process a group of its own."""
        return {"process_group": 0}

    def end_command(process: Popen[bytes], grace_seconds: float) -> None:
        """Ask a process and all that it has started to end; kill them after some seconds."""
        if process.poll() is None:
            end_processes([process.pid, *descendants(process.pid)], grace_seconds)
            # Nobody has asked for its exit code yet, so its number is still its own.
            end_group(process.pid)
            process.wait()

    def end_group(pid: int) -> None:
        """End a process and all that it has started, at once.

        One that has left the group is found where the system tells whose child it is.
        """
        strays = _with_start(descendants(pid))
        # Nobody of the group is left, or (macOS) nobody but zombies.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, _KILL)
        for stray, started in strays.items():
            _send(stray, started, _KILL)

    def outlive(descriptor: int) -> None:
        """Take `die_with` back, for a program that ends well: what it has started may go on."""
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags & ~os.O_ASYNC)

    def _end_by_system(descriptor: int) -> bool:
        """Have the system kill this group when a pipe ends; False: it cannot."""
        how = getattr(fcntl, "F_SETSIG", None)
        if how is None:
            return False
        try:
            flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
            fcntl.fcntl(descriptor, fcntl.F_SETOWN, -os.getpgrp())
            fcntl.fcntl(descriptor, how, _KILL)
            fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)
        except OSError:
            return False
        return True

    def wait_readable(descriptor: int, seconds: float | None) -> bool:
        """Wait until a pipe has something to read, or has ended; False: not in time."""
        import select  # noqa: PLC0415 - only where pipes are read

        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(None if seconds is None else max(0.0, seconds) * 1000))


def die() -> NoReturn:
    """End this process at once: no handler, no `finally`, nothing that is flushed."""
    import signal  # noqa: PLC0415 - only a test dies

    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(1)


#: What Windows says of a process that is there, but not for us.
_ACCESS_DENIED: Final = 5


def process_is_gone(pid: int, started: float) -> bool | None:
    """Tell whether the process that had this pid, and began then, has ended.

    None: this user may not know. Good only on the boot the process ran on.
    """
    found = process_started(pid)
    if found:
        return found != started
    system: str = sys.platform
    if system == "win32":
        return None if _is_hidden_windows(pid) else True
    try:
        os.kill(pid, 0)  # sends nothing
    except ProcessLookupError:
        return True
    except PermissionError:
        return None
    return True  # it has ended, and nobody has asked for its exit code yet


def process_started(pid: int) -> float:
    """Tell when a process began, or 0.0 when there is no such process, or it has ended.

    Good only for comparing with an earlier answer on the same boot of the same
    machine: on Linux it counts from the boot, because the system's idea of when
    that was moves with its clock.
    """
    system: str = sys.platform  # or type checkers take what runs elsewhere for dead
    if system == "linux":
        return _started_linux(pid)
    if system == "win32":
        return _started_windows(pid)
    return _started_ps(pid)


def _started_linux(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return 0.0
    # The second field is the name in parentheses and may hold anything, so count
    # from its end: the state is field 3, the start is field 22.
    fields = text[text.rindex(b")") + 2 :].split()
    if fields[0] in {b"Z", b"X"}:
        return 0.0  # all that is left of it is its exit code
    ticks = int(fields[19])
    return ticks / os.sysconf("SC_CLK_TCK")


def _is_zombie(pid: int) -> bool:
    """Tell whether a process has ended and only waits to be asked for its exit code."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return False
    return text[text.rindex(b")") + 2 :].split()[0] in {b"Z", b"X"}


def _started_windows(pid: int) -> float:
    import ctypes  # noqa: PLC0415 - Windows only

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore] # Windows only
    # 0x1000: PROCESS_QUERY_LIMITED_INFORMATION.
    handle = kernel.OpenProcess(0x1000, False, pid)
    if not handle:
        return 0.0
    try:
        times = [ctypes.c_ulonglong() for _ in range(4)]
        if not kernel.GetProcessTimes(handle, *(ctypes.byref(value) for value in times)):
            return 0.0
        return times[0].value / 1e7
    finally:
        kernel.CloseHandle(handle)


def _is_hidden_windows(pid: int) -> bool:
    """Tell whether there is a process that this user may not look at."""
    import ctypes  # noqa: PLC0415 - Windows only

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore] # Windows only
    handle = kernel.OpenProcess(0x1000, False, pid)
    if handle:
        kernel.CloseHandle(handle)
        return False
    return bool(ctypes.get_last_error() == _ACCESS_DENIED)  # type: ignore[attr-defined,unused-ignore] # Windows only


def _started_ps(pid: int) -> float:
    import subprocess  # noqa: PLC0415 - 8 ms, and not on Linux

    found = subprocess.run(  # noqa: S603 - a number is all that varies
        ["/bin/ps", "-o", "lstart=", "-p", str(int(pid))],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C"},
    )
    try:
        return time.mktime(time.strptime(found.stdout.strip(), "%a %b %d %H:%M:%S %Y"))
    except ValueError:
        return 0.0


def die_with(descriptor: int) -> None:
    """See to it that this process and its group end when the other end of a pipe is closed.

    Linux does so itself, even in the middle of a call into C that lets no Python run;
    elsewhere a thread watches.
    """
    # It may have been closed before the system listened.
    if _end_by_system(descriptor) and not wait_readable(descriptor, 0.0):
        return

    def watch() -> None:
        os.read(descriptor, 1)
        end_group(os.getpid())

    threading.Thread(target=watch, name="penstock-lifeline", daemon=True).start()


def children_of_thread(native_id: int, pid: int | None = None) -> list[int]:
    """List the processes that a thread has started and nobody has waited for.

    Known on Linux only; elsewhere, and where the kernel does not tell, it is none.
    The main thread also has those of threads that have ended.
    """
    try:
        with open(f"/proc/{pid or os.getpid()}/task/{native_id}/children", "rb") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def descendants(pid: int) -> list[int]:
    """List the processes below a process: what it has started, and what that has.

    Known on Linux only, as for `children_of_thread`.
    """
    found: list[int] = []
    above = [pid]
    while above:
        parent = above.pop()
        try:
            threads = os.listdir(f"/proc/{parent}/task")
        except OSError:
            continue
        for thread in threads:
            below = children_of_thread(int(thread), parent)
            found += below
            above += below
    return found


def end_processes(pids: Iterable[int], grace_seconds: float) -> None:
    """Ask processes to end, and kill those that have not after some seconds.

    None is hit that only has the number of one that has ended meanwhile.
    """
    left = _with_start(pids)
    for pid, started in left.items():
        _send(pid, started, _TERM)
    deadline = time.monotonic() + grace_seconds
    while left := {pid: at for pid, at in left.items() if _is_running(pid, at)}:
        if time.monotonic() >= deadline:
            break
        time.sleep(0.005)
    for pid, started in left.items():
        _send(pid, started, _KILL)


def _with_start(pids: Iterable[int]) -> dict[int, float]:
    """Note when each process began: a number alone may be another's a moment later."""
    started = {pid: process_started(pid) for pid in pids}
    return {pid: at for pid, at in started.items() if at}


def _is_running(pid: int, started: float) -> bool:
    return process_started(pid) == started and not _is_zombie(pid)


def _send(pid: int, started: float, number: int) -> None:
    if _is_running(pid, started):
        # It may end between the look and the signal, or belong to somebody else (sudo).
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
