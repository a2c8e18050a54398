"""Pages in HTML: charts that move, maps, tables with styles.

Where they are shown they have no network, so charts are kept with their library in them.
"""

from __future__ import annotations

import os
import re
from typing import Any, Final

from penstock._engine.report import WARNING, say
from penstock.artifacts._drafts import ArtifactId, check_key, get_run, keep
from penstock.artifacts._values import clean_text
from penstock.errors import UsageError

__all__ = ["save_html"]

_CALLER: Final = "save_html"
#: What a page would fetch from elsewhere.
_FETCHES: Final = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc\s*=\s*[\"']?(?:https?:)?//([^/\"'\s>]+)"
    r"|<link\b[^>]*\bhref\s*=\s*[\"']?(?:https?:)?//([^/\"'\s>]+)",
    re.IGNORECASE,
)


def save_html(html: Any, key: str | None = None, description: str | None = None) -> ArtifactId:
    """Save a page in HTML: a chart of Plotly or Altair, a styled table, a text.

    It is shown in a frame that may run its scripts and reach nothing else: no network,
    no other part of the dashboard. Charts of Plotly and Altair are therefore kept with
    their library, some megabytes each.

    Args:
        html: a figure of Plotly, a chart of Altair, anything with `_repr_html_` or
            `to_html`, the text itself, or the `Path` of a file.
        key: under it the newest artifact is found; lower-case letters, digits, hyphens.
        description: in Markdown.

    Returns:
        The artifact's id.

    Raises:
        MissingContext: it was called outside of a run.
        OptionError: an argument with an impossible value.
        UsageError: it has no HTML form, or takes more than 32 MiB.
    """
    run = get_run(_CALLER)
    check_key(_CALLER, key)
    text = clean_text(_text(html))
    found = keep(_CALLER, "html", key, description, text.encode(), "text/html")
    hosts = sorted({one or other for one, other in _FETCHES.findall(text)})
    if hosts:
        say(
            run,
            WARNING,
            f"The page {key or found} fetches things from {', '.join(hosts)}, which it cannot "
            "where it is shown: there is no network. They must be part of the page.",
        )
    return found


def _text(html: Any) -> str:
    if isinstance(html, os.PathLike):
        with open(html, "rb") as file:
            html = file.read()
    if isinstance(html, bytes | bytearray):
        return bytes(html).decode("utf-8", "replace")
    if isinstance(html, str):
        return html
    render: Any = _RENDERERS.get(type(html).__module__.partition(".")[0], _of_others)
    return str(render(html))


def _of_others(html: Any) -> Any:
    for name in ("_repr_html_", "to_html"):
        render = getattr(html, name, None)
        text = render() if callable(render) else None
        if isinstance(text, str):
            return text
    kind = type(html)
    raise UsageError(
        f"{_CALLER}: a {kind.__module__}.{kind.__qualname__} has no HTML form (neither "
        "_repr_html_ nor to_html). Hand over the text."
    )


def _of_folium(part: Any) -> Any:
    # Its _repr_html_ is a frame in a frame.
    return part.get_root().render() if hasattr(part, "get_root") else _of_others(part)


def _of_altair(chart: Any) -> str:
    try:
        return str(chart.to_html(inline=True))
    except (ImportError, ValueError) as error:
        raise UsageError(
            f"{_CALLER}: Altair cannot put its library into the page ({error}). "
            "pip install vl-convert-python is what it needs for that."
        ) from error


#: By the name of the library that an object comes from.
_RENDERERS: Final = {
    "altair": _of_altair,
    "folium": _of_folium,
    "plotly": lambda figure: figure.to_html(include_plotlyjs=True, full_html=True),
}
