"""What GitLab's bodies say, as our events: only the fields that we need, each bounded.

GitLab tells every change of a merge request by one hook; `action` and `changes` say what it was: where several labels
changed at once, or a title with a label, each is an event. What a push says of labels means nothing: GitLab then calls
those that are there new (gitlab-org/gitlab issue 22023), and reconciliation sees the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from webhooks.clock import seconds
from webhooks.event import (
    BranchMoved,
    Closed,
    Commented,
    Event,
    Labelled,
    Person,
    Pushed,
    Renamed,
    Reviewed,
    RightsChanged,
    Together,
    Unknown,
)
from webhooks.gitlab import issues
from webhooks.gitlab.fields import FORGE, Name, Number, Project, Sha, User
from webhooks.gitlab.marker import purpose_of

HEADS = "refs/heads/"
MOST = 50  # labels that one delivery changes; more is nobody's honest click


class _Commit(msgspec.Struct):
    id: Sha


class _Label(msgspec.Struct):
    title: Name


class _Labels(msgspec.Struct):
    previous: list[_Label] | None = None
    current: list[_Label] | None = None


class _Request(msgspec.Struct):
    """``object_attributes`` of a merge request."""

    iid: Number
    author_id: Number
    target_branch: Name
    source_branch: Name
    title: Annotated[str, Meta(max_length=4096)]
    action: str = ""
    description: str | None = None
    draft: bool | None = None
    work_in_progress: bool | None = None
    last_commit: _Commit | None = None
    oldrev: str | None = None
    merge_commit_sha: Sha | None = None
    updated_at: str | None = None
    system: bool = False


class _MergeRequest(msgspec.Struct):
    user: User
    project: Project
    object_attributes: _Request
    changes: dict[str, msgspec.Raw] = {}


class _Note(msgspec.Struct):
    id: Number
    note: str
    noteable_type: str
    system: bool = False
    action: str | None = None
    created_at: str | None = None


class _Of(msgspec.Struct):
    iid: Number
    last_commit: _Commit | None = None


class _NoteHook(msgspec.Struct):
    user: User
    project: Project
    object_attributes: _Note
    merge_request: _Of | None = None


class _Change(msgspec.Struct):
    before: Sha
    after: Sha
    ref: Name


class _Push(msgspec.Struct):
    ref: Name
    before: Sha
    after: Sha
    project: Project
    user_id: Number
    user_username: str = ""


class _Updated(msgspec.Struct):
    """A system hook's ``repository_update``."""

    user_id: Number
    project: Project
    changes: list[_Change] = []
    user_name: str = ""


class _Renamed(msgspec.Struct):
    path_with_namespace: Name
    old_path_with_namespace: Name


class _Kind(msgspec.Struct):
    object_kind: str | None = None
    event_name: str | None = None
    project_path_with_namespace: str = ""
    path_with_namespace: str = ""


def parse(event: str, body: bytes) -> Event:
    """A body as an event, by what it says it is; a header that says otherwise makes it unknown.

    Raises msgspec.ValidationError where a field is missing or out of bounds.
    """
    kind = msgspec.json.decode(body, type=_Kind)
    name = kind.object_kind or kind.event_name or ""
    if event not in ("System Hook", _HEADERS.get(name, event)):
        return Unknown(f"{event} with {name[:40]}")
    if known := _KNOWN.get(name):
        return known(body)
    if _RIGHTS.fullmatch(name):
        return RightsChanged(FORGE, kind.project_path_with_namespace or kind.path_with_namespace)
    return Unknown(name[:80] or event)


def _merge_request(body: bytes) -> Event:
    hook = msgspec.json.decode(body, type=_MergeRequest)
    it, changes = hook.object_attributes, hook.changes
    if it.action in ("open", "reopen") or (it.action == "update" and it.oldrev):
        return _pushed(hook)
    retold = [_pushed(hook)] if it.action == "update" and _TEXT & set(changes) else []
    if hook.user.bot and it.action not in ("close", "merge"):
        return retold[0] if retold else Unknown("merge_request by a bot")  # our own labels are nobody's wish
    if it.action == "update" and "labels" in changes:
        return _one(retold + _labelled(hook, msgspec.json.decode(changes["labels"], type=_Labels)))
    if retold:
        return retold[0]
    if it.action in ("close", "merge"):
        head = it.last_commit.id if it.last_commit else None
        merged = (it.merge_commit_sha or head) if it.action == "merge" else None
        return Closed(FORGE, hook.project.path_with_namespace, it.iid, hook.user.person(), merged)
    if it.action in _SAID and it.last_commit and not it.system:  # what a push resets is nobody's word
        place = (FORGE, hook.project.path_with_namespace, it.iid, it.last_commit.id)
        identity = f"{it.iid}-{hook.user.id}-{it.action}-{it.last_commit.id[:12]}-{it.updated_at or ''}"
        return Reviewed(*place, hook.user.person(), _SAID[it.action], "", identity)
    return Unknown(f"merge_request {it.action[:40]}")


