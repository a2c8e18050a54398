"""The tests of the dashboard need a browser, and say so once, not in every test."""

from __future__ import annotations

from tests.ui.browser import MISSING, browser_or_none


def test_there_is_a_browser_for_the_tests_of_the_dashboard() -> None:
    assert browser_or_none() is not None, MISSING
