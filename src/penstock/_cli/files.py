"""What lies in the data folder, besides the database."""

from __future__ import annotations

import os
from typing import Final

from penstock._platform import lock_file

__all__ = ["count_journals", "in_bytes"]

_KILO: Final = 1024


def in_bytes(size: float) -> str:
    """Write a size as people read it: `3.2 MiB`."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < _KILO:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= _KILO
    return f"{size:.1f} TiB"


def count_journals(folder: str) -> tuple[int, int]:
    """Count the journals in a folder: those of living processes, and those left behind."""
    living = left = 0
    if not os.path.isdir(folder):
        return 0, 0
    for name in os.listdir(folder):
        if not name.endswith(".lock"):
            continue
        try:
            descriptor = os.open(os.path.join(folder, name), os.O_RDWR)
        except OSError:
            continue  # gone meanwhile, or somebody else's
        try:
            # Taken for a moment and let go by closing: a living owner keeps it.
            if lock_file(descriptor, wait=False):
                left += 1
            else:
                living += 1
        finally:
            os.close(descriptor)
    return living, left
