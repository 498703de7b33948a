"""The page of a contribution tells what changed since whoever reads it looked, and stays as safe as the rest."""

from __future__ import annotations

import pytest
from litestar.testing import TestClient

from service.db.engine import Database
from service.db.tables import Look, Revision
from service.record.chain import append
from service.web.figures import apart
from service.web.shield import Shield
from tests.service.web.revised import HOSTILE, fill

PAGE = "/r/t/contributions/1"


@pytest.fixture
def revised(house: Database) -> Database:
    """The contribution has four revisions."""
    with house.write() as session:
        fill(session)
    return house


def test_a_stranger_is_shown_what_the_last_push_changed(
    client: TestClient[Shield], revised: Database
) -> None:
    text = client.get(PAGE).text
    assert "What changed since revision 3" in text
    assert "1 answer altered" in text
    assert "With <del>love,</del>" in text
    assert "With <ins>joy,</ins>" in text
    with revised.read() as session:
        assert session.get(Look, ("t", 1, "owner")) is None


def test_any_two_revisions_are_compared_by_choice(client: TestClient[Shield], revised: Database) -> None:
    for query in ("?since=1&until=2", "?since=2&until=1"):
        text = client.get(PAGE + query).text
        assert "What changed since revision 1, up to revision 2" in text
        assert "<ins>&lt;script&gt;alert(1)&lt;/script&gt;</ins>" in text
        assert HOSTILE not in text
    assert "Only the layout changed" in client.get(PAGE + "?since=1&until=3").text
    for query in ("?since=1&until=1", "?since=9&until=1", f"?since=1&until={2**70}", "?since=-1"):
        assert "What changed since revision 3" in client.get(PAGE + query).text


def test_who_is_signed_in_sees_what_changed_since_they_looked_also_when_they_look_again(
    client: TestClient[Shield], revised: Database, signed_in: str
) -> None:
    with revised.write() as session:
        session.add(Look(repository="t", number=1, person="owner", sequence=1, at=0.0))
    for _ in range(2):
        text = client.get(PAGE).text
        assert "What changed since revision 1" in text
        assert "the last that you saw or decided on" in text
    with revised.read() as session:
        look = session.get_one(Look, ("t", 1, "owner"))
        assert (look.before, look.sequence) == (1, 4)


def test_a_decision_counts_as_a_look(client: TestClient[Shield], revised: Database, signed_in: str) -> None:
    with revised.write() as session:
        from service.web.people import name_on_forge

        owner = name_on_forge(session, "t", "owner")
        append(session, "t", "contribution.approved", {"head": "2" * 40, "by": owner}, 1)
    assert "What changed since revision 2" in client.get(PAGE).text


def test_a_first_revision_and_one_without_an_outline_say_what_can_be_said(
    client: TestClient[Shield], house: Database
) -> None:
    assert "What changed" not in client.get(PAGE).text
    with house.write() as session:
        for number in (1, 2):
            head, verdict = str(number) * 40, {"verdict": "passed"}
            session.add(
                Revision(repository="t", number=1, sequence=number, head=head, verdict=verdict, seen=0.0)
            )
    assert "It can't be said" in client.get(PAGE).text.replace("&#39;", "'")


@pytest.mark.parametrize(
    ("old", "new", "marked"),
    [
        ("a b c", "a x c", ("a <del>b</del> c", "a <ins>x</ins> c")),
        ("a", "a b", ("a", "a<ins> b</ins>")),
        ("", "a", ("", "<ins>a</ins>")),
        ("a a", "a", ("a<del> a</del>", "a")),
        ("<b>", "&", ("<del>&lt;b&gt;</del>", "<ins>&amp;</ins>")),
    ],
)
def test_two_texts_are_marked_where_they_differ(old: str, new: str, marked: tuple[str, str]) -> None:
    assert apart(old, new) == marked
