"""Labels: those that a repository knows, and those that an issue wears."""

from __future__ import annotations

from typing import Any

from service.fake.github import deeds, issues, shapes, shapes_issue
from service.fake.github.call import Call, invalid
from service.fake.github.state import Label
from service.fake.web import Answer, Refusal, Routes

routes = Routes()


def _shown(call: Call, it: Label) -> dict[str, Any]:
    return shapes.label(it, call.repo(), call.hub.url)


def _found(call: Call) -> Label:
    found = call.repo().labels.get(call.place["name"].lower())
    if found is None:
        raise Refusal(404, "Not Found")
    return found


@routes.on("GET", "/repos/{owner}/{repo}/labels", issues.READ)
def labels(call: Call) -> Any:
    """Every label of a repository."""
    return call.listed(list(call.repo().labels.values()), lambda it: _shown(call, it))


@routes.on("POST", "/repos/{owner}/{repo}/labels", issues.WRITE)
def create(call: Call) -> Any:
    """A new one; 422 where there is one of this name, in whatever case."""
    repo, body = call.repo(), call.said("name")
    if str(body["name"]).lower() in repo.labels:
        raise invalid("already_exists", "name", "Label")
    color, description = str(body.get("color") or "ededed"), body.get("description")
    if color.startswith("#") or len(color) != 6:
        raise invalid("invalid", "color", "Label")
    if description is not None and len(description) > 100:
        raise invalid("custom", "description", "Label", "description is too long (maximum is 100 characters)")
    return Answer(201, _shown(call, deeds.know_label(call.hub, repo, str(body["name"]), color, description)))


@routes.on("GET", "/repos/{owner}/{repo}/labels/{name}", issues.READ)
def label(call: Call) -> Any:
    """One."""
    return _shown(call, _found(call))


@routes.on("PATCH", "/repos/{owner}/{repo}/labels/{name}", issues.WRITE)
def update(call: Call) -> Any:
    """Another name, color or description."""
    repo, it, body = call.repo(), _found(call), call.request.json()
    if new := body.get("new_name"):
        if new.lower() != it.name.lower() and new.lower() in repo.labels:
            raise invalid("already_exists", "name", "Label")
        for issue in repo.issues.values():
            issue.labels = [new if name == it.name else name for name in issue.labels]
        del repo.labels[it.name.lower()]
        it.name = new
        repo.labels[new.lower()] = it
    it.color = str(body.get("color") or it.color)
    it.description = body.get("description", it.description)
    return _shown(call, it)


@routes.on("DELETE", "/repos/{owner}/{repo}/labels/{name}", issues.WRITE)
def delete(call: Call) -> Any:
    """Take it away, from everything that wears it too."""
    repo, it = call.repo(), _found(call)
    for issue in repo.issues.values():
        issue.labels = [name for name in issue.labels if name != it.name]
    del repo.labels[it.name.lower()]
    return Answer(204)


@routes.on("GET", "/repos/{owner}/{repo}/issues/{number}/labels", issues.READ)
def worn(call: Call) -> Any:
    """What an issue wears."""
    return call.listed(shapes_issue.labels(call.issue(), call.repo(), call.hub.url), lambda it: it)


def _asked(call: Call) -> list[str]:
    """The names in a body, which may be a list, an object with one, or nothing."""
    import json

    try:
        body = json.loads(call.request.body or b"{}")
    except ValueError:
        raise Refusal(400, "Problems parsing JSON") from None
    listed = body.get("labels", []) if isinstance(body, dict) else body
    if not isinstance(listed, list):
        raise invalid("invalid", "labels", "Label")
    return [str(one["name"] if isinstance(one, dict) else one) for one in listed]


@routes.on("POST", "/repos/{owner}/{repo}/issues/{number}/labels", issues.WRITE)
def add(call: Call) -> Any:
    """Put labels on it."""
    deeds.label(call.hub, call.repo(), call.issue(), call.who, _asked(call))
    return shapes_issue.labels(call.issue(), call.repo(), call.hub.url)


@routes.on("PUT", "/repos/{owner}/{repo}/issues/{number}/labels", issues.WRITE)
def put(call: Call) -> Any:
    """Exactly these."""
    issues.wear(call, call.issue(), _asked(call))
    return shapes_issue.labels(call.issue(), call.repo(), call.hub.url)


@routes.on("DELETE", "/repos/{owner}/{repo}/issues/{number}/labels", issues.WRITE)
def bare(call: Call) -> Any:
    """None at all."""
    issues.wear(call, call.issue(), [])
    return Answer(204)


@routes.on("DELETE", "/repos/{owner}/{repo}/issues/{number}/labels/{name}", issues.WRITE)
def remove(call: Call) -> Any:
    """Take one away."""
    deeds.unlabel(call.hub, call.repo(), call.issue(), call.who, call.place["name"])
    return shapes_issue.labels(call.issue(), call.repo(), call.hub.url)
