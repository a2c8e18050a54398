"""The OpenAPI document in the repository is that of the code."""

from __future__ import annotations

import importlib
import json
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel

from penstock import _schemas
from penstock._server.app import make_document
from penstock._server.document import document_text
from penstock._server.examples import EXAMPLES

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


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_what_its_model_says(name: str) -> None:
    [model] = {
        kind
        for module in pkgutil.iter_modules(_schemas.__path__, "penstock._schemas.")
        for kind in vars(importlib.import_module(module.name)).values()
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__name__ == name
    }

    read = model.model_validate_json(json.dumps(EXAMPLES[name]))

    assert json.loads(read.model_dump_json(exclude_unset=True)) == EXAMPLES[name]
    assert make_document()["components"]["schemas"][name]["examples"] == [EXAMPLES[name]]


def test_every_reference_leads_somewhere() -> None:
    text = document_text()
    document = json.loads(text)

    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert names <= document["components"]["schemas"].keys()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in make_document()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation
