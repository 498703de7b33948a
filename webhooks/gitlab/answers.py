"""What we read of the API's answers: only the fields that we need (docs.gitlab.com/api/rest)."""

from __future__ import annotations

from typing import Any

import msgspec


class User(msgspec.Struct):
    """Somebody, as an answer names them."""

    id: int
    username: str = ""
    state: str = ""


class Ourselves(User):
    """The user that our token is, with what it alone is told (api/users, "Retrieve the current user")."""

    name: str = ""
    email: str | None = None
    commit_email: str | None = None


class Member(msgspec.Struct):
    """Somebody's membership, direct or inherited (api/members)."""

    id: int
    access_level: int = 0
    state: str = ""
    membership_state: str = "active"


class DiffRefs(msgspec.Struct):
    """The three commits that a place in a diff is told by."""

    base_sha: str | None = None
    head_sha: str | None = None
    start_sha: str | None = None


class Issue(msgspec.Struct):
    """An issue (api/issues)."""

    iid: int
    title: str
    author: User
    description: str | None = None


class Request(msgspec.Struct):
    """A merge request (api/merge_requests)."""

    iid: int
    state: str
    title: str
    author: User
    source_branch: str
    target_branch: str
    source_project_id: int | None = None
    target_project_id: int | None = None
    sha: str | None = None
    description: str | None = None
    created_at: str = ""
    draft: bool = False
    labels: list[str] = []
    diff_refs: DiffRefs | None = None
    merge_commit_sha: str | None = None
    squash_commit_sha: str | None = None
    detailed_merge_status: str = ""
    allow_collaboration: bool | None = False
    web_url: str = ""

    @property
    def forked(self) -> bool:
        """Whether it comes from another project."""
        return self.source_project_id != self.target_project_id


class Note(msgspec.Struct):
    """A note, alone or in a discussion (api/notes, api/discussions)."""

    id: int
    body: str
    author: User
    system: bool = False
    resolvable: bool = False
    resolved: bool = False
    resolved_by: User | None = None


class Discussion(msgspec.Struct):
    """Notes that answer each other (api/discussions)."""

    id: str
    notes: list[Note] = []


class Draft(msgspec.Struct):
    """A note that only its author sees until it is published (api/draft_notes)."""

    id: int
    note: str
    author_id: int


class Award(msgspec.Struct):
    """An emoji on a note (api/emoji_reactions)."""

    id: int
    name: str
    user: User


class Status(msgspec.Struct):
    """A commit's status (api/commits)."""

    id: int
    status: str
    name: str
    description: str | None = None


class Diff(msgspec.Struct):
    """What a merge request does to one file; `diff` is empty where it is too large."""

    old_path: str
    new_path: str
    diff: str = ""
    deleted_file: bool = False


class Commit(msgspec.Struct):
    """A commit, by its name alone."""

    id: str


class Tag(msgspec.Struct):
    """A tag; `target` is its own object where it is annotated (api/tags)."""

    name: str
    target: str
    commit: Commit


class Link(msgspec.Struct):
    """A file of a release."""

    name: str
    url: str = ""


class Assets(msgspec.Struct):
    """The files of a release."""

    links: list[Link] = []


class Release(msgspec.Struct):
    """A release (api/releases)."""

    tag_name: str
    name: str | None = None
    description: str | None = None
    assets: Assets = msgspec.field(default_factory=Assets)


class Approver(msgspec.Struct):
    """Somebody who approves."""

    user: User


class Approvals(msgspec.Struct):
    """Who approves a merge request now (api/merge_request_approvals)."""

    approved_by: list[Approver] = []


class Project(msgspec.Struct):
    """A project (api/projects)."""

    id: int
    path_with_namespace: str
    visibility: str = "private"


Anything = dict[str, Any]
