"""Tasks for tests of transactions: their hooks note that they were called."""

from __future__ import annotations

from typing import Any

from penstock import task
from tests.engine.recorded import recorded

#: What hooks were called, in order.
called: list[tuple[str, Any]] = []


def writer(name: str, **options: Any) -> Any:
    """Make a task whose hooks say its name."""

    @task(
        name=name,
        on_rollback=[lambda _: called.append(("undo", name))],
        on_commit=[lambda _: called.append(("keep", name))],
        **options,
    )
    def run() -> str:
        return name

    return run


one, two, three = (writer(name) for name in ("one", "two", "three"))


@task
def bad() -> None:
    raise ValueError("no such column")


def states() -> list[str]:
    """The states that the transactions of the one flow run were left in."""
    found = recorded()
    return [row.state for row in found.store.find_transactions(found.flow.id)]
