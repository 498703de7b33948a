"""What happens to a pull request, whoever asks for it: the API's routes and the people of the play alike.

Each deed changes what is remembered and tells the App as GitHub would. Who calls it holds the hub's lock.
"""

from __future__ import annotations

from typing import Any

from service.fake.github import payloads, shapes, shapes_issue
from service.fake.github.call import invalid
from service.fake.github.hub import Hub
from service.fake.github.state import Account, Comment, Issue, Label, Pull, Reaction, Repo
from service.fake.web import Refusal

LONGEST = 65536  # characters of a comment


def tell(hub: Hub, repo: Repo, issue: Issue, action: str, who: Account, **more: Any) -> None:
    """``pull_request`` or ``issues``: something happened to it."""
    if issue.pull is None:
        hub.tell("issues", action, who, repo, issue=shapes_issue.issue(issue, repo, hub.url), **more)
        return
    shown = shapes_issue.whole_pull(issue, repo, hub.url)
    hub.tell("pull_request", action, who, repo, number=issue.number, pull_request=shown, **more)


def open_issue(
    hub: Hub, repo: Repo, who: Account, title: str, body: str | None, pull: Pull | None = None
) -> Issue:
    """An issue, or a pull request where `pull` is given."""
    now = hub.clock.now()
    number = max(repo.issues, default=0) + 1
    issue = Issue(hub.ids.new(), number, who, title, body, now, now, pull=pull)
    repo.issues[number] = issue
    if pull is not None:
        repo.git.put(f"refs/pull/{number}/head", pull.head)
    tell(hub, repo, issue, "opened", who)
    return issue


def comment(hub: Hub, repo: Repo, issue: Issue, who: Account, body: object) -> Comment:
    """Somebody writes under it."""
    now = hub.clock.now()
    made = Comment(hub.ids.new(), who, sized(body), now, now)
    issue.comments.append(made)
    issue.updated = now
    _tell_comment(hub, repo, issue, made, "created", who)
    return made


def edit_comment(hub: Hub, repo: Repo, issue: Issue, it: Comment, who: Account, body: object) -> None:
    """Somebody changes what was written."""
    before, it.body, it.updated = it.body, sized(body), hub.clock.now()
    _tell_comment(hub, repo, issue, it, "edited", who, changes={"body": {"from": before}})


def delete_comment(hub: Hub, repo: Repo, issue: Issue, it: Comment, who: Account) -> None:
    """Somebody takes it away."""
    issue.comments.remove(it)
    _tell_comment(hub, repo, issue, it, "deleted", who)


def _tell_comment(
    hub: Hub, repo: Repo, issue: Issue, it: Comment, action: str, who: Account, **more: Any
) -> None:
    shown = {
        "issue": shapes_issue.issue(issue, repo, hub.url),
        "comment": shapes_issue.comment(it, issue, repo, hub.url),
    }
    hub.tell("issue_comment", action, who, repo, **shown, **more)


def sized(body: object) -> str:
    """A body that GitHub takes. Raises Refusal: 422."""
    if not isinstance(body, str) or not body.strip():
        raise invalid("missing_field", "body", "IssueComment")
    if len(body) > LONGEST:
        raise invalid("custom", "body", "IssueComment", f"body is too long (maximum is {LONGEST} characters)")
    return body


def react(hub: Hub, reactions: list[Reaction], who: Account, content: object) -> tuple[Reaction, bool]:
    """A reaction, and whether it is new: a person has one of each kind."""
    if content not in shapes.REACTIONS:
        raise invalid("invalid", "content", "Reaction")
    for known in reactions:
        if known.user is who and known.content == content:
            return known, False
    reactions.append(Reaction(hub.ids.new(), who, str(content), hub.clock.now()))
    return reactions[-1], True


def know_label(
    hub: Hub, repo: Repo, name: str, color: str = "ededed", description: str | None = None
) -> Label:
    """The repository's label of this name, made where it is missing; case does not matter."""
    known = repo.labels.get(name.lower())
    if known is None:
        if not name or len(name) > 50:
            raise invalid("invalid", "name", "Label")
        known = repo.labels[name.lower()] = Label(hub.ids.new(), name, color, description)
    return known


def label(hub: Hub, repo: Repo, issue: Issue, who: Account, names: list[str]) -> None:
    """Somebody puts labels on it; what it wears already says nothing."""
    for name in names:
        known = know_label(hub, repo, name)
        if known.name not in issue.labels:
            issue.labels.append(known.name)
            issue.updated = hub.clock.now()
            tell(hub, repo, issue, "labeled", who, label=shapes.label(known, repo, hub.url))


