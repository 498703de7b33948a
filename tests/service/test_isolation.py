"""Nothing of one repository is seen or moved from another: every read and every write, with the wrong repository.

What is walked is taken from the application and from the folder of commands, so that a new route or command is walked
by itself.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from litestar.testing import TestClient

from service import serve
from service.db import words
from service.db.engine import sqlite_url
from service.db.inbox import open_inbox
from service.db.tables import Delivery, Repository
from service.lines import intake, rights
from service.lines.obey import known, obey
from service.web.app import Services, create_app
from service.web.shield import Shield
from service.web.signin import new_link
from tests.service.commands.stage import person
from tests.service.isolated import BOTH, LEAF, ONLY, OTHERS, Three, addresses, routes
from webhooks import inbox
from webhooks.event import Person
from webhooks.forge import Remote, Right
from webhooks.routes import door
from webhooks.scheme import sign

SECRETS = {"plain": b"said among plain ones", "github": b"said by github"}


@pytest.fixture
def three(tmp_path: Path) -> Three:
    return Three(tmp_path)


@pytest.fixture
def client(three: Three) -> Iterator[TestClient[Shield]]:
    """A browser, before the house itself and not a fake of it."""
    house = three.house
    services = Services(
        house.database, house.home, act=lambda *asked: serve.act(house, *asked), api_token="token",
        source=lambda *asked: serve.source(house, *asked), policy=lambda name: house.policy(house.repository(name)),
        policy_fault=lambda name: serve.policy_fault(house, name),
    )  # fmt: skip
    three.pages = create_app(services)
    with TestClient(three.pages) as found:
        yield found


QUERY = "?view=all&page=1&after=0&limit=500&since=1&until=2&seen=x"
BARE = {"/r/{repository}/rules", "/api/r/{repository}/{kind}"}  # they show no text of anybody's


@pytest.mark.slow
@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize("other", OTHERS)
def test_no_page_and_no_answer_of_one_shows_anything_of_another(
    client: TestClient[Shield], three: Three, other: str, signed_in: bool
) -> None:
    if signed_in:
        with three.house.database.write() as session:
            link = new_link(session, "owner", "admin")
        client.get(link)
    shown = set()
    for route in routes(three, "GET"):
        path = route.path_format
        found = {
            (repository, of): [
                client.get(address + QUERY, follow_redirects=False)
                for address in addresses(route, repository, three, of=of)
            ]
            for repository, of in (("t", "t"), ("t", other), (other, other))
        }
        for answer in (*found["t", "t"], *found["t", other]):
            assert not [secret for secret in OTHERS.values() if secret in answer.text], answer.url
        named = "{number" in path or "{version" in path
        assert all(each.status_code == 404 for each in found["t", other] if named), path
        free = "{kind}" in path or "/login/" in path  # what is asked for is nothing of a repository
        assert all(each.status_code < 400 for each in (*found["t", "t"], *found[other, other])) or free, path
        if any(OTHERS[other] in answer.text for answer in found[other, other]):
            shown.add(path)
    owned = {route.path_format for route in routes(three, "GET") if "{repository}" in route.path_format}
    assert owned - shown == BARE, "where a secret never shows, this walk proves nothing"


def shapes(three: Three, other: str) -> list[dict[str, Any]]:
    """What a command can be asked with, by comments and by buttons, of all that another repository has."""
    run, secret = three.runs_of[other][-1], OTHERS[other]
    lines = [
        "", f"#{ONLY} because", f"{ONLY} because", f"{run} because", f"v{ONLY}", "too-few-seeds because", "high",
        "solo",
        f"not-with #{ONLY}", f"{LEAF}", f"{LEAF} until 3d because", f"@bea {LEAF} until 2w", "@bea", f"@{secret} off",
        "because of this",
    ]  # fmt: skip
    buttons: list[dict[str, Any]] = [
        {"batch": str(ONLY), "reason": "Because.", "hold": [str(ONLY)]}, {"batch": str(BOTH), "reason": "Because."},
        {"run": str(run)}, {"release": f"v{ONLY}"}, {"release": f"v{BOTH}"}, {"numbers": [str(ONLY)]},
        {"repository": other, "reason": "Because.", "rule": "too-few-seeds"},
    ]  # fmt: skip
    return [{"arguments": tuple(line.split())} for line in lines] + buttons


@pytest.mark.slow
@pytest.mark.parametrize("name", known())
def test_no_command_given_in_one_moves_or_tells_anything_of_another(three: Three, name: str) -> None:
    before = three.dump()
    for who, number, asked in itertools.product(
        ("rea", "ours"), (BOTH, ONLY), [*shapes(three, "u"), *shapes(three, "o.n")]
    ):
        answer = obey(three.house, "t", name, {"number": number, **asked}, person(who))
        said = answer.sentence + json.dumps(answer.data, default=str)
        told = str(asked)  # what somebody said themselves may be said back
        assert not [s for s in OTHERS.values() if s in said and s not in told], (asked, said)
    assert three.dump() == before


def test_a_word_in_the_repository_itself_is_seen_by_the_dump(three: Three) -> None:
    before = three.dump()
    assert obey(three.house, "u", "unhold", {"number": ONLY}, person("bea")).ok
    assert {name for name, _ in before} >= {"Event", "Word", "Wanted", "Run", "Delivery", "refs"}
    assert three.dump() != before


@pytest.mark.slow
@pytest.mark.parametrize("other", OTHERS)
def test_who_is_somebody_in_one_is_nobody_in_another(three: Three, other: str) -> None:
    """By the forge's configuration, by OWNERS of the base branch, and by a delegation for all paths."""
    three.write("OWNERS", "* @ada\n")
    three.commit("Ada owns all of it")
    with three.house.database.write() as session:
        for who in ("tom", "eve"):
            body = {"to": f"plain/{who}", "name": who, "paths": ["*"]}
            words.say(session, "t", "delegate", "plain/rea", 1.0, body)
    before = three.dump()
    for name, command in known().items():
        if Right.read < command.RIGHT:
            for who, asked in itertools.product(("rea", "tom", "ada", "eve"), shapes(three, other)[:4]):
                for forge in ("plain", three.house.repository(other).forge):
                    answer = obey(
                        three.house, other, name, {"number": ONLY, **asked}, Person(forge, who, who)
                    )
                    assert not answer.ok, (name, who)
    assert three.dump() == before


