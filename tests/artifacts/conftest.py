"""What tests of artifacts get: a store in memory, and a way to save something in a flow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow
from penstock.testing import isolated_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from penstock.stores.rows import ArtifactRow
    from penstock.testing import Recorded

    Save = Callable[..., ArtifactRow]


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    """A store in memory."""
    with isolated_store() as found:
        yield found


@pytest.fixture
def save(recorded: Recorded) -> Save:
    """Call a function in a flow, and give the artifact it has saved."""

    @flow(name="saving")
    def in_flow(function: Any, args: Any, options: Any) -> Any:
        return function(*args, **options)

    def call(function: Any, *args: Any, **options: Any) -> ArtifactRow:
        artifact_id = in_flow(function, args, options)
        return recorded.store.get_artifact(artifact_id)

    return call


@pytest.fixture
def save_json(save: Save) -> Callable[..., Any]:
    """The same, and give what JSON stands in it."""

    def call(function: Any, *args: Any, **options: Any) -> Any:
        content = save(function, *args, **options).content
        assert content is not None
        return json.loads(content)

    return call
