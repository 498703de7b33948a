"""A secret of each repository's own: who holds one speaks for that repository and for no other."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.webhooks.gitlab.examples import PROJECT, body, note, push, request
from tests.webhooks.shelf import Shelf
from webhooks.inbox import about, spoken_for
from webhooks.routes import door
from webhooks.scheme import secret_of

KEY, OLDER, SHARED = b"a key of this home", b"the key before", b"the operator's own"
OURS, THEIRS = 14, 15
NOTE = "Note Hook"


def own(forge: str, identity: str) -> list[bytes]:
    """As the service makes them, of two keys while one is replaced."""
    return [secret_of(key, forge, identity).encode() for key in (KEY, OLDER)] if forge == "gitlab" else []


def about_project(id: int, name: str = "school/taxonomy") -> dict[str, Any]:
    """A note in a project."""
    project = {**PROJECT, "id": id, "path_with_namespace": name}
    return {**note("@upweight approve"), "project_id": id, "project": project}


def token(id: int, key: bytes = KEY) -> dict[str, str]:
    """The proof by a project's own token."""
    return {"x-gitlab-token": secret_of(key, "gitlab", str(id))}


def signature(id: int, raw: bytes, key: bytes = KEY) -> dict[str, str]:
    """The proof by a project's own signature, made without our own code."""
    coded = secret_of(key, "gitlab", str(id)).removeprefix("whsec_")
    stamp = str(int(time.time()))
    mac = hmac.digest(base64.b64decode(coded), f"d-1.{stamp}.".encode() + raw, "sha256")
    signed = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": "d-1", "webhook-timestamp": stamp, "webhook-signature": signed}


async def post(
    shelf: Shelf, raw: bytes, proof: dict[str, str], event: str = NOTE, shared: Sequence[bytes] = ()
) -> httpx.Response:
    """At the door of a service."""
    app: Any = door(shelf, lambda forge: shared, lambda id: None, own=own)
    headers = {"content-type": "application/json", "x-gitlab-event": event, **proof}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as client:
        return await client.post("/webhooks/gitlab", content=raw, headers=headers)


def kept(shelf: Shelf) -> list[tuple[str, str]]:
    """What each kept delivery may speak for: an id, and the name that it bears."""
    return [about(one.repository) for one in shelf.kept.values()]


@pytest.mark.parametrize("key", [KEY, OLDER])
@pytest.mark.parametrize("signs", [False, True])
async def test_a_projects_own_secret_opens_for_that_project(key: bytes, signs: bool) -> None:
    shelf, raw = Shelf(), body(about_project(OURS))
    proof = signature(OURS, raw, key) if signs else token(OURS, key)
    assert (await post(shelf, raw, proof)).status_code == 202
    assert kept(shelf) == [(str(OURS), "school/taxonomy")]


@pytest.mark.parametrize("signs", [False, True])
async def test_the_secret_of_one_project_does_not_open_for_another(signs: bool) -> None:
    shelf, raw = Shelf(), body(about_project(OURS))
    proof = signature(THEIRS, raw) if signs else token(THEIRS)
    answer = await post(shelf, raw, proof)
    assert (answer.status_code, shelf.kept) == (401, {})


async def test_whoever_writes_anothers_name_into_a_body_speaks_for_their_own_number_still() -> None:
    shelf = Shelf()
    raw = body(about_project(THEIRS, "school/taxonomy"))
    assert (await post(shelf, raw, token(THEIRS))).status_code == 202
    assert kept(shelf) == [(str(THEIRS), "school/taxonomy")]


@pytest.mark.parametrize("id", [OURS, THEIRS])
async def test_a_body_of_two_projects_is_nobodys(id: int) -> None:
    shelf = Shelf()
    raw = body({**about_project(OURS), "project_id": THEIRS})
    assert ((await post(shelf, raw, token(id))).status_code, shelf.kept) == (401, {})


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b"7",
        b'{"project": 7}',
        b"[" * 100_000,
        b'{"project":{"id":-14}}',
        b'{"object_kind":"note"}',
    ],
)
async def test_what_names_no_project_is_turned_away_like_a_wrong_secret(raw: bytes) -> None:
    shelf = Shelf()
    wrong = await post(shelf, body(about_project(OURS)), {"x-gitlab-token": "wrong"})
    none = await post(shelf, raw, token(OURS))
    assert (none.status_code, shelf.kept, wrong.status_code) == (401, {}, 401)


async def test_a_project_that_nobody_serves_is_answered_as_one_that_is_served() -> None:
    for id in (OURS, 999):
        shelf, raw = Shelf(), body(about_project(id))
        said = [(await post(shelf, raw, proof)).json() for proof in ({"x-gitlab-token": "x"}, token(id))]
        assert said == [{"error": "the signature is missing or does not match the body"}, {"kept": True}]


async def test_a_group_has_no_secret_of_its_own() -> None:
    member = {"event_name": "user_add_to_group", "group_id": OURS, "user_id": 6}
    answer = await post(Shelf(), body(member), token(OURS), "Member Hook")
    assert answer.status_code == 401
    shelf = Shelf()
    assert (
        await post(shelf, body(member), {"x-gitlab-token": SHARED.decode()}, "Member Hook", [SHARED])
    ).status_code == 202
    assert kept(shelf) == [("", "")]


async def test_the_operators_own_secret_opens_for_every_project_as_ever() -> None:
    shelf = Shelf()
    for id in (OURS, THEIRS):
        raw = body(about_project(id, f"school/{id}"))
        proof = {"x-gitlab-token": SHARED.decode(), "idempotency-key": str(id)}
        assert (await post(shelf, raw, proof, shared=[b"new", SHARED])).status_code == 202
    assert kept(shelf) == [("", "school/14"), ("", "school/15")]


async def test_without_any_proof_nothing_of_a_body_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    app: Any = door(Shelf(), lambda forge: [], lambda id: None, own=lambda forge, id: looked.append(id) or [])  # type: ignore[func-returns-value]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as client:
        headers = {"content-type": "application/json", "x-gitlab-event": NOTE}
        answer = await client.post("/webhooks/gitlab", content=body(about_project(OURS)), headers=headers)
    assert (answer.status_code, looked) == (401, [])


@pytest.mark.parametrize(
    ("event", "example"),
    [("Merge Request Hook", request("open")), (NOTE, note("x")), ("Push Hook", push("refs/heads/main"))],
)
async def test_each_kind_of_a_projects_hook_says_which_project_it_is(
    event: str, example: dict[str, Any]
) -> None:
    shelf = Shelf()
    assert (await post(shelf, body(example), token(OURS), event)).status_code == 202
    assert kept(shelf)[0][0] == str(OURS)


def test_no_two_projects_and_no_two_forges_have_one_secret() -> None:
    made = [
        secret_of(key, forge, id)
        for key in (KEY, OLDER)
        for forge in ("gitlab", "github")
        for id in ("1", "11", "2")
    ]
    assert len({*made}) == len(made)
    assert all(len(base64.b64decode(one.removeprefix("whsec_"))) == 32 for one in made)  # what GitLab takes


def test_what_a_delivery_speaks_for_is_read_again_as_it_was_kept() -> None:
    assert about(spoken_for("14", "school/deep/taxonomy")) == ("14", "school/deep/taxonomy")
    assert about(spoken_for("14", "")) == ("14", "")
    assert about("school/taxonomy") == ("", "school/taxonomy")
    assert json.dumps(about("")) == '["", ""]'
