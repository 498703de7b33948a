"""Merging a pull request by the API, with GitHub's answers for whatever stands against it."""

from __future__ import annotations

from service.fake.github import deeds
from service.fake.github.hub import Hub
from service.fake.github.state import Account, Issue, Repo
from service.fake.web import Refusal

METHODS = ("merge", "squash", "rebase")


def merge(
    hub: Hub, repo: Repo, issue: Issue, who: Account, sha: str | None, method: str, title: str, text: str
) -> str:
    """Merge it; returns the commit. Raises Refusal: 405, 409 where the head is another than `sha`, 422."""
    what = issue.pull
    assert what is not None
    if method not in METHODS:
        raise Refusal(422, f"Invalid request.\n\n{method} is not a merge method.")
    if issue.state != "open":
        raise Refusal(405, "Pull Request is not mergeable")
    if what.draft:
        raise Refusal(405, "Pull Request is still a draft")
    if sha is not None and sha != what.head:
        raise Refusal(409, "Head branch was modified. Review and try the merge again.")
    wanting(repo, issue, who)
    old = repo.git.tip(what.base)
    tree = repo.git.merged_tree(old, what.head) if old else None
    if old is None or tree is None:
        raise Refusal(405, "Pull Request is not mergeable")
    message = f"{title or _title(issue, method)}\n\n{text}".rstrip() + "\n"
    new = _commits(hub, repo, issue, who, old, method, message)
    repo.git.put(f"refs/heads/{what.base}", new)
    deeds.merged(hub, repo, issue, who, new)
    deeds.branch_moved(hub, repo, what.base, old, new, who)
    return new


def _title(issue: Issue, method: str) -> str:
    assert issue.pull is not None
    if method == "squash":
        return f"{issue.title} (#{issue.number})"
    return f"Merge pull request #{issue.number} from {issue.user.login}/{issue.pull.branch}"


def _commits(hub: Hub, repo: Repo, issue: Issue, who: Account, old: str, method: str, message: str) -> str:
    assert issue.pull is not None
    git, head, at = repo.git, issue.pull.head, int(hub.clock.now().timestamp())
    tree = git.merged_tree(old, head)
    assert tree is not None
    if method == "merge":
        return git.write(tree, [old, head], message, who.signature, at)
    if method == "squash":
        return git.write(tree, [old], message, issue.user.signature, at)
    new = old
    for commit in git.between(git.fork(old, head), head):
        index = git.repo.merge_trees(commit.parents[0].tree, git.read(new).tree, commit.tree)
        if index.conflicts:
            raise Refusal(405, "This branch can't be rebased")
        signature = (commit.author.name, commit.author.email)
        new = git.write(index.write_tree(git.repo), [new], commit.message, signature, at)
    return new


def wanting(repo: Repo, issue: Issue, who: Account) -> None:
    """Raise Refusal where the branch's protection asks for what is not there."""
    what = issue.pull
    assert what is not None
    guard = repo.protected.get(what.base)
    if guard is None or who.login.removesuffix("[bot]") in guard.bypass:
        return
    green = {
        c.name
        for c in repo.checks
        if c.head == what.head and c.conclusion in ("success", "neutral", "skipped")
    }
    green |= {s.context for s in repo.statuses if s.sha == what.head and s.state == "success"}
    missing = [name for name in guard.checks if name not in green]
    if missing:
        raise Refusal(405, f'Required status check "{missing[0]}" is expected.')
    said = {
        review.user.login: review.state
        for review in what.reviews
        if review.state in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
    }
    if sum(1 for state in said.values() if state == "APPROVED") < guard.reviews:
        raise Refusal(
            405, f"At least {guard.reviews} approving review is required by reviewers with write access."
        )


def guarded(repo: Repo, branch: str, who: Account) -> None:
    """Raise Refusal where nobody may push past the branch's protection but others than these."""
    guard = repo.protected.get(branch)
    if guard is not None and who.login.removesuffix("[bot]") not in guard.bypass:
        raise Refusal(
            422, "Repository rule violations found\n\nChanges must be made through a pull request.\n\n"
        )
