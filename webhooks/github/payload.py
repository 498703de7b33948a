"""The fields of GitHub's payloads that we read; everything else in them is skipped, not built.

Whatever GitHub may leave out or send as null is optional here: a deleted user, a fork that is gone, an empty text.
"""

from __future__ import annotations

import msgspec

from webhooks.event import Person

FORGE = "github"
GHOST = (10137, "ghost")  # the account that stands for everybody who deleted theirs


class User(msgspec.Struct):
    """An account; `type` is ``User``, ``Bot`` or ``Organization``."""

    id: int
    login: str
    type: str = "User"

    @property
    def bot(self) -> bool:
        """Whether no person stands behind it."""
        return self.type == "Bot"


def person(user: User | None) -> Person:
    """Somebody by the id that a new name does not change; who is deleted is the ghost."""
    number, login = (user.id, user.login) if user is not None else GHOST
    return Person(FORGE, str(number), login)


class Repository(msgspec.Struct):
    """A repository by owner/name; `id` outlives both."""

    full_name: str
    name: str = ""
    id: int = 0


class Label(msgspec.Struct):
    """A label by its name."""

    name: str


class Side(msgspec.Struct):
    """The head or the base of a pull request; `label` is owner:branch, and may be missing with the fork, its `repo`."""

    sha: str
    ref: str
    label: str | None = None
    user: User | None = None
    repo: Repository | None = None


class PullRequest(msgspec.Struct):
    """A pull request, of an event or of a list."""

    number: int
    head: Side
    base: Side
    title: str
    state: str = "open"
    user: User | None = None
    body: str | None = None
    draft: bool | None = None
    merged: bool | None = None
    merge_commit_sha: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    labels: list[Label] = []
    maintainer_can_modify: bool | None = None

    @property
    def ours(self) -> bool:
        """Whether its head lies in the repository that it is for."""
        head, base = self.head.repo, self.base.repo
        return head is not None and base is not None and head.id == base.id != 0

    @property
    def topic(self) -> str:
        """owner:branch; without the fork's owner where nobody knows them any more."""
        if self.head.label:
            return self.head.label
        return f"{self.head.user.login}:{self.head.ref}" if self.head.user else self.head.ref


class About(msgspec.Struct):
    """What every payload may say: its action, its repository, who did it."""

    action: str = ""
    repository: Repository | None = None
    sender: User | None = None


class OfPull(About, kw_only=True):
    """``pull_request``"""

    pull_request: PullRequest
    label: Label | None = None


class Comment(msgspec.Struct):
    """What somebody wrote in the talk below a pull request."""

    id: int
    user: User | None = None
    body: str | None = None
    created_at: str | None = None


class Linked(msgspec.Struct):
    """Something of which it counts only that it is there."""


class Issue(msgspec.Struct):
    """An issue; it is a pull request where `pull_request` is there."""

    number: int
    pull_request: Linked | None = None
    body: str | None = None


class FormerText(msgspec.Struct):
    """What stood there before an edit."""

    text: str = msgspec.field(name="from", default="")


class Edits(msgspec.Struct):
    """What of an issue was edited."""

    body: FormerText | None = None


class OfIssue(About, kw_only=True):
    """``issues``"""

    issue: Issue
    changes: Edits = msgspec.field(default_factory=Edits)


class OfComment(About, kw_only=True):
    """``issue_comment``"""

    issue: Issue
    comment: Comment


class Review(msgspec.Struct):
    """A review; `state` is in small letters in events and in large ones elsewhere."""

    id: int
    state: str
    user: User | None = None
    body: str | None = None
    commit_id: str | None = None


class OfReview(About, kw_only=True):
    """``pull_request_review``"""

    pull_request: PullRequest
    review: Review


class OfPush(About, kw_only=True):
    """``push``: zeros stand before a new branch and after a deleted one."""

    ref: str
    before: str
    after: str


class Numbered(msgspec.Struct):
    """A pull request of which only the number is told."""

    number: int


class CheckRun(msgspec.Struct):
    """A check; its pull requests are not told where they come from forks, so ours carry the number in `external_id`."""

    head_sha: str
    external_id: str | None = None
    pull_requests: list[Numbered] = []


class Button(msgspec.Struct):
    """Which button of a check was pressed."""

    identifier: str


class OfRun(About, kw_only=True):
    """``check_run``"""

    check_run: CheckRun
    requested_action: Button | None = None


class OfSuite(About, kw_only=True):
    """``check_suite``"""

    check_suite: CheckRun


class MergeGroup(msgspec.Struct):
    """What GitHub's own queue built."""

    head_sha: str
    base_sha: str


class OfGroup(About, kw_only=True):
    """``merge_group``"""

    merge_group: MergeGroup


class From(msgspec.Struct, rename={"before": "from"}):
    """A value before a change."""

    before: str


class Name(msgspec.Struct):
    """Another name of a repository."""

    name: From


class Former(msgspec.Struct):
    """Whose a repository was: a person's or an organization's."""

    user: User | None = None
    organization: User | None = None


class Owner(msgspec.Struct, rename={"before": "from"}):
    """Another owner of a repository."""

    before: Former


class Changes(msgspec.Struct):
    """What a ``repository`` event changed, as far as it moves it."""

    repository: Name | None = None
    owner: Owner | None = None


class OfRepository(About, kw_only=True):
    """``repository``, renamed or transferred."""

    changes: Changes
