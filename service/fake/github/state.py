"""What the fake GitHub remembers. Plain nouns; who changes them holds the hub's lock."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from service.fake.bare import Bare

ROLES = ("read", "triage", "write", "maintain", "admin")


@dataclass
class Account:
    """A person, a bot or an organization."""

    id: int
    login: str
    type: str = "User"
    teams: dict[str, set[str]] = field(default_factory=dict)  # of an organization: slug -> logins

    @property
    def signature(self) -> tuple[str, str]:
        """Name and e-mail address, as in a commit."""
        return self.login, f"{self.id}+{self.login}@users.noreply.example.org"


@dataclass
class Reaction:
    """Somebody's mark on a comment."""

    id: int
    user: Account
    content: str
    created: datetime


@dataclass
class Comment:
    """A comment in a conversation."""

    id: int
    user: Account
    body: str
    created: datetime
    updated: datetime
    reactions: list[Reaction] = field(default_factory=list)


@dataclass
class Remark:
    """A review's comment at lines of a file."""

    id: int
    review: int
    user: Account
    body: str
    path: str
    commit: str
    line: int | None
    start: int | None
    side: str
    created: datetime
    updated: datetime
    answers: int | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass
class Review:
    """A person's word on a revision; `state` is APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED or PENDING."""

    id: int
    user: Account
    state: str
    body: str
    commit: str
    submitted: datetime | None


@dataclass
class Pull:
    """What makes an issue a pull request. `fork` is the head's repository where it is another, "" for this one; `home`
    is that fork itself."""

    head: str
    branch: str
    base: str
    base_sha: str
    fork: str = ""
    fork_gone: bool = False
    home: Repo | None = None
    draft: bool = False
    mends: bool = True
    merged: datetime | None = None
    merged_by: Account | None = None
    merge_commit: str | None = None
    reviews: list[Review] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


@dataclass
class Issue:
    """An issue or a pull request."""

    id: int
    number: int
    user: Account
    title: str
    body: str | None
    created: datetime
    updated: datetime
    state: str = "open"
    reason: str | None = None
    closed: datetime | None = None
    closed_by: Account | None = None
    labels: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    pull: Pull | None = None


@dataclass
class Label:
    """A label that a repository knows."""

    id: int
    name: str
    color: str
    description: str | None = None


@dataclass
class CheckRun:
    """A check run of the App."""

    id: int
    suite: int
    name: str
    head: str
    status: str
    conclusion: str | None
    started: datetime | None
    completed: datetime | None
    external: str = ""
    details: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, object]] = field(default_factory=list)
    actions: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Status:
    """A commit status."""

    id: int
    user: Account
    sha: str
    state: str
    context: str
    description: str | None
    target: str | None
    created: datetime


@dataclass
class Asset:
    """A file of a release."""

    id: int
    name: str
    kind: str
    data: bytes
    label: str | None
    user: Account
    created: datetime


@dataclass
class Release:
    """A release."""

    id: int
    tag: str
    target: str
    name: str | None
    body: str | None
    draft: bool
    prerelease: bool
    user: Account
    created: datetime
    published: datetime | None
    assets: list[Asset] = field(default_factory=list)


@dataclass
class Protection:
    """What guards a branch: nobody pushes past it but those whom it lets by; checks that a merge waits for."""

    checks: list[str] = field(default_factory=list)
    reviews: int = 0
    bypass: set[str] = field(default_factory=set)  # logins of people, slugs of Apps


@dataclass
class Repo:
    """A repository: its Git side and what GitHub keeps beside it."""

    id: int
    owner: Account
    name: str
    git: Bare
    created: datetime
    branch: str = "main"
    private: bool = False
    installed: bool = True
    issues: dict[int, Issue] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    checks: list[CheckRun] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    protected: dict[str, Protection] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """owner/name."""
        return f"{self.owner.login}/{self.name}"

    @property
    def pulls(self) -> Iterator[Issue]:
        """Its pull requests, by number."""
        return (self.issues[number] for number in sorted(self.issues) if self.issues[number].pull is not None)

    def comments(self) -> Iterator[tuple[Issue, Comment]]:
        """Every comment with the issue that it stands under."""
        return ((issue, comment) for issue in self.issues.values() for comment in issue.comments)


@dataclass
class App:
    """A GitHub App and its keys. There is one installation, with the App's id and nine zeros."""

    id: int
    slug: str
    name: str
    owner: Account
    bot: Account
    public: str
    private: str
    secret: str
    permissions: dict[str, str]
    events: list[str]
    created: datetime
    hook: str = ""
    suspended: bool = False


class Clock:
    """The forge's time; a play may put it forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Now, to the second."""
        return (datetime.now(UTC) + self._ahead).replace(microsecond=0)

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self._ahead += timedelta(seconds=seconds)


class Ids:
    """Numbers that are never given twice, the same each time that a play is played."""

    def __init__(self) -> None:
        self._next = itertools.count(1001)

    def new(self) -> int:
        """Another one."""
        return next(self._next)


def stamp(when: datetime | None) -> str | None:
    """As GitHub writes times."""
    return None if when is None else when.strftime("%Y-%m-%dT%H:%M:%SZ")
