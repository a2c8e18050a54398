"""What attackers send: names, origins, paths, bodies. Tables, used by several tests."""

from __future__ import annotations

import json

#: None of these is the server's name, whatever it looks like.
HOSTS = [
    "evil.example",
    "evil.example:4200",
    "localhost",
    "localhost:80",
    "localhost:9999",
    "localhost:42000",
    "localhost.:4200",
    "localhost.evil.example:4200",
    "evil.example#localhost:4200",
    "127.0.0.1.nip.io:4200",
    "127.1:4200",
    "2130706433:4200",
    "0.0.0.0:4200",
    "[::]:4200",
    "::1:4200",
    "[::ffff:127.0.0.1]:4200",
    "user@localhost:4200",
    "localhost:4200,evil.example",
    "localhost:4200 ",
    "10.0.0.7:4200",
    "",
]

ORIGINS = [
    "null",
    "",
    "http://evil.example",
    "http://evil.example:4200",
    "http://localhost",
    "http://localhost:3000",
    "https://localhost:4200",
    "http://localhost:4200.evil.example",
    "http://localhost.evil.example:4200",
    "http://evil.example/http://localhost:4200",
    "http://127.0.0.1:42000",
    "http://localhost:4200/",
    "http://localhost:4200 http://evil.example",
    "file://",
    "chrome-extension://abcdefgh",
]

#: Paths that end, begin or decode like a public one.
PATH_TRICKS = [
    "/api/health/",
    "/api//health",
    "//api/health",
    "/API/health",
    "/api/Health",
    "/api/health;x=1",
    "/api/health%2f",
    "/api/health%20",
    "/api/health%3f",
    "/api%2fhealth/x",
    "/api/x-health",
    "/api/flow-runs/health",
    "/api/flow-runs/x-health",
    "/api/flow-runs/api%2fhealth",
    "/api/flow-runs/%2e%2e%2fhealth",
    "/api/ready/",
    "/api/login/health",
    "/api/version?x=/api/health",
    "/api/version;/api/health",
    "/api/version%23/api/health",
]

_STEPS = ["..", "%2e%2e", "%252e%252e", "..%00", ".%2e", "..;", "..%c0%af", "%c0%ae%c0%ae"]
_SLASHES = ["/", "%2f", "%5c", "\\", "%252f", "%c0%af", "//"]
TRAVERSALS = [
    *(
        step + slash + step + slash + "etc" + slash + "passwd"
        for step in _STEPS
        for slash in _SLASHES
    ),
    "..",
    ".",
    "%2e%2e",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "C:%5cwindows%5cwin.ini",
    "file:%2f%2f%2fetc%2fpasswd",
    "....//....//etc/passwd",
    "~root",
    "%00",
    "..%00.png",
    "con",
    "-rf",
    "$(id)",
    "`id`",
    ";id",
    "|id",
    "%0a%0did",
    "' OR 1=1 --",
]

CONTENT_TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-7",
    "application/json, text/plain",
    "application/jsonp",
    "text/json",
    "application/xml",
    "application/octet-stream",
    "",
]

#: Bodies that no route may ever see.
BODIES: dict[str, bytes] = {
    "no JSON": b"{",
    "nothing but text": b"hello",
    "no UTF-8": b'{"name": "\xff"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"name": "x"}',
    "two documents": b"{}{}",
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": -Infinity}',
    "a float that is infinite": b'{"name": 1e999}',
    "a huge integer": b'{"name": 9223372036854775808}',
    "a small one": b'{"name": -9223372036854775809}',
    "5,000 digits": b'{"name": ' + b"7" * 5_000 + b"}",
    "half a surrogate pair": b'{"name": "\\ud800"}',
    "half of one in a name": b'{"\\udfff": 1}',
    "NUL": b'{"name": "a\\u0000b"}',
    "NUL in a name": b'{"a\\u0000b": 1}',
    "65 levels": b"[" * 65 + b"]" * 65,
    "65 levels of objects": b'{"a":' * 65 + b"1" + b"}" * 65,
    "100,000 levels": b"[" * 100_000,
}


def deep(levels: int) -> bytes:
    """Make a body that is nested so deep."""
    return b"[" * levels + b"]" * levels


def large(size: int) -> bytes:
    """Make a body of so many bytes."""
    empty = len(json.dumps({"name": ""}))
    return json.dumps({"name": "x" * (size - empty)}).encode()
