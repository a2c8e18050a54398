"""What happens in a script is on the page at once, without a reload."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from tests.ui import programs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from penstock.testing.children import Nursery
    from tests.ui.browser import Visit
    from tests.ui.conftest import Figure
    from tests.ui.served import Served

#: What is promised, from the moment the store has it.
SOON = 1.0


def age(instant: str) -> float:
    """Give the seconds since an instant of the API."""
    return time.time() - datetime.fromisoformat(instant).timestamp()


def mark(page: Page) -> None:
    """Leave something in the page that a reload would take away."""
    page.evaluate("window.__mark = 1")


def is_marked(page: Page) -> bool:
    return bool(page.evaluate("window.__mark === 1"))


def test_a_run_that_a_script_starts_appears_and_changes_without_a_reload(
    served: Served,
    visit: Callable[..., Visit],
    children: Nursery,
    tmp_path: Path,
    figure: Figure,
) -> None:
    opened = visit(served.base, "runs")
    page = opened.page
    mark(page)
    page.get_by_text("Your first run in a minute").wait_for()
    opened.wait_until_live()

    children.start_code(programs.LIVE, tmp_path)
    row = page.get_by_role("row").filter(has_text="live-run")
    row.get_by_text("Running", exact=True).wait_for()
    appeared = age(served.ask("flow-runs")["items"][0]["created"])

    (tmp_path / "go").touch()
    row.get_by_text("Completed", exact=True).wait_for()
    ended = age(served.ask("flow-runs")["items"][0]["end_time"])

    figure("a new run is on the page after", f"{appeared * 1000:.0f} ms")
    figure("its end is on the page after", f"{ended * 1000:.0f} ms")
    assert appeared < SOON
    assert ended < SOON
    assert is_marked(page)


def test_task_runs_and_log_lines_come_to_the_page_of_a_run_that_is_open(
    served: Served, visit: Callable[..., Visit], children: Nursery, tmp_path: Path
) -> None:
    child = children.start_code(programs.LIVE, tmp_path)
    child.wait_for_task_runs("first")
    run = served.run_id("live")
    opened = visit(served.base, f"runs/{run}?tab=logs")
    page = opened.page
    mark(page)
    opened.wait_until_live()
    page.get_by_text("the first has spoken").wait_for()
    assert page.get_by_text("through the gate").count() == 0

    (tmp_path / "go").touch()
    page.get_by_text("through the gate").wait_for()
    opened.state("Completed").wait_for()

    assert is_marked(page)


def test_a_page_finds_the_server_again_after_it_was_away(
    served: Served, visit: Callable[..., Visit], children: Nursery, tmp_path: Path
) -> None:
    opened = visit(served.base, "runs")
    opened.expected = ["console: Failed to load resource: net::ERR_"]
    page = opened.page
    mark(page)
    opened.wait_until_live()
    served.child.kill()
    page.locator("[data-live=offline]").wait_for()

    children.start_code(programs.LIVE, tmp_path)
    served.restart(children)
    page.get_by_role("row").filter(has_text="live-run").wait_for(timeout=40_000)

    (tmp_path / "go").touch()
    page.get_by_role("row").filter(has_text="Completed").wait_for()
    assert is_marked(page)
