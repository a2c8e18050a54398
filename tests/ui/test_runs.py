"""The list of runs: filters that stand in the address, views, keys, the palette."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from tests.ui.served import serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from penstock.testing.children import Nursery
    from tests.ui.browser import Visit
    from tests.ui.served import Served

FILTER = "Filter by name"


def rows(page: Page) -> Locator:
    """Find the rows of the table, without its head."""
    return page.get_by_role("row").filter(has=page.get_by_role("cell"))


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def filter_by(page: Page, words: str) -> None:
    page.get_by_role("searchbox", name=FILTER).fill(words)
    page.keyboard.press("Enter")


def test_filters_stand_in_the_address_and_the_back_button_takes_them_away(
    museum: Served, visit: Callable[..., Visit]
) -> None:
    page = visit(museum.base, "runs").page
    expect(rows(page).filter(has_text="exam_scores")).to_have_count(1)

    filter_by(page, "flow:harvest")
    expect(rows(page)).to_have_count(2)
    assert query(page) == {"flow": ["harvest"]}

    filter_by(page, "harvest-40")
    expect(rows(page)).to_have_count(1)
    assert query(page) == {"flow": ["harvest"], "q": ["harvest-40"]}

    page.go_back()
    expect(rows(page)).to_have_count(2)
    page.go_back()
    expect(rows(page).filter(has_text="exam_scores")).to_have_count(1)
    assert query(page) == {}


def test_an_address_with_filters_shows_what_they_leave(
    museum: Served, visit: Callable[..., Visit]
) -> None:
    page = visit(museum.base, "runs?not_state=COMPLETED").page

    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("measure")
    page.get_by_role("button", name="Remove").click()

    expect(rows(page).filter(has_text="exam_scores")).to_have_count(1)
    assert query(page) == {}


def test_a_filter_that_leaves_nothing_says_which_one_to_drop(
    museum: Served, visit: Callable[..., Visit]
) -> None:
    page = visit(museum.base, "runs?flow=harvest&state=FAILED").page

    page.get_by_text("No run matches").wait_for()
    page.get_by_role("button", name="2 runs match without").click()

    expect(rows(page)).to_have_count(2)
    assert query(page) == {"flow": ["harvest"]}


def test_a_row_leads_to_its_run_and_back_to_the_same_list(
    museum: Served, visit: Callable[..., Visit]
) -> None:
    page = visit(museum.base, "runs?flow=harvest").page

    page.get_by_role("link", name="harvest-40").click()
    page.wait_for_url("**/runs/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("harvest-40")
    assert "harvest-40" in page.title()

    page.go_back()
    expect(rows(page)).to_have_count(2)


def test_a_view_is_saved_for_everybody_and_forgotten(
    served: Served, visit: Callable[..., Visit], children: Nursery
) -> None:
    script = (
        "from penstock import flow\nfor name in ('a', 'b'):\n    flow(lambda: 1, name=name)()\n"
    )
    assert children.start_code(script).end() == 0
    page = visit(served.base, "runs?flow=a").page
    page.get_by_role("button", name="Save view").click()
    page.get_by_role("textbox", name="Its name").fill("only a")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="only a", exact=True).wait_for()

    other = visit(served.base, "runs").page
    other.get_by_role("button", name="only a", exact=True).click()
    expect(rows(other)).to_have_count(1)
    assert query(other) == {"flow": ["a"]}

    other.get_by_role("button", name="Forget the view only a").click()
    expect(other.get_by_role("button", name="only a", exact=True)).to_have_count(0)
    assert served.ask("views") == []


def test_the_palette_finds_a_run_and_a_page(museum: Served, visit: Callable[..., Visit]) -> None:
    page = visit(museum.base).page
    page.locator("[data-live=live]").wait_for()

    page.keyboard.press("Control+k")
    page.get_by_role("dialog").wait_for()
    page.keyboard.type("harvest-40")
    page.get_by_role("option", selected=True).filter(has_text="harvest-40").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*")

    page.keyboard.press("Control+k")
    page.get_by_role("dialog").wait_for()
    page.keyboard.type("settings")
    page.get_by_role("option", selected=True).filter(has_text="Settings").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings")


def test_the_keys_that_the_page_lists_work(museum: Served, visit: Callable[..., Visit]) -> None:
    page = visit(museum.base).page

    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url("**/runs")
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_text("Next run").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")

    page.wait_for_url("**/runs/*")


def test_the_dashboard_works_below_any_path(
    children: Nursery, home: Path, visit: Callable[..., Visit]
) -> None:
    script = "from penstock import flow\nflow(lambda: 1, name='below')()\n"
    assert children.start_code(script).end() == 0
    served = serve(children, home, "--root-path", "/lab/penstock")
    base = f"{served.base}lab/penstock/"
    opened = visit(base)
    page = opened.page
    page.locator("[data-live=live]").wait_for()

    page.get_by_role("navigation").get_by_role("link", name="Runs").first.click()
    page.wait_for_url(f"{base}runs")
    rows(page).get_by_role("link").first.click()
    page.wait_for_url(f"{base}runs/*")
    page.reload()
    page.get_by_role("heading", level=1).wait_for()

    assert [url for url in opened.requests if not url.startswith((base, "data:"))] == []
