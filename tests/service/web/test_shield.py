"""The shield: no answer leaves without the headers, whoever made it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from service.db.engine import Database
from service.web.app import ActResult, Services, create_app
from service.web.shield import HEADERS, Shield, host_of


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/r/t/queue", 200),
        ("GET", "/nothing", 404),
        ("GET", "/r/t/contributions/x", 404),
        ("GET", "/static/nothing.css", 404),
        ("GET", "/api/r/t/unicorns", 404),
        ("PUT", "/r/t/queue", 405),
        ("GET", "/login/guessed", 403),
        ("POST", "/r/t/act", 401),
        ("GET", "/static/upweight.css", 200),
        ("GET", "/healthz", 200),
    ],
)
def test_every_answer_carries_the_headers(
    client: TestClient[Shield], method: str, path: str, status: int
) -> None:
    answer = client.request(method, path, follow_redirects=False)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::2]:80"])
def test_a_foreign_name_reaches_no_page_and_gets_the_headers_too(
    client: TestClient[Shield], host: str
) -> None:
    for path in ("/r/t/queue", "/nothing", "/static/upweight.css", "/api/r/t/runs"):
        answer = client.get(path, headers={"host": host})
        assert answer.status_code == 421
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize("host", ["localhost:8400", "127.0.0.1", "[::1]:8400"])
def test_this_machine_is_answered(client: TestClient[Shield], host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("https://Weights.example.org/", ("weights.example.org",)),
        ("http://weights.example.org:8400", ("weights.example.org",)),
        ("weights.example.org:8400", ("weights.example.org",)),
        ("http://[fd00::1]:8400", ("[fd00::1]",)),
        ("", ()),
        (None, ()),
    ],
)
def test_the_public_address_is_answered_and_nothing_beside_it(
    house: Database, tmp_path: Path, url: str | None, names: tuple[str, ...]
) -> None:
    assert host_of(url) == names
    services = Services(house, tmp_path, lambda *_: ActResult(True, ""), hosts=names)
    with TestClient(create_app(services)) as client:
        for name in names:
            for host in (name, f"{name}:8400", name.upper()):
                assert client.get("/r/t/queue", headers={"host": host}).status_code == 200
        assert client.get("/r/t/queue", headers={"host": "other.example.org"}).status_code == 421


def test_an_error_of_ours_shows_a_number_and_nothing_of_what_broke(house: Database, tmp_path: Any) -> None:
    def broken(*_: str) -> bytes:
        raise RuntimeError("the inside of the house")

    services = Services(house, tmp_path, lambda *_: ActResult(True, ""), source=broken)
    with TestClient(create_app(services), raise_server_exceptions=False) as client:
        answer = client.get("/r/t/contributions/1")
    assert answer.status_code == 500
    assert "This is our fault" in answer.text
    assert "inside of the house" not in answer.text
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
