"""Bodies as GitLab delivers them, written for these tests from its documentation; each names the page.

Fields that we read are there as the page describes them, with some that we do not, so that both are seen to be borne.
The pages: docs.gitlab.com/user/project/integrations/webhook_events (EVENTS below) and
docs.gitlab.com/administration/system_hooks (SYSTEM).
"""

from __future__ import annotations

import json
from typing import Any

from webhooks.event import (
    BranchMoved,
    Closed,
    Commented,
    Event,
    Labelled,
    Person,
    Pushed,
    Redrawn,
    Renamed,
    Reviewed,
    RightsChanged,
    Together,
    Unknown,
)

HEAD, OLD, MERGED = "a" * 40, "b" * 40, "c" * 40
ADA, TOM = Person("gitlab", "51", "ada"), Person("gitlab", "6", "tom")
NAME = "school/deep/taxonomy"
PROJECT = {
    "id": 14,
    "name": "Taxonomy",
    "web_url": f"https://gitlab.example/{NAME}",
    "git_http_url": "https://elsewhere.example/never/followed.git",
    "namespace": "Deep",
    "path_with_namespace": NAME,
    "default_branch": "main",
    "visibility_level": 20,
    "avatar_url": None,
}


def user(person: Person) -> dict[str, Any]:
    """Who did it, as bodies name them."""
    return {"id": int(person.id), "name": person.name.title(), "username": person.name, "email": "[REDACTED]"}


def request(action: str, who: Person = ADA, changes: Any = None, **more: Any) -> dict[str, Any]:
    """EVENTS, "Merge request events": the attributes of the page's example, its `action` and its `changes`."""
    attributes = {
        "id": 99,
        "iid": 7,
        "target_branch": "main",
        "source_branch": "lamps",
        "source_project_id": 15,
        "target_project_id": 14,
        "author_id": 51,
        "assignee_ids": [6],
        "title": "Lamps of the harbour",
        "description": "Twelve questions.",
        "created_at": "2026-05-03 17:23:34 UTC",
        "updated_at": "2026-05-03 17:23:34 UTC",
        "state_id": 1,
        "draft": False,
        "work_in_progress": False,
        "merge_status": "unchecked",
        "detailed_merge_status": "mergeable",
        "source": {**PROJECT, "path_with_namespace": "ada/taxonomy"},
        "target": PROJECT,
        "last_commit": {
            "id": HEAD,
            "message": "Lamps\n",
            "author": {"name": "Ada", "email": "ada@example.org"},
        },
        "labels": [],
        "action": action,
    }
    return {
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": user(who),
        "project": PROJECT,
        "repository": {"name": "Taxonomy"},
        "object_attributes": attributes | more,
        "labels": [],
        "changes": changes or {},
        "reviewers": [],
    }


def note(text: str, who: Person = TOM, **more: Any) -> dict[str, Any]:
    """EVENTS, "Comment on a merge request"; `action` is create or update since GitLab 16.11."""
    attributes = {
        "id": 1244,
        "note": text,
        "noteable_type": "MergeRequest",
        "author_id": int(who.id),
        "project_id": 14,
        "line_code": None,
        "commit_id": "",
        "noteable_id": 99,
        "system": False,
        "st_diff": None,
        "action": "create",
    }
    return {
        "object_kind": "note",
        "event_type": "note",
        "user": user(who),
        "project_id": 14,
        "project": PROJECT,
        "object_attributes": attributes | more,
        "merge_request": {"id": 99, "iid": 7, "target_branch": "main", "state": "opened", "draft": False},
    }


def push(ref: str, before: str = OLD, after: str = HEAD) -> dict[str, Any]:
    """EVENTS, "Push events": zeros stand for a branch that is made or taken away."""
    return {
        "object_kind": "push",
        "event_name": "push",
        "before": before,
        "after": after,
        "ref": ref,
        "ref_protected": True,
        "checkout_sha": after,
        "user_id": 6,
        "user_name": "Tom",
        "user_username": "tom",
        "project_id": 14,
        "project": PROJECT,
        "commits": [],
        "total_commits_count": 4,
    }


