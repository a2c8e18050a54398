"""The SQLite store keeps the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock.stores import open_store
from penstock.testing.stores import StoreContract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from penstock.stores.protocol import Store


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        store = open_store(f"sqlite://{tmp_path}/store.db")
        yield store
        store.close()
