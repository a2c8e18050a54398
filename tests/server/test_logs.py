"""Log lines over HTTP: windows, matches, searches, whole lines, downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from penstock._ids import format_id
from penstock._server import log_pages
from penstock.stores.filters import LogFilter
from penstock.testing.journal import Journal

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from penstock.stores.protocol import Store

RUN = "01010101-0101-0101-0101-010101010101"
NESTED = "02020202-0202-0202-0202-020202020202"
OTHER = "03030303-0303-0303-0303-030303030303"
LOGS = f"/api/flow-runs/{RUN}/logs"


@pytest.fixture
def journal(store: Store) -> Journal:
    """A run with 40 lines, every fourth of them from a nested run; and somebody else's."""
    journal = Journal(store)
    run = journal.flow_run(b"\x01" * 16, name="calm otter/2")
    nested = journal.flow_run(b"\x02" * 16, parent=run, name="inner")
    other = journal.flow_run(b"\x03" * 16, name="elsewhere")
    journal.task_run(run, 0, key="flows.load")
    journal.task_run(run, 1, key="flows.clean", name="clean[1]")
    journal.task_run(nested, 0, key="flows.load")
    for number in range(40):
        if number % 4 == 3:
            journal.log(nested, 0, f"line {number}")
        else:
            level = 40 if number % 10 == 0 else 20
            logger = "penstock.task_runs" if number % 2 else "prints"
            journal.log(run, number % 2, f"line {number}", level, logger)
        journal.log(other, None, f"line {number} of another run")
    journal.send()
    return journal


def _numbers(answer: Any) -> list[int]:
    return [int(item["message"].split()[1]) for item in answer["items"]]


@pytest.mark.usefixtures("journal")
def test_without_a_position_a_window_has_the_last_lines(api: TestClient) -> None:
    answer = api.get(LOGS, params={"limit": 5}).json()

    assert _numbers(answer) == [35, 36, 37, 38, 39]
    assert (answer["offset"], answer["total"], answer["last_id"]) == (35, 40, 80)


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("offset", [0, 1, 17, 20, 36, 39, 40, 99])
def test_a_window_begins_at_a_position(api: TestClient, offset: int) -> None:
    answer = api.get(LOGS, params={"offset": offset, "limit": 4}).json()

    assert _numbers(answer) == list(range(40))[offset : offset + 4]
    assert (answer["offset"], answer["total"]) == (offset, 40)


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(("number", "first"), [(0, 0), (1, 0), (20, 18), (39, 35)])
def test_a_window_has_a_line_in_its_middle(api: TestClient, number: int, first: int) -> None:
    answer = api.get(LOGS, params={"around": 2 * number + 1, "limit": 5}).json()

    assert answer["offset"] == first
    assert _numbers(answer) == list(range(first, first + 5))


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({"nested": False, "level": 40}, [0, 10, 20, 30]),
        ({"task": ["clean"]}, [n for n in range(40) if n % 4 == 1]),
        ({"task": ["load"], "nested": False}, [n for n in range(40) if n % 2 == 0]),
        ({"task_run_id": f"{RUN}-1"}, [n for n in range(40) if n % 4 == 1]),
        ({"task_run_id": f"{NESTED}-0"}, [n for n in range(40) if n % 4 == 3]),
        ({"logger": ["prints"]}, [n for n in range(40) if n % 2 == 0]),
        ({"logger": ["prints", "flow"], "q": "3"}, [3, 23, 30, 31, 32, 34, 35, 36, 38, 39]),
        ({"q": "LINE 1"}, [1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]),
        ({"q": "100%"}, []),
    ],
)
def test_a_window_shows_the_lines_that_match(
    api: TestClient, store: Store, asked: dict[str, Any], numbers: list[int]
) -> None:
    expected = [
        n for n in numbers if "logger" not in asked or n % 4 != 3 or "flow" in asked["logger"]
    ]
    for _ in range(2):
        answer = api.get(LOGS, params=asked).json()
        assert _numbers(answer) == expected
        assert answer["total"] == len(expected)
        middle = api.get(LOGS, params={**asked, "offset": 2, "limit": 2}).json()
        assert _numbers(middle) == expected[2:4]
        store.index_logs()


def test_a_window_counts_on_as_lines_come(api: TestClient, journal: Journal) -> None:
    totals = []
    for number in range(40, 44):
        journal.log(b"\x01" * 16, None, f"line {number}")
        journal.send()
        answer = api.get(LOGS, params={"limit": 1}).json()
        assert _numbers(answer) == [number]
        totals.append(answer["total"])

    assert totals == [41, 42, 43, 44]


@pytest.mark.usefixtures("journal")
def test_a_line_names_the_runs_it_comes_from(api: TestClient) -> None:
    items = api.get(LOGS, params={"offset": 1, "limit": 3}).json()["items"]

    assert items[0] == {
        "id": 3,
        "timestamp": "2001-09-09T01:46:40.012000Z",
        "level": 20,
        "logger": "penstock.task_runs",
        "message": "line 1",
        "length": 6,
        "is_cut": False,
        "flow_run_id": RUN,
        "flow_run_name": "calm otter/2",
        "task_run_id": f"{RUN}-1",
        "task_run_name": "clean[1]",
    }
    assert (items[2]["flow_run_name"], items[2]["task_run_id"]) == ("inner", f"{NESTED}-0")


@pytest.mark.usefixtures("journal")
def test_matches_are_positions_among_the_lines_that_match(api: TestClient) -> None:
    answer = api.get(f"{LOGS}/matches", params={"find": "line 3", "nested": False}).json()
    own = [n for n in range(40) if n % 4 != 3]
    found = [n for n in own if str(n).startswith("3")]

    assert answer["total"] == len(found)
    assert answer["positions"] == [own.index(n) for n in found]
    assert answer["ids"] == [2 * n + 1 for n in found]
    for position, number in zip(answer["positions"], found, strict=True):
        there = api.get(LOGS, params={"offset": position, "limit": 1, "nested": False})
        assert _numbers(there.json()) == [number]


