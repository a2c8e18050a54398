"""Pictures: figures of matplotlib, and whatever is a picture already.

No library is imported for them. Whoever hands over a figure has loaded its library.
"""

from __future__ import annotations

import io
import os
import re
import sys
from typing import Any, Final

from penstock.artifacts._drafts import MOST_BYTES, ArtifactId, check_key, get_run, keep
from penstock.errors import OptionError, UsageError

__all__ = ["save_figure"]

_CALLER: Final = "save_figure"
_PNG: Final = "image/png"
_SVG: Final = "image/svg+xml"
#: How files of images begin.
_SIGNS: Final = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), _PNG),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    # After a declaration, comments and a document type there may be.
    (re.compile(rb"\s*(?:\xef\xbb\xbf)?(?:<[?!][^>]*>\s*)*<svg[\s>]", re.IGNORECASE), _SVG),
)


def save_figure(
    figure: Any = None,
    key: str | None = None,
    description: str | None = None,
    *,
    file_format: str = "png",
    dpi: float | None = None,
) -> ArtifactId:
    """Save a picture; the bytes are kept, so it is there when its source is gone.

    Example:
        fig, ax = plt.subplots()
        ax.plot(losses)
        save_figure(fig, key="losses")

    Args:
        figure: a figure or axes of matplotlib, and what is built on them (seaborn); an
            image of Pillow; PNG, JPEG, GIF, WebP or SVG as bytes, SVG as text, or the path
            of such a file. None: the current figure of pyplot.
        key: under it the newest artifact is found; lower-case letters, digits, hyphens.
        description: in Markdown.
        file_format: what a figure of matplotlib is kept as: "png" or "svg".
        dpi: dots per inch of a PNG; None: the figure's own.

    Returns:
        The artifact's id.

    Raises:
        MissingContext: it was called outside of a run.
        OptionError: an argument with an impossible value.
        UsageError: it is no picture, or takes more than 32 MiB.
    """
    get_run(_CALLER)
    check_key(_CALLER, key)
    if file_format not in {"png", "svg"}:
        raise OptionError(_CALLER, "file_format", file_format, "'png' or 'svg'")
    content, content_type = _picture(figure, file_format, dpi)
    return keep(_CALLER, "figure", key, description, content, content_type)


def _picture(figure: Any, file_format: str, dpi: float | None) -> tuple[bytes, str]:
    if figure is None:
        figure = _current()
    if isinstance(figure, str):
        if figure.lstrip().startswith("<"):
            return _sniffed(figure.encode("utf-8", "replace"), "this text")
        return _sniffed(_read(figure), figure)
    if isinstance(figure, os.PathLike):
        return _sniffed(_read(os.fspath(figure)), str(figure))
    if isinstance(figure, bytes | bytearray | memoryview):
        return _sniffed(bytes(figure), "these bytes")
    drawable = _drawable(figure)
    if drawable is not None:
        buffer = io.BytesIO()
        options = {} if dpi is None else {"dpi": dpi}
        drawable.savefig(buffer, format=file_format, **options)
        return buffer.getvalue(), _PNG if file_format == "png" else _SVG
    return _of_others(figure)


def _current() -> Any:
    """Give the current figure of pyplot, and do not make one."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or not pyplot.get_fignums():
        raise UsageError(
            f"{_CALLER}: there is no current figure of pyplot to save. Draw one first, or "
            "hand over a figure: save_figure(fig)."
        )
    return pyplot.gcf()


def _drawable(figure: Any) -> Any:
    """Give what can `savefig`: the figure itself, or the one that axes and grids belong to."""
    if callable(getattr(figure, "savefig", None)):
        return figure
    around = getattr(figure, "figure", None)
    return around if callable(getattr(around, "savefig", None)) else None


def _of_others(figure: Any) -> tuple[bytes, str]:
    if type(figure).__module__.partition(".")[0] == "PIL":
        buffer = io.BytesIO()
        figure.save(buffer, "PNG")
        return buffer.getvalue(), _PNG
    for name in ("_repr_svg_", "_repr_png_"):
        represent = getattr(figure, name, None)
        content = represent() if callable(represent) else None
        if content:
            return _sniffed(content.encode() if isinstance(content, str) else content, name)
    kind = type(figure)
    hint = " save_html keeps what has an HTML form." if _has_html(figure) else ""
    raise UsageError(
        f"{_CALLER}: a {kind.__module__}.{kind.__qualname__} is no picture. Hand over a figure of "
        f"matplotlib, the bytes of a PNG or SVG, or the path of an image file.{hint}"
    )


def _has_html(figure: Any) -> bool:
    return any(callable(getattr(figure, name, None)) for name in ("to_html", "_repr_html_"))


def _read(path: str) -> bytes:
    size = os.stat(path).st_size
    if size > MOST_BYTES:
        raise UsageError(
            f"{_CALLER}: {path} has {size:,} bytes, and {MOST_BYTES:,} is the most that is kept."
        )
    with open(path, "rb") as file:
        return file.read()


def _sniffed(content: bytes, what: str) -> tuple[bytes, str]:
    """Tell the type of an image by its first bytes."""
    for sign, content_type in _SIGNS:
        if sign.match(content[:4096]):
            return content, content_type
    raise UsageError(
        f"{_CALLER}: {what} cannot be shown: no PNG, JPEG, GIF, WebP or SVG begins so."
    )
