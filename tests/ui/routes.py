"""Every page of the dashboard, as a test goes round them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ui.served import Served


def _exam(tab: str) -> Callable[[Served], str]:
    return lambda served: f"runs/{served.run_id('exam_scores')}?tab={tab}"


#: By a name for the test's id: how the path is made in the museum.
ROUTES: Final[dict[str, Callable[[Served], str]]] = {
    "home": lambda _: "",
    "runs": lambda _: "runs",
    "runs-filtered": lambda _: "runs?state=FAILED",
    "runs-none": lambda _: "runs?q=nothing-is-called-so",
    "run-timeline": _exam("timeline"),
    "run-graph": _exam("graph"),
    "run-tasks": _exam("tasks"),
    "run-logs": lambda served: f"runs/{served.run_id('talk')}?tab=logs",
    "run-artifacts": _exam("artifacts"),
    "run-details": _exam("details"),
    "run-failed": lambda served: f"runs/{served.run_id('measure')}",
    "run-mapped": lambda served: f"runs/{served.run_id('harvest')}",
    "run-nested": lambda served: f"runs/{served.run_id('count_day')}",
    "flows": lambda _: "flows",
    "flow": lambda _: "flows/exam_scores",
    "artifacts": lambda _: "artifacts",
    "artifact": lambda served: f"artifacts/{served.ask('artifacts/keys')[0]['key']}",
    "settings": lambda _: "settings",
    "nowhere": lambda _: "nowhere/at/all",
}


def path_of(route: str, served: Served) -> str:
    """Give the path of a page in the museum."""
    return ROUTES[route](served)
