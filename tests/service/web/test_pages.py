"""The pages over a filled database: each answers, escapes what strangers wrote, and tells what is known."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from litestar.testing import TestClient
from sqlmodel import select

from service.db.engine import Database
from service.db.tables import Batch, Contribution, Event, Release
from service.record.chain import append
from service.reports import BACK
from service.web.app import ActResult, Services, create_app
from service.web.shield import Shield

HOSTILE = "<script>alert(1)</script>"
PAGES = [
    "/r/t/queue", "/r/t/queue?view=all", "/r/t/queue?view=nonsense&page=99", "/r/t/contributions/1", "/r/t/batches",
    "/r/t/batches/1", "/r/t/runs", "/r/t/runs/1", "/r/t/runs/1/live", "/r/t/releases", "/r/t/releases/v1",
    "/r/t/noise", "/signin", "/r/t/batches/1/gates/1", "/r/t/batches/1/search", "/r/t/batches/1/search/live",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("reader", ["a stranger", "the owner"])
def test_a_page_answers_and_strangers_text_stays_text(
    client: TestClient[Shield], request: pytest.FixtureRequest, path: str, reader: str
) -> None:
    if reader == "the owner":
        request.getfixturevalue("signed_in")
    answer = client.get(path)
    assert answer.status_code == 200
    assert HOSTILE not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    inline = re.search(r"<[^>]+\s(style|on\w+)=|<style|<script(?! src=)", answer.text)
    assert not inline, "the policy allows neither styles nor scripts inline"


ABSENT = [
    "/r/t/contributions/7", "/r/t/batches/7", "/r/t/runs/7", "/r/t/releases/v7", f"/r/t/contributions/{2**63}",
    f"/r/t/batches/{10**30}", f"/r/t/runs/{10**30}", f"/r/t/runs/{10**30}/log", f"/r/t/runs/{10**30}/live",
    f"/r/t/runs/-{10**30}", "/r/nosuch/queue", "/r/nosuch/batches", "/r/nosuch/runs", "/r/nosuch/releases",
    "/r/nosuch/contributions/1", "/r/t/batches/1/gates/2", "/r/t/batches/1/gates/0", "/r/t/batches/7/gates/1",
    f"/r/t/batches/1/gates/{10**30}", "/r/t/batches/7/search", "/r/nosuch/batches/1/gates/1",
]  # fmt: skip


@pytest.mark.parametrize("path", ABSENT)
def test_what_is_not_there_says_so(client: TestClient[Shield], path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "There is no" in answer.text


def test_a_contribution_tells_what_was_not_checked_and_what_its_events_say(
    client: TestClient[Shield],
) -> None:
    text = client.get("/r/t/contributions/1").text
    assert "Not checked" in text
    assert "No mirror holds" in text
    assert "Changes requested" in text
    assert "It is short." in text
    assert "plain/ada" in text


@pytest.mark.parametrize("path", ["/r/t/batches/1", "/r/t/releases/v1"])
def test_scores_come_with_what_they_cannot_show(client: TestClient[Shield], path: str) -> None:
    text = client.get(path).text
    assert "No veto is no proof of safety" in text
    assert "not that it is understood" in text


def test_a_finding_stands_at_its_line_and_one_without_a_line_above_the_file(
    client: TestClient[Shield], house: Database
) -> None:
    marked = client.get("/r/t/contributions/1").text
    assert re.search(r'class="line marked"><span class="no">2</span>', marked)
    with house.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        assert row.verdict is not None
        row.verdict = {**row.verdict, "findings": [{**row.verdict["findings"][0], "line": 99}]}
        session.add(row)
    text = client.get("/r/t/contributions/1").text
    assert "marked" not in text
    assert text.index("too-few-seeds") < text.index('class="wide code"')


def test_a_finding_that_a_program_can_mend_says_so(client: TestClient[Shield], house: Database) -> None:
    assert "A program can mend this" not in client.get("/r/t/contributions/1").text
    with house.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        assert row.verdict is not None
        patched = {**row.verdict["findings"][0], "patch": {"what": f"Rename it. {HOSTILE}"}}
        row.verdict = {**row.verdict, "findings": [patched]}
        session.add(row)
    text = client.get("/r/t/contributions/1").text
    assert "A program can mend this, with <code>upweight fix</code>: Rename it." in text
    assert HOSTILE not in text


def test_who_was_held_back_by_giving_up_is_told_the_reason_and_no_measurement(
    client: TestClient[Shield], house: Database
) -> None:
    text = client.get("/r/t/contributions/1").text
    assert "changed by −50 points" in text
    with house.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.batch = 2  # the evidence in the fixture is of batch 1: of another time
        session.add(row)
        append(session, "t", "contribution.held-back", {"batch": 2, "reason": f"Too big. {HOSTILE}"}, 1)
    for evidence in (row.held, None):
        with house.write() as session:
            row = session.get_one(Contribution, ("t", 1))
            row.held = evidence
            session.add(row)
        text = client.get("/r/t/contributions/1").text
        assert "Held back from batch 2" in text
        assert "Their reason: Too big." in text
        assert "points" not in text
        assert HOSTILE not in text


def test_the_way_back_of_who_is_held_back_is_told_as_the_comment_tells_it_and_to_nobody_else(
    client: TestClient[Shield], house: Database
) -> None:
    for state in ("held-back", "merged", "superseded"):
        with house.write() as session:
            row = session.get_one(Contribution, ("t", 1))
            row.state = state
            session.add(row)
        text = client.get("/r/t/contributions/1").text
        assert (BACK in text) is (state == "held-back")
        assert "A push" not in text
        assert "eld back from batch 1" in text, "the evidence stays"


def test_a_heading_takes_the_focus_only_where_a_page_is_drawn_anew(client: TestClient[Shield]) -> None:
    for path in ("queue", "batches/1", "contributions/1", "releases/v1", "runs/1"):
        assert "autofocus" not in client.get(f"/r/t/{path}").text
        anew = client.get(f"/r/t/{path}", headers={"hx-request": "true"}).text
        assert len(re.findall(r'<h1[^>]* tabindex="-1" autofocus>', anew)) == 1


def test_the_log_of_a_run_is_text_that_no_browser_takes_for_a_page(client: TestClient[Shield]) -> None:
    answer = client.get("/r/t/runs/1/log")
    assert answer.text == HOSTILE
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_characters_that_turn_text_about_are_shown_by_their_number(
    client: TestClient[Shield], house: Database
) -> None:
    with house.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.title = "safe\u202egpj.exe"
        session.add(row)
    for path in ("/r/t/queue?view=all", "/r/t/contributions/1", "/r/t/batches/1"):
        text = client.get(path).text
        assert "\u202e" not in text
        assert "safe[U+202E]gpj.exe" in text


def test_a_home_that_serves_nothing_says_how_to_begin(client: TestClient[Shield], house: Database) -> None:
    from service.db.tables import Repository

    with house.write() as session:
        session.delete(session.get_one(Repository, "t"))
    assert "upweight init plain" in client.get("/").text


def test_releases_stand_against_the_one_before_and_against_the_anchor(
    client: TestClient[Shield], house: Database
) -> None:
    assert "What was lost on the way" not in client.get("/r/t/releases").text
    whole = {"change": -0.012, "low": -0.03, "high": 0.006, "epsilon": 0.04, "passed": True}
    with house.write() as session:
        for number, anchored in ((2, None), (3, {"leaves": [], "global": {**whole, "change": -0.034}})):
            gate = {"members": [], "decision": "passed", "reasons": []}
            gate["result"] = {"leaves": [], "global": whole, "anchor": anchored}
            session.add(
                Batch(repository="t", id=number, state="released", gates=[gate], created=0, updated=0)
            )
            told = {"anchor": {"version": "v2", "runs": []}, "members": []}
            session.add(
                Release(
                    repository="t", version=f"v{number}", sequence=number, batch=number, state="announced",
                    directory="/x", manifest=told, created=0,
                )
            )  # fmt: skip
    text = client.get("/r/t/releases").text
    assert "What was lost on the way" in text
    assert "it is the anchor" in text
    assert re.search(r"−3 \([^)]*\), v2", text)
    drawn = re.search(r'<svg class="course"[^>]* aria-label="([^"]+)">(.*?)</svg>', text, re.S)
    assert drawn is not None
    assert drawn[1].startswith(
        "3 releases, v1 to v3, v3 −1 points against the release before and −3 points against"
    )
    assert (drawn[2].count('<g class="before">'), drawn[2].count('<g class="anchor">')) == (2, 1)


def test_the_list_of_releases_asks_as_often_for_many_as_for_few(
    statements: Callable[[str], int], house: Database
) -> None:
    few = statements("/r/t/releases")
    with house.write() as session:
        for number in range(2, 12):
            session.add(Batch(repository="t", id=number, state="passed", created=0, updated=0))
            session.add(Batch(repository="t", id=number + 20, state="released", created=0, updated=0))
            session.add(
                Release(
                    repository="t", version=f"v{number}", sequence=number, batch=number + 20, state="announced",
                    directory="/x", created=0,
                )
            )  # fmt: skip
    assert statements("/r/t/releases") == few > 0


def test_a_release_shows_kinds_of_question_apart_and_whose_answers_were_corrected(
    client: TestClient[Shield], house: Database
) -> None:
    assert "By kind of question" not in client.get("/r/t/releases/v1").text
    kinds = [{"kind": kind, "items": 4, "before": 0.25, "after": 0.75} for kind in ("reworded", HOSTILE)]
    corrected = {
        "leaf": "knowledge/bells",
        "question": HOSTILE,
        "was": "Three.",
        "now": "Four.",
        "reason": HOSTILE,
    }
    with house.write() as session:
        row = session.get_one(Release, ("t", "v1"))
        leaves = [{**leaf, "kinds": kinds} for leaf in row.manifest["leaves"]]
        row.manifest = {**row.manifest, "leaves": leaves, "corrected": [corrected]}
        batch = session.get_one(Batch, ("t", 1))
        batch.spec = {"corrected": [corrected]}
        session.add_all([row, batch])
    text = client.get("/r/t/releases/v1").text
    assert "By kind of question" in text
    assert "reworded" in text
    for page in (text, client.get("/r/t/batches/1").text):
        assert "The answer was <i>Three.</i> and is <b>Four.</b>" in page
        assert HOSTILE not in page


def test_the_noise_page_tells_how_worn_the_held_out_questions_are(
    client: TestClient[Shield], house: Database
) -> None:
    assert "decisions" not in client.get("/r/t/noise").text
    with house.write() as session:
        folder = Path(session.get_one(Release, ("t", "v1")).directory) / "eval"
        folder.mkdir()
        item = {"id": "i", "leaf": "knowledge/bells", "cluster": "c", "split": "confirm"}
        (folder / "items.jsonl").write_text(json.dumps(item) + "\n")
        for _ in range(2):
            append(session, "t", "batch.gated", {"batch": 1, "members": [1], "decision": "failed"})
    assert "2 decisions" in client.get("/r/t/noise").text


@pytest.mark.parametrize("path", ["/r/t/queue", "/r/t/contributions/1"])
def test_a_policy_that_can_not_be_read_is_said_where_maintainers_look(
    client: TestClient[Shield], house: Database, tmp_path: Path, path: str
) -> None:
    assert "The policy can't be read" not in client.get(path).text
    fault = f".upweight/policy.toml:3: `{HOSTILE}` is not known."
    with TestClient(
        create_app(Services(house, tmp_path, lambda *_: ActResult(True, ""), policy_fault=lambda _: fault))
    ) as other:
        page = other.get(path).text
    assert "The policy can't be read" in page
    assert ".upweight/policy.toml:3: `&lt;script&gt;" in page
    assert HOSTILE not in page


def test_the_queue_says_how_long_the_oldest_has_waited_and_how_long_ago_each_moved(
    client: TestClient[Shield], house: Database
) -> None:
    with house.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.state, row.updated = "needs-review", time.time()
        session.add(row)
    text = client.get("/r/t/queue").text
    assert "The oldest has waited <b>less than a minute</b>." in text
    assert re.search(r'class="end">.*>moments ago</time>', text)


def test_the_queue_says_what_waits_for_us_longer_than_we_let_an_author_wait(
    client: TestClient[Shield], house: Database
) -> None:
    assert "keep us waiting" not in client.get("/r/t/queue").text
    with house.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.state, row.updated = "needs-review", time.time() - 40 * 86_400
        session.add(row)
        for told in session.exec(select(Event).where(Event.number == 1)):
            told.at = row.updated
            session.add(told)
    shown = client.get("/r/t/queue").text
    assert "Longer than an author may keep us waiting" in shown
    assert "for 40 days" in shown
    assert "keep us waiting" not in client.get("/r/t/queue?view=waiting").text


@pytest.mark.parametrize("view", ["runs", "batches", "releases"])
def test_every_list_says_ago(client: TestClient[Shield], view: str) -> None:
    assert re.search(r'class="end">.* days ago</time>', client.get(f"/r/t/{view}").text)


def test_while_the_policy_can_not_be_read_the_queue_says_who_waits_for_it(
    client: TestClient[Shield], house: Database, tmp_path: Path
) -> None:
    with house.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.state, row.verdict = "opened", None
        session.add(row)
    assert "Nobody waits for you." in client.get("/r/t/queue").text
    services = Services(
        house, tmp_path, lambda *_: ActResult(True, ""), policy_fault=lambda _: "It is broken."
    )
    with TestClient(create_app(services)) as other:
        page = other.get("/r/t/queue").text
    assert "1 contribution waits for the policy" in page
    assert "Nobody waits" not in page
    assert "Nothing needs you" not in page


@pytest.mark.parametrize(
    ("state", "verdict", "head"),
    [
        ("needs-human", "needs-human", "A maintainer needs to decide"),
        ("merged", "needs-human", "Approved by a maintainer"),
        ("merged", "changes-requested", "Approved by a maintainer"),
        ("held-back", "needs-human", "Held back for now"),
        ("merged", "passed", "The rules found nothing against it"),
    ],
)
def test_what_was_decided_heads_the_page_and_its_author_has_a_name(
    house: Database, client: TestClient[Shield], state: str, verdict: str, head: str
) -> None:
    with house.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.state, row.verdict = state, {**(row.verdict or {}), "verdict": verdict, "waits": []}
        row.author_id, row.author_name = "1003", "ada-brandt"
        session.add(row)
    page = client.get("/r/t/contributions/1").text
    assert f"<h2>{head}</h2>" in page
    assert "ada-brandt</b>" in page
    assert ">1003<" not in page
