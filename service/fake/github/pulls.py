"""Pull requests."""

from __future__ import annotations

from typing import Any

from service.fake.github import deeds, merging, shapes_git, shapes_issue
from service.fake.github.call import Call, invalid
from service.fake.github.state import Issue, Pull, Repo
from service.fake.web import Answer, Refusal, Routes

routes = Routes()
FILES, COMMITS = 3000, 250  # GitHub lists no more


@routes.on("GET", "/repos/{owner}/{repo}/pulls", "pull_requests:read")
def pulls(call: Call) -> Any:
    """Pull requests: the open ones, the newest first, unless it is asked for others."""
    repo, asked = call.repo(), call.request.query
    state, found = asked.get("state", "open"), []
    for issue in repo.pulls:
        assert issue.pull is not None
        label = f"{(issue.user if issue.pull.fork else repo.owner).login}:{issue.pull.branch}"
        if (
            state in ("all", issue.state)
            and asked.get("base") in (None, issue.pull.base)
            and asked.get("head") in (None, label)
        ):
            found.append(issue)
    sort = asked.get("sort", "created")
    found.sort(key=lambda issue: (issue.updated if sort == "updated" else issue.created, issue.number))
    if asked.get("direction", "desc" if sort == "created" else "asc") == "desc":
        found.reverse()
    return call.listed(found, lambda issue: shapes_issue.pull(issue, repo, call.hub.url))


@routes.on("POST", "/repos/{owner}/{repo}/pulls", "pull_requests:write")
def create(call: Call) -> Any:
    """Open one from a branch of this repository."""
    repo, body = call.repo(), call.said("head", "base", "title")
    branch, base = str(body["head"]).rpartition(":")[2], str(body["base"])
    head, tip = repo.git.tip(branch), repo.git.tip(base)
    if head is None or tip is None:
        raise invalid("invalid", "head" if head is None else "base", "PullRequest")
    if repo.git.holds(tip, head):
        raise invalid("custom", "head", "PullRequest", f"No commits between {base} and {branch}")
    if any(p.pull and p.pull.branch == branch and not p.pull.fork and p.state == "open" for p in repo.pulls):
        raise invalid(
            "custom", "head", "PullRequest", f"A pull request already exists for {repo.owner.login}:{branch}."
        )
    pull = Pull(head, branch, base, tip, draft=bool(body.get("draft")))
    made = deeds.open_issue(call.hub, repo, call.who, str(body["title"]), body.get("body"), pull)
    return Answer(201, shapes_issue.whole_pull(made, repo, call.hub.url))


@routes.on("GET", "/repos/{owner}/{repo}/pulls/{number}", "pull_requests:read")
def pull(call: Call) -> Any:
    """One, as JSON or as a diff."""
    repo, issue = call.repo(), call.pull()
    assert issue.pull is not None
    if "diff" in call.request.headers.get("accept", ""):
        diff = repo.git.repo.diff(repo.git.fork(issue.pull.base_sha, issue.pull.head), issue.pull.head)
        return Answer(
            200, (diff.patch or "").encode(), {"Content-Type": "application/vnd.github.diff; charset=utf-8"}
        )
    return shapes_issue.whole_pull(issue, repo, call.hub.url)


@routes.on("PATCH", "/repos/{owner}/{repo}/pulls/{number}", "pull_requests:write")
def update(call: Call) -> Any:
    """Change its title, text, base or state."""
    repo, issue, body = call.repo(), call.pull(), call.request.json()
    deeds.edit(call.hub, repo, issue, call.who, body.get("title"), body.get("body"), body.get("base"))
    change_state(call, repo, issue, body)
    return shapes_issue.whole_pull(issue, repo, call.hub.url)


def change_state(call: Call, repo: Repo, issue: Issue, body: dict[str, Any]) -> None:
    """Close or reopen, as a body asks."""
    state = body.get("state")
    if state == "closed":
        deeds.close(call.hub, repo, issue, call.who, body.get("state_reason"))
    elif state == "open":
        deeds.reopen(call.hub, repo, issue, call.who)
    elif state is not None:
        raise invalid("invalid", "state", "PullRequest")


@routes.on("GET", "/repos/{owner}/{repo}/pulls/{number}/files", "pull_requests:read")
def files(call: Call) -> Any:
    """What it changes."""
    repo, what = call.repo(), call.pull().pull
    assert what is not None
    changes = list(repo.git.changes(what.base_sha, what.head))[:FILES]
    return call.listed(changes, lambda change: shapes_issue.file(change, what.head, repo, call.hub.url))


@routes.on("GET", "/repos/{owner}/{repo}/pulls/{number}/commits", "pull_requests:read")
def commits(call: Call) -> Any:
    """Its commits."""
    repo, what = call.repo(), call.pull().pull
    assert what is not None
    found = repo.git.between(what.base_sha, what.head)[:COMMITS]
    return call.listed(found, lambda commit: shapes_git.commit(commit, repo, call.hub.url))


@routes.on("GET", "/repos/{owner}/{repo}/pulls/{number}/merge", "pull_requests:read")
def is_merged(call: Call) -> Any:
    """Whether it is merged."""
    what = call.pull().pull
    if what is None or what.merged is None:
        raise Refusal(404, "Not Found")
    return Answer(204)


@routes.on("PUT", "/repos/{owner}/{repo}/pulls/{number}/merge", "contents:write")
def merge(call: Call) -> Any:
    """Merge it."""
    repo, issue, body = call.repo(), call.pull(), call.request.json()
    title, text = str(body.get("commit_title") or ""), str(body.get("commit_message") or "")
    method = str(body.get("merge_method") or "merge")
    done = merging.merge(call.hub, repo, issue, call.who, body.get("sha"), method, title, text)
    return {"sha": done, "merged": True, "message": "Pull Request successfully merged"}
