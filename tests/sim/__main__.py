"""Replay a history: python -m tests.sim SEED [NAME OF A PLANTED BUG]."""

from __future__ import annotations

import sys

import pytest

from tests.sim.mutants import PLANTS
from tests.sim.people import play


def main(seed: str, planted: str | None = None) -> int:
    """Print what happens; 1 when a rule was broken."""
    with pytest.MonkeyPatch.context() as patch:
        for plant in PLANTS:
            if plant.__name__ == planted:
                plant(patch)
        try:
            world = play(int(seed), talk=True)
        except AssertionError as error:
            sys.stdout.write(f"seed {seed}: {error}\n")
            return 1
    sys.stdout.write(f"seed {seed}: {world.hash} after {world.steps} steps; {world.faults}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
