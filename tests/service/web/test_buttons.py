"""Buttons: who sees which, what they ask for, and that nobody unknown presses one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from litestar.testing import TestClient

from service.db.engine import Database
from service.db.tables import Batch, Contribution, Release
from service.web.shield import Shield
from service.web.signin import Person, new_link
from tests.service.web.conftest import SEARCH

OWNER = Person("owner", "admin")
UNRESOLVED = {
    "member": "batched",
    "batch_of": 1,
    "batch": "inconclusive",
    "held": [],
    "verdict": "unresolved",
}


def commands(text: str) -> set[str]:
    """The commands that a page's forms would carry out, but for a precheck, which decides nothing and always may be."""
    return set(re.findall(r'name="command" value="([^"]+)"', text)) - {"precheck"}


def stand(house: Database, **given: Any) -> None:
    """Put the contribution and the batch where a test wants them."""
    with house.write() as session:
        member, batch = session.get_one(Contribution, ("t", 1)), session.get_one(Batch, ("t", 1))
        member.state, member.batch = given.get("member", member.state), given.get("batch_of", member.batch)
        batch.state, batch.held = given.get("batch", batch.state), given.get("held", batch.held)
        batch.search = {**SEARCH, "verdict": given.get("verdict", SEARCH["verdict"])}
        session.add(member)
        session.add(batch)


def test_who_may_decide_may_always_ask_a_model_and_a_reader_may_not(
    client: TestClient[Shield], request: pytest.FixtureRequest
) -> None:
    assert 'value="precheck"' not in client.get("/r/t/contributions/1").text
    request.getfixturevalue("signed_in")
    assert 'value="precheck"' in client.get("/r/t/contributions/1").text


def test_a_link_signs_in_once_and_a_button_needs_its_token(
    client: TestClient[Shield], house: Database, acts: list[Any]
) -> None:
    with house.write() as session:
        link = new_link(session, "owner", "admin")
    form = {"command": "approve", "number": "1", "csrf": "guessed"}
    assert client.post("/r/t/act", data=form).status_code == 401
    assert client.get(link).status_code == 200
    assert client.post("/r/t/act", data=form).status_code == 403
    assert not acts
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/r/t/contributions/1").text)
    assert token
    answer = client.post("/r/t/act", data={**form, "csrf": token[1]})
    assert "It is done." in answer.text
    assert acts == [("approve", {"number": "1", "repository": "t"}, OWNER)]
    client.cookies.clear()
    assert client.get(link).status_code == 403


def test_signing_out_ends_the_session_and_needs_the_token_too(
    client: TestClient[Shield], signed_in: str
) -> None:
    assert client.post("/logout", data={"csrf": "guessed"}).status_code == 403
    assert "Sign out" in client.get("/r/t/queue").text
    kept = dict(client.cookies)
    assert "Sign out" not in client.post("/logout", data={"csrf": signed_in}).text
    client.cookies.update(kept)
    assert "Sign out" not in client.get("/r/t/queue").text, "the old cookie opens nothing any more"


