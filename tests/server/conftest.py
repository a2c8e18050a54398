"""What the tests of the server get: a store, the API over it, and no pickles."""

from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING, Any

import cloudpickle
import pytest
from fastapi.testclient import TestClient

from penstock._server.app import create_app
from penstock.settings import load_settings
from penstock.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from penstock.stores.protocol import Store


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """The store of the test's data folder: a real SQLite file."""
    opened = open_store(load_settings().store_url)
    yield opened
    opened.close()


@pytest.fixture
def app(store: Store) -> FastAPI:
    """The API without what stands around it."""
    return create_app(store, load_settings())


@pytest.fixture
def api(app: FastAPI) -> Iterator[TestClient]:
    """A client of the API, without the gate."""
    with TestClient(app, base_url="http://localhost:4200", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(autouse=True)
def no_pickles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no pickle be read below any function of the server, in the whole suite."""
    for module in (pickle, cloudpickle):
        for name in ("load", "loads", "Unpickler"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, _forbidden(getattr(module, name)))


def _forbidden(real: Callable[..., Any]) -> Callable[..., Any]:
    def refuse_in_server(*args: Any, **kwargs: Any) -> Any:
        frame = sys._getframe()
        while frame.f_back is not None:
            frame = frame.f_back
            name = str(frame.f_globals.get("__name__"))
            assert not name.startswith("penstock._server"), f"{name} reads a pickle"
        return real(*args, **kwargs)

    return refuse_in_server
