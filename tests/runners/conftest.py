"""Tests of runners look at the store's soundness at their end, as those of the engine do."""

from __future__ import annotations

from tests.engine.conftest import _invariants, leaves_runs_open

__all__ = ["_invariants", "leaves_runs_open"]
