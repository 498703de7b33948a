"""The API: rows a page at a time, and one door to act that adds to nobody's rights."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from service.db.engine import Database
from service.db.tables import Run
from service.web.api import KINDS
from service.web.shield import Shield

TOKEN = {"authorization": "Bearer token"}
BODY = {"command": "batch", "arguments": {"numbers": [1]}}


def test_it_acts_only_with_the_token_of_the_home(
    client: TestClient[Shield], signed_in: str, acts: list[Any]
) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer "}):
        assert client.post("/api/r/t/act", json=BODY, headers=headers).status_code == 401
    assert not acts, "no cookie counts here"
    answer = client.post("/api/r/t/act", json=BODY, headers=TOKEN)
    assert answer.json() == {"ok": True, "sentence": "It is done.", "data": {}}
    assert acts[0][2].id == "owner"


def test_it_acts_in_the_name_of_people_that_the_repository_knows_and_of_no_other(
    client: TestClient[Shield], tmp_path: Path, acts: list[Any]
) -> None:
    subprocess.run(
        ["git", "-C", tmp_path / "t.git", "config", "--add", "upweight.maintainers", "mo"], check=True
    )
    told = {}
    for person in ("ada", "mo", "nobody", "Owner", ""):
        answer = client.post("/api/r/t/act", json={**BODY, "as": person}, headers=TOKEN)
        told[person] = answer.status_code
    assert told == {"ada": 200, "mo": 200, "nobody": 403, "Owner": 403, "": 200}
    assert [who.id for _, _, who in acts] == ["ada", "mo", "owner"]


def test_a_body_cannot_name_another_repository_than_its_address(
    client: TestClient[Shield], acts: list[Any]
) -> None:
    body = {"command": "cut", "arguments": {"repository": "other"}}
    client.post("/api/r/t/act", json=body, headers=TOKEN)
    assert acts[0][1] == {"repository": "t"}
    assert client.post("/api/r/t/act", json={"arguments": [1]}, headers=TOKEN).status_code == 400


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_rows_come_in_pages_and_all_of_them_once(
    client: TestClient[Shield], house: Database, limit: int
) -> None:
    with house.write() as session:
        for n, repository in ((2, "t"), (3, "t"), (4, "t"), (5, "t"), (9, "u")):
            of: dict[str, Any] = {"repository": repository, "batch": 1, "kind": "train", "purpose": "search"}
            session.add(Run(id=n, key=f"k{n}", directory="", created=n, **of))
    found, address = [], f"/api/r/t/runs?limit={limit}"
    while address:
        answer = client.get(address)
        assert len(answer.json()) <= limit
        found += [row["id"] for row in answer.json()]
        address = answer.links["next"]["url"] if "next" in answer.links else ""
    assert found == [1, 2, 3, 4, 5]
    assert [row["id"] for row in client.get("/api/r/t/runs?after=3").json()] == [4, 5]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_row_can_be_listed(client: TestClient[Shield], kind: str) -> None:
    for query in ("", "?limit=1", f"?after=-{10**30}"):
        answer = client.get(f"/api/r/t/{kind}{query}")
        assert answer.status_code == 200
        (row,) = answer.json()
        assert (row["repository"], row[KINDS[kind][1]]) == ("t", 1)
    assert client.get(f"/api/r/t/{kind}?after={10**30}").json() == []


def test_what_is_not_there_is_said_in_json(client: TestClient[Shield]) -> None:
    for path in (
        "/api/r/t/unicorns",
        "/api/r/t/contributions/9",
        f"/api/r/t/contributions/{2**63}",
        "/api/r/nosuch/contributions",
        "/api/r/nosuch/runs",
    ):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"]["message"].startswith("There is no")
    assert client.get("/api/r/t/contributions/1").json()["number"] == 1
