"""How GitHub speaks at the door, and its payloads as our events."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from webhooks.clock import seconds
from webhooks.event import (
    BranchMoved,
    Closed,
    Commented,
    Event,
    Labelled,
    Pressed,
    Pushed,
    Queued,
    Redrawn,
    Renamed,
    Reviewed,
    RightsChanged,
    Unknown,
)
from webhooks.github import payload as said
from webhooks.github.payload import FORGE, person
from webhooks.scheme import Scheme

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.{1,2}\Z)[A-Za-z0-9_.-]{1,100}")
CHECK = re.compile(r"upweight:(\d{1,9}):.*")  # how our checks name the pull request that they stand at
PUSHES = {"opened", "reopened", "synchronize", "edited", "ready_for_review", "converted_to_draft"}
RIGHTS = {
    "installation", "installation_repositories", "installation_target", "membership", "team", "team_add", "member",
    "organization",
}  # fmt: skip


def repository_of(body: bytes) -> str:
    """The repository that a payload speaks of, "" where it is about none. Raises ValueError where it is no payload."""
    about = msgspec.json.decode(body, type=said.About)
    if about.repository is None:
        return ""
    if not NAME.fullmatch(about.repository.full_name):
        raise ValueError("the payload names no repository that could be on GitHub")
    return about.repository.full_name


def identity_of(body: bytes) -> str:
    """GitHub's number of that repository, "" where none is told. Raises ValueError where it is no payload."""
    about = msgspec.json.decode(body, type=said.About)
    return str(about.repository.id) if about.repository is not None and about.repository.id else ""


def parse(event: str, body: bytes) -> Event:
    """A payload as an event. Raises msgspec.ValidationError where a field that we need is missing."""
    if event in RIGHTS:
        return RightsChanged(FORGE, repository_of(body))
    about = msgspec.json.decode(body, type=said.About)
    read = READERS.get(event)
    name = f"{event}.{about.action}" if about.action else event
    if read is None or about.repository is None:
        return Unknown(name)
    return read(body, about.repository.full_name, about.action) or Unknown(name)


def _pull_request(body: bytes, repository: str, action: str) -> Event | None:
    it = msgspec.json.decode(body, type=said.OfPull)
    pull, who = it.pull_request, person(it.sender)
    if action in PUSHES and pull.state == "open":  # the text of a closed one may be edited too
        return pushed(pull, repository, first=action == "opened")
    by_bot = it.sender is not None and it.sender.bot  # ours come back to us, and another's count for nothing
    if action in ("labeled", "unlabeled") and it.label is not None and not by_bot:
        added = action == "labeled"
        return Labelled(FORGE, repository, pull.number, it.label.name, added, who, pull.head.sha)
    if action == "closed":
        return Closed(FORGE, repository, pull.number, who, pull.merge_commit_sha if pull.merged else None)
    return None


def pushed(pull: said.PullRequest, repository: str, first: bool = False) -> Pushed:
    """A pull request as it stands, of an event or of a list."""
    return Pushed(
        FORGE,
        repository,
        pull.number,
        pull.head.sha,
        pull.base.ref,
        pull.topic,
        person(pull.user),
        pull.title,
        pull.body or "",
        bool(pull.draft),
        seconds(pull.updated_at),
        first,
    )


def _issue_comment(body: bytes, repository: str, action: str) -> Event | None:
    """Only what a person wrote anew: an edit gives no command, and bots that answer bots never end."""
    it = msgspec.json.decode(body, type=said.OfComment)
    by_bot = any(user is not None and user.bot for user in (it.comment.user, it.sender))
    if action != "created" or it.issue.pull_request is None or by_bot:
        return None
    said_by, text, at = person(it.comment.user), it.comment.body or "", seconds(it.comment.created_at)
    return Commented(FORGE, repository, it.issue.number, said_by, text, str(it.comment.id), at=at)


