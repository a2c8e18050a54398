"""The clients and a real server, in processes of their own, with a key and below a path."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from penstock import errors
from penstock.client import AsyncClient, Client
from penstock.testing import crashed, eventually, nursery
from tests.server.live import started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "a key that nobody guesses"
FLOW = """
import os
import sys

from penstock import flow, get_run_logger, task

@task
def load():
    get_run_logger().info("Loading")
    return [1, 2]

@task
def save(rows):
    open(sys.argv[1] if len(sys.argv) > 1 else "effects", "a").write("saved\\n")
    if not os.path.exists("folder"):
        raise OSError("there is no folder")

@flow
def etl():
    save(load())

if __name__ == "__main__":
    etl()
"""


@pytest.fixture
def server(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Path]]:
    """A server with a key below a path; gives its address and the folder that programs run in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PENSTOCK_API_KEY", KEY)
    with started(home, "--root-path", "/runs") as live:
        yield f"http://localhost:{live.port}/runs/", tmp_path


def test_who_has_no_key_is_told_so(server: tuple[str, Path]) -> None:
    url, _ = server

    with Client(url, key="") as stranger:
        assert stranger.get_health().status == "ok"
        with pytest.raises(errors.NotAllowed):
            stranger.find_flow_runs()
    with Client(url, key="another key of that length") as stranger:
        with pytest.raises(errors.NotAllowed):
            stranger.find_flow_runs()
        with pytest.raises(errors.NotAllowed):
            next(stranger.watch())


def test_the_server_of_the_data_folder_is_found_with_its_key(server: tuple[str, Path]) -> None:
    url, _ = server

    with Client() as client:
        assert client.url == url.rstrip("/")
        assert client.find_flow_runs().total == 0


def test_a_run_is_seen_live_and_retried_until_it_completes(server: tuple[str, Path]) -> None:
    _, folder = server
    (folder / "etl.py").write_text(FLOW, "utf-8")

    with Client() as client, nursery(folder) as children:
        children.start(folder / "etl.py")
        failed = next(
            run for change in client.watch() for run in change.flow_runs if run.end_time is not None
        )
        assert (failed.flow_name, failed.state_type) == ("etl", "FAILED")
        assert "there is no folder" in str(client.get_flow_run(failed.id).failure)
        (folder / "folder").mkdir()

        assert client.get_reuse(failed.id).reused == 1
        assert client.retry_flow_run(failed.id).done
        lines = [line.message for line in client.follow_log(failed.id)]
        run = client.wait_for_flow_run(failed.id, timeout=60)

    assert (run.state_type, run.attempt) == ("COMPLETED", 2)
    assert lines.count("Loading") == 1, "load had completed, and was executed again"
    assert (folder / "effects").read_text("utf-8") == "saved\nsaved\n"


def test_async_code_sees_the_same(server: tuple[str, Path]) -> None:
    _, folder = server
    (folder / "etl.py").write_text(FLOW, "utf-8")

    async def look() -> tuple[str, list[str]]:
        async with AsyncClient() as client:
            with nursery(folder) as children:
                watching = client.watch()
                children.start(folder / "etl.py")
                async for change in watching:
                    ended = [run for run in change.flow_runs if run.end_time is not None]
                    if ended:
                        break
            lines = [line.message async for line in client.iterate_log(ended[0].id, task="load")]
            return ended[0].state_type, lines

    state, lines = asyncio.run(look())

    assert state == "FAILED"
    assert "Loading" in lines


def test_a_run_whose_process_died_is_resumed(server: tuple[str, Path]) -> None:
    _, folder = server
    script = folder / "etl.py"
    script.write_text(FLOW, "utf-8")
    (folder / "folder").mkdir()

    crashed(script, after="load")

    with Client() as client:
        eventually(lambda: client.find_flow_runs().total, "what the dead process has left")
        [run] = client.iterate_flow_runs()
        run = client.wait_for_flow_run(run.id, timeout=60)
        assert run.state_type == "CRASHED"
        assert client.act_on_flow_runs("resume", [run.id]).done == 1
        again = next(
            one
            for change in client.watch(run.id)
            for one in change.flow_runs
            if one.id == run.id and one.state_type == "COMPLETED"
        )

    assert again.attempt == 2
    assert (folder / "effects").read_text("utf-8") == "saved\n"
