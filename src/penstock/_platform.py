"""What differs between operating systems: files, locks, signals, and the machine's name.

Processes are in `_processes` and `_listeners`; no other module asks `sys.platform`. The
invariant: a lock taken here is let go by the system when its process dies, so nobody
ever has to clean one up.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # the signal package takes a millisecond
import _thread
import errno
import os
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "MAPPINGS_NEED_FLUSH",
    "WAKE_SIGNAL",
    "boot_id",
    "folder_gate",
    "host_name",
    "load_thread_end",
    "lock_file",
    "lock_range",
    "network_filesystem",
    "send_signal_to_main",
    "sync_file",
    "sync_folder",
    "unlock_file",
    "unlock_range",
    "wake_main_thread",
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


#: A signal that nobody uses and that does nothing where no handler is; None: Windows.
WAKE_SIGNAL: Final[int | None] = getattr(_signal, "SIGURG", None)


#: A file written through mapped memory must be flushed before it is synced. On Linux a
#: sync of the file takes what was written through its mappings along.
MAPPINGS_NEED_FLUSH: Final = sys.platform != "linux"


def sync_file(path: str) -> None:
    """Have the disk take all that was written to a file."""
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: str) -> None:
    """Have the disk take which files a folder has. Windows does so by itself."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def send_signal_to_main(number: int) -> None:
    """Send a signal to the main thread of this process."""
    if hasattr(_signal, "pthread_kill"):
        _signal.pthread_kill(threading.main_thread().ident, number)
    else:
        _thread.interrupt_main(number)  # type: ignore[arg-type] # as a number it does


def wake_main_thread() -> None:
    """End what the main thread waits for, so that it looks at its signals."""
    send_signal_to_main(_signal.SIGINT if WAKE_SIGNAL is None else WAKE_SIGNAL)


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


#: The name of the first namespace of pids, the same on every Linux.
_FIRST_PIDS: Final = "pid:[4026531836]"


def boot_id() -> str:
    """Name the current boot of this machine; "" where the system has no name for it.

    Inside of a container that counts pids anew, a plus sign and the name of its count
    follow: the kernel is the same there, but the pids are others.
    """
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = file.read().strip()
        pids = os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
    return boot if pids == _FIRST_PIDS else f"{boot}+{pids}"


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


def load_thread_end() -> None:
    """Load what a thread needs to end, before there is no memory left for that.

    The GNU C library loads it when the first thread ends itself, as those do that wake up
    while the interpreter shuts down, and aborts if it cannot.
    """
    if sys.platform != "linux":
        return
    try:
        import ctypes  # noqa: PLC0415 - 10 ms, only without memory

        ctypes.CDLL("libgcc_s.so.1")
    except (ImportError, MemoryError, OSError):
        return  # another C library, or no memory for this either
