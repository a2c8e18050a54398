"""Strings that would be code in a careless page are text in ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from penstock.testing.children import nursery
from tests.ui import hostile
from tests.ui.served import Served, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.ui.browser import Visit

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def trapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a store full of traps."""
    folder = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch, nursery(folder) as children:
        patch.setenv("PENSTOCK_HOME", str(folder / "home"))
        patch.setenv("PENSTOCK_LOG_CONSOLE", "0")
        child = children.start(HERE / "hostile.py")
        assert child.end() == 0, child.said
        served = serve(children, folder / "home")
        for string in hostile.STRINGS:
            view = {"name": string[:80], "query": f"q={string}"}
            httpx.post(f"{served.base}api/views", json=view).raise_for_status()
        yield served


#: Whatever can be clicked, loaded or sent to.
_ADDRESSES = """
() => [...document.querySelectorAll("[href], [src], [action]")]
  .map((one) => String(one.href || one.src || one.action))
"""
_HARMLESS = ("http:", "https:", "data:image/", "mailto:", "about:blank")


def test_every_page_shows_traps_as_text(trapped: Served, visit: Callable[..., Visit]) -> None:
    for path in paths(trapped):
        opened = visit(trapped.base, path)
        opened.page.wait_for_timeout(400)  # what would spring, springs now
        assert not opened.problems, path
        shown = [one.url for one in opened.page.frames if one.url]  # "": about to be
        assert [url for url in shown if not url.startswith((trapped.base, "about:"))] == []
        addresses = opened.page.evaluate(_ADDRESSES)
        assert [one for one in addresses if not one.startswith(_HARMLESS)] == [], path
        if path == "artifacts/hostile-html":
            # The trap was there, and was kept from everything it reached for.
            assert any("alert" in words for words in opened.confined)
            assert f"http://{hostile.HOST}/frame.png" in opened.confined
        opened.page.context.close()


def test_the_strings_are_there_to_be_seen(trapped: Served, visit: Callable[..., Visit]) -> None:
    opened = visit(trapped.base, "runs")

    opened.page.get_by_text("hostile", exact=False).first.wait_for()
    assert hostile.IMAGE in opened.page.get_by_role("main").inner_text()


def paths(served: Served) -> list[str]:
    """Name every page that has something to show."""
    flow = quote(f"hostile {hostile.IMAGE}", safe="")
    run = served.ask("flow-runs")["items"][0]["id"]
    task = served.ask("task-runs", flow_run_id=run)["items"][0]["id"]
    keys = [key["key"] for key in served.ask("artifacts/keys")]
    tabs = ["timeline", "graph", "tasks", "logs", "artifacts", "details"]
    return [
        "",
        "runs",
        f"runs?q={quote(hostile.IMAGE, safe='')}",
        *(f"runs/{run}?tab={tab}" for tab in tabs),
        f"runs/{run}?pick={task}",
        "flows",
        f"flows/{flow}",
        "artifacts",
        *(f"artifacts/{key}" for key in keys),
        "settings",
        quote(hostile.IMAGE, safe=""),
    ]
