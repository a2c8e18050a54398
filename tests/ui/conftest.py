"""What the tests of the dashboard get: a filled store, a server over it, a page of it.

Everything is real: the store is filled by scripts that run flows, the server is the one
of `penstock server start`, the page is in a browser. They run one at a time.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penstock.testing.children import Nursery, nursery
from tests.ui.browser import Theme, Visit, browser_or_none, open_browser
from tests.ui.served import Served, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
#: Where a page that failed is kept as a picture.
PICTURES = ROOT / "build" / "ui-failures"

_FAILED: pytest.StashKey[bool] = pytest.StashKey()
_FIGURES: pytest.StashKey[list[str]] = pytest.StashKey()

#: Notes a figure that was measured: `figure("first row", "412 ms")`.
Figure = "Callable[[str, str], None]"


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Note what was measured; it is shown at the end, passed or not."""
    figures = request.config.stash.setdefault(_FIGURES, [])
    return lambda what, value: figures.append(f"{what}: {value}")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show the figures."""
    figures = config.stash.get(_FIGURES, [])
    if figures:
        terminalreporter.section("figures of the dashboard")
        for line in figures:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def museum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a store with runs of every kind. Tests look at it and change nothing."""
    folder = tmp_path_factory.mktemp("museum")
    with _homed(folder), nursery(folder) as children:
        child = children.start(HERE / "scenario.py", folder)
        assert child.end() == 0, child.said
        yield serve(children, folder / "home")


@pytest.fixture
def children(tmp_path: Path, home: Path) -> Iterator[Nursery]:
    """Start programs that do not outlive the test, on the test's own data folder."""
    with nursery(tmp_path) as made:
        yield made


@pytest.fixture
def served(children: Nursery, home: Path) -> Served:
    """Serve the test's own store, empty at first."""
    return serve(children, home)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a browser for the tests of a file.

    Not for longer: while playwright runs, its thread can run no other event loop.
    """
    if browser_or_none() is None:
        pytest.skip("no browser; test_browser.py says how to get one")
    with open_browser() as made:
        yield made


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Visit]]:
    """Open pages: `visit(served, "runs", theme="dark", width=390)`.

    At the end no page may have thrown, complained, asked or asked for anything foreign.
    """
    visits: list[Visit] = []

    def open_page(
        base: str,
        path: str | None = "",
        *,
        theme: Theme = "light",
        width: int = 1280,
        bypass_csp: bool = False,
    ) -> Visit:
        context = browser.new_context(
            color_scheme=theme,
            viewport={"width": width, "height": 844 if width < 500 else 800},
            bypass_csp=bypass_csp,
            reduced_motion="reduce",
            timezone_id="Europe/Berlin",
            locale="en-GB",
        )
        context.set_default_timeout(15_000)
        made = Visit(context.new_page(), base)
        visits.append(made)
        if path is not None:
            made.go(path)
        return made

    yield open_page
    failed = request.node.stash.get(_FAILED, False)
    for number, made in enumerate(visits):
        if failed and not made.page.is_closed():
            _keep_picture(request.node, made, number)
    for made in visits:
        made.page.context.close()
    if not failed:
        for made in visits:
            made.check()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, object]:
    """Let fixtures know that the test has failed."""
    report = yield
    if report.when == "call" and report.failed:
        item.stash[_FAILED] = True
    return report


def _keep_picture(item: pytest.Item, made: Visit, number: int) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "-", item.name).strip("-")[:120]
    picture = PICTURES / f"{name}-{number}.png"
    made.page.screenshot(path=picture)
    told = [made.page.url, f"picture: {picture}", *made.problems]
    item.add_report_section("teardown", "page", "\n".join(told))


@contextmanager
def _homed(folder: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PENSTOCK_HOME", str(folder / "home"))
        yield
