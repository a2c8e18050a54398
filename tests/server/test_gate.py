"""Nothing foreign gets in, by any route there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from penstock._server.app import create_app, create_site
from penstock._server.bodies import LARGEST_BODY
from penstock._server.keys import Keys
from penstock._server.names import make_names
from penstock.settings import load_settings
from penstock.testing import FakeClock
from tests.server import hostile
from tests.server.every_route import every_way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fastapi import FastAPI

    from penstock.stores.protocol import Store

KEY = "correct-horse-battery"
PUBLIC = {("GET", "/api/health"), ("GET", "/api/ready"), ("POST", "/api/login")}
PAGES = [("GET", "/"), ("GET", "/runs/7"), ("HEAD", "/"), ("GET", "/login/login.js")]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "QUERY", "BREW"]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def open_site(store: Store, clock: FakeClock) -> Callable[..., TestClient]:
    """Make a site with a key or without one, and a client of it."""

    def open_one(key: str = "", host: str = "127.0.0.1", names: Iterable[str] = ()) -> TestClient:
        keys = Keys(key, 4200, clock.monotonic)
        api = create_app(store, load_settings(), clock=clock, keys=keys)
        site = create_site(api, make_names(host, 4200, names))
        return TestClient(
            site,
            base_url="http://localhost:4200",
            raise_server_exceptions=False,
            follow_redirects=False,
        )

    return open_one


@pytest.fixture
def site(open_site: Callable[..., TestClient]) -> TestClient:
    return open_site()


@pytest.fixture
def locked(open_site: Callable[..., TestClient]) -> TestClient:
    return open_site(KEY)


def everything(app: FastAPI) -> list[tuple[str, str]]:
    """List every route with each method it has, one it has not, and the pages."""
    ways = [(way.method, way.path) for way in every_way(app)]
    paths = list(dict.fromkeys(path for _, path in ways))
    return [*ways, *(("PUT", path) for path in paths), *PAGES]


@pytest.mark.parametrize("host", hostile.HOSTS)
def test_a_name_that_is_not_ours_is_refused_everywhere(
    app: FastAPI, site: TestClient, host: str
) -> None:
    for method, path in everything(app):
        answer = site.request(method, path, headers={"Host": host})

        assert answer.status_code == 421, (method, path)
        assert method == "HEAD" or answer.json()["type"] == "unknown_host"


@pytest.mark.parametrize("origin", hostile.ORIGINS)
def test_a_foreign_origin_is_refused_everywhere_with_every_method(
    app: FastAPI, site: TestClient, origin: str
) -> None:
    for path in dict.fromkeys(path for _, path in everything(app)):
        for method in METHODS:
            answer = site.request(method, path, headers={"Origin": origin})

            assert answer.status_code == 403, (method, path)
            assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("fetch", ["cross-site", "same-site"])
def test_what_the_browser_says_comes_from_another_site_is_refused(
    app: FastAPI, site: TestClient, fetch: str
) -> None:
    for method, path in everything(app):
        answer = site.request(method, path, headers={"Sec-Fetch-Site": fetch})

        assert answer.status_code == 403, (method, path)


def test_a_link_on_another_site_may_lead_here_but_change_nothing(site: TestClient) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}

    assert site.get("/runs", headers=link).status_code == 200
    assert site.post("/api/views", headers=link).status_code == 403
    assert site.delete("/api/views/1", headers=link).status_code == 403


def test_our_own_page_gets_in(site: TestClient) -> None:
    for host in ("localhost:4200", "127.0.0.1:4200", "[::1]:4200", "LOCALHOST:4200"):
        ours = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}

        assert site.get("/api/openapi.json", headers=ours).status_code == 200


def test_a_preflight_allows_nobody(site: TestClient) -> None:
    asked = {"Origin": "http://localhost:4200", "Access-Control-Request-Method": "DELETE"}

    answer = site.options("/api/views/1", headers=asked)

    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_websocket_is_refused_whoever_asks(site: TestClient, locked: TestClient) -> None:
    for path in ("/api/stream", "/api/health", "/", "/ws"):
        for client, headers, code in (
            (site, {}, 4404),
            (site, {"Host": "evil.example"}, 4421),
            (site, {"Origin": "http://evil.example"}, 4403),
            (site, {"Sec-Fetch-Site": "cross-site"}, 4403),
            (locked, {}, 4401),
        ):
            with pytest.raises(WebSocketDisconnect) as refused:
                client.websocket_connect(f"ws://localhost:4200{path}", headers=headers).__enter__()
            assert refused.value.code == code


def test_without_the_key_every_route_is_closed_but_three(app: FastAPI, locked: TestClient) -> None:
    for method, path in everything(app):
        answer = locked.request(method, path)

        if (method, path) in PUBLIC or (method, path) in PAGES:
            assert answer.status_code != 401, (method, path)
        else:
            assert answer.status_code == 401, (method, path)
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", hostile.PATH_TRICKS)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
def test_no_trick_with_a_path_makes_a_route_public(
    locked: TestClient, method: str, path: str
) -> None:
    answer = locked.request(method, path)

    is_a_page = not answer.request.url.path.startswith("/api/") and method in {"GET", "HEAD"}
    assert is_a_page or answer.status_code == 401
    assert "0.1" not in answer.text, "nothing but health tells the version"


def test_with_the_key_a_program_gets_in(locked: TestClient) -> None:
    for given in (f"Bearer {KEY}", f"bearer {KEY}"):
        answer = locked.get("/api/openapi.json", headers={"Authorization": given})

        assert answer.status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"Bearer wrong",
        b"Bearer " + KEY[:-1].encode(),
        b"Bearer " + KEY.encode() + b"x",
        b"Basic " + KEY.encode(),
        KEY.encode(),
        b"Bearer \xff\xfe",
        "Bearer schlüssel".encode(),
        b"Bearer " + b"x" * 5_000,
        b"Bearer " + KEY.encode() + b", Bearer x",
    ],
)
def test_whatever_is_not_the_key_is_refused(locked: TestClient, given: bytes) -> None:
    answer = locked.get("/api/openapi.json", headers={b"Authorization": given})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "name", ["Host", "Origin", "Authorization", "Content-Type", "Cookie", "Sec-Fetch-Site"]
)
def test_what_may_stand_once_is_refused_twice(site: TestClient, name: str) -> None:
    value = {"Host": "localhost:4200", "Origin": "http://localhost:4200"}.get(name, "x")

    answer = site.get("/api/health", headers=[(name, value), (name, value)])

    assert answer.status_code == 400
    assert name.lower() in answer.json()["detail"]


def test_ten_wrong_keys_a_minute_are_enough(locked: TestClient, clock: FakeClock) -> None:
    wrong, right = ({"Authorization": f"Bearer {key}"} for key in ("wrong", KEY))
    for _ in range(10):
        assert locked.get("/api/openapi.json", headers=wrong).status_code == 401

    refused = locked.get("/api/openapi.json", headers=right)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 61
    assert locked.post("/api/login", json={"key": KEY}).status_code == 429

    clock.move(61)
    assert locked.get("/api/openapi.json", headers=right).status_code == 200


def test_a_browser_logs_in_with_the_key_and_out_again(locked: TestClient, clock: FakeClock) -> None:
    assert "This server wants its key" in locked.get("/runs").text
    assert locked.post("/api/login", json={"key": "wrong"}).status_code == 401

    answer = locked.post("/api/login", json={"key": KEY})

    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert KEY not in cookie
    assert locked.get("/api/openapi.json").status_code == 200
    assert "This server wants its key" not in locked.get("/runs").text
    clock.move(31 * 86_400)
    session = cookie.partition(";")[0]
    locked.cookies.clear()
    assert locked.get("/api/openapi.json", headers={"Cookie": session}).status_code == 401


def test_logging_out_takes_the_session_back(locked: TestClient) -> None:
    locked.post("/api/login", json={"key": KEY})

    locked.delete("/api/login")

    assert locked.get("/api/openapi.json").status_code == 401


@pytest.mark.parametrize(
    "session",
    ["", "x", ".", "9999999999.", "9999999999.abc", "9999999999.é", "-1.x", "9" * 30 + ".x", '"'],
)
def test_a_made_up_session_is_refused(locked: TestClient, session: str) -> None:
    cookie = f"penstock_session_4200={session}".encode()

    answer = locked.get("/api/openapi.json", headers={b"Cookie": cookie})

    assert answer.status_code == 401


def test_a_session_of_another_key_is_refused(
    open_site: Callable[..., TestClient], locked: TestClient
) -> None:
    given = open_site("another-key-of-16").post("/api/login", json={"key": "another-key-of-16"})
    session = given.headers["set-cookie"].partition(";")[0]

    assert locked.get("/api/openapi.json", headers={"Cookie": session}).status_code == 401


@pytest.mark.parametrize("kind", hostile.CONTENT_TYPES)
def test_only_json_is_taken_by_any_route(app: FastAPI, site: TestClient, kind: str) -> None:
    for method, path in everything(app):
        if method in {"GET", "HEAD", "OPTIONS"}:
            continue
        answer = site.request(method, path, content=b"{}", headers={"Content-Type": kind})

        assert answer.status_code == 415, (method, path)


def test_a_body_without_a_kind_is_refused(site: TestClient) -> None:
    assert site.post("/api/views", content=b"{}").status_code == 415
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert site.post("/api/views", content=b"{}", headers=packed).status_code == 415


@pytest.mark.parametrize("name", hostile.BODIES)
def test_json_that_readers_disagree_on_reaches_no_route(
    app: FastAPI, site: TestClient, name: str
) -> None:
    body = hostile.BODIES[name]
    for method, path in everything(app):
        if method in {"GET", "HEAD", "OPTIONS"}:
            continue
        answer = site.request(
            method, path, content=body, headers={"Content-Type": "application/json"}
        )

        assert answer.status_code == 422, (method, path)
        assert answer.json()["errors"][0]["pointer"].startswith("/body")


def test_64_levels_are_read(site: TestClient) -> None:
    ours = {"Content-Type": "application/json"}

    answer = site.post("/api/views", content=hostile.deep(64), headers=ours)

    assert "nested deeper" not in answer.text


def test_more_than_4_mib_is_too_much_for_any_route(app: FastAPI, site: TestClient) -> None:
    ours = {"Content-Type": "application/json"}
    body = hostile.large(LARGEST_BODY + 1)
    for method, path in everything(app):
        if method in {"GET", "HEAD", "OPTIONS"}:
            continue
        answer = site.request(method, path, content=body, headers=ours)

        assert answer.status_code == 413, (method, path)
        assert str(LARGEST_BODY) in answer.json()["detail"]


def test_a_body_is_counted_whatever_it_announces(site: TestClient) -> None:
    def parts() -> Iterable[bytes]:
        for _ in range(5):
            yield b"x" * 1024 * 1024

    answer = site.post("/api/views", content=parts(), headers={"Content-Type": "application/json"})

    assert answer.status_code == 413


def test_a_name_that_was_given_is_ours_with_its_port(open_site: Callable[..., TestClient]) -> None:
    site = open_site(KEY, "0.0.0.0", ["runs.example.org", "box:8443"])

    for host in ("runs.example.org", "runs.example.org:4200", "box:8443"):
        for scheme in ("http", "https"):
            ours = {"Host": host, "Origin": f"{scheme}://{host}"}
            assert site.get("/api/health", headers=ours).status_code != 403
            assert site.get("/api/health", headers=ours).status_code != 421
    for host in ("box", "box:4200", "runs.example.org:80", "x.runs.example.org"):
        assert site.get("/api/health", headers={"Host": host}).status_code == 421


def test_whoever_listens_everywhere_goes_by_the_address_that_was_reached() -> None:
    names = make_names("0.0.0.0", 4200)

    assert names.has_host(b"192.168.1.5:4200", ("192.168.1.5", 4200))
    assert names.has_origin(b"http://192.168.1.5:4200", ("192.168.1.5", 4200))
    assert not names.has_host(b"192.168.1.6:4200", ("192.168.1.5", 4200))
    assert not names.has_host(b"evil.example:4200", ("192.168.1.5", 4200))
    assert not make_names("127.0.0.1", 4200).has_host(b"192.168.1.5:4200", ("192.168.1.5", 4200))
