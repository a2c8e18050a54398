"""Ids: UUIDv7 for flow runs and processes, and names people can remember.

A UUIDv7 sorts by the time it was made, so new rows go to the right edge of an
index. Its layout is that of RFC 9562, section 5.7: 48 bits of milliseconds,
then version, 12 bits of sub-millisecond fraction, variant, 62 random bits.
"""

from __future__ import annotations

import os
import random
import time
from typing import Final

__all__ = ["format_id", "new_id", "parse_id", "run_name", "split_task_run_id"]

#: An index is smaller than 2 ** 32.
_INDEX_DIGITS: Final = 10

_ADJECTIVES: Final = [
    "able",
    "amber",
    "bold",
    "brave",
    "bright",
    "brisk",
    "calm",
    "clear",
    "clever",
    "cosy",
    "crisp",
    "daring",
    "eager",
    "early",
    "fair",
    "fleet",
    "fond",
    "frank",
    "fresh",
    "gentle",
    "glad",
    "golden",
    "grand",
    "green",
    "happy",
    "hardy",
    "honest",
    "jolly",
    "keen",
    "kind",
    "late",
    "lively",
    "loyal",
    "lucky",
    "mellow",
    "merry",
    "mild",
    "neat",
    "nimble",
    "noble",
    "patient",
    "plucky",
    "polite",
    "proud",
    "quick",
    "quiet",
    "rapid",
    "ready",
    "rosy",
    "royal",
    "sharp",
    "silent",
    "silver",
    "sleek",
    "smart",
    "snug",
    "solid",
    "spry",
    "steady",
    "stout",
    "sunny",
    "sure",
    "swift",
    "tidy",
    "true",
    "vivid",
    "warm",
    "wise",
    "witty",
    "young",
    "zesty",
]
_NOUNS: Final = [
    "badger",
    "beaver",
    "bittern",
    "bream",
    "brook",
    "canal",
    "carp",
    "cascade",
    "channel",
    "crane",
    "creek",
    "curlew",
    "dam",
    "delta",
    "dipper",
    "duck",
    "eddy",
    "eel",
    "egret",
    "falls",
    "fen",
    "ferry",
    "ford",
    "fountain",
    "grebe",
    "gull",
    "harbour",
    "heron",
    "ibis",
    "inlet",
    "kingfisher",
    "lagoon",
    "lake",
    "lock",
    "loon",
    "marsh",
    "mill",
    "minnow",
    "newt",
    "otter",
    "oxbow",
    "pelican",
    "perch",
    "pike",
    "pond",
    "pool",
    "quay",
    "rapid",
    "reed",
    "reef",
    "reservoir",
    "rill",
    "river",
    "salmon",
    "sandpiper",
    "sluice",
    "snipe",
    "source",
    "spring",
    "stork",
    "stream",
    "swan",
    "teal",
    "tern",
    "tide",
    "torrent",
    "trout",
    "turbine",
    "vole",
    "wader",
    "watermill",
    "weir",
    "well",
    "wharf",
]


def new_id() -> bytes:
    """Make the 16 bytes of a UUIDv7."""
    ns = time.time_ns()
    milliseconds, rest = divmod(ns, 1_000_000)
    fraction = rest * 4096 // 1_000_000
    tail = int.from_bytes(os.urandom(8), "big") >> 2
    number = (milliseconds << 80) | (0x7000 | fraction) << 64 | (0b10 << 62) | tail
    return number.to_bytes(16, "big")


def format_id(raw: bytes) -> str:
    """Write 16 bytes as people see a UUID."""
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def parse_id(text: str) -> bytes:
    """Read the text form of a UUID back.

    Raises:
        ValueError: it is not one.
    """
    compact = text.replace("-", "")
    if len(compact) != 32:  # noqa: PLR2004 - hexadecimal digits of 16 bytes
        message = f"{text!r} is not a UUID"
        raise ValueError(message)
    return bytes.fromhex(compact)


def split_task_run_id(text: str) -> tuple[str, int]:
    """Split `<flow run id>-<index>` into its two parts.

    Raises:
        ValueError: it does not have that form.
    """
    flow_run_id, _, index = text.rpartition("-")
    parse_id(flow_run_id)
    if not (index.isascii() and index.isdecimal() and len(index) <= _INDEX_DIGITS):
        message = f"{text!r} is not the id of a task run"
        raise ValueError(message)
    return flow_run_id, int(index)


def run_name() -> str:
    """Make a name for a run that people can say aloud: `brisk-otter`."""
    return f"{random.choice(_ADJECTIVES)}-{random.choice(_NOUNS)}"  # noqa: S311 - not a secret
