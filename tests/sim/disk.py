"""The store of the simulator: SQLite in memory, whose transactions may go wrong.

The code in between is the production's: statements, projection, `SqlStore`. What is
committed is folded a second time by a `MemoryStore`, which shares no code with it.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock._ids import format_id
from penstock.errors import StoreBusy
from penstock.stores import open_store
from penstock.stores.sql import SqlStore
from penstock.stores.sqlite.dialect import SqliteDialect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from penstock.stores.protocol import Ack, Batch, Owner
    from tests.sim.world import World


class AnswerLost(StoreBusy):
    """It was committed, but nobody was told."""


@cache
def _connection() -> sqlite3.Connection:
    """Make the database once: its tables take longer than a whole history."""
    connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=512)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "store.db")
        open_store(f"sqlite://{path}").close()
        with closing(sqlite3.connect(path)) as file:
            file.backup(connection)
    return connection


def empty_database() -> sqlite3.Connection:
    """Give the database, with nothing in it."""
    connection = _connection()
    if connection.in_transaction:
        connection.execute("ROLLBACK")
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'migration'"
        " AND name NOT LIKE 'sqlite_stat%'"
    ).fetchall()
    for (name,) in tables:
        connection.execute(f"DELETE FROM {name}")
    return connection


class Disk:
    """A dialect whose transactions the world may refuse, or not answer."""

    most_parameters = 999
    words = SqliteDialect.words
    integrity_error = sqlite3.IntegrityError
    line_index = None

    def __init__(self, world: World) -> None:
        self._world = world

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all of it or nothing; perhaps fail, before or after."""
        world = self._world
        world.let_another_write()
        fault = world.fault()
        if fault == "refused":
            raise StoreBusy("sim", "is held by somebody else.")
        connection = world.database
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        if fault == "unanswered":
            raise AnswerLost("sim", "did not answer.")

    def restart(self, connection: sqlite3.Connection) -> None:
        """Take back what the transaction has written so far."""
        connection.execute("ROLLBACK")
        connection.execute("BEGIN IMMEDIATE")

    @contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection, unless the store is away."""
        if self._world.is_store_away:
            raise StoreBusy("sim", "is away.")
        yield self._world.database

    def problems(self) -> list[str]:
        """Nothing can be wrong with the structures of a database in memory."""
        return []


class SimStore(SqlStore):
    """One process's view of the store. What it commits is told to the world."""

    def __init__(self, world: World) -> None:
        super().__init__(Disk(world), "sim")  # type: ignore[arg-type] # the part that is used
        self._world = world

    def write(self, batch: Batch) -> Ack:
        """Commit a batch, and fold it a second time."""
        # Where it matters most whether somebody is quicker.
        claims = [event for _, event in batch.events if getattr(event, "claims", None)]
        self._world.claiming = format_id(claims[0].flow_run) if claims else None
        try:
            ack = super().write(batch)
        except AnswerLost:
            self._world.committed(self._world.model.write(batch))
            raise
        model = self._world.model.write(batch)
        self._world.expect(
            (ack.lsn, set(ack.stale)) == (model.lsn, set(model.stale)),
            "the two stores answer alike",
        )
        self._world.committed(ack)
        return ack

    def renew(self, owner: Owner, at: int) -> Sequence[str]:
        """Note a sign of life, twice."""
        return self._twice("renew", owner, at)

    def send_command(self, flow_run_id: str, kind: str, sender: str, at: int) -> bool:
        """Ask something of a run's owner, twice."""
        return bool(self._twice("send_command", flow_run_id, kind, sender, at))

    def _twice(self, name: str, *values: Any) -> Any:
        model = getattr(self._world.model, name)
        try:
            answer = getattr(super(), name)(*values)
        except AnswerLost:
            model(*values)
            raise
        model(*values)
        return answer
