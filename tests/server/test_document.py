"""The OpenAPI document in the repository is that of the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from penstock._server.app import make_document
from penstock._server.document import document_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

COPY = Path(__file__).parents[2] / "ui" / "openapi.json"


def test_the_copy_of_the_document_is_up_to_date() -> None:
    """`python -m penstock._server.document > ui/openapi.json` brings it up to date."""
    assert json.loads(COPY.read_text("utf-8")) == json.loads(document_text())


def test_every_operation_says_what_it_does_and_how_it_refuses() -> None:
    for path, method, operation in operations():
        assert operation["description"].endswith("."), (method, path)
        refusal = operation["responses"]["default"]["content"]
        assert list(refusal) == ["application/problem+json"]


def test_every_reference_leads_somewhere() -> None:
    text = document_text()
    document = json.loads(text)

    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert names <= document["components"]["schemas"].keys()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in make_document()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation
