"""What a test of a flow needs, and the contracts of what may be plugged in.

    from penstock.testing import isolated_store

    def test_nightly():
        with isolated_store() as recorded:
            nightly("2024-01-01")
            assert recorded.task_run("load").state_name == "Completed"

`penstock.testing.plugin` offers the same to pytest as fixtures. `penstock.testing.stores`
is the contract of a store. Each name loads when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from penstock.testing.children import Child, Nursery, crashed, eventually, nursery, running
    from penstock.testing.clock import FakeClock
    from penstock.testing.isolation import isolated_store
    from penstock.testing.recorded import Recorded, RecordedRun

__all__ = [
    "Child",
    "FakeClock",
    "Nursery",
    "Recorded",
    "RecordedRun",
    "crashed",
    "eventually",
    "isolated_store",
    "nursery",
    "running",
]

#: Where each name is defined.
_HOMES: Final = {
    "Child": "penstock.testing.children",
    "FakeClock": "penstock.testing.clock",
    "Nursery": "penstock.testing.children",
    "Recorded": "penstock.testing.recorded",
    "RecordedRun": "penstock.testing.recorded",
    "crashed": "penstock.testing.children",
    "eventually": "penstock.testing.children",
    "isolated_store": "penstock.testing.isolation",
    "nursery": "penstock.testing.children",
    "running": "penstock.testing.children",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415 - the point of being lazy

    if name not in _HOMES:
        message = f"module 'penstock.testing' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
