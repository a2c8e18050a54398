"""Figures and pages, from the libraries that make them."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from penstock.artifacts import save_figure, save_html
from penstock.errors import OptionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from penstock.stores.rows import ArtifactRow
    from penstock.testing import Recorded

    Save = Callable[..., ArtifactRow]

PNG = b"\x89PNG\r\n\x1a\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture(autouse=True)
def _no_window() -> Iterator[None]:
    mpl.use("Agg")
    yield
    plt.close("all")


def drawn() -> Figure:
    figure = Figure(figsize=(2, 1), dpi=100)
    figure.add_subplot().plot([1, 2, 3])
    return figure


def size_of(row: ArtifactRow) -> tuple[int, int]:
    assert row.content is not None
    with Image.open(io.BytesIO(row.content)) as image:
        image.load()
        return image.size


def test_a_figure_is_kept_as_png_of_its_own_size(save: Save) -> None:
    row = save(save_figure, drawn(), key="f")

    assert (row.kind, row.content_type) == ("figure", "image/png")
    assert size_of(row) == (200, 100)
    assert size_of(save(save_figure, drawn(), dpi=50)) == (100, 50)


def test_axes_stand_for_their_figure(save: Save) -> None:
    assert size_of(save(save_figure, drawn().axes[0])) == (200, 100)


def test_a_figure_is_kept_as_svg_when_asked_for(save: Save) -> None:
    row = save(save_figure, drawn(), file_format="svg")

    assert row.content_type == "image/svg+xml"
    assert b"<svg" in (row.content or b"")
    with pytest.raises(OptionError, match="'png' or 'svg'"):
        save(save_figure, drawn(), file_format="pdf")


def test_without_a_figure_the_current_one_of_pyplot_is_taken(save: Save) -> None:
    with pytest.raises(UsageError, match="no current figure"):
        save(save_figure)

    plt.figure(figsize=(3, 1), dpi=100)
    plt.plot([1, 2])

    assert size_of(save(save_figure, key="f")) == (300, 100)
    assert plt.get_fignums() == [1]


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("GIF", "image/gif"), ("WEBP", "image/webp")],
)
def test_bytes_and_files_of_images_are_kept_as_they_are(
    name: str, content_type: str, save: Save, tmp_path: Path
) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2)).save(buffer, name)
    content = buffer.getvalue()
    path = tmp_path / "picture"
    path.write_bytes(content)

    for given in (content, bytearray(content), path, str(path)):
        row = save(save_figure, given)
        assert (row.content, row.content_type) == (content, content_type)


@pytest.mark.parametrize(
    "text",
    [SVG, f'<?xml version="1.0"?>\n<!-- by hand -->\n<!DOCTYPE svg>\n{SVG}', f"  {SVG.upper()}"],
)
def test_svg_is_kept_from_text_and_from_bytes(text: str, save: Save) -> None:
    for given in (text, text.encode()):
        row = save(save_figure, given)
        assert (row.content, row.content_type) == (text.encode(), "image/svg+xml")


def test_images_of_pillow_are_kept(save: Save) -> None:
    assert size_of(save(save_figure, Image.new("L", (5, 4)))) == (5, 4)


class Drawing:
    def _repr_svg_(self) -> str:
        return SVG


def test_what_can_show_itself_is_kept(save: Save) -> None:
    assert save(save_figure, Drawing()).content == SVG.encode()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (b"nothing", "these bytes cannot be shown"),
        ("<html>", "this text cannot be shown"),
        (7, "a builtins.int is no picture"),
        (pd.DataFrame(), "save_html keeps"),
    ],
)
def test_what_is_no_picture_is_refused(given: Any, problem: str, save: Save) -> None:
    with pytest.raises(UsageError, match=problem):
        save(save_figure, given)


def test_a_file_that_is_not_there_or_too_large_is_refused(save: Save, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        save(save_figure, str(tmp_path / "no.png"))

    huge = tmp_path / "huge.png"
    with huge.open("wb") as file:
        file.truncate((32 << 20) + 1)
    with pytest.raises(UsageError, match="33,554,432 is the most"):
        save(save_figure, huge)


def test_pages_are_kept_as_text(save: Save, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<b>ü</b>", "utf-8")

    for given in ("<b>ü</b>", "<b>ü</b>".encode(), path):
        row = save(save_html, given, key="h")
        assert (row.kind, row.content_type) == ("html", "text/html")
        assert row.content == "<b>ü</b>".encode()


def test_what_has_an_html_form_is_kept_in_it(save: Save) -> None:
    row = save(save_html, pd.DataFrame({"a": [1]}))

    assert b"<table" in (row.content or b"")
    with pytest.raises(UsageError, match="has no HTML form"):
        save(save_html, 7)


class Chart:
    """Has the methods of a library's chart, and says how they were called."""

    def to_html(self, **options: Any) -> str:
        return f"<!-- {sorted(options.items())} -->"


@pytest.mark.parametrize(
    ("library", "options"),
    [
        ("plotly.graph_objs._figure", "[('full_html', True), ('include_plotlyjs', True)]"),
        ("altair.vegalite.v5.api", "[('inline', True)]"),
    ],
)
def test_charts_are_kept_with_their_library_in_them(library: str, options: str, save: Save) -> None:
    kind = type("Chart", (Chart,), {"__module__": library})

    assert save(save_html, kind()).content == f"<!-- {options} -->".encode()


def test_altair_without_its_converter_says_what_to_install(save: Save) -> None:
    def fail(_: Any, **options: Any) -> str:
        raise ImportError("vl-convert-python is missing")

    kind = type("Chart", (), {"__module__": "altair", "to_html": fail})

    with pytest.raises(UsageError, match="pip install vl-convert-python"):
        save(save_html, kind())


class Root:
    def render(self) -> str:
        return "<p>whole map</p>"


def test_maps_of_folium_are_kept_whole(save: Save) -> None:
    kind = type("Map", (), {"__module__": "folium.folium", "get_root": lambda _: Root()})

    assert save(save_html, kind()).content == b"<p>whole map</p>"


def test_a_page_that_needs_the_network_is_kept_and_said_so(save: Save, recorded: Recorded) -> None:
    save(
        save_html,
        '<a href="https://fine.org"><script src="https://cdn.one.org/x.js"></script>'
        "<link rel=stylesheet href=//cdn.two.org/x.css><img src='data:image/png;base64,'>",
        key="map",
    )

    (line,) = [text for text in recorded.logs(logger="penstock") if "fetches" in text]
    assert "The page map fetches things from cdn.one.org, cdn.two.org, which it cannot" in line


def test_pictures_close_no_figures_and_warn_of_nothing(save: Save) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            save(save_figure, drawn())
