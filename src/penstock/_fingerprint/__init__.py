"""Fingerprints of values, of calls and of code: what says that nothing has changed.

`values` prints inputs, `code` prints what a task runs; `writer`, `kinds` and `arrays`
know the bytes of each type. Nothing here knows what the prints are used for.
"""

from __future__ import annotations

from penstock._fingerprint.code import CodeFingerprint
from penstock._fingerprint.stable import ATOMS, Unstable
from penstock._fingerprint.values import fingerprint, fingerprint_call

__all__ = ["ATOMS", "CodeFingerprint", "Unstable", "fingerprint", "fingerprint_call"]
