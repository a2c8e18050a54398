"""Prints the OpenAPI document: `python -m penstock._server.document > ui/openapi.json`."""

from __future__ import annotations

import json
import sys

from penstock._server.app import make_document

__all__ = ["document_text"]


def document_text() -> str:
    """Give the document as it lies in the repository."""
    return json.dumps(make_document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document_text())
