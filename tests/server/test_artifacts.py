"""Artifacts over the API: lists, series, bytes, and what those may do in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from penstock import flow, task
from penstock._engine.process import close_process
from penstock.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    save_figure,
    save_html,
    save_number,
    save_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fastapi.testclient import TestClient

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 70_000
MISSING = "0198f3a0-0000-7000-8000-000000000002"


def run(*steps: Callable[[], Any], name: str = "saving") -> list[str]:
    """Call functions in a task of a flow run, each of which saves something. Gives the ids."""

    @task
    def save() -> list[str]:
        return [str(step()) for step in steps]

    found = flow(save, name=name)()
    close_process()
    return list(found)


def get(api: TestClient, path: str) -> Any:
    answer = api.get(f"/api/artifacts{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_each_kind_tells_its_data(api: TestClient) -> None:
    ids = run(
        lambda: create_markdown_artifact("# hi", key="m", description="*d*"),
        lambda: create_link_artifact("https://x.org", "x"),
        lambda: create_image_artifact("https://x.org/a.png"),
        lambda: create_progress_artifact(50),
        lambda: save_number(2.5, key="n"),
        lambda: save_table([{"a": 1}, {"a": None}]),
        lambda: save_html("<p>"),
        lambda: save_figure(SVG),
    )

    page = get(api, "")
    assert (page["total"], page["total_is_exact"], page["next_cursor"]) == (8, True, None)
    items = page["items"][::-1]
    assert [item["id"] for item in items] == ids
    table = items.pop(5)
    assert (table["kind"], table["data"]["rows"]) == ("table", [[1], [None]])
    assert (table["data"]["row_count"], table["data"]["columns"][0]["missing"]) == (2, 1)
    assert [(item["kind"], item["data"]) for item in items] == [
        ("markdown", "# hi"),
        ("link", {"link": "https://x.org", "link_text": "x"}),
        ("image", {"image_url": "https://x.org/a.png"}),
        ("progress", 50),
        ("number", 2.5),
        ("html", None),
        ("figure", None),
    ]
    urls = [item["url"] for item in items]
    assert urls == [None] * 5 + [f"api/artifacts/{one}/content" for one in ids[6:]]
    markdown = items[0]
    assert (markdown["key"], markdown["description"], markdown["version"]) == ("m", "*d*", 1)
    assert (markdown["flow_name"], markdown["task_run_name"]) == ("saving", "save-0")
    assert markdown["task_run_id"] == f"{markdown['flow_run_id']}-0"
    for item in [*items, table]:
        assert get(api, f"/{item['id']}") == item


def test_tables_are_not_listed_by_key(api: TestClient) -> None:
    (found,) = run(lambda: save_table([{"a": 1}], key="t"))

    assert get(api, "/keys")[0]["latest"]["data"] is None
    assert [one["data"] for one in get(api, "/keys/t")["artifacts"]] == [None]
    assert get(api, f"/{found}")["data"]["rows"] == [[1]]


def test_numbers_come_with_their_trend_when_it_is_asked_for(api: TestClient) -> None:
    run(*[lambda n=n: save_number(n, key="n") for n in (3, 1, 2)], lambda: save_number(9, key="m"))

    assert [one["trend"] for one in get(api, "?key=n")["items"]] == [[]] * 3
    assert [one["trend"] for one in get(api, "?key=n&trend=true")["items"]] == [[3, 1, 2]] * 3
    assert [one["trend"] for one in get(api, "?key=m&trend=true")["items"]] == [[]]


def test_long_texts_and_large_tables_come_one_at_a_time(api: TestClient) -> None:
    rows = [{"n": number, "text": "x" * 50} for number in range(2_000)]
    text, table, longer = run(
        lambda: create_markdown_artifact("x" * 20_000),
        lambda: save_table(rows),
        lambda: create_markdown_artifact("ü" * 70_000),
    )

    assert [item["data"] for item in get(api, "")["items"]] == [None] * 3
    assert get(api, f"/{text}")["data"] == "x" * 20_000
    assert get(api, f"/{longer}")["data"] == "ü" * 70_000
    assert get(api, f"/{table}")["data"]["rows"] == [list(row.values()) for row in rows]


def test_lists_come_in_pages_and_by_filters(api: TestClient) -> None:
    ids = run(*[lambda n=n: save_number(n, key=f"n-{n % 2}") for n in range(5)])
    other = run(lambda: create_markdown_artifact("x", description="Needle"), name="other")
    found: list[str] = []
    cursor = ""
    while True:
        page = get(api, f"?limit=2{cursor}")
        found += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert found == [*other, *ids[::-1]]
    first = get(api, f"/{ids[0]}")
    for query, expected in {
        f"?flow_run_id={first['flow_run_id']}": ids[::-1],
        f"?task_run_id={first['task_run_id']}": ids[::-1],
        f"?flow_run_id={MISSING}": [],
        "?key=n-0": ids[4::-2],
        "?kind=markdown&kind=table": other,
        "?q=needle": other,
        "?q=n-1": ids[3::-2],
    }.items():
        page = get(api, query)
        assert [item["id"] for item in page["items"]] == expected, query
        assert page["total"] == len(expected)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("cursor=x", "/query/cursor"),
        ("task_run_id=x", "/query/task_run_id"),
        ("limit=0", "/query/limit"),
        ("limit=201", "/query/limit"),
        ("nothing=1", "/query/nothing"),
        (f"key={'k' * 201}", "/query/key"),
    ],
)
def test_a_wrong_question_names_the_field(api: TestClient, query: str, pointer: str) -> None:
    answer = api.get(f"/api/artifacts?{query}")

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


def test_keys_are_listed_with_their_newest_and_their_course(api: TestClient) -> None:
    for value in (1, 2.5):
        run(
            lambda value=value: save_number(value, key="score"),
            lambda: create_markdown_artifact("x", key="note"),
        )

    keys = get(api, "/keys")
    assert [(one["key"], one["kind"], one["count"]) for one in keys] == [
        ("note", "markdown", 2),
        ("score", "number", 2),
    ]
    assert keys[1]["latest"]["data"] == 2.5
    assert [one["key"] for one in get(api, "/keys?q=SCO")] == ["score"]
    series = get(api, "/keys/score")
    assert [one["version"] for one in series["artifacts"]] == [1, 2]
    assert [one["value"] for one in series["points"]] == [1, 2.5]
    assert series["points"][0]["artifact_id"] == series["artifacts"][0]["id"]
    assert get(api, "/keys/note")["points"] == []
    assert api.get("/api/artifacts/keys/nothing").status_code == 404


@pytest.mark.parametrize("path", ["", "/content", "/content?download=true"])
@pytest.mark.parametrize(
    "artifact_id",
    [
        MISSING,
        "nothing",
        "..",
        "%2e%2e",
        "..%2f..%2fetc%2fpasswd",
        "%00",
        "0" * 32,
        "é",
        "a" * 999,
    ],
)
def test_what_is_not_there_is_not_found(api: TestClient, artifact_id: str, path: str) -> None:
    answer = api.get(f"/api/artifacts/{artifact_id}{path}")

    assert answer.status_code == 404


@pytest.mark.parametrize("size", [10, 70_000], ids=["in the store", "in a file"])
def test_a_page_may_run_its_scripts_and_reach_nothing(api: TestClient, size: int) -> None:
    page = "<script>alert(1)</script>" + "x" * size
    (found,) = run(lambda: save_html(page, key="page"))

    answer = api.get(f"/api/artifacts/{found}/content?inline=true")
    assert answer.text == page
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-disposition"] == 'inline; filename="page-1.html"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy == {
        "sandbox": "allow-scripts",
        "default-src": "'none'",
        "script-src": "'unsafe-inline' 'unsafe-eval' data: blob:",
        "style-src": "'unsafe-inline'",
        "img-src": "data: blob:",
        "font-src": "data:",
        "worker-src": "blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }


@pytest.mark.parametrize("content", [SVG, "<p>"])
@pytest.mark.parametrize("query", ["", "?download=true", "?download=true&inline=true"])
def test_html_and_svg_are_files_to_keep_unless_asked_for_inline(
    api: TestClient, content: str, query: str
) -> None:
    (found,) = run(lambda: save_figure(content) if content == SVG else save_html(content))

    answer = api.get(f"/api/artifacts/{found}/content{query}")

    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["content-security-policy"].startswith("sandbox")


@pytest.mark.parametrize("query", ["", "?inline=true"])
def test_svg_runs_no_scripts_wherever_it_is_shown(api: TestClient, query: str) -> None:
    (found,) = run(lambda: save_figure(SVG))

    answer = api.get(f"/api/artifacts/{found}/content{query}")

    assert answer.headers["content-type"] == "image/svg+xml"
    policy = answer.headers["content-security-policy"].split("; ")
    assert policy[:2] == ["sandbox", "default-src 'none'"]
    assert not [part for part in policy if part.startswith("script-src")]


def test_pictures_are_shown_and_kept_by_the_browser_for_a_while(api: TestClient) -> None:
    (found,) = run(lambda: save_figure(PNG, key="plot"))

    answer = api.get(f"/api/artifacts/{found}/content")
    assert answer.content == PNG
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == 'inline; filename="plot-1.png"'
    assert answer.headers["cache-control"] == "private, max-age=3600"
    part = api.get(f"/api/artifacts/{found}/content", headers={"Range": "bytes=0-7"})
    assert (part.status_code, part.content) == (206, PNG[:8])


def test_data_has_bytes_too(api: TestClient) -> None:
    text, number = run(lambda: create_markdown_artifact("# ü"), lambda: save_number(1, key="n"))

    answer = api.get(f"/api/artifacts/{text}/content?download=true")
    assert answer.text == "# ü"
    assert answer.headers["content-disposition"] == 'attachment; filename="markdown-1.md"'
    answer = api.get(f"/api/artifacts/{number}/content")
    assert (answer.json(), answer.headers["cache-control"]) == (1, "no-store")


def test_a_file_that_is_gone_is_said_to_be_gone(api: TestClient, home: Path) -> None:
    table = [{"text": "x" * 100}] * 1_000
    figure, rows = run(lambda: save_figure(PNG), lambda: save_table(table))
    for path in (home / "artifacts").iterdir():
        path.unlink()

    for path in (f"{figure}/content", rows, f"{rows}/content"):
        answer = api.get(f"/api/artifacts/{path}")
        assert (answer.status_code, answer.json()["type"]) == (410, "gone")
    assert get(api, f"/{figure}")["size"] == len(PNG)


def test_a_data_folder_that_was_moved_is_looked_into(
    api: TestClient, home: Path, tmp_path: Path
) -> None:
    (found,) = run(lambda: save_figure(PNG))
    _point_elsewhere(home, found, f"/nowhere/{found}")

    assert api.get(f"/api/artifacts/{found}/content").content == PNG


def test_no_other_file_is_read_whatever_the_database_says(
    api: TestClient, home: Path, tmp_path: Path
) -> None:
    (found,) = run(lambda: save_figure(PNG))
    (tmp_path / "secret").write_text("secret")
    (home / "artifacts" / found).unlink()
    for path in (str(tmp_path / "secret"), f"../{found}", "/etc/passwd", ""):
        _point_elsewhere(home, found, path)

        assert api.get(f"/api/artifacts/{found}/content").status_code == 410


def _point_elsewhere(home: Path, artifact_id: str, path: str) -> None:
    import sqlite3

    with sqlite3.connect(home / "penstock.db") as database:
        database.execute("UPDATE artifact SET content_ref = ? WHERE id = ?", (path, artifact_id))
    database.close()


def test_an_unknown_type_is_never_shown(api: TestClient, home: Path) -> None:
    import sqlite3

    (found,) = run(lambda: save_html("<p>", key="k"))
    with sqlite3.connect(home / "penstock.db") as database:
        database.execute("UPDATE artifact SET content_type = 'text/xml\r\nx: y', key = 'k\"\r\n;'")
    database.close()

    answer = api.get(f"/api/artifacts/{found}/content?inline=true")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="k-----1.bin"'


def test_tasks_outside_of_flows_have_no_flow_run(api: TestClient) -> None:
    task(lambda: save_number(1, key="n"), name="alone")()
    close_process()

    (item,) = get(api, "")["items"]
    assert (item["flow_run_id"], item["flow_run_name"], item["flow_name"]) == (None, None, None)
    assert item["task_run_name"] == "alone-0"
    assert get(api, "/keys/n")["points"][0]["flow_run_id"] is None
