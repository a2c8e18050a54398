"""Checks what is saved, and hands it to the engine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from penstock._engine.artifacts import Change, Draft, record
from penstock._ids import format_id, new_id
from penstock.artifacts._values import clean_text
from penstock.context import current
from penstock.errors import MissingContext, OptionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["JSON", "MOST_BYTES", "ArtifactId", "check_key", "get_run", "keep", "update"]

JSON: Final = "application/json"
#: An artifact is for people to look at: what is larger belongs into a file of their own.
MOST_BYTES: Final = 32 << 20
_LONGEST_KEY: Final = 200
_LONGEST_DESCRIPTION: Final = 65_536
_KEY: Final = re.compile(r"[a-z0-9-]+")


class ArtifactId(str):
    """The id of an artifact: text. Awaiting it gives it as well.

    Scripts written for Prefect await `create_markdown_artifact` and its like in async code.
    """

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, ArtifactId]:
        """Give the id."""
        yield from ()
        return self


def get_run(caller: str) -> Any:
    """Give the run that the calling code belongs to.

    Raises:
        MissingContext: there is none.
    """
    run = current.get()
    if run is None:
        raise MissingContext(
            f"{caller} saves an artifact of a run, and there is no run here. "
            "Call it inside of a flow or a task."
        )
    return run


def check_key(caller: str, key: object) -> None:
    """Refuse a key that cannot be.

    Raises:
        OptionError: it is not lower-case letters, digits and hyphens.
    """
    if key is None:
        return
    if not isinstance(key, str) or len(key) > _LONGEST_KEY or not _KEY.fullmatch(key):
        rule = f"lower-case letters (a-z), digits and hyphens, at most {_LONGEST_KEY} characters"
        raise OptionError(caller, "key", key, rule)


def keep(
    caller: str,
    kind: str,
    key: str | None,
    description: str | None,
    content: bytes,
    content_type: str = JSON,
) -> ArtifactId:
    """Save an artifact of the run around the call, and give its id.

    Raises:
        MissingContext: there is no run.
        OptionError: the key or the description cannot be.
        UsageError: it is too large.
        StoreError: there is no room for it.
    """
    run = get_run(caller)
    check_key(caller, key)
    if len(content) > MOST_BYTES:
        raise UsageError(
            f"{caller}: this artifact takes {len(content):,} bytes, and {MOST_BYTES:,} is the "
            "most. Save less of it, or write it to a file and save a link."
        )
    draft = Draft(new_id(), kind, key, _description(caller, description), content_type, content)
    record(run, draft)
    return ArtifactId(format_id(draft.id))


def update(
    caller: str, artifact_id: object, kind: str, content: bytes | None, description: str | None
) -> ArtifactId:
    """Give an artifact new content, and give its id.

    Raises:
        MissingContext: there is no run.
        NotFound: there is no such artifact.
        UsageError: it is of another kind, or belongs to a run of another process.
    """
    run = get_run(caller)
    record(run, Change(str(artifact_id), kind, content, _description(caller, description)))
    return ArtifactId(artifact_id)


def _description(caller: str, text: object) -> str | None:
    if text is None:
        return None
    if not isinstance(text, str) or len(text) > _LONGEST_DESCRIPTION:
        shown = text[:20] + "…" if isinstance(text, str) else text
        rule = f"text of at most {_LONGEST_DESCRIPTION:,} characters"
        raise OptionError(caller, "description", shown, rule)
    return clean_text(text)
