"""What can be done from the page is done for real."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from penstock.testing.children import eventually
from tests.ui import programs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from penstock.testing.children import Nursery
    from tests.ui.browser import Visit
    from tests.ui.served import Served


def test_a_retry_from_the_page_executes_only_what_is_left(
    served: Served, visit: Callable[..., Visit], children: Nursery, tmp_path: Path
) -> None:
    script = tmp_path / "weekly.py"
    script.write_text(programs.RESUMABLE, "utf-8")
    assert children.start(script).end() == 0
    witness = tmp_path / "witness.txt"
    assert witness.read_text().split() == ["load", "clean", "publish"]
    (tmp_path / "mended").touch()

    opened = visit(served.base, f"runs/{served.run_id('weekly')}")
    page = opened.page
    page.get_by_text("the printer is on fire").first.wait_for()
    page.get_by_role("button", name="Retry").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("2 task runs reused, 1 run again").wait_for()
    dialog.get_by_role("button", name="Retry").click()

    opened.state("Completed").wait_for(timeout=30_000)
    assert witness.read_text().split() == ["load", "clean", "publish", "publish"]


def test_a_run_is_cancelled_from_its_page(
    served: Served, visit: Callable[..., Visit], children: Nursery
) -> None:
    child = children.start_code(programs.ENDLESS)
    eventually(lambda: served.ask("flow-runs")["items"], "the run")
    opened = visit(served.base, f"runs/{served.run_id('endless')}")
    opened.wait_until_live()

    opened.page.get_by_role("button", name="Cancel").click()
    opened.page.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()

    opened.state("Cancelled").wait_for(timeout=30_000)
    child.end()
    assert served.ask("flow-runs")["items"][0]["state_type"] == "CANCELLED"


def test_many_runs_are_deleted_at_once(
    served: Served, visit: Callable[..., Visit], children: Nursery
) -> None:
    script = "from penstock import flow\nfor _ in range(3):\n    flow(lambda: 1, name='old')()\n"
    assert children.start_code(script).end() == 0
    page = visit(served.base, "runs").page

    expect(page.get_by_role("row").filter(has_text="Completed")).to_have_count(3)

    page.get_by_role("checkbox", name="Select the runs shown").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    eventually(lambda: not served.ask("flow-runs")["items"], "an empty list")
    page.get_by_text("Your first run in a minute").wait_for()
