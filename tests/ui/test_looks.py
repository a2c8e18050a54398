"""Pages are usable: by everyone, in both themes, on a telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock.testing.children import eventually
from tests.ui.axe import OF_COLOURS, violations
from tests.ui.routes import ROUTES, path_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.ui.browser import Visit
    from tests.ui.served import Served

#: What can be pressed and lies beside the screen, where nothing can be scrolled to reach it.
_OUTSIDE = """
() => {
  const scrolls = (one) => one !== null && (
    (/auto|scroll/.test(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth)
    || scrolls(one.parentElement));
  return [...document.querySelectorAll("button, a, input, select, h1")]
    .filter((one) => one.checkVisibility() && !scrolls(one))
    .map((one) => [one.getBoundingClientRect(), one.ariaLabel ?? one.textContent])
    .filter(([box]) => box.width > 1 && (box.left >= innerWidth || box.right > innerWidth + 1))
    .map(([, text]) => text);
}
"""


_COLOURS_STAND = """
() => document.getAnimations().every((one) => !(one instanceof CSSTransition))
"""


@pytest.mark.parametrize("route", ROUTES)
def test_axe_finds_nothing_wrong_in_either_theme(
    museum: Served, visit: Callable[..., Visit], route: str
) -> None:
    page = visit(museum.base, path_of(route, museum), bypass_csp=True).page
    page.wait_for_timeout(400)  # until the data has come
    found = violations(page)

    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(50)  # until colours begin to change
    page.wait_for_function(_COLOURS_STAND)
    found += violations(page, rules=OF_COLOURS)

    assert not found, "\n".join(found)


@pytest.mark.parametrize("route", ROUTES)
def test_a_page_fits_a_telephone(museum: Served, visit: Callable[..., Visit], route: str) -> None:
    page = visit(museum.base, path_of(route, museum), width=390).page
    page.wait_for_timeout(400)  # until the data has come

    wide = page.evaluate("document.documentElement.scrollWidth")
    outside = page.evaluate(_OUTSIDE)

    assert wide <= 390
    assert outside == []
    assert page.get_by_role("heading", level=1).is_visible()


def test_every_state_is_an_icon_and_a_word(museum: Served, visit: Callable[..., Visit]) -> None:
    page = visit(museum.base, "runs").page

    for word in ("Completed", "Failed"):
        badge = page.get_by_role("row").get_by_text(word, exact=True).first
        badge.wait_for()
        assert badge.locator("xpath=..").locator("svg").count() >= 1


def test_the_theme_follows_the_system_until_one_is_chosen(
    museum: Served, visit: Callable[..., Visit]
) -> None:
    page = visit(museum.base, theme="dark").page
    assert ground_of(page) < 60

    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").wait_for()
    eventually(lambda: ground_of(page) > 200, "the page is light")  # the button is drawn first

    page.reload()
    page.get_by_role("main").wait_for()
    assert ground_of(page) > 200


def ground_of(page: Page) -> int:
    """Give the brightness of the page's ground, 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return int(colour.split("(")[1].split(",")[0])
