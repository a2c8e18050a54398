"""What tests of the pure parts share."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no reason to fail: pytest-timeout ends what really hangs.
settings.register_profile("penstock", deadline=None)
settings.load_profile("penstock")
