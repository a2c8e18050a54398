"""Artifacts of a few words or numbers: Markdown, links, images by address, progress, numbers."""

from __future__ import annotations

import base64
import binascii
import math
import re
from typing import Any, Final

from penstock.artifacts._drafts import ArtifactId, keep, update
from penstock.artifacts._values import clean_text, dump_json
from penstock.errors import OptionError

__all__ = [
    "create_image_artifact",
    "create_link_artifact",
    "create_markdown_artifact",
    "create_progress_artifact",
    "save_number",
    "update_progress_artifact",
]

#: An address that would run code, or stand for a page of its own, when somebody clicks on it.
_UNSAFE: Final = re.compile("(?:javascript|vbscript|data|blob):", re.IGNORECASE)
#: What browsers leave out of an address before they read it.
_IGNORED: Final = re.compile(r"[\s\x00-\x20]+")
_DATA_IMAGE: Final = re.compile(
    r"data:(image/(?:png|jpeg|gif|webp|svg\+xml));base64,", re.IGNORECASE
)
_WHOLE: Final = 100.0
#: What sums of fractions may be off by.
_ROUNDING: Final = 1e-6


def create_markdown_artifact(
    markdown: str, key: str | None = None, description: str | None = None
) -> ArtifactId:
    """Save a text in Markdown.

    Args:
        markdown: the text.
        key: under it the newest artifact is found; lower-case letters, digits, hyphens.
        description: in Markdown, too.

    Returns:
        The artifact's id.

    Raises:
        MissingContext: it was called outside of a run.
        OptionError: an argument with an impossible value.
    """
    caller = "create_markdown_artifact"
    content = clean_text(str(markdown)).encode()
    return keep(caller, "markdown", key, description, content, "text/markdown")


def create_link_artifact(
    link: str,
    link_text: str | None = None,
    key: str | None = None,
    description: str | None = None,
) -> ArtifactId:
    """Save a link.

    Args:
        link: its address.
        link_text: what is shown in its place.
        key: under it the newest artifact is found; lower-case letters, digits, hyphens.
        description: in Markdown.

    Returns:
        The artifact's id.

    Raises:
        MissingContext: it was called outside of a run.
        OptionError: an argument with an impossible value.
    """
    caller = "create_link_artifact"
    address = _address(caller, "link", link)
    shown = None if link_text is None else clean_text(str(link_text))
    content = dump_json({"link": address, "link_text": shown})
    return keep(caller, "link", key, description, content)


def create_image_artifact(
    image_url: str, key: str | None = None, description: str | None = None
) -> ArtifactId:
    """Save an image that is somewhere else, by its address.

    `save_figure` keeps an image itself, and so does this with a `data:` address.

    Args:
        image_url: its address.
        key: under it the newest artifact is found; lower-case letters, digits, hyphens.
        description: in Markdown.

    Returns:
        The artifact's id.

    Raises:
        MissingContext: it was called outside of a run.
        OptionError: an argument with an impossible value.
    """
    caller = "create_image_artifact"
    inline = _DATA_IMAGE.match(str(image_url))
    if inline is not None:
        try:
            content = base64.b64decode(image_url[inline.end() :], validate=True)
        except binascii.Error:
            shown = f"{image_url[:40]}…"
            raise OptionError(caller, "image_url", shown, "an address, or base64") from None
        return keep(caller, "image", key, description, content, inline[1].lower())
    address = _address(caller, "image_url", image_url)
    return keep(caller, "image", key, description, dump_json({"image_url": address}))


def create_progress_artifact(
    progress: float, key: str | None = None, description: str | None = None
) -> ArtifactId:
    """Save how far something is, to be updated by `update_progress_artifact`.

    Args:
        progress: from 0 to 100.
        key: under it the newest artifact is found; lower-case letters, digits, hyphens.
        description: in Markdown.

    Returns:
        The artifact's id.

    Raises:
        MissingContext: it was called outside of a run.
        OptionError: an argument with an impossible value.
    """
    caller = "create_progress_artifact"
    return keep(caller, "progress", key, description, _progress(caller, progress))


def update_progress_artifact(
    artifact_id: object, progress: float | None = None, description: str | None = None
) -> ArtifactId:
    """Say how far something is now.

    Args:
        artifact_id: what `create_progress_artifact` has given.
        progress: from 0 to 100; None: as before.
        description: None: as before.

    Returns:
        The artifact's id.

    Raises:
        MissingContext: it was called outside of a run.
        NotFound: there is no such artifact.
        UsageError: it is no progress artifact, or one of a run of another process.
    """
    caller = "update_progress_artifact"
    content = None if progress is None else _progress(caller, progress)
    return update(caller, artifact_id, "progress", content, description)


def save_number(value: float, key: str, description: str | None = None) -> ArtifactId:
    """Save a number under a key: its course over the runs can be drawn.

    Args:
        value: any finite number.
        key: what it counts or measures; lower-case letters, digits, hyphens.
        description: in Markdown.

    Returns:
        The artifact's id.

    Raises:
        MissingContext: it was called outside of a run.
        OptionError: an argument with an impossible value.
    """
    caller = "save_number"
    number = _number(value)
    if number is None:
        raise OptionError(caller, "value", value, "a finite number")
    return keep(caller, "number", key, description, dump_json(number))


def _number(value: Any) -> float | None:
    if isinstance(value, str | bytes):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    return int(number) if isinstance(value, int) and abs(number) < 2**53 else number


def _progress(caller: str, progress: float) -> bytes:
    number = _number(progress)
    if number is None or not -_ROUNDING <= number <= _WHOLE + _ROUNDING:
        raise OptionError(caller, "progress", progress, "a number from 0 to 100")
    return dump_json(min(max(number, 0.0), _WHOLE))


def _address(caller: str, option: str, address: object) -> str:
    bare = _IGNORED.sub("", address) if isinstance(address, str) else ""
    if not isinstance(address, str) or not bare or _UNSAFE.match(bare):
        shown = f"{address[:40]}…" if isinstance(address, str) and address[40:] else address
        raise OptionError(caller, option, shown, "an address, as https://example.org/report")
    return clean_text(address)