@pytest.mark.parametrize(
    ("path", "where", "offered"),
    [
        ("contributions/1", {"member": "needs-review"}, {"approve", "request-changes", "reject", "close"}),
        ("contributions/1", {"member": "changes-requested"}, {"reject", "close"}),
        ("contributions/1", {"member": "closed"}, set()),
        ("contributions/1", {"member": "held-back"}, {"readmit"}),
        ("contributions/1", {"member": "released"}, set()),
        (
            "contributions/1",
            {"member": "batched", "batch_of": 1, "batch": "searching", "held": []},
            {"blame", "acquit"},
        ),
        ("contributions/1", {**UNRESOLVED}, {"blame", "acquit"}),
        ("contributions/1", {**UNRESOLVED, "verdict": "blame"}, set()),
        ("contributions/1", {**UNRESOLVED, "held": [1]}, set()),
        ("batches/1", {**UNRESOLVED}, {"override", "give-up", "blame", "acquit"}),
        ("batches/1", {**UNRESOLVED, "verdict": "blame"}, {"override", "give-up"}),
        ("batches/1", {"batch": "failed", "held": []}, {"override", "give-up"}),
        ("batches/1", {"batch": "inconclusive", "member": "held-back"}, {"override", "give-up", "readmit"}),
        ("batches/1", {"batch": "stalled", "held": []}, {"retry", "give-up"}),
        ("batches/1", {"batch": "abandoned", "held": []}, set()),
        ("batches/1", {**UNRESOLVED, "batch": "searching"}, {"blame", "acquit", "stop-search"}),
        ("batches/1", {**UNRESOLVED, "batch": "training"}, {"blame", "acquit"}),
        ("batches/1", {"batch": "generating", "held": []}, set()),
        ("batches", {"batch": "failed", "member": "merged"}, {"batch"}),
        ("batches", {"batch": "training", "member": "merged"}, set()),
        ("runs/1", {}, {"cancel"}),
    ],
)
def test_a_maintainer_sees_the_buttons_that_could_work_now_and_a_reader_none(
    client: TestClient[Shield],
    house: Database,
    request: pytest.FixtureRequest,
    path: str,
    where: dict[str, Any],
    offered: set[str],
) -> None:
    stand(house, **where)
    assert commands(client.get(f"/r/t/{path}").text) == set()
    request.getfixturevalue("signed_in")
    assert commands(client.get(f"/r/t/{path}").text) == offered


def test_a_batch_that_passed_can_be_given_up_until_it_has_a_release(
    client: TestClient[Shield], house: Database, signed_in: str
) -> None:
    stand(house, batch="passed")
    assert commands(client.get("/r/t/batches/1").text) == {"readmit"}
    with house.write() as session:
        session.delete(session.get_one(Release, ("t", "v1")))
    assert commands(client.get("/r/t/batches/1").text) == {"readmit", "cut", "give-up"}


@pytest.mark.parametrize("path", ["/r/t/batches/1", "/r/t/releases"])
def test_a_batch_that_passed_can_be_cut_until_it_has_a_release(
    client: TestClient[Shield], house: Database, signed_in: str, path: str
) -> None:
    stand(house, batch="passed")
    assert "cut" not in commands(client.get(path).text)
    with house.write() as session:
        session.delete(session.get_one(Release, ("t", "v1")))
    assert "cut" in commands(client.get(path).text)


def test_a_batch_tells_what_it_left_out_and_escapes_it(client: TestClient[Shield], house: Database) -> None:
    stand(house, batch="passed")
    with house.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.spec = {**row.spec, "notes": ["<b>bells</b> has no items."]}
        session.add(row)
    assert "&lt;b&gt;bells&lt;/b&gt; has no items." in client.get("/r/t/batches/1").text


def test_somebody_who_triages_sees_no_buttons_of_maintainers(
    client: TestClient[Shield], house: Database
) -> None:
    with house.write() as session:
        link = new_link(session, "tess", "triage")
    client.get(link)
    stand(house, batch="failed", member="needs-review")
    offered = {"approve", "request-changes", "reject", "close"}
    assert commands(client.get("/r/t/contributions/1").text) == offered
    assert commands(client.get("/r/t/batches/1").text) == set()


def test_an_author_is_offered_no_approval_of_their_own_but_the_way_on(
    client: TestClient[Shield], house: Database
) -> None:
    with house.write() as session:
        link = new_link(session, "ada", "triage")
    client.get(link)
    stand(house, member="needs-review")
    text = client.get("/r/t/contributions/1").text
    assert commands(text) == {"request-changes", "reject", "close"}
    assert "UPWEIGHT_PLAIN_USER=NAME git push" in text


