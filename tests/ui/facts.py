"""What `scenario.py` puts into the store, and tests look for."""

from __future__ import annotations

from typing import Final

#: In the log of `talk`: these two lines hold it, far from each other.
NEEDLE: Final = "haystack needle"
NEEDLES: Final = (100, 1_400)
LINES: Final = 1_500
