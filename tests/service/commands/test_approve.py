"""Approvals are counted by person and head, as many as the policy asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.commands import approve, unapprove
from service.db.tables import Contribution, Wanted
from service.lines import rights
from tests.lines.batch_world import World
from tests.service.commands.stage import Stage
from webhooks.event import Person


def test_two_approvals_need_two_people_for_the_same_head(tmp_path: Path) -> None:
    world = World(tmp_path, "[approve]\nneeds = 2\n")
    world.merged(1, "knowledge/one")
    tom, may, rea = (Person("plain", name, name) for name in ("tom", "may", "rea"))

    def stand(head: str) -> None:
        with world.house.database.write() as session:
            row = session.get_one(Contribution, ("t", 1))
            row.state, row.head, row.merged = "needs-review", head, None
            session.add(row)

    stand("a" * 40)
    for _ in range(2):
        approve.do(world.house, "t", {"number": 1}, tom)
        assert world.member(1).state == "needs-review"
    stand("b" * 40)
    approve.do(world.house, "t", {"number": 1}, may)
    assert world.member(1).state == "needs-review"
    approve.do(world.house, "t", {"number": 1}, rea)
    assert (world.member(1).state, world.member(1).approved_by) == ("approved", "plain/may, plain/rea")


def test_who_approves_and_who_wrote_it_are_told_how_it_goes_on(tmp_path: Path) -> None:
    for when, then in (("before", "it is merged next"), ("after", "it goes into the next batch")):
        world = World(tmp_path / when, f'[merge]\nwhen = "{when}"\n')
        world.merged(1, "knowledge/one")
        with world.house.database.write() as session:
            row = session.get_one(Contribution, ("t", 1))
            row.state, row.merged, row.author_forge = "needs-review", None, "github"
            row.verdict = {"verdict": "passed", "findings": [], "labels": [], "next": ""}
            session.add(row)
        tom = Person("plain", "tom", "tom")
        assert approve.do(world.house, "t", {"number": 1}, tom).endswith(f"; {then}.")
        assert "it is approved, and goes on by itself" in said(world)
        unapprove.do(world.house, "t", {"number": 1}, tom)
        assert "a maintainer decides" in said(world)
        author = Person("github", world.member(1).author_id, "ada")
        with pytest.raises(ValueError, match=r"of their own\.\Z"):
            approve.do(world.house, "t", {"number": 1}, author)


def said(world: World) -> str:
    with world.house.database.read() as session:
        return str(session.get_one(Wanted, ("t", 1)).report["comments"]["triage"])


def test_a_right_that_is_for_one_revision_is_none_for_a_push_that_comes_before_the_word_is_carried_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path)
    newer = stage.member(1).head
    monkeypatch.setattr(rights, "grant", lambda *_: rights.Grant(head="0" * 40))
    for text in (f"approve {newer[:9]}", "request-changes Say more."):
        answer = stage.ask("eve", text, head="")
        assert (answer.ok, "A newer revision came" in answer.sentence) == (False, True)
    assert stage.member(1).state == "needs-review"
