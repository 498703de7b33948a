"""The dashboard issue of a project: one, ours, edited in place."""

from __future__ import annotations

import pytest

from service.fake.gitlab.state import Issue
from tests.webhooks.gitlab.conftest import Ground
from webhooks.event import Redrawn
from webhooks.forge import Board, Denied
from webhooks.gitlab.scheme import SCHEME


def test_our_issue_is_made_once_and_another_s_of_that_title_is_not_ours(ground: Ground) -> None:
    assert isinstance(ground.forge, Board)
    forged = ground.fake.project.issues[1] = Issue(1, ground.author, "Queue", "forged")
    identity, text = ground.forge.board("Queue")
    assert (identity, text) == ("2", "")
    ground.forge.redraw(identity, "- [ ] !1\n")
    assert ground.forge.board("Queue") == (identity, "- [ ] !1\n")
    assert [each.partition("/issues")[2] for each in ground.writes()] == ["", "/2"]
    assert forged.description == "forged"
    ground.fake.project.issues[2].state = "closed"
    assert ground.forge.board("Queue") == ("3", ""), "who closes it gets another one"


def test_a_tick_is_told_by_the_hook_with_the_text_before_it(ground: Ground) -> None:
    identity, _ = ground.forge.board("Queue")
    ground.forge.redraw(identity, "- [ ] a\n- [ ] b\n")
    mo = ground.person("mo", 40)
    ground.fake.tick(mo, int(identity), 2)
    *_, told = ground.fake.deliveries.waiting
    event = SCHEME.parse(told.event, told.body)
    before, after = "- [ ] a\n- [ ] b\n", "- [ ] a\n- [x] b\n"
    place = ("gitlab", ground.fake.project.path, identity)
    assert event == Redrawn(*place, before, after, event.person)  # type: ignore[union-attr]
    assert event.person.id == str(mo.id)  # type: ignore[union-attr]


@pytest.mark.parametrize("identity", ["", "x", "1/../2"])
def test_what_is_no_issue_s_number_is_asked_of_nobody(ground: Ground, identity: str) -> None:
    with pytest.raises(Denied, match="is no issue"):
        ground.forge.redraw(identity, "x")
    assert ground.writes() == []
