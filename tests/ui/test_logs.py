"""The log of a run: found, filtered, linked to, downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from tests.ui.facts import LINES, NEEDLE, NEEDLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

    from tests.ui.browser import Visit
    from tests.ui.served import Served


def open_log(museum: Served, visit: Callable[..., Visit], query: str = "") -> Page:
    return visit(museum.base, f"runs/{museum.run_id('talk')}?tab=logs{query}").page


def line(page: Page, text: str) -> Locator:
    return page.locator(".lg-row").filter(has_text=text)


def find(page: Page, text: str) -> None:
    page.get_by_role("searchbox", name="Search all lines").fill(text)


def test_a_search_finds_lines_that_are_not_in_the_page_yet(
    museum: Served, visit: Callable[..., Visit]
) -> None:
    page = open_log(museum, visit)
    line(page, "line 0: nothing to see").wait_for()
    assert page.locator(".lg-row").count() < 200

    find(page, NEEDLE)
    page.get_by_text(f"{len(NEEDLES)} hits").wait_for()
    for _ in NEEDLES:
        page.get_by_role("searchbox", name="Search all lines").press("Enter")
    page.get_by_text(f"{len(NEEDLES)}/{len(NEEDLES)}").wait_for()

    far = line(page, f"line {NEEDLES[-1]}: {NEEDLE}")
    expect(far).to_be_in_viewport()
    assert parse_qs(urlsplit(page.url).query)["find"] == [NEEDLE]


def test_a_search_can_leave_only_its_hits(museum: Served, visit: Callable[..., Visit]) -> None:
    page = open_log(museum, visit)

    find(page, NEEDLE)
    page.get_by_role("button", name="Show lines with hits only").click()

    expect(page.locator(".lg-row")).to_have_count(len(NEEDLES))
    page.get_by_role("button", name="Show lines with hits only").click()
    expect(line(page, "nothing to see").first).to_be_visible()


def test_a_level_leaves_the_lines_above_it_and_stands_in_the_address(
    museum: Served, visit: Callable[..., Visit]
) -> None:
    page = open_log(museum, visit)

    page.get_by_role("combobox", name="Lowest level").select_option("40")
    expect(page.locator(".lg-row")).to_have_count(1)
    expect(line(page, "this went wrong")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["level"] == ["40"]

    page.go_back()
    expect(line(page, "nothing to see").first).to_be_visible()


def test_a_link_to_a_line_leads_to_it_however_far_it_is(
    museum: Served, visit: Callable[..., Visit]
) -> None:
    page = open_log(museum, visit, f"&find={NEEDLE.replace(' ', '%20')}&only=true")
    line(page, NEEDLE).nth(1).get_by_role("button", name="Link to this line").click()
    linked = parse_qs(urlsplit(page.url).query)["line"][0]

    other = open_log(museum, visit, f"&line={linked}")

    expect(other.locator(".lg-linked")).to_be_in_viewport()
    expect(other.locator(".lg-linked")).to_contain_text(f"line {NEEDLES[1]}")


def test_a_traceback_is_folded_until_it_is_opened(
    museum: Served, visit: Callable[..., Visit]
) -> None:
    page = open_log(museum, visit, "&level=40")
    wrong = line(page, "this went wrong")
    fold = wrong.get_by_role("button", name="ValueError")
    expect(fold).to_have_attribute("aria-expanded", "false")

    fold.click()

    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(wrong).to_contain_text('float("n/a")')


def test_colours_of_a_terminal_are_colours_and_not_signs(
    museum: Served, visit: Callable[..., Visit]
) -> None:
    page = open_log(museum, visit, "&level=30")
    coloured = line(page, "line 7:")
    coloured.wait_for()

    shown = coloured.inner_text()
    assert "yellow" in shown
    assert "\x1b" not in shown
    assert "[33m" not in shown
    plain, yellow = coloured.get_by_text("line 7:").first, coloured.get_by_text("yellow").last
    colour = "getComputedStyle(one).color"
    assert plain.evaluate(f"(one) => {colour}") != yellow.evaluate(f"(one) => {colour}")


def test_a_line_that_was_cut_can_be_had_whole(museum: Served, visit: Callable[..., Visit]) -> None:
    page = open_log(museum, visit, "&find=xxxxxxxx&only=true")
    long = line(page, "xxxxxxxx").first
    before = len(long.inner_text())

    long.get_by_role("button").last.click()

    expect(long).to_contain_text("x" * 11_999)
    assert before < 11_000


def test_the_log_is_downloaded_whole(museum: Served, visit: Callable[..., Visit]) -> None:
    page = open_log(museum, visit)
    page.get_by_role("button", name="Download the log").click()

    with page.expect_download() as begun:
        page.get_by_role("menuitem", name="Everything").click()

    text = begun.value.path().read_text("utf-8")
    assert text.count("nothing to see") > LINES * 0.9
    assert "x" * 12_000 in text
