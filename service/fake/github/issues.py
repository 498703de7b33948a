"""Issues, their comments and reactions; a pull request's conversation is an issue's."""

from __future__ import annotations

from typing import Any

from service.fake.github import deeds, pulls, shapes, shapes_issue
from service.fake.github.call import Call
from service.fake.github.state import Comment, Issue, Reaction, stamp
from service.fake.web import Answer, Refusal, Routes

routes = Routes()
READ, WRITE = "issues:read|pull_requests:read", "issues:write|pull_requests:write"


@routes.on("GET", "/repos/{owner}/{repo}/issues", READ)
def issues(call: Call) -> Any:
    """Issues, pull requests among them: the open ones, the newest first."""
    repo, asked = call.repo(), call.request.query
    state, creator = asked.get("state", "open"), asked.get("creator")
    wanted = {name for name in asked.get("labels", "").split(",") if name}
    found = [
        issue
        for number, issue in sorted(repo.issues.items(), reverse=True)
        if state in ("all", issue.state)
        and creator in (None, issue.user.login)
        and wanted <= set(issue.labels)
    ]
    return call.listed(found, lambda issue: shapes_issue.issue(issue, repo, call.hub.url))


@routes.on("POST", "/repos/{owner}/{repo}/issues", "issues:write")
def create(call: Call) -> Any:
    """A new issue."""
    repo, body = call.repo(), call.said("title")
    made = deeds.open_issue(call.hub, repo, call.who, str(body["title"]), body.get("body"))
    deeds.label(call.hub, repo, made, call.who, [_name(label) for label in body.get("labels") or []])
    return Answer(201, shapes_issue.issue(made, repo, call.hub.url))


def _name(label: Any) -> str:
    return str(label["name"] if isinstance(label, dict) else label)


@routes.on("GET", "/repos/{owner}/{repo}/issues/{number}", READ)
def issue(call: Call) -> Any:
    """One."""
    return shapes_issue.issue(call.issue(), call.repo(), call.hub.url)


@routes.on("PATCH", "/repos/{owner}/{repo}/issues/{number}", WRITE)
def update(call: Call) -> Any:
    """Change its title, text, state or labels."""
    repo, it, body = call.repo(), call.issue(), call.request.json()
    deeds.edit(call.hub, repo, it, call.who, body.get("title"), body.get("body"))
    if body.get("labels") is not None:
        wear(call, it, [_name(label) for label in body["labels"]])
    pulls.change_state(call, repo, it, body)
    return shapes_issue.issue(it, repo, call.hub.url)


def wear(call: Call, it: Issue, names: list[str]) -> None:
    """Exactly these labels."""
    repo, wanted = call.repo(), {name.lower() for name in names}
    for name in [name for name in it.labels if name.lower() not in wanted]:
        deeds.unlabel(call.hub, repo, it, call.who, name)
    deeds.label(call.hub, repo, it, call.who, names)


@routes.on("GET", "/repos/{owner}/{repo}/issues/{number}/comments", READ)
def comments(call: Call) -> Any:
    """What was written under one, the oldest first."""
    repo, it = call.repo(), call.issue()
    since = call.request.query.get("since", "")
    found = [comment for comment in it.comments if str(stamp(comment.updated)) >= since]
    return call.listed(found, lambda comment: shapes_issue.comment(comment, it, repo, call.hub.url))


@routes.on("POST", "/repos/{owner}/{repo}/issues/{number}/comments", WRITE)
def comment(call: Call) -> Any:
    """Write under it."""
    repo, it, body = call.repo(), call.issue(), call.request.json()
    made = deeds.comment(call.hub, repo, it, call.who, body.get("body"))
    return Answer(201, shapes_issue.comment(made, it, repo, call.hub.url))


def _found(call: Call) -> tuple[Issue, Comment]:
    for issue, it in call.repo().comments():
        if str(it.id) == call.place["id"]:
            return issue, it
    raise Refusal(404, "Not Found")


@routes.on("GET", "/repos/{owner}/{repo}/issues/comments/{id}", READ)
def one(call: Call) -> Any:
    """One comment."""
    under, it = _found(call)
    return shapes_issue.comment(it, under, call.repo(), call.hub.url)


@routes.on("PATCH", "/repos/{owner}/{repo}/issues/comments/{id}", WRITE)
def edit(call: Call) -> Any:
    """Another text. An App edits its own alone; a person with the right to write edits any."""
    (under, it), body = _found(call), call.request.json()
    if call.caller is not None and call.caller.kind == "installation" and it.user is not call.who:
        raise Refusal(403, "Resource not accessible by integration")
    deeds.edit_comment(call.hub, call.repo(), under, it, call.who, body.get("body"))
    return shapes_issue.comment(it, under, call.repo(), call.hub.url)


@routes.on("DELETE", "/repos/{owner}/{repo}/issues/comments/{id}", WRITE)
def delete(call: Call) -> Any:
    """Take it away."""
    under, it = _found(call)
    deeds.delete_comment(call.hub, call.repo(), under, it, call.who)
    return Answer(204)


def _reactions(call: Call, kept: list[Reaction]) -> Any:
    wanted = call.request.query.get("content")
    found = [it for it in kept if wanted in (None, it.content)]
    return call.listed(found, lambda it: shapes.reaction(it, call.hub.url))


def _react(call: Call, kept: list[Reaction]) -> Answer:
    made, new = deeds.react(call.hub, kept, call.who, call.said("content")["content"])
    return Answer(201 if new else 200, shapes.reaction(made, call.hub.url))


@routes.on("GET", "/repos/{owner}/{repo}/issues/comments/{id}/reactions", READ)
def reactions_to_comment(call: Call) -> Any:
    """The marks on a comment."""
    return _reactions(call, _found(call)[1].reactions)


@routes.on("POST", "/repos/{owner}/{repo}/issues/comments/{id}/reactions", WRITE)
def react_to_comment(call: Call) -> Any:
    """Put a mark on a comment: 201, or 200 where it is there already."""
    return _react(call, _found(call)[1].reactions)


@routes.on("DELETE", "/repos/{owner}/{repo}/issues/comments/{id}/reactions/{reaction}", WRITE)
def unreact(call: Call) -> Any:
    """Take a mark away."""
    kept = _found(call)[1].reactions
    for it in kept:
        if str(it.id) == call.place["reaction"]:
            kept.remove(it)
            return Answer(204)
    raise Refusal(404, "Not Found")


@routes.on("GET", "/repos/{owner}/{repo}/issues/{number}/reactions", READ)
def reactions(call: Call) -> Any:
    """The marks on an issue's text."""
    return _reactions(call, call.issue().reactions)


@routes.on("POST", "/repos/{owner}/{repo}/issues/{number}/reactions", WRITE)
def react(call: Call) -> Any:
    """Put a mark on an issue's text."""
    return _react(call, call.issue().reactions)