def test_what_a_forge_said_of_people_is_kept_for_that_repository_alone(three: Three) -> None:
    said = {"t": Right.admin, "u": Right.none}
    remote = dict.fromkeys((each for each in vars(Remote) if not each.startswith("_")), print)

    def far(row: Repository) -> Any:
        who = Person("github", row.id, "eve")
        return SimpleNamespace(**remote, right=lambda _who: said[row.id], person=lambda _login: who)

    house: Any = SimpleNamespace(rights={}, forge=far)
    for name in ("t", "u", "t", "u"):
        row = three.house.repository(name)
        assert rights.of(house, row, Person("github", "5", "eve")).right == said[name]
        assert rights.named(house, row, "eve") == Person("github", name, "eve")
    assert len(house.rights) == 4


@pytest.mark.slow
@pytest.mark.parametrize("other", OTHERS)
def test_no_form_and_no_call_of_the_api_moves_anything_of_another(
    client: TestClient[Shield], three: Three, other: str
) -> None:
    with three.house.database.write() as session:
        link = new_link(session, "owner", "admin")
    assert client.get(link).status_code == 200
    csrf = client.get("/signin").text.split('name="csrf" value="')[1].split('"')[0]
    before = three.dump()
    for route, name in itertools.product(routes(three, "POST"), known()):
        if "{repository}" not in route.path_format:
            continue
        (address,) = addresses(route, "t", three, of=other)
        for asked in shapes(three, other)[-7:]:
            asked = {"number": str(ONLY), **asked, "repository": other}
            body = {"command": name, "arguments": asked, "repository": other}
            given = client.post(address, json=body, headers={"Authorization": "Bearer token"})
            form = client.post(address, data={"csrf": csrf, "command": name, **asked})
            assert {given.status_code, form.status_code} & {200, 422}, address
            assert not [s for s in OTHERS.values() if s in given.text + form.text], (name, asked)
    assert three.dump() == before


