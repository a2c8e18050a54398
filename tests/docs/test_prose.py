"""Links lead somewhere, every page can be found, and a line holds one sentence."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT, Page, pages

PAGES = [pytest.param(page, id=page.name) for page in pages()]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_TWO_SENTENCES = re.compile(r"[a-z)`\"][.?!] [A-Z]")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: Page) -> None:
    broken = []
    for target in _LINK.findall(page.prose()):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (page.path.parent / name).resolve() if name else page.path
        if not path.exists():
            broken.append(target)
        elif anchor:
            text = path.read_text("utf-8")
            if anchor not in Page(str(path.relative_to(ROOT)), text).anchors():
                broken.append(target)

    assert not broken


@pytest.mark.parametrize("page", PAGES)
def test_pictures_are_there_and_say_what_they_show(page: Page) -> None:
    tags = re.findall(r"<(?:img|source)\b[^>]*>", page.prose())

    names = [re.findall(r'(?:src|srcset)="([^"]+)"', tag)[0] for tag in tags]
    assert [name for name in names if not (page.path.parent / name).is_file()] == []
    assert [tag for tag in tags if tag.startswith("<img") and 'alt="' not in tag] == []


def test_every_page_is_reached_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {
        (index.parent / target.partition("#")[0]).resolve()
        for target in _LINK.findall(index.read_text("utf-8"))
    }

    unreached = [page.name for page in pages() if page.path not in linked]

    assert unreached == ["README.md", "docs/README.md"]


@pytest.mark.parametrize("page", PAGES)
def test_a_line_holds_one_sentence(page: Page) -> None:
    lines = [line for line in page.prose().split("\n") if not line.startswith(("|", "- "))]

    assert not [line for line in lines if _TWO_SENTENCES.search(line)]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_one_title_and_names_the_language_of_each_block(page: Page) -> None:
    titles = re.findall(r"^# ", page.prose(), flags=re.MULTILINE)

    assert len(titles) == 1
    assert all(block.language for block in page.blocks())