def labels(before: list[str], now: list[str]) -> dict[str, Any]:
    """EVENTS, "Merge request events": `changes.labels`."""
    told = {"previous": before, "current": now}
    return {"labels": {key: [{"id": 205, "title": title, "type": "ProjectLabel"} for title in titles]
                       for key, titles in told.items()}}  # fmt: skip


def changed(name: str, before: Any, now: Any) -> dict[str, Any]:
    """EVENTS, "Merge request events": `changes` of one field."""
    return {name: {"previous": before, "current": now}, "updated_at": {"previous": None, "current": "2026"}}


def pushed(**more: Any) -> Pushed:
    """What an opened or changed merge request becomes."""
    told = {"head": HEAD, "base": "main", "topic": "lamps", "title": "Lamps of the harbour", **more}
    place = ("gitlab", NAME, 7, told["head"], told["base"], told["topic"])
    return Pushed(
        *place,
        more.get("author", ADA),
        told["title"],
        more.get("text", "Twelve questions."),
        more.get("draft", False),
        first=more.get("first", False),
    )


def issue(who: Person, action: str = "update", changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """An issue, of which something was edited (EVENTS, "Work item events")."""
    text = {"description": {"previous": "- [ ] a", "current": "- [x] a"}}
    return {
        "object_kind": "issue",
        "event_type": "issue",
        "user": {"id": int(who.id), "name": "Tom", "username": who.name},
        "project": {"id": 1, "path_with_namespace": NAME, "default_branch": "main"},
        "object_attributes": {
            "id": 301, "iid": 5, "title": "Upweight", "description": "- [x] a", "action": action, "type": "Issue",
        },
        "changes": text if changes is None else changes,
    }  # fmt: skip


def reviewed(said: str, action: str) -> Reviewed:
    """What an approval becomes."""
    identity = f"7-6-{action}-{HEAD[:12]}-2026-05-03 17:23:34 UTC"
    return Reviewed("gitlab", NAME, 7, HEAD, TOM, said, "", identity)


def labelled(label: str, added: bool) -> Labelled:
    """What another label becomes."""
    return Labelled("gitlab", NAME, 7, label, added, TOM, HEAD)


BOT = Person("gitlab", "9", "project_14_bot_9f3a")
NAMELESS = Person("gitlab", "51")  # the body tells an author's number alone, where somebody else acts
MR, NOTE, PUSH, ISSUE, MEMBER, SYSTEM = (
    "Merge Request Hook", "Note Hook", "Push Hook", "Issue Hook", "Member Hook", "System Hook",
)  # fmt: skip

EXAMPLES: dict[str, tuple[str, dict[str, Any], Event]] = {
    "opened": (MR, request("open"), pushed(first=True)),
    "opened as a draft": (MR, request("open", draft=True), pushed(draft=True, first=True)),
    "opened without a text": (MR, request("open", description=None), pushed(text="", first=True)),
    "opened, and empty": (MR, request("open", last_commit=None), Unknown("merge_request without a commit")),
    "reopened by another": (MR, request("reopen", TOM), pushed(author=NAMELESS)),
    "pushed": (MR, request("update", oldrev=OLD), pushed()),
    "pushed with other labels": (MR, request("update", changes=labels([], ["x"]), oldrev=OLD), pushed()),
    "another title": (MR, request("update", changes=changed("title", "Lamp", "Lamps of the harbour")), pushed()),
    "another text": (MR, request("update", changes=changed("description", "", "Twelve questions.")), pushed()),
    "another target": (MR, request("update", changes=changed("target_branch", "old", "main")), pushed()),
    "ready": (MR, request("update", changes=changed("draft", True, False)), pushed()),
    "assigned": (MR, request("update", changes=changed("assignees", [], [])), Unknown("merge_request update")),
    "nothing changed": (MR, request("update"), Unknown("merge_request update")),
    "labelled": (MR, request("update", TOM, labels(["a"], ["a", "b"])), labelled("b", True)),
    "unlabelled": (MR, request("update", TOM, labels(["a", "b"], ["a"])), labelled("b", False)),
    "three labels at once": (
        MR, request("update", TOM, labels(["a"], ["b", "c"])),
        Together((labelled("b", True), labelled("c", True), labelled("a", False))),
    ),
    "a title and a label at once": (
        MR, request("update", TOM, changed("title", "Lamp", "Lamps of the harbour") | labels([], ["b"])),
        Together((pushed(author=NAMELESS), labelled("b", True))),
    ),
    "a title and a label by our own hand": (
        MR, request("update", BOT, changed("title", "Lamp", "Lamps of the harbour") | labels([], ["b"])),
        pushed(author=NAMELESS),
    ),
    "labels as they were": (
        MR, request("update", TOM, labels(["a"], ["a"])), Unknown("merge_request labels as they were"),
    ),
    "labelled by our own hand": (
        MR, request("update", BOT, labels([], ["x"])), Unknown("merge_request by a bot"),
    ),
    "approved by a bot": (MR, request("approved", BOT), Unknown("merge_request by a bot")),
    "opened by a bot": (MR, request("open", BOT, author_id=9), pushed(author=BOT, first=True)),
    "merged by our own hand": (
        MR, request("merge", BOT, merge_commit_sha=MERGED), Closed("gitlab", NAME, 7, BOT, MERGED),
    ),
    "approved, the last that was needed": (MR, request("approved", TOM), reviewed("approved", "approved")),
    "approved, one of several": (MR, request("approval", TOM), reviewed("approved", "approval")),
    "approval taken back": (MR, request("unapproved", TOM), reviewed("dismissed", "unapproved")),
    "approval lost by a push": (MR, request("unapproved", TOM, system=True), Unknown("merge_request unapproved")),
    "closed": (MR, request("close", TOM), Closed("gitlab", NAME, 7, TOM)),
    "merged": (MR, request("merge", TOM, merge_commit_sha=MERGED), Closed("gitlab", NAME, 7, TOM, MERGED)),
    "merged without a merge commit": (MR, request("merge", TOM), Closed("gitlab", NAME, 7, TOM, HEAD)),
    "said": (NOTE, note("@upweight help"), Commented("gitlab", NAME, 7, TOM, "@upweight help", "1244")),
    "said, before 16.11": (
        NOTE, note("@upweight help", action=None), Commented("gitlab", NAME, 7, TOM, "@upweight help", "1244"),
    ),
    "said while a revision stood there": (
        NOTE,
        note("@upweight approve", created_at="2026-05-03 17:23:34 UTC")
        | {"merge_request": {"iid": 7, "last_commit": {"id": HEAD}}},
        Commented("gitlab", NAME, 7, TOM, "@upweight approve", "1244", HEAD, 1777829014.0),
    ),
    "edited": (NOTE, note("@upweight approve", action="update"), Unknown("note that nobody wrote anew")),
    "written by GitLab": (NOTE, note("added 1 commit", system=True), Unknown("note that nobody wrote anew")),
    "on an issue": (NOTE, note("@upweight help", noteable_type="Issue"), Unknown("note on Issue")),
    "by a project's bot": (
        NOTE, note("@upweight help", Person("gitlab", "9", "project_14_bot_9f3a")), Unknown("note of a bot"),
    ),
    "by a group's bot": (
        NOTE, note("@upweight help", Person("gitlab", "9", "group_3_bot")), Unknown("note of a bot"),
    ),
    "our own": (NOTE, note("<!-- upweight: triage -->\n@upweight help"), Unknown("note of a bot")),
    "main moved": (PUSH, push("refs/heads/main"), BranchMoved("gitlab", NAME, "main", OLD, HEAD, TOM)),
    "a branch is gone": (
        PUSH, push("refs/heads/a/b", HEAD, "0" * 40), BranchMoved("gitlab", NAME, "a/b", HEAD, "0" * 40, TOM),
    ),
    "not a branch": (PUSH, push("refs/keep-around/x"), Unknown("push to no branch")),
    # EVENTS, "Work item events"
    "a box of an issue ticked": (
        ISSUE, issue(TOM), Redrawn("gitlab", NAME, "5", "- [ ] a", "- [x] a", TOM),
    ),
    "an issue with another title": (
        ISSUE, issue(TOM, changes={"title": {"previous": "a", "current": "b"}}), Unknown("issue update"),
    ),
    "an issue opened": (ISSUE, issue(TOM, action="open", changes={}), Unknown("issue open")),
    "an issue drawn by our own hand": (ISSUE, issue(BOT), Unknown("issue update")),
    # EVENTS, "Group member events"
    "a member of a group": (
        MEMBER,
        {"group_name": "school", "group_path": "school", "group_id": 3, "user_username": "tom", "user_id": 6,
         "group_access": "Developer", "expires_at": None, "event_name": "user_update_for_group"},
        RightsChanged("gitlab"),
    ),
    # EVENTS, "Project events"
    "a project is gone": (
        "Project Hook",
        {"event_name": "project_destroy", "name": "taxonomy", "path": "taxonomy", "path_with_namespace": NAME,
         "project_id": 14, "owners": [], "project_visibility": "private"},
        RightsChanged("gitlab", NAME),
    ),
    # EVENTS, "Subgroup events"
    "a subgroup": (
        "Subgroup Hook",
        {"event_name": "subgroup_create", "name": "deep", "path": "deep", "full_path": "school/deep",
         "group_id": 10, "parent_group_id": 3},
        RightsChanged("gitlab"),
    ),
    # SYSTEM, "Project renamed" and "Project transferred"
    "renamed": (
        SYSTEM,
        {"event_name": "project_rename", "name": "Taxonomy", "path": "tax", "project_id": 14,
         "path_with_namespace": "school/tax", "old_path_with_namespace": NAME, "project_visibility": "internal"},
        Renamed("gitlab", "school/tax", NAME),
    ),
    "transferred": (
        SYSTEM,
        {"event_name": "project_transfer", "path_with_namespace": "other/taxonomy",
         "old_path_with_namespace": NAME, "project_id": 14},
        Renamed("gitlab", "other/taxonomy", NAME),
    ),
    # SYSTEM, "New team member"
    "a member of a project": (
        SYSTEM,
        {"event_name": "user_add_to_team", "access_level": "Maintainer", "project_id": 14,
         "project_path": "taxonomy", "project_path_with_namespace": NAME, "user_id": 41, "user_username": "johnsmith"},
        RightsChanged("gitlab", NAME),
    ),
    # SYSTEM, "Repository Update events"
    "several refs": (
        SYSTEM,
        {"event_name": "repository_update", "user_id": 6, "user_name": "tom", "project_id": 14, "project": PROJECT,
         "changes": [{"before": OLD, "after": HEAD, "ref": "refs/heads/main"},
                     {"before": OLD, "after": MERGED, "ref": "refs/heads/other"}],
         "refs": ["refs/heads/main", "refs/heads/other"]},
        BranchMoved("gitlab", NAME, "main", OLD, HEAD, TOM),
    ),
    "a merge request by a system hook": (SYSTEM, request("open"), pushed(first=True)),
    # SYSTEM, "User blocked for failed login", and what is no business of ours
    "a user is blocked": (SYSTEM, {"event_name": "user_block", "user_id": 6}, RightsChanged("gitlab")),
    "a key": (SYSTEM, {"event_name": "key_create", "username": "tom", "id": 4}, Unknown("key_create")),
}  # fmt: skip


def body(example: dict[str, Any]) -> bytes:
    """An example's bytes."""
    return json.dumps(example).encode()
