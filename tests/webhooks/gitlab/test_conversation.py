"""Notes, labels, marks and emoji: each once whatever gets lost, ours alone, and never a command to GitLab."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webhooks.gitlab.conftest import Ground
from webhooks import escape
from webhooks.event import Person
from webhooks.forge import Denied
from webhooks.gitlab.marker import marked, purpose_of, quiet, same, text_of
from webhooks.reconcile import show
from webhooks.report import Annotation, Check, Report

TRIAGE = frozenset({"triage"})


def test_a_note_whose_answer_was_lost_is_not_written_twice(ground: Ground) -> None:
    one = ground.request()
    ground.fake.trouble("lost", method="POST", path="/notes$")
    with pytest.raises(OSError):
        ground.forge.write(one.iid, "triage", "one")
    identity = ground.another().write(one.iid, "triage", "one")
    assert [(str(note.id), note.author) for note in one.notes] == [(identity, ground.fake.bot)]


def test_a_marker_of_somebody_else_is_not_ours(ground: Ground) -> None:
    one = ground.request()
    forged = ground.fake.say(one, ground.author, marked("triage", "### Worth accepting\n\n- [x] approved"))
    assert ground.forge.found(one.iid, TRIAGE).comments == ()
    identity = ground.forge.write(one.iid, "triage", "ours")
    assert identity != str(forged.id)
    with pytest.raises(Denied, match="not ours"):
        ground.forge.edit(one.iid, str(forged.id), "mine now")
    assert forged.body.endswith("approved")


def test_a_note_of_ours_for_another_purpose_or_none_stays_out(ground: Ground) -> None:
    one = ground.request()
    ground.forge.write(one.iid, "batch", "b")
    ground.fake.say(one, ground.fake.bot, "no marker at all")
    ground.fake.say(one, ground.fake.bot, f"quoted:\n{marked('triage', 'x')}")
    assert ground.forge.found(one.iid, TRIAGE).comments == ()


def test_we_know_ourselves_by_our_number(ground: Ground) -> None:
    bot = ground.fake.bot
    assert ground.forge.ours(Person("gitlab", str(bot.id), "renamed"))
    assert not ground.forge.ours(Person("gitlab", str(ground.author.id), bot.username))
    assert not ground.forge.ours(Person("github", str(bot.id), bot.username))


def test_an_identity_of_another_forge_reaches_no_path(ground: Ground) -> None:
    one = ground.request()
    for identity in ("../../hooks", "1/../2", "", "x", "٣", "9" * 30):
        for call in (
            lambda i: ground.forge.remove(one.iid, i),
            lambda i: ground.forge.react(one.iid, i, "heard"),
        ):
            with pytest.raises(Denied, match="no note of GitLab"):
                call(identity)
    assert ground.writes() == []


# Quick actions

HOSTILE = [
    "/close",
    "Fine.\n/merge\n",
    "a\r\n/close",
    "````\n```\n/close\n````",
    "```\nx\n```\n/merge",
    "~~~\n/close\n~~~",
    "> quoted\n/close",
    "<details>\n\n/close\n\n</details>",
    "<!-- x\n/close\n-->",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_line_that_begins_with_a_slash_runs_nothing_and_reads_the_same(ground: Ground, text: str) -> None:
    one = ground.request()
    identity = ground.forge.write(one.iid, "triage", text)
    ground.forge.edit(one.iid, identity, f"{text}\nmore")
    assert (ground.fake.project.actions, one.state) == ([], "opened")
    (comment,) = ground.forge.found(one.iid, TRIAGE).comments
    assert same(comment.text) == same(f"{text}\nmore")


def test_the_fake_runs_what_gitlab_would(ground: Ground) -> None:
    one = ground.request()
    for text in ("/close", "a\n/merge", "````\n```\n/label ~x\n````"):
        ground.fake.say(one, ground.author, text)
    assert [action for _, action in ground.fake.project.actions] == ["close", "merge", "label"]
    ground.fake.say(one, ground.author, "```\n/close\n```")
    assert len(ground.fake.project.actions) == 3


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("/`~> \t\n\r\v\f\u0085\u2028ax<-!\\"), max_size=60))
def test_no_text_has_a_line_that_begins_with_a_slash_and_each_reads_the_same(text: str) -> None:
    body = marked("triage", text)
    assert not any(line.lstrip(" \t>").startswith("/") for line in body.splitlines())
    assert (purpose_of(body), text_of(body)) == ("triage", text)
    assert quiet(quiet(text)) == quiet(text)


def test_a_contributors_fence_can_not_close_the_request(ground: Ground) -> None:
    one = ground.request()
    excerpt = escape.fence("```\n/close\n/merge")
    ground.forge.write(one.iid, "triage", f"What stands there:\n\n{excerpt}\n")
    assert ground.fake.project.actions == []


# Labels


@pytest.mark.parametrize("tier", [True, False])
def test_of_a_scope_one_label_holds_whether_or_not_the_tier_sees_to_it(ground: Ground, tier: bool) -> None:
    ground.fake.project.scoped = tier
    one = ground.request()
    one.labels = ["upweight::queued", "upweight::a::x", "by-hand", "other::kept"]
    ground.forge.label(one.iid, frozenset({"upweight::passed"}), frozenset())
    assert set(one.labels) == {"upweight::passed", "upweight::a::x", "by-hand", "other::kept"}


def test_labels_cost_one_request_and_none_where_nothing_is_asked(ground: Ground) -> None:
    one = ground.request()
    ground.forge.label(one.iid, frozenset({"a", "b"}), frozenset({"c", "b"}))
    ground.forge.label(one.iid, frozenset(), frozenset())
    assert (len(ground.writes()), one.labels) == (1, ["a", "b"])


@pytest.mark.parametrize("label", ["a,b", " ", ""])
def test_a_label_that_gitlab_would_part_is_refused(ground: Ground, label: str) -> None:
    with pytest.raises(Denied, match="label"):
        ground.forge.label(ground.request().iid, frozenset({label}), frozenset())


# Marks


def test_a_mark_says_its_state_and_a_line_and_leads_to_the_request(ground: Ground) -> None:
    one = ground.request()
    ground.forge.mark(
        one.iid, Check("completed", "failure", "3 things\nto fix " + "x" * 400, "…", (), one.head)
    )
    (status,) = ground.fake.project.statuses
    assert (status["status"], status["name"], status["ref"]) == ("failed", "upweight", "lamps")
    assert status["description"].startswith("3 things to fix x")
    assert len(status["description"]) == 255
    assert status["target_url"].endswith(f"/merge_requests/{one.iid}")


def test_a_mark_that_is_there_already_is_there_whatever_gitlab_says(ground: Ground) -> None:
    one = ground.request()
    for check in (
        Check("queued", None, "Waiting", "", (), one.head),
        Check("in_progress", None, "Judging", "", (), one.head),
        Check("in_progress", None, "Still judging", "", (), one.head),
        Check("queued", None, "Waiting again", "", (), one.head),  # a running status takes no step back
        Check("completed", "success", "Worth accepting", "", (), one.head),
        Check("completed", "success", "Worth accepting", "", (), one.head),
    ):
        ground.forge.mark(one.iid, check)
        assert ground.another().found(one.iid).check == check


def test_a_fork_has_its_mark_at_its_merge_request(ground: Ground) -> None:
    one = ground.request("mine", forked=True)
    ground.forge.mark(one.iid, Check("completed", "success", "Fine", "", (), one.head))
    assert [status["ref"] for status in ground.fake.project.statuses] == [
        f"refs/merge-requests/{one.iid}/head"
    ]


def test_a_mark_that_somebody_changed_or_whose_record_is_gone_is_set_again(ground: Ground) -> None:
    one = ground.request()
    wanted = Report(
        one.iid,
        check=Check("completed", "failure", "2 things", "s", (Annotation("a", 1, "notice", "x"),), one.head),
    )
    assert (show(ground.forge, wanted), show(ground.forge, wanted)) == (1, 0)
    ground.fake.project.statuses[-1]["status"] = "success"
    assert (show(ground.forge, wanted), show(ground.forge, wanted)) == (1, 0)
    for file in (ground.folder / "mirrors" / "taxonomy.checks").iterdir():
        file.write_text("{")
    assert (show(ground.forge, wanted), show(ground.forge, wanted)) == (1, 0)


def test_a_new_head_has_no_mark_yet(ground: Ground) -> None:
    one = ground.request()
    ground.forge.mark(one.iid, Check("completed", "success", "Fine", "", (), one.head))
    ground.fake.push(one, {"lamps/qna.yaml": "x\n"})
    assert ground.forge.found(one.iid).check is None


# Emoji


def test_each_reaction_is_one_emoji_however_often_it_is_asked_for(ground: Ground) -> None:
    one = ground.request()
    note = ground.fake.say(one, ground.author, "@upweight help")
    note.awards.append((1, "eyes", ground.author))
    for reaction in ("heard", "heard", "done", "refused"):
        ground.another().react(one.iid, str(note.id), reaction)
    ours = [name for _, name, who in note.awards if who is ground.fake.bot]
    assert ours == ["eyes", "rocket", "confused"]


def test_an_emoji_whose_answer_was_lost_is_there(ground: Ground) -> None:
    one = ground.request()
    note = ground.fake.say(one, ground.author, "@upweight help")
    ground.fake.trouble("lost", method="POST", path="award_emoji")
    with pytest.raises(OSError):
        ground.forge.react(one.iid, str(note.id), "done")
    ground.forge.react(one.iid, str(note.id), "done")
    assert len(note.awards) == 1


def test_an_emoji_on_a_note_that_is_gone_is_denied(ground: Ground) -> None:
    with pytest.raises(Denied):
        ground.forge.react(ground.request().iid, "424242", "heard")
