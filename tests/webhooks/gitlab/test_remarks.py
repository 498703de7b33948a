"""Findings at their lines: drafted, published together, not repeated, resolved when they are gone."""

from __future__ import annotations

import pytest

from service.fake.gitlab.state import Draft, Note, Request
from tests.webhooks.gitlab.conftest import LEAF, Ground
from webhooks.forge import Busy
from webhooks.gitlab.marker import purpose_of
from webhooks.gitlab.remarks import MOST, lines_of, words
from webhooks.report import Annotation

PATH = "lamps/qna.yaml"


def remark(line: int, message: str = "Too short.", **more: object) -> Annotation:
    """A finding at a line of the leaf."""
    return Annotation(PATH, line, "warning", message, "too-few-seeds", **more)  # type: ignore[arg-type]


def at_lines(one: Request) -> list[Note]:
    """The discussions of ours."""
    return [note for note in one.notes if purpose_of(note.body).startswith("line-")]


def test_remarks_are_published_together_and_not_repeated(ground: Ground) -> None:
    one = ground.request()
    remarks = [remark(2), remark(5, suggestion=("better", "best"), lines=2)]
    assert ground.forge.suggest(one.iid, one.head, remarks) == 3  # two drafts, one publication
    assert ground.another().suggest(one.iid, one.head, remarks) == 0
    places = [(note.position or {}) for note in at_lines(one)]
    assert [(p["new_path"], p["new_line"], p["head_sha"]) for p in places] == [
        (PATH, 2, one.head),
        (PATH, 5, one.head),
    ]
    assert at_lines(one)[1].body.endswith("```suggestion:-0+1\nbetter\nbest\n```")
    assert [it for it in ground.writes() if it.endswith("bulk_publish")] == [
        "POST " + _path(one) + "/bulk_publish"
    ]


def test_a_persons_own_drafts_are_not_published_with_ours(ground: Ground) -> None:
    one = ground.request()
    one.drafts.append(Draft(7, ground.fake.bot, "not yet, I think", None))
    assert ground.forge.suggest(one.iid, one.head, [remark(2), remark(5)]) == 4
    assert [draft.note for draft in one.drafts] == ["not yet, I think"]
    assert len(at_lines(one)) == len(one.notes) == 2


def _path(one: Request) -> str:
    return f"/api/v4/projects/school%2Ftaxonomy/merge_requests/{one.iid}/draft_notes"


def test_what_is_gone_is_resolved_and_what_comes_back_is_opened_again(ground: Ground) -> None:
    one = ground.request()
    ground.forge.suggest(one.iid, one.head, [remark(2), remark(3)])
    head = ground.fake.push(one, {"lamps/other.txt": "x\n"})
    assert ground.forge.suggest(one.iid, head, [remark(3)]) == 1
    assert [note.resolved_by for note in at_lines(one)] == [ground.fake.bot, None]
    assert ground.forge.suggest(one.iid, head, [remark(2), remark(3)]) == 1
    assert [note.resolved_by for note in at_lines(one)] == [None, None]
    assert ground.forge.suggest(one.iid, head, []) == 2
    assert ground.forge.suggest(one.iid, head, []) == 0


def test_what_a_person_resolved_stays_so(ground: Ground) -> None:
    one = ground.request()
    ground.forge.suggest(one.iid, one.head, [remark(2)])
    at_lines(one)[0].resolved_by = ground.author
    assert ground.forge.suggest(one.iid, one.head, [remark(2)]) == 0
    assert at_lines(one)[0].resolved_by is ground.author


def test_drafts_that_an_earlier_try_left_are_used_once(ground: Ground) -> None:
    one = ground.request()
    ground.fake.trouble(502, path="bulk_publish")
    with pytest.raises(OSError):
        ground.forge.suggest(one.iid, one.head, [remark(2), remark(3)])
    assert (len(one.drafts), at_lines(one)) == (2, [])
    assert (
        ground.forge.suggest(one.iid, one.head, [remark(3), remark(4)]) == 3
    )  # one thrown away, one made, published
    assert [(note.position or {})["new_line"] for note in at_lines(one)] == [3, 4]
    assert one.drafts == []


