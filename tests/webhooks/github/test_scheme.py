"""What GitHub delivers, as our events: its own examples, and the corners that they leave out."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec
import pytest

from tests.npm import material
from webhooks import event as events
from webhooks.event import (
    BranchMoved,
    Closed,
    Commented,
    Person,
    Pressed,
    Queued,
    Renamed,
    Reviewed,
    RightsChanged,
)
from webhooks.github.scheme import SCHEME
from webhooks.scheme import sign

REPO = "harbour/taxonomy"
ADA = {"id": 1, "login": "ada", "type": "User", "node_id": "x"}
WHO = Person("github", "1", "ada")
GHOST = Person("github", "10137", "ghost")
BOT = {"id": 9, "login": "upweight[bot]", "type": "Bot"}
ZERO, ONE, TWO = "0" * 40, "1" * 40, "2" * 40


def heard(name: str, action: str | None, sender: Any = ADA, **body: Any) -> events.Event:
    told = {"action": action, "repository": {"full_name": REPO, "name": "taxonomy"}, "sender": sender, **body}
    raw = json.dumps({key: value for key, value in told.items() if key != "action" or value}).encode()
    assert SCHEME.repository(raw) == REPO
    return SCHEME.parse(name, raw)


def pull(**more: Any) -> dict[str, Any]:
    side = {
        "sha": ONE,
        "ref": "lamps",
        "label": "ada:lamps",
        "user": ADA,
        "repo": {"full_name": "ada/taxonomy"},
    }
    base = {"sha": TWO, "ref": "main", "label": "harbour:main"}
    return {"number": 7, "head": side, "base": base, "title": "Lamps", "state": "open", "user": ADA, "body": "Why",
            "draft": False, "merged": False, "merge_commit_sha": ONE, **more}  # fmt: skip


def pushed(**more: Any) -> events.Pushed:
    told: dict[str, Any] = {
        "text": "Why",
        "draft": False,
        "author": WHO,
        "topic": "ada:lamps",
        "base_branch": "main",
    }
    return events.Pushed("github", REPO, 7, ONE, title="Lamps", **{**told, **more})


@pytest.mark.parametrize(
    "action", ["opened", "reopened", "synchronize", "edited", "ready_for_review", "converted_to_draft"]
)
def test_whatever_changes_a_pull_request_tells_it_as_it_stands(action: str) -> None:
    moments = {"created_at": "2026-03-01T12:00:00Z", "updated_at": "2026-03-01T12:00:05Z"}
    it = heard("pull_request", action, pull_request=pull(**moments))
    assert it == pushed(at=1772366405.0, first=action == "opened")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"draft": True}, {"draft": True}),
        ({"body": None}, {"text": ""}),
        ({"user": None}, {"author": GHOST}),
        ({"base": {"sha": TWO, "ref": "next"}}, {"base_branch": "next"}),
        ({"head": {"sha": ONE, "ref": "lamps", "label": None, "user": ADA, "repo": None}}, {}),
        (
            {"head": {"sha": ONE, "ref": "lamps", "label": None, "user": None, "repo": None}},
            {"topic": "lamps"},
        ),
        ({"head": {"sha": ONE, "ref": "lamps", "label": "ada:lamps", "repo": None}}, {}),
    ],
)
def test_a_deleted_user_an_empty_text_and_a_fork_that_is_gone_are_no_surprise(
    changed: dict[str, Any], told: dict[str, Any]
) -> None:
    assert heard("pull_request", "synchronize", pull_request=pull(**changed)) == pushed(**told)


def test_the_text_of_a_closed_pull_request_opens_it_no_more() -> None:
    assert isinstance(heard("pull_request", "edited", pull_request=pull(state="closed")), events.Unknown)


def test_a_closed_pull_request_tells_its_merge_and_nothing_where_it_was_not_merged() -> None:
    closed = heard("pull_request", "closed", pull_request=pull(state="closed", merged=True))
    assert closed == Closed("github", REPO, 7, WHO, ONE)
    assert heard("pull_request", "closed", pull_request=pull(state="closed")) == Closed(
        "github", REPO, 7, WHO, None
    )


@pytest.mark.parametrize(("action", "added"), [("labeled", True), ("unlabeled", False)])
def test_labels_are_told_with_who_moved_them(action: str, added: bool) -> None:
    it = heard("pull_request", action, pull_request=pull(), label={"name": "größe"})
    assert it == events.Labelled("github", REPO, 7, "größe", added, WHO, ONE)


def test_labels_that_a_bot_moved_come_from_nobody() -> None:
    it = heard("pull_request", "labeled", BOT, pull_request=pull(), label={"name": "passed"})
    assert it == events.Unknown("pull_request.labeled")


def comment(**more: Any) -> dict[str, Any]:
    about = {
        "issue": {"number": 7, "pull_request": {"url": "x"}},
        "comment": {"id": 5, "user": ADA, "body": "hi"},
    }
    return {**about, **more}


def test_an_edited_issue_may_be_our_board_and_one_that_a_bot_drew_is_no_tick() -> None:
    it = {"issue": {"number": 3, "body": "- [x] a"}, "changes": {"body": {"from": "- [ ] a"}}}
    assert heard("issues", "edited", **it) == events.Redrawn("github", REPO, "3", "- [ ] a", "- [x] a", WHO)
    for other in (
        {**it, "changes": {"title": {"from": "x"}}},
        {**it, "issue": {"number": 3, "body": "", "pull_request": {}}},
        {**it, "sender": {"id": 1, "login": "upweight[bot]", "type": "Bot"}},
    ):
        assert isinstance(heard("issues", "edited", **other), events.Unknown)
    assert isinstance(heard("issues", "opened", **it), events.Unknown)


def test_a_new_comment_is_heard_and_an_edited_or_deleted_one_is_not() -> None:
    written = {"id": 5, "user": ADA, "body": "hi", "created_at": "2026-03-01T12:00:05Z"}
    it = heard("issue_comment", "created", **comment(comment=written))
    assert it == Commented("github", REPO, 7, WHO, "hi", "5", at=1772366405.0)
    for action in ("edited", "deleted"):
        assert isinstance(heard("issue_comment", action, **comment()), events.Unknown)


@pytest.mark.parametrize(
    "changed",
    [
        {"issue": {"number": 7}},
        {"comment": {"id": 5, "user": BOT, "body": "@upweight approve"}},
        {"sender": BOT},
    ],
)
def test_comments_on_issues_and_by_bots_are_not_heard(changed: dict[str, Any]) -> None:
    assert isinstance(heard("issue_comment", "created", **comment(**changed)), events.Unknown)


def test_a_comment_of_somebody_who_is_gone_is_the_ghost_s() -> None:
    it = heard("issue_comment", "created", **comment(comment={"id": 5, "user": None, "body": None}))
    assert it == Commented("github", REPO, 7, GHOST, "", "5")


def test_a_review_is_bound_to_the_commit_that_was_seen() -> None:
    review = {"id": 3, "state": "APPROVED", "user": ADA, "body": None, "commit_id": TWO}
    it = heard("pull_request_review", "submitted", pull_request=pull(), review=review)
    assert it == Reviewed("github", REPO, 7, TWO, WHO, "approved", "", "review-3")


def test_a_review_that_is_dismissed_gives_its_commands_no_second_time() -> None:
    review = {"id": 3, "state": "dismissed", "user": ADA, "body": "@upweight approve", "commit_id": None}
    it = heard("pull_request_review", "dismissed", pull_request=pull(), review=review)
    assert it == Reviewed("github", REPO, 7, ONE, WHO, "dismissed", "", "review-3")


@pytest.mark.parametrize(
    ("action", "review"),
    [("edited", {"user": ADA}), ("submitted", {"user": BOT}), ("submitted", {"state": "odd"})],
)
def test_edited_reviews_and_those_of_bots_are_not_heard(action: str, review: dict[str, Any]) -> None:
    told = {"id": 3, "state": "approved", "user": ADA, "body": "", "commit_id": TWO, **review}
    assert isinstance(heard("pull_request_review", action, pull_request=pull(), review=told), events.Unknown)


def test_a_push_to_a_branch_is_told_and_to_a_tag_is_not() -> None:
    assert heard("push", None, ref="refs/heads/a/b", before=ZERO, after=ONE) == BranchMoved(
        "github", REPO, "a/b", ZERO, ONE, WHO
    )
    assert isinstance(heard("push", None, ref="refs/tags/v1", before=ZERO, after=ONE), events.Unknown)


@pytest.mark.parametrize(
    ("run", "number"),
    [
        ({"external_id": "upweight:12:abc", "pull_requests": []}, 12),  # from a fork: GitHub tells none
        ({"external_id": "", "pull_requests": [{"number": 7}]}, 7),
        ({"external_id": None, "pull_requests": []}, 0),
    ],
)
def test_a_pressed_button_finds_its_pull_request(run: dict[str, Any], number: int) -> None:
    again = heard("check_run", "rerequested", check_run={"head_sha": ONE, **run})
    assert again == Pressed("github", REPO, number, ONE, "again", WHO)
    other = heard(
        "check_run",
        "requested_action",
        check_run={"head_sha": ONE, **run},
        requested_action={"identifier": "fix"},
    )
    assert other == Pressed("github", REPO, number, ONE, "fix", WHO)


def test_a_suite_is_run_again_and_a_new_check_is_no_news() -> None:
    suite = {"head_sha": ONE, "pull_requests": [{"number": 7}]}
    assert heard("check_suite", "rerequested", check_suite=suite) == Pressed(
        "github", REPO, 7, ONE, "again", WHO
    )
    assert isinstance(heard("check_suite", "requested", check_suite=suite), events.Unknown)
    assert isinstance(heard("check_run", "created", check_run=suite), events.Unknown)


def test_a_merge_queue_asks_and_its_end_asks_nothing() -> None:
    group = {"head_sha": ONE, "base_sha": TWO}
    assert heard("merge_group", "checks_requested", merge_group=group) == Queued("github", REPO, ONE, TWO)
    assert isinstance(heard("merge_group", "destroyed", merge_group=group), events.Unknown)


@pytest.mark.parametrize(
    ("action", "changes", "before"),
    [
        ("renamed", {"repository": {"name": {"from": "leaves"}}}, "harbour/leaves"),
        ("transferred", {"owner": {"from": {"user": ADA}}}, "ada/taxonomy"),
        ("transferred", {"owner": {"from": {"organization": {"id": 4, "login": "quay"}}}}, "quay/taxonomy"),
    ],
)
def test_a_repository_that_moves_tells_both_names(action: str, changes: Any, before: str) -> None:
    assert heard("repository", action, changes=changes) == Renamed("github", REPO, before)


@pytest.mark.parametrize("name", ["installation", "membership", "team", "member", "organization"])
def test_rights_change_with_or_without_a_repository(name: str) -> None:
    assert heard(name, "whatever") == RightsChanged("github", REPO)
    assert SCHEME.parse(name, b'{"action": "created"}') == RightsChanged("github", "")
    assert SCHEME.repository(b'{"zen": "Design for failure."}') == ""


def test_a_ping_and_what_nobody_knows_are_acknowledged() -> None:
    assert SCHEME.parse("ping", b'{"zen": "."}') == events.Unknown("ping")
    assert "ping" in SCHEME.events
    assert heard("star", "created") == events.Unknown("star.created")
    assert "star" not in SCHEME.events


@pytest.mark.parametrize("name", sorted(SCHEME.events - {"ping"}))
def test_a_body_that_is_no_payload_is_an_error(name: str) -> None:
    for body in (b"[]", b"{", b"", b'{"repository": {"full_name": 3}}'):
        with pytest.raises(msgspec.MsgspecError):
            SCHEME.parse(name, body)


@pytest.mark.parametrize("name", ["../etc", "a/b/c", "a", "a/", "-/\x00", "a/b\n", "ü/ö"])
def test_a_repository_s_name_is_one_that_github_could_give(name: str) -> None:
    with pytest.raises(ValueError, match="no repository"):
        SCHEME.repository(json.dumps({"repository": {"full_name": name}}).encode())


def test_github_s_headers_are_read_and_its_signature_is_of_the_raw_bytes() -> None:
    headers = {
        b"x-hub-signature-256": sign(b"new", b"{}").encode(),
        b"x-github-delivery": b"72d3162e", b"x-github-event": b"ping",
    }  # fmt: skip
    assert SCHEME.signed(headers, b"{}", [b"old", b"new"], 0)
    assert not SCHEME.signed(headers, b"{} ", [b"old", b"new"], 0)
    assert (SCHEME.delivery(headers, b""), SCHEME.event(headers, b"")) == ("72d3162e", "ping")


EXPECTED = {
    "pull_request.opened": events.Pushed, "pull_request.reopened": events.Pushed,
    "pull_request.synchronize": events.Pushed, "pull_request.ready_for_review": events.Pushed,
    "pull_request.converted_to_draft": events.Pushed, "pull_request.labeled": events.Labelled,
    "pull_request.unlabeled": events.Labelled, "pull_request.closed": Closed,
    "pull_request_review.submitted": Reviewed, "pull_request_review.dismissed": Reviewed,
    "check_run.rerequested": Pressed, "check_run.requested_action": Pressed, "check_suite.rerequested": Pressed,
    "merge_group.checks_requested": Queued, "repository.transferred": Renamed,
    "installation.created": RightsChanged, "installation.deleted": RightsChanged,
    "installation_repositories.added": RightsChanged, "installation_repositories.removed": RightsChanged,
    "membership.added": RightsChanged, "membership.removed": RightsChanged,
    "member.added": RightsChanged, "team.edited": RightsChanged, "organization.member_added": RightsChanged,
}  # fmt: skip


@pytest.mark.slow
def test_every_example_of_github_s_own_is_taken(request: pytest.FixtureRequest) -> None:
    folder = material(request, "@octokit/webhooks-examples@7.6.1")
    count, kinds = 0, Counter[str]()
    for file in sorted(folder.glob("*/index.json")):
        for kind in json.loads(file.read_bytes()):
            for example in kind["examples"]:
                body = json.dumps(example).encode()
                SCHEME.repository(body)
                it = SCHEME.parse(kind["name"], body)
                name = f"{kind['name']}.{example.get('action')}"
                assert isinstance(it, EXPECTED.get(name, object)), name
                count += 1
                kinds[type(it).__name__] += 1
    assert count >= 329
    assert {"Pushed", "Closed", "Labelled", "Reviewed", "BranchMoved", "Pressed", "Queued", "Renamed"} <= set(
        kinds
    )