@pytest.mark.usefixtures("journal")
def test_matches_are_looked_for_among_lines_found_by_a_text(api: TestClient) -> None:
    answer = api.get(f"{LOGS}/matches", params={"find": "9", "q": "3"}).json()

    assert (answer["total"], answer["ids"]) == (1, [79])
    with_3 = [n for n in range(40) if "3" in str(n)]
    assert answer["positions"] == [with_3.index(39)]


@pytest.mark.usefixtures("journal")
def test_loggers_are_those_of_the_run_and_its_nested_ones(api: TestClient) -> None:
    assert api.get(f"{LOGS}/loggers").json() == ["flow", "penstock.task_runs", "prints"]


@pytest.mark.usefixtures("journal")
def test_a_search_pages_through_all_runs_newest_first(api: TestClient) -> None:
    found: list[str] = []
    cursor = None
    while True:
        asked = {"q": "LINE 3", "limit": 4, **({"cursor": cursor} if cursor else {})}
        page = api.get("/api/logs", params=asked).json()
        found += [item["message"] for item in page["items"]]
        assert page["took"] >= 0
        cursor = page["next_cursor"]
        if cursor is None:
            break

    numbers = [39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 3]
    assert found == [text for n in numbers for text in (f"line {n} of another run", f"line {n}")]


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"flow_run_id": OTHER}, 40),
        ({"flow_run_id": RUN}, 40),
        ({"level": 40}, 4),
        ({"since": "2001-09-09T01:46:40.050Z"}, 40),
        ({"until": "2001-09-09T01:46:40.050"}, 40),
        ({"since": "2001-09-09T03:46:40.050+02:00", "until": "2001-09-09T01:46:40.052Z"}, 2),
    ],
)
def test_a_search_is_narrowed(api: TestClient, asked: dict[str, Any], count: int) -> None:
    page = api.get("/api/logs", params={"q": "line", "limit": 200, **asked}).json()

    assert len(page["items"]) == count


def test_a_long_line_is_cut_in_lists_and_whole_by_its_id(api: TestClient, journal: Journal) -> None:
    whole = "begin " + "ü" * 12_000 + " end"
    journal.log(b"\x01" * 16, None, whole)
    journal.log(b"\x01" * 16, None, "x" * 10_000)
    journal.send()

    long, short = api.get(LOGS, params={"limit": 2}).json()["items"]
    assert (long["message"], long["is_cut"]) == (whole[:10_000], True)
    assert long["length"] == len(whole)
    assert (short["length"], short["is_cut"]) == (10_000, False)
    line = api.get(f"/api/logs/{long['id']}").json()
    assert (line["message"], line["is_cut"]) == (whole, False)
    assert whole in api.get(f"{LOGS}/download").text


@pytest.mark.usefixtures("journal")
def test_a_log_is_downloaded_as_a_text_file(api: TestClient) -> None:
    answer = api.get(f"{LOGS}/download", params={"level": 40})

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"calm_otter_2.log\"; filename*=UTF-8''calm%20otter%2F2.log"
    )
    assert answer.text.splitlines()[:2] == [
        "2001-09-09T01:46:40.010+00:00  ERROR     load-0  line 0",
        "2001-09-09T01:46:40.030+00:00  ERROR     load-0  line 10",
    ]


def test_a_download_reads_a_part_at_a_time(store: Store, journal: Journal) -> None:
    for number in range(1_200):
        journal.log(b"\x03" * 16, None, f"more {number}")
    journal.send()

    where = LogFilter(flow_run_id=format_id(b"\x03" * 16))
    parts = log_pages.text_of(store, where)
    first = next(parts)
    journal.log(b"\x03" * 16, None, "too late")
    journal.send()
    rest = list(parts)
    assert first.count(b"\n") == 500
    assert [part.count(b"\n") for part in rest] == [500, 240]
    assert b"more 1199" in rest[-1]


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("/api/flow-runs/nobody/logs", {}, 404),
        ("/api/flow-runs/nobody/logs/matches", {"find": "x"}, 404),
        ("/api/flow-runs/nobody/logs/download", {}, 404),
        ("/api/flow-runs/nobody/logs/loggers", {}, 404),
        ("/api/logs/99999", {}, 404),
        ("/api/logs/99999999999999999999", {}, 422),
        ("/api/logs/-1", {}, 422),
        (LOGS, {"offset": -1}, 422),
        (LOGS, {"limit": 1_001}, 422),
        (LOGS, {"task_run_id": "what"}, 422),
        (LOGS, {"task_run_id": f"{OTHER}-0"}, 422),
        (LOGS, {"task_run_id": f"{RUN}-99999999999999999999"}, 422),
        (LOGS, {"colour": "red"}, 422),
        (f"{LOGS}/matches", {}, 422),
        ("/api/logs", {"q": ""}, 422),
        ("/api/logs", {"q": "x", "cursor": "'; DROP TABLE log"}, 422),
        ("/api/logs", {"q": "x", "flow_run_id": "nobody"}, 404),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    api: TestClient, path: str, asked: dict[str, Any], status: int
) -> None:
    answer = api.get(path, params=asked)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("text", ['"', "'", "%", "_", "\\", "\0", "\ud7ff", "🐧" * 50, "NEAR(a b)"])
def test_any_text_may_be_searched_for(api: TestClient, store: Store, text: str) -> None:
    store.index_logs()

    for asked in (text, f"line{text}"):
        assert api.get("/api/logs", params={"q": asked}).json()["items"] == []
