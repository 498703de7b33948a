"""Static files: addresses carry the hash of what they name, and other people's files are what they were."""

from __future__ import annotations

import hashlib
import re

import pytest
from litestar.testing import TestClient

from service.web.render import STATIC
from service.web.shield import Shield

FOR_EVER = "public, max-age=31536000, immutable"


def digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()


def test_every_static_address_on_a_page_and_in_the_style_sheet_carries_its_files_hash(
    client: TestClient[Shield],
) -> None:
    page = client.get("/r/t/contributions/1").text
    found = re.findall(r"/static/([^\"')#]+)", page + (STATIC / "upweight.css").read_text())
    assert len({name.split("?")[0] for name in found}) >= 6, "style, script, sprite, mark and two fonts"
    for address in found:
        name, _, version = address.partition("?v=")
        assert version == digest(name)[:12], address


def test_a_hashed_address_is_kept_for_ever_and_another_is_asked_for_again(client: TestClient[Shield]) -> None:
    assert client.get("/static/upweight.css?v=1").headers["cache-control"] == FOR_EVER
    assert client.get("/static/upweight.css").headers["cache-control"] == "no-cache"
    assert client.get("/static/nothing.css?v=1").headers["cache-control"] == "no-cache"
    assert client.get("/r/t/queue?v=1").headers["cache-control"] == "no-store"


def test_other_peoples_files_are_what_their_checksums_say() -> None:
    vendor = STATIC / "vendor"
    said = dict(line.split()[::-1] for line in (vendor / "SHA256SUMS").read_text().splitlines())
    here = {file.name for file in vendor.iterdir()} - {"SHA256SUMS", "README.md"}
    assert set(said) == here
    assert {name: digest(f"vendor/{name}") for name in here} == said


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/vendor/../../app.py"]
)
def test_nothing_above_the_folder_is_served(client: TestClient[Shield], path: str) -> None:
    assert client.get(path).status_code == 404
