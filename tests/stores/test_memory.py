"""The memory store keeps the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock.stores import open_store
from penstock.testing.stores import StoreContract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.stores.protocol import Store


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Iterator[Store]:
        store = open_store("memory:")
        yield store
        store.close()