def _issues(body: bytes, repository: str, action: str) -> Event | None:
    """An edited text, which may be our dashboard's with a box that somebody ticked; a bot ticks none."""
    if action != "edited":
        return None
    it = msgspec.json.decode(body, type=said.OfIssue)
    if it.changes.body is None or it.issue.pull_request is not None or (it.sender and it.sender.bot):
        return None
    before, text = it.changes.body.text, it.issue.body or ""
    return Redrawn(FORGE, repository, str(it.issue.number), before, text, person(it.sender))


def _review(body: bytes, repository: str, action: str) -> Event | None:
    it = msgspec.json.decode(body, type=said.OfReview)
    review, state = it.review, it.review.state.lower()
    known = {"approved", "changes_requested", "commented", "dismissed"}
    if action not in ("submitted", "dismissed") or state not in known or (review.user and review.user.bot):
        return None
    return Reviewed(
        FORGE,
        repository,
        it.pull_request.number,
        review.commit_id or it.pull_request.head.sha,
        person(review.user),
        state,
        (review.body or "") if action == "submitted" else "",  # what was said is not said again
        f"review-{review.id}",  # its numbers are not those of comments
    )


def _push(body: bytes, repository: str, action: str) -> Event | None:
    it = msgspec.json.decode(body, type=said.OfPush)
    branch = it.ref.removeprefix("refs/heads/")
    if branch == it.ref:
        return None
    return BranchMoved(FORGE, repository, branch, it.before, it.after, person(it.sender))


def _check_run(body: bytes, repository: str, action: str) -> Event | None:
    it = msgspec.json.decode(body, type=said.OfRun)
    if action == "rerequested":
        return _pressed(it.check_run, repository, "again", it)
    if action == "requested_action" and it.requested_action is not None:
        return _pressed(it.check_run, repository, it.requested_action.identifier, it)
    return None


def _check_suite(body: bytes, repository: str, action: str) -> Event | None:
    it = msgspec.json.decode(body, type=said.OfSuite)
    return _pressed(it.check_suite, repository, "again", it) if action == "rerequested" else None


def _pressed(run: said.CheckRun, repository: str, button: str, it: said.About) -> Pressed:
    """The number is 0 where GitHub tells none: a suite of a pull request from a fork is known by its head alone."""
    ours = CHECK.fullmatch(run.external_id or "")
    number = int(ours.group(1)) if ours else run.pull_requests[0].number if run.pull_requests else 0
    return Pressed(FORGE, repository, number, run.head_sha, button, person(it.sender))


def _merge_group(body: bytes, repository: str, action: str) -> Event | None:
    if action != "checks_requested":
        return None
    group = msgspec.json.decode(body, type=said.OfGroup).merge_group
    return Queued(FORGE, repository, group.head_sha, group.base_sha)


def _repository(body: bytes, repository: str, action: str) -> Event | None:
    if action not in ("renamed", "transferred"):
        return None
    changes = msgspec.json.decode(body, type=said.OfRepository).changes
    owner, _, name = repository.partition("/")
    if changes.repository is not None:
        name = changes.repository.name.before
    elif changes.owner is not None:
        former = changes.owner.before.user or changes.owner.before.organization
        owner = former.login if former else owner
    before = f"{owner}/{name}"
    return Renamed(FORGE, repository, before) if before != repository else None


READERS: dict[str, Callable[[bytes, str, str], Event | None]] = {
    "pull_request": _pull_request,
    "issue_comment": _issue_comment,
    "issues": _issues,
    "pull_request_review": _review,
    "push": _push,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "merge_group": _merge_group,
    "repository": _repository,
}

SCHEME = Scheme(
    forge=FORGE,
    signature_header=b"x-hub-signature-256",
    delivery_header=b"x-github-delivery",
    event_header=b"x-github-event",
    events=frozenset({*READERS, *RIGHTS, "ping"}),
    repository=repository_of,
    parse=parse,
    identity=identity_of,
    mark="#",
)
