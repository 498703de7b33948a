"""Reviews of pull requests, and their comments at lines."""

from __future__ import annotations

from typing import Any

from service.fake.github import shapes_issue
from service.fake.github.call import Call, invalid
from service.fake.github.deeds import react
from service.fake.github.hub import Hub
from service.fake.github.shapes import reaction
from service.fake.github.state import Account, Issue, Remark, Repo, Review
from service.fake.web import Answer, Refusal, Routes

routes = Routes()
STATES = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
    "": "PENDING",
}


def review(
    hub: Hub,
    repo: Repo,
    issue: Issue,
    who: Account,
    event: str,
    body: str,
    commit: str | None,
    remarks: list[dict[str, Any]],
) -> Review:
    """Somebody reviews a pull request. Raises Refusal: 422 for one's own, for lines that it does not change."""
    what = issue.pull
    assert what is not None
    if event not in STATES:
        raise invalid("invalid", "event", "PullRequestReview")
    if who is issue.user and event in ("APPROVE", "REQUEST_CHANGES"):
        raise Refusal(
            422,
            "Unprocessable Entity",
            errors=[f"Can not {event.lower().replace('_', ' ')} your own pull request"],
        )
    if not body and (event == "REQUEST_CHANGES" or (event == "COMMENT" and not remarks)):
        raise invalid("missing_field", "body", "PullRequestReview")
    made = Review(
        hub.ids.new(), who, STATES[event], body, commit or what.head, hub.clock.now() if event else None
    )
    placed = [_remark(hub, repo, issue, made, said) for said in remarks]
    what.reviews.append(made)
    what.remarks += placed
    if made.submitted:
        tell(hub, repo, issue, made, "submitted", who)
        for one in placed:
            shown = shapes_issue.remark(one, issue, repo, hub.url)
            about = shapes_issue.pull(issue, repo, hub.url)
            hub.tell("pull_request_review_comment", "created", who, repo, comment=shown, pull_request=about)
    return made


def tell(hub: Hub, repo: Repo, issue: Issue, it: Review, action: str, who: Account) -> None:
    """Tell of a review; its state is in lower case there."""
    shown = shapes_issue.review(it, issue, repo, hub.url)
    shown |= {
        "state": it.state.lower(),
        "submitted_at": shown.get("submitted_at"),
        "updated_at": shown.get("submitted_at"),
    }
    about = shapes_issue.pull(issue, repo, hub.url)
    hub.tell("pull_request_review", action, who, repo, review=shown, pull_request=about)


def _remark(hub: Hub, repo: Repo, issue: Issue, under: Review, said: dict[str, Any]) -> Remark:
    assert issue.pull is not None
    path, body, line = said.get("path"), said.get("body"), said.get("line")
    if not path or not body:
        raise invalid("missing_field", "path" if not path else "body", "PullRequestReviewComment")
    changed = {change.path for change in repo.git.changes(issue.pull.base_sha, under.commit)}
    if path not in changed:
        raise Refusal(422, "Unprocessable Entity", errors=["Path could not be resolved"])
    lines = repo.git.lines(under.commit, str(path))
    if line and not 1 <= int(line) <= lines:
        raise Refusal(422, "Unprocessable Entity", errors=["Line could not be resolved"])
    now, start = hub.clock.now(), said.get("start_line")
    if start and not start < line:
        raise Refusal(422, "Unprocessable Entity", errors=["start_line must precede the end line."])
    side = str(said.get("side") or "RIGHT")
    return Remark(
        hub.ids.new(), under.id, under.user, str(body), str(path), under.commit, line, start, side, now, now
    )


@routes.on("GET", "/repos/{owner}/{repo}/pulls/{number}/reviews", "pull_requests:read")
def reviews(call: Call) -> Any:
    """Its reviews, the oldest first."""
    repo, issue = call.repo(), call.pull()
    assert issue.pull is not None
    return call.listed(issue.pull.reviews, lambda it: shapes_issue.review(it, issue, repo, call.hub.url))


@routes.on("POST", "/repos/{owner}/{repo}/pulls/{number}/reviews", "pull_requests:write")
def create(call: Call) -> Any:
    """Review it."""
    repo, issue, body = call.repo(), call.pull(), call.request.json()
    event, text, remarks = (
        str(body.get("event") or ""),
        str(body.get("body") or ""),
        body.get("comments") or [],
    )
    made = review(call.hub, repo, issue, call.who, event, text, body.get("commit_id"), remarks)
    return shapes_issue.review(made, issue, repo, call.hub.url)


