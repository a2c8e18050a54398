"""The contract of a store, as tests: `penstock.stores.protocol` in executable form.

Whoever writes a store subclasses `StoreContract` and gives it a fixture:

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self):
            store = MyStore()
            yield store
            store.close()

Needs pytest. `penstock.testing.journal` plays the processes that write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penstock.testing._store_artifacts import Artifacts
from penstock.testing._store_asks import Asking
from penstock.testing._store_logs import Logs
from penstock.testing._store_pictures import Choosing, Counting, Drawing
from penstock.testing._store_reads import Deleting, Lists, Reading
from penstock.testing._store_serving import Serving
from penstock.testing._store_transactions import Transactions
from penstock.testing._store_writes import Ownership, States, Writing
from penstock.testing.journal import Journal

if TYPE_CHECKING:
    from penstock.stores.protocol import Store

__all__ = ["StoreContract"]


class StoreContract(
    Writing,
    Ownership,
    Asking,
    Transactions,
    Artifacts,
    Serving,
    States,
    Reading,
    Lists,
    Logs,
    Choosing,
    Counting,
    Drawing,
    Deleting,
):
    """What every store must do. The names of the tests are the sentences."""

    @pytest.fixture
    def store(self) -> Store:
        """Give an empty store. To be overridden."""
        raise NotImplementedError

    @pytest.fixture
    def journal(self, store: Store) -> Journal:
        """Give the journal of a process that writes to the store."""
        return Journal(store)
