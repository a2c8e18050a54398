"""Asks axe-core what is wrong with a page for people who do not see it as we do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.ui.built import UI

if TYPE_CHECKING:
    from playwright.sync_api import Page

_RUN = """
async (rules) => {
  const only = rules.length ? { runOnly: { type: "rule", values: rules } } : {};
  const found = await axe.run(document, { resultTypes: ["violations"], ...only });
  return found.violations.map(({ id, help, nodes }) => ({
    id, help,
    nodes: nodes.slice(0, 4).map((node) => `${node.html.slice(0, 200)}\\n      ${
      [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ")}`),
  }));
}
"""


#: The rules that another theme may break when the page is the same.
OF_COLOURS: Final = ("color-contrast", "link-in-text-block")


def violations(page: Page, rules: tuple[str, ...] = ()) -> list[str]:
    """List what breaks a rule; the page must be open without a content security policy."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=UI / "node_modules" / "axe-core" / "axe.min.js")
    found: list[dict[str, Any]] = page.evaluate(_RUN, list(rules))
    return [f"{one['id']}: {one['help']}\n    " + "\n    ".join(one["nodes"]) for one in found]