@routes.on("GET", "/repos/{owner}/{repo}/pulls/{number}/reviews/{id}", "pull_requests:read")
def one(call: Call) -> Any:
    """One review."""
    return shapes_issue.review(_review(call), call.pull(), call.repo(), call.hub.url)


@routes.on("PUT", "/repos/{owner}/{repo}/pulls/{number}/reviews/{id}", "pull_requests:write")
def update(call: Call) -> Any:
    """Another text for it."""
    it, body = _review(call), call.said("body")
    it.body = str(body["body"])
    return shapes_issue.review(it, call.pull(), call.repo(), call.hub.url)


@routes.on("PUT", "/repos/{owner}/{repo}/pulls/{number}/reviews/{id}/dismissals", "pull_requests:write")
def dismiss(call: Call) -> Any:
    """Take its word back."""
    call.said("message")
    it, issue, repo = _review(call), call.pull(), call.repo()
    it.state = "DISMISSED"
    tell(call.hub, repo, issue, it, "dismissed", call.who)
    return shapes_issue.review(it, issue, repo, call.hub.url)


@routes.on("GET", "/repos/{owner}/{repo}/pulls/{number}/reviews/{id}/comments", "pull_requests:read")
def of_review(call: Call) -> Any:
    """The comments of one review."""
    repo, issue, it = call.repo(), call.pull(), _review(call)
    assert issue.pull is not None
    found = [remark for remark in issue.pull.remarks if remark.review == it.id]
    return call.listed(found, lambda remark: shapes_issue.remark(remark, issue, repo, call.hub.url))


def _review(call: Call) -> Review:
    what = call.pull().pull
    for it in what.reviews if what else ():
        if str(it.id) == call.place["id"]:
            return it
    raise Refusal(404, "Not Found")


@routes.on("GET", "/repos/{owner}/{repo}/pulls/{number}/comments", "pull_requests:read")
def comments(call: Call) -> Any:
    """All comments at lines."""
    repo, issue = call.repo(), call.pull()
    assert issue.pull is not None
    return call.listed(issue.pull.remarks, lambda it: shapes_issue.remark(it, issue, repo, call.hub.url))


@routes.on("POST", "/repos/{owner}/{repo}/pulls/{number}/comments", "pull_requests:write")
def comment(call: Call) -> Any:
    """One comment at a line: a review by itself."""
    repo, issue, body = call.repo(), call.pull(), call.said("body", "commit_id", "path")
    assert issue.pull is not None
    review(call.hub, repo, issue, call.who, "COMMENT", "", body["commit_id"], [body])
    return Answer(201, shapes_issue.remark(issue.pull.remarks[-1], issue, repo, call.hub.url))


def _found(call: Call) -> tuple[Issue, Remark]:
    for issue in call.repo().pulls:
        for it in issue.pull.remarks if issue.pull else ():
            if str(it.id) == call.place["id"]:
                return issue, it
    raise Refusal(404, "Not Found")


@routes.on("PATCH", "/repos/{owner}/{repo}/pulls/comments/{id}", "pull_requests:write")
def edit(call: Call) -> Any:
    """Another text for a comment at a line."""
    issue, it = _found(call)
    it.body, it.updated = str(call.said("body")["body"]), call.hub.clock.now()
    return shapes_issue.remark(it, issue, call.repo(), call.hub.url)


@routes.on("DELETE", "/repos/{owner}/{repo}/pulls/comments/{id}", "pull_requests:write")
def delete(call: Call) -> Any:
    """Take one away."""
    issue, it = _found(call)
    assert issue.pull is not None
    issue.pull.remarks.remove(it)
    return Answer(204)


@routes.on("POST", "/repos/{owner}/{repo}/pulls/comments/{id}/reactions", "pull_requests:write")
def react_to(call: Call) -> Any:
    """A mark on a comment at a line."""
    made, new = react(call.hub, _found(call)[1].reactions, call.who, call.said("content")["content"])
    return Answer(201 if new else 200, reaction(made, call.hub.url))
