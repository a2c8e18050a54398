"""The dashboard's files: a fixed list, the page for all the rest, headers on everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from penstock._server.base_path import BasePath, read_base
from penstock._server.headers import SecureHeaders
from penstock._server.pages import Pages

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

PAGE = b'<!doctype html><html><head><base href="/"><title>P</title></head><body>page</body></html>'


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_bytes(PAGE)
    (folder / "assets" / "app-1a2b.js").write_text("let a = 1;\n" * 500)
    (folder / "icon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


def open_pages(app: FastAPI, folder: Path, base: str = "/") -> TestClient:
    inside = SecureHeaders(BasePath(Pages(app, base, str(folder)), base))
    return TestClient(inside, base_url="http://localhost:4200", raise_server_exceptions=False)


def test_every_path_outside_of_the_api_is_the_page(app: FastAPI, built: Path) -> None:
    client = open_pages(app, built)

    for path in ("/", "/runs", "/runs/1/logs?line=7", "/no/such/page", "/apiary", "/index.html"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        assert "page" in answer.text


def test_a_hashed_file_is_kept_for_ever_and_packed(app: FastAPI, built: Path) -> None:
    answer = open_pages(app, built).get("/assets/app-1a2b.js")

    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.text == "let a = 1;\n" * 500


def test_a_file_that_has_not_changed_is_not_sent_again(app: FastAPI, built: Path) -> None:
    client = open_pages(app, built)
    tag = client.get("/").headers["etag"]

    answer = client.get("/", headers={"If-None-Match": tag})

    assert answer.status_code == 304
    assert answer.content == b""


@pytest.mark.parametrize("path", ["/assets/app-0000.js", "/assets/", "/api", "/api/x"])
def test_a_missing_file_or_route_is_never_the_page(app: FastAPI, built: Path, path: str) -> None:
    answer = open_pages(app, built).get(path)

    assert answer.status_code == 404
    assert answer.json()["type"] == "not_found"


def test_the_base_is_written_into_the_page(app: FastAPI, built: Path) -> None:
    assert '<base href="/">' in open_pages(app, built).get("/").text
    below = open_pages(app, built, "/team/penstock/")

    for path in ("/team/penstock/", "/team/penstock", "/team/penstock/runs", "/runs"):
        assert '<base href="/team/penstock/">' in below.get(path).text
    (built / "index.html").write_bytes(PAGE.replace(b'<base href="/">', b""))
    assert '<head><base href="/x/">' in open_pages(app, built, "/x/").get("/").text


def test_below_a_base_the_api_answers_with_and_without_it(app: FastAPI, built: Path) -> None:
    client = open_pages(app, built, "/team/penstock/")

    for path in ("/team/penstock/api/openapi.json", "/api/openapi.json"):
        assert client.get(path).json()["openapi"].startswith("3.")


@pytest.mark.parametrize("text", ["//evil", "/a//b", "/../x", '/"><script>', "/a?b", "/a b", "/ä"])
def test_a_base_that_means_something_else_is_refused(text: str) -> None:
    if text == "//evil":
        assert read_base(text) == "/evil/"
        return
    with pytest.raises(ValueError):
        read_base(text)


def test_without_a_build_the_page_says_how_to_make_one(app: FastAPI, tmp_path: Path) -> None:
    answer = open_pages(app, tmp_path / "nothing").get("/")

    assert answer.status_code == 200
    assert "make ui" in answer.text


def test_every_answer_has_the_headers(app: FastAPI, built: Path) -> None:
    client = open_pages(app, built)

    for path in ("/", "/assets/app-1a2b.js", "/assets/none", "/api/none", "/api/openapi.json"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert not [name for name in headers if name.startswith("access-control")]
    assert client.get("/api/openapi.json").headers["cache-control"] == "no-store"
