"""Segments: the files a journal is made of, written through mapped memory.

A store into a shared mapping is in the page cache at once, so it survives the
death of the process as well as `write(2)` does, but it costs no system call and
does not give up the GIL: with a system call per event the writer thread and the
flow hand the GIL back and forth, and a task costs twice as much
(`docs/adr/0005-journal-format.md`). Blocks are allocated before they are mapped:
a full disk is an error here, not a SIGBUS later.

Files of one process share its incarnation id: `<incarnation>.lock`, which it
holds locked while it lives, and `<incarnation>-<n>.journal`, n from 0.
"""

from __future__ import annotations

import errno
import mmap
import os
from contextlib import suppress
from pickle import UnpicklingError
from typing import Any, Final

from penstock._journal.frames import HEADER_BYTES, decode_frames, encode_frame
from penstock._platform import MAPPINGS_NEED_FLUSH
from penstock.errors import JournalError, StoreFull, StoreReadOnly

__all__ = ["Segment", "read_segment"]

#: First segment, then four times as large each time, up to the limit.
FIRST_BYTES: Final = 65_536
LARGEST_BYTES: Final = 4_194_304
_END: Final = b"\0" * HEADER_BYTES


class Segment:
    """A file of fixed size that frames are appended to."""

    __slots__ = ("_map", "base", "path", "position", "size")

    def __init__(self, path: str, size: int, base: int, header: tuple[Any, ...]) -> None:
        """Make the file and write its first frame.

        Args:
            path: where; must not exist.
            size: bytes, all allocated now.
            base: LSN at which the file begins.
            header: what a reader must know of the journal.

        Raises:
            StoreFull: there is no room for it.
            StoreReadOnly: the folder cannot be written.
        """
        self.path = path
        self.base = base
        self.size = size
        try:
            self._map = _allocate(path, size)
        except OSError as error:
            raise _explain(path, error) from None
        self.position = 0
        self.append(encode_frame((*header, base)))

    def fits(self, length: int) -> bool:
        """Tell whether a frame of this length has room, and the end mark after it."""
        return self.position + length + HEADER_BYTES <= self.size

    def append(self, frame: bytes) -> int:
        """Write a frame that `fits`; give its LSN, the position at which it ends."""
        end = self.position + len(frame)
        self._map[self.position : end] = frame
        self.position = end
        return self.base + end

    def flush(self) -> None:
        """Hand what was written to the system, where a mapping does not do so by itself."""
        if MAPPINGS_NEED_FLUSH:
            self._map.flush()

    def close(self) -> None:
        """Let go of the mapping; the file stays."""
        self._map.close()

    def remove(self) -> None:
        """Close, and delete the file."""
        self.close()
        os.unlink(self.path)


def read_segment(path: str) -> tuple[tuple[Any, ...], list[tuple[int, tuple[Any, ...]]]]:
    """Read a file that nobody writes any more.

    Returns the header, and each frame's values with its LSN. A file whose first
    frame is torn, or empty, gives an empty header and nothing.
    """
    with open(path, "rb") as file:
        data = file.read()
    found: list[tuple[int, tuple[Any, ...]]] = []
    with suppress(UnpicklingError):  # somebody has put a frame of their own in: end there
        found.extend(decode_frames(data))
    if not found or not found[0][1]:
        return (), []
    header = found[0][1]
    base = header[-1]
    return header, [(base + end, values) for end, values in found[1:]]


def _allocate(path: str, size: int) -> mmap.mmap:
    descriptor = os.open(
        path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600
    )
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, size)
        else:
            # Writing zeros allocates on every system.
            os.write(descriptor, bytes(size))
        return mmap.mmap(descriptor, size)
    except OSError:
        os.unlink(path)
        raise
    finally:
        os.close(descriptor)


def _explain(path: str, error: OSError) -> JournalError | StoreFull | StoreReadOnly:
    folder = os.path.dirname(path)
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return StoreFull(
            folder,
            "no space is left for the journal. "
            "Free some space, or set PENSTOCK_HOME to another disk.",
        )
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return StoreReadOnly(
            folder,
            "the folder cannot be written. "
            "Change its permissions, or set PENSTOCK_HOME to a folder of yours.",
        )
    return JournalError(folder, f"the journal cannot be written ({error}).")
