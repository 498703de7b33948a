"""Issues, pull requests, comments and reviews as GitHub writes them in JSON."""

from __future__ import annotations

from typing import Any

from service.fake.bare import Change
from service.fake.github.shapes import Json, account, counted, label, node, repository
from service.fake.github.state import Account, Comment, Issue, Pull, Remark, Repo, Review, stamp


def association(user: Account, repo: Repo) -> str:
    """What somebody is to a repository."""
    if user.login == repo.owner.login:
        return "OWNER"
    if user.login in {login for team in repo.owner.teams.values() for login in team}:
        return "MEMBER"
    if repo.roles.get(user.login, "read") != "read":
        return "COLLABORATOR"
    return "CONTRIBUTOR" if any(i.pull and i.pull.merged and i.user is user for i in repo.pulls) else "NONE"


def labels(it: Issue, repo: Repo, url: str) -> list[Json]:
    """The labels that it wears."""
    return [label(repo.labels[name.lower()], repo, url) for name in it.labels]


def _shared(it: Issue, repo: Repo, url: str) -> Json:
    """What an issue and a pull request have in common."""
    return {
        "id": it.id,
        "number": it.number,
        "title": it.title,
        "user": account(it.user, url),
        "state": it.state,
        "locked": False,
        "active_lock_reason": None,
        "body": it.body,
        "labels": labels(it, repo, url),
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "created_at": stamp(it.created),
        "updated_at": stamp(it.updated),
        "closed_at": stamp(it.closed),
        "author_association": association(it.user, repo),
    }


def issue(it: Issue, repo: Repo, url: str) -> Json:
    """An issue; a pull request seen as one says where it is."""
    mine = f"{url}/repos/{repo.full_name}/issues/{it.number}"
    html = f"{url}/{repo.full_name}/{'pull' if it.pull else 'issues'}/{it.number}"
    told = _shared(it, repo, url) | {
        "node_id": node("I", it.id),
        "url": mine,
        "html_url": html,
        "repository_url": f"{url}/repos/{repo.full_name}",
        "labels_url": mine + "/labels{/name}",
        "comments_url": f"{mine}/comments",
        "events_url": f"{mine}/events",
        "timeline_url": f"{mine}/timeline",
        "comments": len(it.comments),
        "reactions": counted(it.reactions, mine),
        "performed_via_github_app": None,
        "state_reason": it.reason,
    }
    if it.pull is not None:
        address = f"{url}/repos/{repo.full_name}/pulls/{it.number}"
        told["draft"] = it.pull.draft
        told["pull_request"] = {
            "url": address,
            "html_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "merged_at": stamp(it.pull.merged),
        }
    return told


def _side(owner: Account, branch: str, sha: str, repo: Json | None, url: str) -> Json:
    who = account(owner, url)
    return {"label": f"{owner.login}:{branch}", "ref": branch, "sha": sha, "user": who, "repo": repo}


def _forked(pull: Pull, repo: Repo, url: str) -> Json | None:
    """The repository that a head lies in; None where it was deleted."""
    if not pull.fork:
        return repository(repo, url)
    if pull.fork_gone:
        return None
    return repository(pull.home or repo, url) | {"fork": True}


def pull(it: Issue, repo: Repo, url: str) -> Json:
    """A pull request as a list shows it."""
    assert it.pull is not None
    what = it.pull
    mine, html = f"{url}/repos/{repo.full_name}/pulls/{it.number}", f"{url}/{repo.full_name}/pull/{it.number}"
    seen = f"{url}/repos/{repo.full_name}/issues/{it.number}"
    addresses = {
        "html": html,
        "issue": seen,
        "comments": f"{seen}/comments",
        "review_comments": f"{mine}/comments",
        "review_comment": f"{url}/repos/{repo.full_name}/pulls/comments" + "{/number}",
        "commits": f"{mine}/commits",
        "statuses": f"{url}/repos/{repo.full_name}/statuses/{what.head}",
    }
    return _shared(it, repo, url) | {
        "node_id": node("PR", it.id),
        "url": mine,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        **{f"{name}_url": address for name, address in addresses.items()},
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _side(
            it.user if what.fork else repo.owner, what.branch, what.head, _forked(what, repo, url), url
        ),
        "base": _side(repo.owner, what.base, what.base_sha, repository(repo, url), url),
        "_links": {
            "self": {"href": mine},
            **{name: {"href": address} for name, address in addresses.items()},
        },
        "auto_merge": None,
        "draft": what.draft,
        "merged_at": stamp(what.merged),
        "merge_commit_sha": what.merge_commit,
    }


