"""A real browser for tests, and what a page did while a test looked at it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import (
        Browser,
        ConsoleMessage,
        Dialog,
        Locator,
        Page,
        Request,
    )

#: Names of a browser that playwright can steer over the protocol of Chromium.
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
OTHER_PLACES: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
#: Names another one.
VARIABLE: Final = "PENSTOCK_TEST_BROWSER"
MISSING: Final = f"""\
The tests of the dashboard need Chromium or Chrome, and there is none on PATH. Get one:
    Debian, Ubuntu   apt-get install --no-install-recommends chromium fonts-dejavu-core
    Fedora           dnf install chromium
    macOS            brew install --cask google-chrome
or name one: {VARIABLE}=/path/to/chromium make test."""

_ARGUMENTS: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-precise-memory-info",
)
#: Tells of what the content security policy forbade; runs before the page's own scripts.
_TELL_VIOLATIONS: Final = """
if (window === top) document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP forbids ${event.violatedDirective} ${event.blockedURI}`);
});
"""

#: The address of a frame that shows what a user has made.
_FRAMED: Final = re.compile(r"/api/artifacts/[^/]+/content\b")

Theme = Literal["light", "dark"]


def browser_or_none() -> str | None:
    """Find the program of a browser."""
    named = os.environ.get(VARIABLE)
    if named:
        return named
    on_path = (shutil.which(name) for name in NAMES)
    elsewhere = (place for place in OTHER_PLACES if Path(place).is_file())
    return next(filter(None, [*on_path, *elsewhere]), None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start a browser without a window."""
    program = browser_or_none()
    assert program is not None, MISSING
    arguments = list(_ARGUMENTS)
    if sys.platform != "win32" and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # it refuses root with one
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """A page of the dashboard in a browser, and all that is suspicious about it.

    `page` is playwright's; `problems` must be empty at the end of every test.
    """

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.requests: list[str] = []
        self.problems: list[str] = []
        #: What a frame with a user's HTML was kept from.
        self.confined: list[str] = []
        #: Begins of messages that the test itself brings about.
        self.expected: list[str] = []
        page.add_init_script(_TELL_VIOLATIONS)
        page.on("request", self._on_request)
        page.on("requestfinished", self._check_origin)
        page.on("requestfailed", self._check_origin)
        page.on("dialog", self._on_dialog)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._note(f"error in the page: {error}"))

    def go(self, path: str = "") -> None:
        """Open a page by its path under the base, and wait for its heading."""
        self.page.goto(self.base + path)
        self.page.get_by_role("main").wait_for()

    def wait_until_live(self) -> None:
        """Wait until the page hears of changes."""
        self.page.locator("[data-live=live]").wait_for()

    def state(self, name: str) -> Locator:
        """Find, at the top of the page of a run, the state of this name."""
        return self.page.locator("header dd").get_by_text(name, exact=True)

    def api_requests(self) -> list[str]:
        """Name the requests to the API so far, the stream and what artifacts hold among them."""
        paths = [url.removeprefix(self.base) for url in self.requests]
        return [path for path in paths if path.startswith("api/")]

    def metrics(self) -> dict[str, float]:
        """Ask the browser for its own figures: nodes, heap, seconds of work."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("Performance.enable")
        answer: dict[str, Any] = session.send("Performance.getMetrics")
        session.detach()
        return {metric["name"]: metric["value"] for metric in answer["metrics"]}

    def check(self) -> None:
        """Fail if the page did what no page of ours may do."""
        found = [
            problem
            for problem in self.problems
            if not any(problem.startswith(known) for known in self.expected)
        ]
        assert not found, "\n".join(found)

    def _note(self, problem: str) -> None:
        self.problems.append(problem)

    def _on_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _check_origin(self, request: Request) -> None:
        asked, own = urlsplit(request.url), urlsplit(self.base)
        is_own = (asked.scheme, asked.netloc) == (own.scheme, own.netloc)
        if is_own or asked.scheme in {"data", "blob"}:
            return
        if request.failure == "csp":  # it never left
            self.confined.append(request.url)
        else:
            self._note(f"request to another origin: {request.url} ({request.failure})")

    def _on_dialog(self, dialog: Dialog) -> None:
        self._note(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        source = message.location.get("url", "")
        if _FRAMED.search(source):
            self.confined.append(message.text)
        else:
            self._note(f"console: {message.text} ({source})")