@pytest.mark.parametrize("who", ["bea", *OTHERS.values()])
def test_the_api_speaks_for_nobody_whom_only_another_repository_knows(
    client: TestClient[Shield], who: str
) -> None:
    given = {"command": "help", "as": who}
    answer = client.post("/api/r/t/act", json=given, headers={"Authorization": "Bearer token"})
    assert answer.status_code == 403
    assert "zanzibar" not in answer.text


def comment(forge: str, repository: str) -> tuple[str, bytes]:
    """A word of a maintainer of `u`, as a forge tells of it."""
    said = "@upweight unhold"
    if forge == "plain":
        author = {"id": "bea", "name": "bea"}
        plain = {"repository": repository, "number": ONLY, "author": author, "text": said, "id": "c1"}
        return "commented", json.dumps(plain).encode()
    who = {"id": 5, "login": "bea", "type": "User"}
    issue = {"number": ONLY, "pull_request": {"url": "https://x"}, "user": who, "state": "open"}
    body = {
        "action": "created", "repository": {"id": 1, "full_name": repository}, "sender": who, "issue": issue,
        "comment": {"id": 9, "body": said, "user": who},
    }  # fmt: skip
    return "issue_comment", json.dumps(body).encode()


async def send(
    three: Three, signed: str, forge: str, repository: str, identity: str = "d1"
) -> httpx.Response:
    """Post it at a forge's door, signed with the secret of one; what was kept is taken at once."""
    event, body = comment(forge, repository)
    kept = open_inbox(sqlite_url(three.house.home / "upweight.db"))
    kept.start()
    app = cast(Any, door(kept, lambda name: [SECRETS[name]] if name in SECRETS else [], lambda _id: None))
    prefix = {"plain": "x-upweight", "github": "x-github"}[forge]
    signature = {"plain": "x-upweight-signature-256", "github": "x-hub-signature-256"}[forge]
    headers = {
        "content-type": "application/json", signature: sign(SECRETS[signed], body),
        f"{prefix}-delivery": "d1", f"{prefix}-event": event,
    }  # fmt: skip
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as web:
        answer = await web.post(f"/webhooks/{forge}", content=body, headers=headers)
    kept.stop()
    return answer


def taken(three: Three) -> list[tuple[str, str | None]]:
    """Act on whatever the door kept: its forge, and what became of it."""
    with three.house.database.read() as session:
        ids = intake.waiting(session)
    for each in ids:
        intake.take(three.house, each)
    with three.house.database.read() as session:
        return [(row.forge, row.note) for row in (session.get_one(Delivery, each) for each in ids)]


@pytest.mark.parametrize(("signed", "forge"), [("plain", "github"), ("github", "plain")])
async def test_the_secret_of_one_forge_opens_no_other_forges_door(
    three: Three, signed: str, forge: str
) -> None:
    answer = await send(three, signed, forge, "o/n" if forge == "github" else "u")
    assert answer.status_code == 401
    assert taken(three) == []


@pytest.mark.parametrize(
    ("forge", "repository"),
    [
        ("plain", "o.n"),
        ("plain", "o/n"),
        ("plain", "U"),
        ("github", "u/u"),
        ("github", "u/t"),
        ("github", "t/t"),
    ],
)
async def test_a_delivery_of_one_forge_moves_no_repository_of_another(
    three: Three, forge: str, repository: str
) -> None:
    before = three.dump(but="Delivery")
    assert (await send(three, forge, forge, repository)).status_code == 202
    assert taken(three) == [(forge, "not our repository")]
    assert three.dump(but="Delivery") == before


async def test_what_a_forge_could_not_tell_the_door_is_heard_beside_another_forges_of_the_same_id(
    three: Three,
) -> None:
    assert (await send(three, "github", "github", "x/y")).json() == {"kept": True}
    event, body = comment("plain", "x")
    assert await intake.Spool(three.house).keep(inbox.Delivery("d1", "plain", event, body, "x"))
    assert not await intake.Spool(three.house).keep(inbox.Delivery("d1", "plain", event, body, "x"))
    assert taken(three) == [(forge, "not our repository") for forge in ("github", "plain")]
