"""Comments, labels and reactions: made once, found again, and never another's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.webhooks.github.server import Server
from tests.webhooks.github.world import ADA, BASE, BOT, VIA, World
from webhooks.forge import Denied
from webhooks.github.forge import GitHubForge
from webhooks.reconcile import show
from webhooks.report import Report

TRIAGE = frozenset({"triage"})
MARKED = "<!-- upweight: triage -->\nI am the bot."


@pytest.mark.parametrize(
    ("user", "via"),
    [
        (ADA, None),
        (ADA, VIA),  # a person who writes through our App is still a person
        ({"id": 7, "login": "other[bot]", "type": "Bot"}, None),
        ({"id": 7, "login": "other[bot]", "type": "Bot"}, {"id": 7}),
        ({"id": 7, "login": "upweight-app[bot]", "type": "User"}, None),
        (None, None),
    ],
)
def test_a_marker_in_another_s_comment_makes_it_not_ours(
    forge: GitHubForge, world: World, user: Any, via: Any
) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    forged = world.say(number, user, MARKED, via)
    assert forge.found(number, TRIAGE).comments == ()
    ours = forge.write(number, "triage", "real")
    assert ours != str(forged)
    assert world.comments[forged]["body"] == MARKED
    for do in (lambda: forge.edit(number, str(forged), "x"), lambda: forge.remove(number, str(forged))):
        with pytest.raises(Denied, match="not ours"):
            do()


def test_our_comment_is_known_by_the_app_s_name_where_github_does_not_say_through_whom(
    forge: GitHubForge, world: World
) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    identity = world.say(number, BOT, MARKED.replace("\n", "\r\n"))
    (comment,) = forge.found(number, TRIAGE).comments
    assert (comment.id, comment.text) == (str(identity), "I am the bot.")


def test_where_github_does_not_say_who_the_app_is_only_what_it_called_us_counts(
    forge: GitHubForge, world: World, server: Server
) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    server.fail("GET /app$", 404, {"message": "Not Found"}, times=9)
    world.say(number, BOT, MARKED)
    assert forge.found(number, TRIAGE).comments == ()
    ours = forge.write(number, "triage", "real")
    world.comments[int(ours)]["performed_via_github_app"] = None
    assert len(forge.found(number, TRIAGE).comments) == 2  # the bot of that name is us


def test_a_comment_whose_answer_got_lost_is_found_and_not_made_twice(
    forge: GitHubForge, world: World, server: Server
) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    world.say(number, BOT, "<!-- upweight: triage -->\none", VIA)  # GitHub made it, and we never heard
    forge.write(number, "triage", "one")
    assert server.changes() == []
    forge.write(number, "triage", "two")
    assert len(world.comments) == 1
    assert len(server.changes()) == 1


def test_the_same_text_is_not_sent_again(forge: GitHubForge, world: World, server: Server) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    identity = forge.write(number, "triage", "one\n")
    sent = len(server.changes())
    world.comments[int(identity)]["body"] = "<!-- upweight: triage -->\r\none"  # as GitHub gives it back
    forge.edit(number, identity, "one\n")
    assert len(server.changes()) == sent


def test_a_comment_that_somebody_took_away_is_made_again(forge: GitHubForge, world: World) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    first = forge.write(number, "triage", "one")
    world.comments.clear()
    forge.remove(number, first)
    with pytest.raises(Denied, match="404"):
        forge.edit(number, first, "two")
    assert forge.write(number, "triage", "two") != first


def test_a_comment_of_ours_that_somebody_wrote_over_is_mended_and_not_made_twice(
    forge: GitHubForge, world: World
) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    ours = forge.write(number, "triage", "One thing to fix.")
    world.say(number, {"id": 7, "login": "other[bot]", "type": "Bot"}, "I am no part of this.", {"id": 7})
    world.comments[int(ours)]["body"] = "All is well."
    report = Report(number, {"triage": "One thing to fix."})
    assert (show(forge, report), show(forge, report)) == (1, 0)
    assert world.comments[int(ours)]["body"] == "<!-- upweight: triage -->\nOne thing to fix."
    assert len(world.comments) == 2
    world.comments[int(ours)]["body"] = "All is well."  # and one that is new meanwhile is not put over it
    forge.write(number, "held", "Held back.")
    assert world.comments[int(ours)]["body"] == "All is well."


@pytest.mark.parametrize("identity", ["", "x", "1/../2", "٣"])
def test_what_is_no_comment_s_number_is_asked_of_nobody(
    forge: GitHubForge, world: World, server: Server, identity: str
) -> None:
    with pytest.raises(Denied, match="is no comment"):
        forge.edit(1, identity, "x")
    assert server.asked == []


def test_a_label_is_made_where_the_repository_has_none_and_asked_for_once(
    forge: GitHubForge, world: World, server: Server
) -> None:
    world.labels.add("Skill")
    (one, _), (other, _) = world.contribute("lamps", "Lamps"), world.contribute("tides", "Tides")
    for number in (one, other):
        forge.label(number, frozenset({"skill", "needs review"}), frozenset())
    assert server.changes() == [
        f"POST {BASE}/labels",
        f"POST {BASE}/issues/{one}/labels",
        f"POST {BASE}/issues/{other}/labels",
    ]


def test_labels_that_differ_in_their_letters_are_one(
    forge: GitHubForge, world: World, server: Server
) -> None:
    number, _ = world.contribute("lamps", "Lamps", labels=[{"name": "Skill"}, {"name": "Old/Way"}])
    forge.label(number, frozenset({"skill"}), frozenset({"SKILL", "old/way", "unknown"}))
    assert server.changes() == [f"DELETE {BASE}/issues/{number}/labels/Old%2FWay"]


def test_a_label_that_another_makes_meanwhile_is_fine(
    forge: GitHubForge, world: World, server: Server
) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    world.labels.add("skill")
    server.fail("GET .*/labels/skill", 404, {"message": "Not Found"})
    forge.label(number, frozenset({"skill"}), frozenset())
    assert forge.found(number, frozenset()).labels == {"skill"}
    server.fail("GET .*/labels/other", 404, {"message": "Not Found"})
    server.fail("POST .*/labels", 403, {"message": "Resource not accessible by integration"})
    with pytest.raises(Denied, match="not accessible"):
        forge.label(number, frozenset({"other"}), frozenset())


def test_reactions_say_heard_done_and_refused_each_once(forge: GitHubForge, world: World) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    comment = world.say(number, ADA, "@upweight status")
    for _ in range(2):
        for reaction in ("heard", "done", "refused"):
            forge.react(number, str(comment), reaction)  # type: ignore[arg-type]
    assert set(world.reactions) == {(comment, "eyes"), (comment, "rocket"), (comment, "confused")}


def test_a_review_takes_no_reaction(forge: GitHubForge, server: Server) -> None:
    forge.react(1, "review-3", "heard")
    assert server.asked == []
