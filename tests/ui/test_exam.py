"""The run of the exam example, as one finds it after `make demo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ui.browser import Visit
    from tests.ui.served import Served

TASKS = ("load", "clean", "describe_and_plot", "compare", "report")
EDGES = {
    ("load", "clean"),
    ("clean", "describe_and_plot"),
    ("clean", "compare"),
    ("describe_and_plot", "report"),
    ("compare", "report"),
}


def test_its_five_tasks_are_on_the_timeline(museum: Served, visit: Callable[..., Visit]) -> None:
    page = visit(museum.base, f"runs/{museum.run_id('exam_scores')}").page
    rows = page.get_by_role("treegrid").get_by_role("row")

    expect(rows).to_have_count(1 + len(TASKS))
    for name in TASKS:
        expect(rows.filter(has_text=name)).to_contain_text("Completed")


def test_its_graph_has_the_edges_that_plain_values_left(
    museum: Served, visit: Callable[..., Visit]
) -> None:
    run = museum.run_id("exam_scores")
    page = visit(museum.base, f"runs/{run}?tab=graph").page

    for name in TASKS:
        expect(page.locator(".react-flow__node").filter(has_text=name).first).to_be_visible()
    expect(page.locator(".react-flow__edge")).to_have_count(len(EDGES))
    graph = museum.ask(f"flow-runs/{run}/graph")
    names = {node["id"]: node["name"] for node in graph["nodes"]}
    assert {(names[one["source"]], names[one["target"]]) for one in graph["edges"]} == EDGES


def test_its_box_plot_and_its_table_are_there_to_be_looked_at(
    museum: Served, visit: Callable[..., Visit]
) -> None:
    page = visit(museum.base, f"runs/{museum.run_id('exam_scores')}?tab=artifacts").page

    plot = page.get_by_role("main").locator("img").first
    expect(plot).to_be_visible()
    page.wait_for_function("document.querySelector('main img').naturalWidth > 500")
    expect(page.get_by_text("2 rows, 9 columns")).to_be_visible()
    expect(page.get_by_text("68.2", exact=True).first).to_be_visible()


def test_its_log_lines_are_there(museum: Served, visit: Callable[..., Visit]) -> None:
    page = visit(museum.base, f"runs/{museum.run_id('exam_scores')}?tab=logs").page

    expect(page.locator(".lg-row").filter(has_text="Loaded 13 rows")).to_be_visible()
    expect(page.locator(".lg-row").filter(has_text="t = ")).to_be_visible()


def test_a_task_in_the_graph_narrows_timeline_and_log(
    museum: Served, visit: Callable[..., Visit]
) -> None:
    page = visit(museum.base, f"runs/{museum.run_id('exam_scores')}?tab=graph").page

    expect(page.locator(".react-flow__edge")).to_have_count(len(EDGES))
    page.wait_for_timeout(300)  # until it has been fitted into its place
    page.locator(".react-flow__node").filter(has_text="compare").click()
    page.get_by_role("button", name="compare take this filter out").wait_for()
    page.get_by_role("tab", name="Logs").click()

    expect(page.locator(".lg-row").filter(has_text="t = ")).to_be_visible()
    expect(page.locator(".lg-row").filter(has_text="Loaded 13 rows")).to_have_count(0)
    page.get_by_role("button", name="compare take this filter out").click()
    expect(page.locator(".lg-row").filter(has_text="Loaded 13 rows")).to_be_visible()