def unlabel(hub: Hub, repo: Repo, issue: Issue, who: Account, name: str) -> None:
    """Somebody takes a label away. Raises Refusal: 404 where it wears none such."""
    known = repo.labels.get(name.lower())
    if known is None or known.name not in issue.labels:
        raise Refusal(404, "Label does not exist")
    issue.labels.remove(known.name)
    issue.updated = hub.clock.now()
    tell(hub, repo, issue, "unlabeled", who, label=shapes.label(known, repo, hub.url))


def edit(
    hub: Hub,
    repo: Repo,
    issue: Issue,
    who: Account,
    title: str | None,
    body: str | None,
    base: str | None = None,
) -> None:
    """Somebody changes title, text or base."""
    changes: dict[str, Any] = {}
    if title is not None and title != issue.title:
        changes["title"], issue.title = {"from": issue.title}, title
    if body is not None and body != issue.body:
        changes["body"], issue.body = {"from": issue.body or ""}, body
    if base is not None and issue.pull is not None and base != issue.pull.base:
        tip = repo.git.tip(base)
        if tip is None:
            raise invalid("invalid", "base", "PullRequest")
        changes["base"] = {"ref": {"from": issue.pull.base}, "sha": {"from": issue.pull.base_sha}}
        issue.pull.base, issue.pull.base_sha = base, tip
    if changes:
        issue.updated = hub.clock.now()
        tell(hub, repo, issue, "edited", who, changes=changes)


def close(hub: Hub, repo: Repo, issue: Issue, who: Account, reason: str | None = None) -> None:
    """Somebody closes it; what is closed stays as it is."""
    if issue.state == "closed":
        return
    issue.state, issue.closed, issue.closed_by, issue.updated = (
        "closed",
        hub.clock.now(),
        who,
        hub.clock.now(),
    )
    issue.reason = None if issue.pull else reason or "completed"
    tell(hub, repo, issue, "closed", who)


def reopen(hub: Hub, repo: Repo, issue: Issue, who: Account) -> None:
    """Somebody opens it again. Raises Refusal: 422 where it was merged, or its branch is gone."""
    if issue.state == "open":
        return
    what = issue.pull
    if what is not None and (
        what.merged or what.fork_gone or (what.home or repo).git.tip(what.branch) is None
    ):
        raise invalid("invalid", "state", "PullRequest")
    issue.state, issue.closed, issue.closed_by, issue.updated = "open", None, None, hub.clock.now()
    issue.reason = None
    tell(hub, repo, issue, "reopened", who)


def draft(hub: Hub, repo: Repo, issue: Issue, who: Account, is_draft: bool) -> None:
    """Its author marks it as a draft, or as ready."""
    assert issue.pull is not None
    if issue.pull.draft != is_draft:
        issue.pull.draft, issue.updated = is_draft, hub.clock.now()
        tell(hub, repo, issue, "converted_to_draft" if is_draft else "ready_for_review", who)


def revise(hub: Hub, repo: Repo, issue: Issue, who: Account, head: str) -> None:
    """A pull request has another head."""
    assert issue.pull is not None
    before, issue.pull.head, issue.updated = issue.pull.head, head, hub.clock.now()
    repo.git.put(f"refs/pull/{issue.number}/head", head)
    tell(hub, repo, issue, "synchronize", who, before=before, after=head)


def branch_moved(hub: Hub, repo: Repo, name: str, old: str | None, new: str | None, who: Account) -> None:
    """A branch is elsewhere: told as a push; its pull requests have another head, or base, or are merged by it."""
    hub.tell("push", "", who, repo, **payloads.push(hub, repo, f"refs/heads/{name}", old, new, who))
    for issue in list(repo.pulls):
        what = issue.pull
        assert what is not None
        if issue.state != "open":
            continue
        if what.branch == name and not what.fork:
            if new is None:
                close(hub, repo, issue, who)
            elif new != what.head:
                revise(hub, repo, issue, who, new)
        elif what.base == name and new is not None:
            if repo.git.holds(new, what.head) and not repo.git.holds(what.base_sha, what.head):
                merged(hub, repo, issue, who, new)
            else:
                what.base_sha = new


def merged(hub: Hub, repo: Repo, issue: Issue, who: Account, commit: str) -> None:
    """It is in its base, by the API or by a push that holds its head."""
    assert issue.pull is not None
    issue.pull.merged, issue.pull.merged_by, issue.pull.merge_commit = hub.clock.now(), who, commit
    close(hub, repo, issue, who)