def _pushed(hook: _MergeRequest) -> Event:
    it = hook.object_attributes
    if it.last_commit is None:
        return Unknown("merge_request without a commit")
    author = hook.user.person() if hook.user.id == it.author_id else Person(FORGE, str(it.author_id))
    return Pushed(
        FORGE,
        hook.project.path_with_namespace,
        it.iid,
        it.last_commit.id,
        it.target_branch,
        it.source_branch,
        author,
        it.title,
        it.description or "",
        bool(it.draft or it.work_in_progress),
        first=it.action == "open",
    )


def _labelled(hook: _MergeRequest, labels: _Labels) -> list[Event]:
    """What was put there, then what was taken away: of a scope, to put one there is to take the other away."""
    before = dict.fromkeys(label.title for label in labels.previous or ())
    now = dict.fromkeys(label.title for label in labels.current or ())
    changed = [(one, True) for one in now if one not in before]
    changed += [(one, False) for one in before if one not in now]
    it, who = hook.object_attributes, hook.user.person()
    place, head = (
        (FORGE, hook.project.path_with_namespace, it.iid),
        it.last_commit.id if it.last_commit else "",
    )
    return [Labelled(*place, label, added, who, head) for label, added in changed[:MOST]]


def _one(events: list[Event]) -> Event:
    told = [each for each in events if isinstance(each, Pushed | Labelled)]
    if len(told) > 1:
        return Together(tuple(told))
    return told[0] if told else Unknown("merge_request labels as they were")


def _note(body: bytes) -> Event:
    """A new note of a person under a merge request; edits are ignored (GitLab tells of them since 16.11)."""
    hook = msgspec.json.decode(body, type=_NoteHook)
    it = hook.object_attributes
    if it.noteable_type != "MergeRequest" or hook.merge_request is None:
        return Unknown(f"note on {it.noteable_type[:40]}")
    if it.system or it.action not in (None, "create"):
        return Unknown("note that nobody wrote anew")
    if hook.user.bot or purpose_of(it.note):
        return Unknown("note of a bot")
    number, last = hook.merge_request.iid, hook.merge_request.last_commit
    place, head = (FORGE, hook.project.path_with_namespace, number), last.id if last else ""
    return Commented(*place, hook.user.person(), it.note, str(it.id), head, seconds(it.created_at))


def _push(body: bytes) -> Event:
    hook = msgspec.json.decode(body, type=_Push)
    if not hook.ref.startswith(HEADS):
        return Unknown("push to no branch")
    person = Person(FORGE, str(hook.user_id), hook.user_username)
    branch = hook.ref.removeprefix(HEADS)
    return BranchMoved(FORGE, hook.project.path_with_namespace, branch, hook.before, hook.after, person)


def _updated(body: bytes) -> Event:
    """What a push to several refs moved: the default branch where it is among them, else the last branch."""
    hook = msgspec.json.decode(body, type=_Updated)
    moved = [change for change in hook.changes if change.ref.startswith(HEADS)]
    if not moved:
        return Unknown("repository_update of no branch")
    default = f"{HEADS}{hook.project.default_branch}"
    it = next((change for change in moved if change.ref == default), moved[-1])
    person = Person(FORGE, str(hook.user_id), hook.user_name)
    branch = it.ref.removeprefix(HEADS)
    return BranchMoved(FORGE, hook.project.path_with_namespace, branch, it.before, it.after, person)


def _renamed(body: bytes) -> Event:
    hook = msgspec.json.decode(body, type=_Renamed)
    return Renamed(FORGE, hook.path_with_namespace, hook.old_path_with_namespace)


_TEXT = {"title", "description", "draft", "work_in_progress", "target_branch"}
_SAID = {
    "approved": "approved", "approval": "approved", "unapproved": "dismissed", "unapproval": "dismissed",
}  # fmt: skip
_HEADERS = {
    "merge_request": "Merge Request Hook", "note": "Note Hook", "push": "Push Hook", "issue": "Issue Hook",
}  # fmt: skip
_KNOWN: dict[str, Callable[[bytes], Event]] = {
    "merge_request": _merge_request,
    "note": _note,
    "push": _push,
    "issue": issues.edited,
    "repository_update": _updated,
    "project_rename": _renamed,
    "project_transfer": _renamed,
}
# who may do what, or what there is, has changed
_RIGHTS = re.compile(
    r"user_(add_to|remove_from|update_for)_(team|group)|user_(rename|destroy|block|unblock|deactivate)"
    r"|user_access_request_\w+|group_(create|rename|destroy)|subgroup_(create|destroy)"
    r"|project_(create|destroy|update)"
)
