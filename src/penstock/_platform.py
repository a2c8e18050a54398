"""What differs between operating systems, and nothing else.

File locks, process and boot identity, network file systems. No other module asks
`sys.platform`. The invariant: a lock taken here is let go by the system when its
process dies, so nobody ever has to clean one up.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "boot_id",
    "folder_gate",
    "host_name",
    "lock_file",
    "lock_range",
    "network_filesystem",
    "process_started",
    "unlock_file",
    "unlock_range",
]

#: Locking a byte far behind the end leaves the text of the file readable on
#: Windows, where a lock is mandatory for the bytes it covers.
_LOCKED_BYTE: Final = 1 << 30

#: File systems that more than one host can have mounted. 9p and virtiofs are not
#: among them: they join a guest to its own host, where locks do hold.
_NETWORK: Final = frozenset(
    {
        *("afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs"),
        *("nfs", "nfs4", "smb3", "smbfs", "fuse.ceph", "fuse.gcsfuse", "fuse.glusterfs"),
        *("fuse.rclone", "fuse.s3fs", "fuse.sshfs"),
    }
)

if sys.platform == "win32":
    import msvcrt

    def lock_file(descriptor: int, *, wait: bool) -> bool:
        """Take the lock of an open file; tell whether it is ours now.

        A second call on the same descriptor is granted: threads need a lock of
        their own in front of it.
        """
        while True:
            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
                time.sleep(0.005)
            else:
                return True

    def unlock_file(descriptor: int) -> None:
        """Let the lock of an open file go."""
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

    def lock_range(descriptor: int, byte: int, *, wait: bool) -> bool:
        """Take the lock of one byte of an open file, against other processes.

        Tells whether it is ours now. Threads of one process do not keep each other out.
        """
        while True:
            os.lseek(descriptor, byte, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
                time.sleep(0.005)
            else:
                return True

    def unlock_range(descriptor: int, byte: int) -> None:
        """Let the lock of one byte go."""
        os.lseek(descriptor, byte, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def lock_file(descriptor: int, *, wait: bool) -> bool:
        """Take the lock of an open file; tell whether it is ours now.

        A second call on the same descriptor is granted: threads need a lock of
        their own in front of it.
        """
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock_file(descriptor: int) -> None:
        """Let the lock of an open file go.

        Closing would not do: a copy of the descriptor in a process that is just
        being started keeps the lock until it is closed there too.
        """
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def lock_range(descriptor: int, byte: int, *, wait: bool) -> bool:
        """Take the lock of one byte of an open file, against other processes.

        Tells whether it is ours now. Threads of one process do not keep each other
        out. Two processes that wait for each other's bytes: one is told it is its
        own now, because doing a thing twice is better than never.
        """
        how = fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB
        try:
            fcntl.lockf(descriptor, how, 1, byte)
        except OSError as error:
            if error.errno == errno.EDEADLK:
                return True
            if error.errno in {errno.EACCES, errno.EAGAIN}:
                return False
            raise
        return True

    def unlock_range(descriptor: int, byte: int) -> None:
        """Let the lock of one byte go."""
        fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, byte)


@contextmanager
def folder_gate(folder: str) -> Iterator[None]:
    """Let one process at a time do what it does with the files of a folder."""
    path = os.path.join(folder, ".gate")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        lock_file(descriptor, wait=True)
        try:
            yield
        finally:
            unlock_file(descriptor)
    finally:
        os.close(descriptor)


def host_name() -> str:
    """Name this machine."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME", "localhost")


def boot_id() -> str:
    """Name the current boot of this machine; "" where the system has no name for it."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def process_started(pid: int) -> float:
    """Tell when a process began, or 0.0 when there is no such process.

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
    # from its end: the start is field 22.
    ticks = int(text[text.rindex(b")") + 2 :].split()[19])
    return ticks / os.sysconf("SC_CLK_TCK")


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


def network_filesystem(path: str, mounts_file: str = "/proc/self/mountinfo") -> str | None:
    """Name the network file system a path lies on; None when it is a local one.

    Knows Linux only; elsewhere every path counts as local.
    """
    try:
        with open(mounts_file, encoding="utf-8", errors="surrogateescape") as file:
            mounts = file.read().splitlines()
    except OSError:
        return None
    real = os.path.realpath(path)
    best, kind = "", ""
    for line in mounts:
        left, _, right = line.partition(" - ")
        # The kernel writes a space in a path as \040.
        point = left.split(" ")[4].replace("\\040", " ")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        # Of two mounts on the same point the later one is seen.
        if inside and len(point) >= len(best):
            best, kind = point, right.split(" ", 1)[0]
    return kind if kind in _NETWORK else None
