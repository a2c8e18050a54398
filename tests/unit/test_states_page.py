"""docs/states.md says what the transition table says."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_of_states_is_the_one_that_the_table_makes() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "states_page.py"))

    page = (ROOT / "docs" / "states.md").read_text(encoding="utf-8")

    assert page == tool["render"]()
