"""Large runs and busy ones leave the page quick; an idle page does nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.ui import built, measure, programs
from tests.ui.routes import ROUTES, path_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

    from penstock.testing.children import Nursery
    from tests.ui.browser import Visit
    from tests.ui.conftest import Figure
    from tests.ui.served import Served

MEGABYTE = 1_000_000
#: The bytes of a picture or a page.
CONTENT = re.compile(r"api/artifacts/[^/]+/content\b")


def test_a_run_of_ten_thousand_task_runs_is_there_at_once_and_small(
    served: Served, visit: Callable[..., Visit], children: Nursery, figure: Figure
) -> None:
    assert children.start_code(programs.MANY, "10000").end() == 0
    path = f"runs/{served.run_id('many')}"
    opened = visit(served.base, path)  # so that the code is in the browser's cache
    took = []
    for _ in range(3):
        opened.page.goto("about:blank")
        opened.page.goto(served.base + path, wait_until="commit")
        opened.page.get_by_text("square").first.wait_for()
        took.append(float(opened.page.evaluate("performance.now()")) / 1000)
    found = opened.metrics()

    heap = found["JSHeapUsedSize"] / MEGABYTE
    figure("10,000 task runs: first row after", f"{sorted(took)[1]:.2f} s")
    figure("10,000 task runs: heap, nodes", f"{heap:.0f} MB, {found['Nodes']:.0f}")
    assert min(took) < 1.5
    assert heap < 150
    assert opened.page.locator("*").count() < 1_500


@pytest.mark.parametrize("route", ROUTES)
def test_a_page_asks_the_server_little(
    museum: Served, visit: Callable[..., Visit], figure: Figure, route: str
) -> None:
    opened = visit(museum.base, path_of(route, museum))
    opened.page.wait_for_timeout(700)  # the stream never ends, so the net is never idle

    asked = opened.api_requests()
    if route == "artifacts":  # the gallery loads pictures as they are scrolled into view
        asked = [path for path in asked if not CONTENT.match(path)]
    files = {url.removeprefix(museum.base) for url in opened.requests if "/assets/" in url}
    weight = built.compressed({"index.html", *files})

    figure(f"{route}: requests, files compressed", f"{len(asked)}, {weight / 1000:.0f} kB")
    assert len(asked) <= 5, asked
    assert len(asked) == len(set(asked)), asked


def test_home_asks_little_also_when_all_it_shows_are_pictures(
    served: Served, visit: Callable[..., Visit], children: Nursery
) -> None:
    assert children.start_code(programs.PICTURES).end() == 0
    opened = visit(served.base)
    for number in (3, 2, 1):
        picture = opened.page.get_by_role("img", name=f"drawing-{number}", exact=True)
        picture.scroll_into_view_if_needed()
    opened.page.wait_for_timeout(700)

    asked = opened.api_requests()
    assert len([path for path in asked if CONTENT.match(path)]) == 3
    assert len(asked) == 5, asked


def test_before_the_first_run_home_says_how_to_begin_without_asking_more(
    served: Served, visit: Callable[..., Visit]
) -> None:
    opened = visit(served.base)
    opened.page.get_by_text("Your first run in a minute").wait_for()
    opened.page.wait_for_timeout(700)

    assert len(opened.api_requests()) == 2


@pytest.mark.soak
def test_an_idle_page_leaves_the_processor_alone(
    museum: Served, browser: Browser, visit: Callable[..., Visit], figure: Figure
) -> None:
    opened = visit(museum.base, "runs")
    opened.page.wait_for_timeout(3_000)
    busy, worked = measure.processor_seconds(browser), opened.metrics()["TaskDuration"]

    opened.page.wait_for_timeout(20_000)

    share = (measure.processor_seconds(browser) - busy) / 20
    own = (opened.metrics()["TaskDuration"] - worked) / 20
    figure("an idle page takes", f"{share:.1%} of a processor, {own:.1%} in its own thread")
    assert share < 0.02


@pytest.mark.soak
@pytest.mark.parametrize("tab", ["timeline", "tasks", "graph", "logs"])
def test_a_run_of_two_thousand_task_runs_a_second_lets_the_page_breathe(
    served: Served,
    visit: Callable[..., Visit],
    children: Nursery,
    tmp_path: Path,
    figure: Figure,
    tab: str,
) -> None:
    child = children.start_code(programs.STEADY, tmp_path, "2000", "8")
    child.wait_for_task_runs("tick")
    opened = visit(served.base, f"runs/{served.run_id('steady')}?tab={tab}")
    opened.page.wait_for_timeout(500)

    measure.record_frames(opened.page)
    (tmp_path / "go").touch()
    opened.state("Completed").wait_for(timeout=60_000)
    frames = measure.recorded_frames(opened.page)

    rate = float((tmp_path / "rate").read_text())
    figure(
        f"{tab} at {rate:.0f} task runs a second",
        f"longest frame {frames.longest:.0f} ms of {frames.count}, {len(frames.slow)} over 50",
    )
    assert frames.longest < 200
