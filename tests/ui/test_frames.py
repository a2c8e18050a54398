"""What users have stored is shown, and can do nothing to who looks at it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.ui.served import serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from penstock.testing.children import Nursery
    from tests.ui.browser import Visit

#: Tries what a page must not be able to do, and writes down what came of it.
PAGE = """
<h1>mine</h1>
<script>
const came = {};
const attempt = async (name, act) => {
  try { came[name] = String(await act()); } catch { came[name] = "refused"; }
};
const picture = (address) => new Promise((found, failed) => {
  const image = new Image();
  image.onload = () => found("shown");
  image.onerror = failed;
  image.src = address;
});
(async () => {
  await attempt("own script", () => "executed");
  await attempt("own picture", () => picture(
    "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
  ));
  await attempt("api", () => fetch("/api/version").then((answer) => answer.status));
  await attempt("other picture", () => picture("/favicon.svg"));
  await attempt("page around", () => parent.document.title);
  await attempt("cookies", () => document.cookie);
  await attempt("storage", () => localStorage.length);
  if (top !== self) {
    await attempt("address bar", () => { top.location = "/settings"; return "moved"; });
  }
  await attempt("window", () => window.open("/"));
  alert("asked");
  document.body.append(Object.assign(document.createElement("pre"), {
    textContent: JSON.stringify(came),
  }));
})();
</script>
"""
SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload="alert('svg')">
<script>alert('svg'); document.documentElement.id = 'ran'</script>
<a href="javascript:alert('svg')"><rect width="40" height="40"/></a></svg>"""
SCRIPT = """
import sys
from penstock import flow
from penstock.artifacts import save_figure, save_html

@flow
def frames():
    save_html(open(sys.argv[1]).read(), key="page")
    save_figure(open(sys.argv[2]).read(), key="picture")

frames()
"""


def test_a_page_runs_its_scripts_and_reaches_nothing(
    children: Nursery, home: Path, tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    served = serve(children, home)
    _save(children, tmp_path)

    shown = visit(served.base, "artifacts/page")
    shown.expected += ["console:"]  # the browser tells of what it forbids
    report = shown.page.frame_locator("iframe").locator("pre").inner_text()

    assert json.loads(report) == {
        "own script": "executed",
        "own picture": "shown",
        "api": "refused",
        "other picture": "refused",
        "page around": "refused",
        "cookies": "refused",
        "storage": "refused",
        "address bar": "refused",
        "window": "null",
    }
    assert shown.page.url == f"{served.base}artifacts/page"


def test_a_page_opened_by_itself_reaches_nothing_either(
    children: Nursery, home: Path, tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    served = serve(children, home)
    _save(children, tmp_path)
    url = served.ask("artifacts/keys/page")["artifacts"][0]["url"]

    shown = visit(served.base, None)
    shown.expected += ["console:"]
    shown.page.goto(f"{served.base}{url}?inline=true")
    came = json.loads(shown.page.locator("pre").inner_text())

    assert came.pop("own script") == "executed"
    assert came.pop("own picture") == "shown"
    # It is its own page around, which is no secret.
    assert came.pop("page around") == ""
    assert came.pop("window") == "null"
    assert set(came.values()) == {"refused"}


def test_a_picture_runs_no_script_wherever_it_is_shown(
    children: Nursery, home: Path, tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    served = serve(children, home)
    _save(children, tmp_path)
    url = served.ask("artifacts/keys/picture")["artifacts"][0]["url"]

    shown = visit(served.base, "artifacts/picture")
    image = shown.page.locator(f"img[src*='{url}']").first
    image.wait_for()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 40

    alone = visit(served.base, None)
    alone.expected += ["console:"]
    alone.page.goto(f"{served.base}{url}?inline=true")
    assert alone.page.evaluate("document.documentElement.id") == ""


def _save(children: Nursery, folder: Path) -> None:
    (folder / "page.html").write_text(PAGE, "utf-8")
    (folder / "picture.svg").write_text(SVG, "utf-8")
    (folder / "frames.py").write_text(SCRIPT, "utf-8")
    done = children.start(folder / "frames.py", folder / "page.html", folder / "picture.svg")
    assert done.end() == 0, done.said