def whole_pull(it: Issue, repo: Repo, url: str) -> Json:
    """A pull request by itself, with what has to be computed for it."""
    assert it.pull is not None
    what, git = it.pull, repo.git
    changes = list(git.changes(what.base_sha, what.head))
    merges = None if it.state == "closed" else git.merged_tree(what.base_sha, what.head) is not None
    state = "draft" if what.draft else {None: "unknown", True: "clean", False: "dirty"}[merges]
    return pull(it, repo, url) | {
        "merged": what.merged is not None,
        "mergeable": merges,
        "rebaseable": merges,
        "mergeable_state": state,
        "merged_by": None if what.merged_by is None else account(what.merged_by, url),
        "comments": len(it.comments),
        "review_comments": len(what.remarks),
        "maintainer_can_modify": what.mends and bool(what.fork),
        "commits": len(git.between(what.base_sha, what.head)),
        "additions": sum(change.added for change in changes),
        "deletions": sum(change.removed for change in changes),
        "changed_files": len(changes),
    }


def file(it: Change, pull_head: str, repo: Repo, url: str) -> Json:
    """One file of a pull request."""
    shown = f"{repo.full_name}/blob/{pull_head}/{it.path}"
    told: dict[str, Any] = {
        "sha": it.blob,
        "filename": it.path,
        "status": it.status,
        "additions": it.added,
        "deletions": it.removed,
        "changes": it.added + it.removed,
        "blob_url": f"{url}/{shown}",
        "raw_url": f"{url}/{repo.full_name}/raw/{pull_head}/{it.path}",
        "contents_url": f"{url}/repos/{repo.full_name}/contents/{it.path}?ref={pull_head}",
    }
    if it.status == "renamed":
        told["previous_filename"] = it.before
    return told | ({"patch": it.patch} if it.patch else {})


def comment(it: Comment, under: Issue, repo: Repo, url: str) -> Json:
    """A comment of a conversation."""
    mine = f"{url}/repos/{repo.full_name}/issues/comments/{it.id}"
    shown = f"{repo.full_name}/{'pull' if under.pull else 'issues'}/{under.number}#issuecomment-{it.id}"
    return {
        "id": it.id,
        "node_id": node("IC", it.id),
        "url": mine,
        "html_url": f"{url}/{shown}",
        "issue_url": f"{url}/repos/{repo.full_name}/issues/{under.number}",
        "body": it.body,
        "user": account(it.user, url),
        "created_at": stamp(it.created),
        "updated_at": stamp(it.updated),
        "author_association": association(it.user, repo),
        "performed_via_github_app": None,
        "reactions": counted(it.reactions, mine),
    }


def review(it: Review, under: Issue, repo: Repo, url: str) -> Json:
    """A review."""
    mine = f"{url}/repos/{repo.full_name}/pulls/{under.number}"
    html = f"{url}/{repo.full_name}/pull/{under.number}#pullrequestreview-{it.id}"
    told = {
        "id": it.id,
        "node_id": node("PRR", it.id),
        "user": account(it.user, url),
        "body": it.body,
        "state": it.state,
        "html_url": html,
        "pull_request_url": mine,
        "author_association": association(it.user, repo),
        "_links": {"html": {"href": html}, "pull_request": {"href": mine}},
        "commit_id": it.commit,
    }
    return told | ({"submitted_at": stamp(it.submitted)} if it.submitted else {})


def remark(it: Remark, under: Issue, repo: Repo, url: str) -> Json:
    """A review's comment."""
    mine, pulls = (
        f"{url}/repos/{repo.full_name}/pulls/comments/{it.id}",
        f"{url}/repos/{repo.full_name}/pulls",
    )
    html = f"{url}/{repo.full_name}/pull/{under.number}#discussion_r{it.id}"
    links = {"self": mine, "html": html, "pull_request": f"{pulls}/{under.number}"}
    outdated = under.pull is None or under.pull.head != it.commit
    told = {
        "id": it.id,
        "node_id": node("PRRC", it.id),
        "url": mine,
        "html_url": html,
        "pull_request_review_id": it.review,
        "pull_request_url": links["pull_request"],
        "_links": {name: {"href": address} for name, address in links.items()},
        "diff_hunk": "@@ -1 +1 @@",
        "path": it.path,
        "commit_id": it.commit,
        "original_commit_id": it.commit,
        "user": account(it.user, url),
        "body": it.body,
        "created_at": stamp(it.created),
        "updated_at": stamp(it.updated),
        "author_association": association(it.user, repo),
        "side": it.side,
        "start_side": it.side if it.start else None,
        "original_line": it.line,
        "original_start_line": it.start,
        "start_line": it.start,
        "position": None if outdated else 1,
        "original_position": 1,
        "subject_type": "line" if it.line else "file",
        "reactions": counted(it.reactions, mine),
    }
    return (
        told
        | ({"line": it.line} if it.line and not outdated else {})
        | ({"in_reply_to_id": it.answers} if it.answers else {})
    )