def test_an_author_who_may_only_read_can_close_what_is_their_own_until_it_is_merged(
    client: TestClient[Shield], house: Database
) -> None:
    for person, offered in (("ada", {"close"}), ("bo", set())):
        with house.write() as session:
            link = new_link(session, person, "read")
        client.get(link)
        stand(house, member="changes-requested")
        assert commands(client.get("/r/t/contributions/1").text) == offered
        stand(house, member="merged")
        assert commands(client.get("/r/t/contributions/1").text) == set()


def test_what_is_merged_does_not_ask_for_an_approval(client: TestClient[Shield], house: Database) -> None:
    stand(house, member="merged")
    assert "waits for the next batch" in client.get("/r/t/contributions/1").text


def test_boxes_and_lines_arrive_as_lists(client: TestClient[Shield], signed_in: str, acts: list[Any]) -> None:
    client.post("/r/t/act", data={"csrf": signed_in, "command": "batch", "numbers": ["1", "2"]})
    client.post("/r/t/act", data={"csrf": signed_in, "command": "give-up", "batch": "1", "hold": ["1"]})
    client.post("/r/t/act", data={"csrf": signed_in, "command": "cut", "questions": "Who?\r\n\r\n Why? \r\n"})
    assert acts == [
        ("batch", {"numbers": ["1", "2"], "repository": "t"}, OWNER),
        ("give-up", {"batch": "1", "hold": ["1"], "repository": "t"}, OWNER),
        ("cut", {"questions": ["Who?", "Why?"], "repository": "t"}, OWNER),
    ]


def test_a_batch_of_nobody_is_refused_and_not_made_of_whom_the_policy_would_take(
    client: TestClient[Shield], signed_in: str, acts: list[Any]
) -> None:
    for headers in ({}, {"hx-request": "true"}):
        answer = client.post("/r/t/act", data={"csrf": signed_in, "command": "batch"}, headers=headers)
        assert answer.status_code == 422
        assert "Tick at least one contribution" in answer.text
    assert not acts


def test_who_may_be_held_back_by_giving_up_is_a_member_that_is_still_in_the_mix(
    client: TestClient[Shield], house: Database, signed_in: str
) -> None:
    for member, offered in (("batched", True), ("held-back", False)):
        stand(house, batch="stalled", member=member, held=[])
        text = client.get("/r/t/batches/1").text
        assert ('name="hold" value="1"' in text) is offered


def test_a_form_cannot_name_another_repository_than_its_address(
    client: TestClient[Shield], signed_in: str, acts: list[Any]
) -> None:
    client.post("/r/t/act", data={"csrf": signed_in, "command": "cut", "repository": "other"})
    assert acts == [("cut", {"repository": "t"}, OWNER)]


def test_htmx_gets_the_sentence_and_where_to_look_again(client: TestClient[Shield], signed_in: str) -> None:
    form = {"csrf": signed_in, "command": "approve", "number": "1", "back": "/r/t/contributions/1"}
    answer = client.post("/r/t/act", data=form, headers={"hx-request": "true"})
    assert "It is done." in answer.text
    assert 'hx-get="/r/t/contributions/1"' in answer.text
    assert "<html" not in answer.text
    refused = client.post("/r/t/act", data={**form, "csrf": "stale"}, headers={"hx-request": "true"})
    assert refused.status_code == 403
    assert refused.headers["hx-retarget"] == "#told"
    assert "<html" not in refused.text


def test_the_way_back_leads_to_no_other_place(client: TestClient[Shield], signed_in: str) -> None:
    form = {"csrf": signed_in, "command": "approve", "back": "https://elsewhere.example/"}
    assert "elsewhere" not in client.post("/r/t/act", data=form).text


def test_another_site_can_post_nothing(client: TestClient[Shield], signed_in: str, acts: list[Any]) -> None:
    form = {"csrf": signed_in, "command": "approve"}
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}):
        assert client.post("/r/t/act", data=form, headers=headers).status_code == 403
    assert not acts