def test_a_publication_whose_answer_was_lost_is_not_repeated(ground: Ground) -> None:
    one = ground.request()
    ground.fake.trouble("lost", path="bulk_publish")
    with pytest.raises(OSError):
        ground.forge.suggest(one.iid, one.head, [remark(2)])
    assert ground.forge.suggest(one.iid, one.head, [remark(2)]) == 0
    assert len(at_lines(one)) == 1


def test_nothing_is_said_at_another_head_than_the_judged_one(ground: Ground) -> None:
    one = ground.request()
    old, _ = one.head, ground.fake.push(one, {PATH: LEAF + "x\n"})
    assert ground.forge.suggest(one.iid, old, [remark(2)]) == 0
    assert ground.writes() == []


def test_a_diff_that_is_not_there_yet_is_for_later(ground: Ground) -> None:
    one = ground.request()
    one.prepared = False
    with pytest.raises(Busy):
        ground.forge.suggest(one.iid, one.head, [remark(2)])
    one.prepared = True
    assert ground.forge.suggest(one.iid, one.head, [remark(2)]) == 2


def test_a_line_that_the_diff_does_not_show_costs_nothing(ground: Ground) -> None:
    one = ground.request()
    elsewhere = Annotation("README.md", 1, "warning", "Not in the diff.")
    assert ground.forge.suggest(one.iid, one.head, [remark(99), elsewhere]) == 0
    assert ground.writes() == []


def test_a_line_that_stayed_as_it_was_is_told_by_both_its_numbers(ground: Ground) -> None:
    here = ground.fake.project
    here.repo.references.create("refs/heads/main", here.commit({PATH: LEAF}, here.tip("main")), force=True)
    one = ground.fake.open(ground.author, "lamps", "Lamps", {PATH: "new\n" + LEAF})
    assert ground.forge.suggest(one.iid, one.head, [remark(3)]) == 2
    position = at_lines(one)[0].position or {}
    assert (position["new_line"], position["old_line"]) == (3, 2)


def test_no_judgement_opens_more_than_is_bearable(ground: Ground) -> None:
    one = ground.fake.open(ground.author, "lamps", "Lamps", {PATH: "x\n" * 60})
    ground.forge.suggest(one.iid, one.head, [remark(line) for line in range(1, 50)])
    assert len(at_lines(one)) == MOST


def test_a_forged_discussion_is_not_ours_to_resolve(ground: Ground) -> None:
    one = ground.request()
    ground.forge.suggest(one.iid, one.head, [remark(2)])
    forged = ground.fake.say(one, ground.author, at_lines(one)[0].body)
    forged.position = at_lines(one)[0].position
    ground.forge.suggest(one.iid, one.head, [])
    assert forged.resolved_by is None


def test_a_forged_discussion_does_not_stand_for_ours(ground: Ground) -> None:
    one, other = ground.request(), ground.request("tides")
    ground.forge.suggest(one.iid, one.head, [remark(2)])
    forged = ground.fake.say(other, ground.author, at_lines(one)[0].body)
    same = Annotation(PATH, 2, "warning", "Too short.", "too-few-seeds")
    ground.fake.push(other, {PATH: LEAF})
    assert ground.forge.suggest(other.iid, other.head, [same]) == 2
    assert [note.author for note in at_lines(other)] == [forged.author, ground.fake.bot]


def test_the_words_of_a_contributor_are_muted_and_a_change_stands_to_the_letter_or_not_at_all() -> None:
    text = words(remark(1, "@all see #1\n/close ![x](http://evil)", suggestion=("fine: 1",)))
    assert "@all" not in text
    assert "](http" not in text
    assert text.endswith("```suggestion:-0+0\nfine: 1\n```")
    for line in ("/close", "  /close", "hid\u202eden"):
        assert "suggestion" not in words(remark(1, "x", suggestion=("a", line)))


def test_the_lines_that_a_diff_shows() -> None:
    diff = "@@ -3,4 +3,5 @@ head\n three\n-four\n+vier\n+fünf\n five\n six\n"
    diff += "@@ -20 +22,2 @@\n twenty\n+more\n\\ No newline"
    assert lines_of(diff) == {3: 3, 4: None, 5: None, 6: 5, 7: 6, 22: 20, 23: None}
    assert lines_of("") == {}
