"""Takes the pictures of the documentation: `make screenshots`.

Starts a server on a scratch store, runs the exam example and a few others, and looks at
the pages in light and dark. The pictures go to docs/images/.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from penstock.testing.children import nursery
from tests.ui.browser import open_browser
from tests.ui.served import Served, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
#: In this order, so that the exam is the newest.
EXAMPLES = (
    ["hello"],
    ["mapping"],
    ["retries"],
    ["nested_flows"],
    ["caching"],
    ["async_flow"],
    ["artifacts"],
    ["exam_scores", "--csv", "exam_scores.csv"],
)
SIZE = {"width": 1280, "height": 720}


class Shot(NamedTuple):
    """A picture to take: its name, the page, and a text that is there when it is whole."""

    name: str
    path: str
    text: str


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="penstock-pictures-") as scratch:
        os.environ["PENSTOCK_HOME"] = str(Path(scratch, "home"))
        os.environ["PENSTOCK_LOG_CONSOLE"] = "0"
        # Parameters are in the pictures, and the path of a machine shall not be.
        shutil.copy(ROOT / "examples" / "data" / "exam_scores.csv", scratch)
        for example, *arguments in EXAMPLES:
            command = [sys.executable, ROOT / "examples" / f"{example}.py", *arguments]
            subprocess.run(command, cwd=scratch, check=True, capture_output=True)  # noqa: S603 - our own
        with nursery(Path(scratch)) as children, open_browser() as browser:
            served = serve(children, Path(scratch, "home"))
            run = served.run_id("exam_scores")
            for shot in [
                Shot("home", "", "exam_scores"),
                Shot("runs", "runs", "exam_scores"),
                Shot("run", f"runs/{run}", "describe_and_plot"),
                Shot("run-artifacts", f"runs/{run}?tab=artifacts", "exam-summary"),
            ]:
                take(browser, served, shot)


def take(browser: Browser, served: Served, shot: Shot) -> None:
    """Take a picture of a page in both themes."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        context = browser.new_context(
            color_scheme=theme,
            viewport=SIZE,
            device_scale_factor=1,
            reduced_motion="reduce",
            locale="en-GB",
        )
        page = context.new_page()
        page.goto(served.base + shot.path)
        page.get_by_text(shot.text).first.wait_for()
        page.wait_for_timeout(700)  # the live stream never ends, so the net is never idle
        picture = IMAGES / f"{shot.name}-{theme}.png"
        page.screenshot(path=picture)
        context.close()
        print(f"{picture.relative_to(ROOT)}  {picture.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
