"""What the server does besides answering: each service looks once and says when again."""

from __future__ import annotations

import logging
import threading
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penstock._ids import format_id
from penstock._journal.reaper import Reaper
from penstock._server.services.indexing import make_indexing
from penstock._server.services.loop import Service, Services
from penstock._server.services.reaper import make_reaping
from penstock._server.services.retention import make_retention
from penstock._server.services.tidying import make_tidying
from penstock.results import forget_file, write_file
from penstock.settings import load_settings
from penstock.stores.filters import FlowRunFilter, LogFilter
from penstock.testing import FakeClock
from penstock.testing.children import eventually
from penstock.testing.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.stores.protocol import Store

DAY = 86_400 * 1_000_000


@pytest.fixture
def journal(store: Store) -> Journal:
    return Journal(store)


def ended(journal: Journal, count: int) -> list[str]:
    """Leave runs that have completed, the oldest first."""
    runs = [journal.flow_run() for _ in range(count)]
    for run in runs:
        journal.state(run, "COMPLETED")
    journal.send()
    return [format_id(run) for run in runs]


def retention(store: Store, **settings: object) -> Callable[[int], float]:
    """Make the service, past the look that it spends on waiting."""
    tick = make_retention(store, load_settings().with_values(**settings), forget_file)
    assert tick(0) >= 5
    return tick


def left(store: Store) -> set[str]:
    return {row.id for row in store.find_flow_runs(FlowRunFilter(), 10_000)}


def test_runs_that_ended_long_ago_are_deleted_and_open_ones_never(
    store: Store, journal: Journal
) -> None:
    old = ended(journal, 3)
    is_open = format_id(journal.flow_run())
    journal.now += 40 * DAY
    new = ended(journal, 2)
    tick = retention(store, keep_days=30)

    assert tick(journal.now) < 5
    assert tick(journal.now) > 60

    assert left(store) == {is_open, *new}
    assert not left(store) & set(old)


def test_the_oldest_of_too_many_go_in_slices(store: Store, journal: Journal) -> None:
    runs = ended(journal, 250)
    tick = retention(store, keep_days=0, keep_runs=20)

    looks = 1
    while tick(journal.now + 1) < 5:
        looks += 1

    assert looks == 4
    assert left(store) == set(runs[-20:])


def test_with_nothing_set_nothing_is_deleted(store: Store, journal: Journal) -> None:
    runs = ended(journal, 3)
    tick = retention(store, keep_days=0, keep_runs=0)

    tick(journal.now + 10_000 * DAY)

    assert left(store) == set(runs)


def test_files_of_results_go_with_their_runs(
    store: Store, journal: Journal, tmp_path: Path
) -> None:
    path = tmp_path / "results" / "run" / "0"
    write_file(str(path), b"value")
    run = journal.flow_run()
    journal.task_run(run, 0)
    journal.finish(run, 0, result_ref=str(path))
    journal.state(run, "COMPLETED")
    journal.send()
    tick = retention(store, keep_days=1)

    tick(journal.now + 2 * DAY)

    assert not path.exists()


def test_lines_are_indexed_until_none_is_left_and_then_nothing_is_asked(
    store: Store, journal: Journal
) -> None:
    run = journal.flow_run()
    for number in range(1_200):
        journal.log(run, None, f"line {number}")
    journal.send()
    tick = make_indexing(store)

    pauses = [tick(0)]
    while pauses[-1] < 1:
        pauses.append(tick(0))

    assert store.index_logs() == 0
    assert len(store.find_logs(LogFilter(contains=("line 1199",)), 9)) == 1
    assert tick(0) > 1


def test_the_log_is_folded_in_once_nobody_writes(store: Store, journal: Journal) -> None:
    run = journal.flow_run()
    for index in range(20_000):
        journal.task_run(run, index)
    journal.send()
    log = Path(load_settings().path("penstock.db-wal"))
    assert log.stat().st_size > 1 << 20
    tick = make_tidying(store)

    tick(0)
    assert log.stat().st_size > 1 << 20
    tick(0)

    assert log.stat().st_size == 0
    assert store.check() == []


def test_a_reaper_that_finds_nobody_asks_the_store_seldom(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "journals"
    folder.mkdir()
    clock = FakeClock()
    reaper = Reaper(store, str(folder))
    tick = make_reaping(reaper, clock.monotonic)
    marks = []
    for _ in range(20):
        tick(clock.now_us())
        marks.append(reaper.is_idle())
        clock.move(1)

    assert all(marks)
    (folder / "somebody.lock").touch()
    assert not reaper.is_idle()


def test_a_service_that_fails_is_told_of_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = FakeClock()
    looks: list[int] = []
    enough = threading.Event()

    def tick(now: int) -> float:
        looks.append(now)
        if len(looks) >= 8:
            enough.set()
            return 1_000.0
        raise OSError("the disk is gone")

    services = Services([Service("reaper", tick)], clock)
    with caplog.at_level(logging.ERROR, "penstock._server"):
        services.start()
        assert enough.wait(20)
        services.stop()

    assert caplog.text.count("The reaper failed") == 7
    pauses = [(after - before) / 1_000_000 for before, after in pairwise(looks)]
    assert pauses[:7] == [2, 4, 8, 16, 32, 60, 60]


def test_services_end_when_they_are_told_to() -> None:
    seen = threading.Event()

    def tick(now: int) -> float:
        seen.set()
        return 3_600.0

    class Patient(FakeClock):
        def sleep(self, seconds: float, until: threading.Event | None = None) -> None:
            assert until is not None
            until.wait(seconds)

    services = Services([Service("one", tick)], Patient())
    services.start()
    assert seen.wait(20)

    services.stop()

    eventually(
        lambda: not [one for one in threading.enumerate() if one.name == "penstock-one"],
        "the thread is over",
    )
