"""The control API under ``/_fake/``: what people do, faults, deliveries and time, for who plays from outside.

``GET /_fake/`` lists all of it. It asks for no sign-in, since it is for one machine's own play.
"""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import Any

from service.fake.deliveries import Sent
from service.fake.faults import Post
from service.fake.github import shapes, shapes_git, shapes_issue
from service.fake.github.call import Call
from service.fake.github.people import People
from service.fake.github.state import Repo
from service.fake.web import Refusal, Routes

routes = Routes()
DEEDS = {name: getattr(People, name) for name in dir(People) if not name.startswith("_")}


@routes.on("GET", "/_fake/", "anybody")
def told(call: Call) -> Any:
    """This list."""
    deeds = {}
    for name, deed in DEEDS.items():
        taken = {
            n: str(p).partition(":")[2].strip()
            for n, p in inspect.signature(deed).parameters.items()
            if n != "self"
        }
        deeds[name] = {"what": (deed.__doc__ or "").strip(), "takes": taken}
    listed = {f"{route.method} {route.path}": (route.answer.__doc__ or "").strip() for route in routes.all}
    return {"repositories": [repo.full_name for repo in call.hub.repos], "routes": listed, "deeds": deeds}


@routes.on("POST", "/_fake/do/{deed}", "anybody")
def do(call: Call) -> Any:
    """Somebody does something: a deed with what it takes as JSON, and `repository` where there are several."""
    body = call.request.json()
    repo = _repo(call, body.pop("repository", None))
    name = call.place["deed"]
    if name not in DEEDS:
        raise Refusal(404, f"There is no deed {name!r}; GET /_fake/ lists them.")
    names = body.pop("names", [])
    try:
        done = getattr(People(call.hub, repo), name)(*_ahead(name, body, names), **body)
    except (TypeError, ValueError, KeyError, StopIteration) as problem:
        raise Refusal(400, f"{name}: {problem}") from None
    return {"done": done}


def _ahead(name: str, body: dict[str, Any], names: list[str]) -> list[Any]:
    """The arguments that must go by place: `label` takes any number of names behind them."""
    return [body.pop("number"), body.pop("who"), *names] if name == "label" else []


def _repo(call: Call, name: str | None) -> Repo:
    if name is None and len(call.hub.repos) == 1:
        return call.hub.repos[0]
    if name is None:
        raise Refusal(400, f"Say which `repository`: {', '.join(repo.full_name for repo in call.hub.repos)}")
    return call.hub.repo(name)


@routes.on("POST", "/_fake/repositories", "anybody")
def make(call: Call) -> Any:
    """Another repository: `name` as OWNER/NAME, and its first `files`."""
    body = call.request.json()
    try:
        made = call.hub.make(str(body.get("name", "")), body.get("files"), str(body.get("branch") or "main"))
    except ValueError as problem:
        raise Refusal(400, str(problem)) from None
    return shapes.repository(made, call.hub.url)


@routes.on("GET", "/_fake/pulls/{number}", "anybody")
def pull(call: Call) -> Any:
    """Everything that a pull request shows: itself, comments, reviews, remarks, check runs, statuses."""
    hub, url = call.hub, call.hub.url
    with hub.lock:
        repo = _repo(call, call.request.query.get("repository"))
        issue = repo.issues.get(int(call.place["number"])) if call.place["number"].isdigit() else None
        if issue is None or issue.pull is None:
            raise Refusal(404, "Not Found")
        what = issue.pull
        runs = [run for run in repo.checks if run.head == what.head]
        return {
            "pull": shapes_issue.whole_pull(issue, repo, url),
            "comments": [shapes_issue.comment(it, issue, repo, url) for it in issue.comments],
            "reviews": [shapes_issue.review(it, issue, repo, url) for it in what.reviews],
            "remarks": [shapes_issue.remark(it, issue, repo, url) for it in what.remarks],
            "checks": [
                shapes_git.check(run, repo, hub.app, url)
                | {"annotations": run.annotations, "actions": run.actions}
                for run in runs
            ],
            "statuses": [shapes_git.status(it, repo, url) for it in repo.statuses if it.sha == what.head],
        }


@routes.on("GET", "/_fake/deliveries", "anybody")
def deliveries(call: Call) -> Any:
    """Every delivery, with what became of it."""
    return [_shown(sent) for sent in call.hub.deliveries.all]


def _shown(sent: Sent) -> dict[str, Any]:
    tries = [asdict(attempt) for attempt in sent.attempts]
    return {
        "id": sent.id,
        "guid": sent.guid,
        "event": sent.event,
        "action": sent.action,
        "lost": sent.lost,
        "attempts": tries,
    }


@routes.on("POST", "/_fake/deliveries/{id}/again", "anybody")
def again(call: Call) -> Any:
    """Send one again."""
    try:
        return _shown(call.hub.deliveries.again(call.place["id"]))
    except KeyError:
        raise Refusal(404, "Not Found") from None


@routes.on("POST", "/_fake/settle", "anybody")
def settle(call: Call) -> Any:
    """Wait until every delivery is sent, those held back too."""
    return {"settled": call.hub.deliveries.settle(float(call.request.json().get("seconds", 30)))}


@routes.on("GET", "/_fake/faults", "anybody")
def faults(call: Call) -> Any:
    """The troubles that were asked for."""
    return call.hub.faults.told()


@routes.on("POST", "/_fake/faults", "anybody")
def trouble(call: Call) -> Any:
    """Ask for trouble with requests: kind, times, share, seconds, method, path."""
    body = call.request.json()
    try:
        call.hub.faults.trouble(str(body.pop("kind", "")), **body)
    except (TypeError, ValueError) as problem:
        raise Refusal(400, str(problem)) from None
    return call.hub.faults.told()


@routes.on("POST", "/_fake/faults/deliveries", "anybody")
def bad_post(call: Call) -> Any:
    """Ask for trouble with deliveries, as probabilities: lose, repeat, delay (up to `seconds`), reorder."""
    try:
        call.hub.faults.post = Post(**call.request.json())
    except TypeError as problem:
        raise Refusal(400, str(problem)) from None
    return call.hub.faults.told()


@routes.on("DELETE", "/_fake/faults", "anybody")
def no_trouble(call: Call) -> Any:
    """No trouble from now on."""
    call.hub.faults.clear()
    return call.hub.faults.told()


@routes.on("POST", "/_fake/seed", "anybody")
def seed(call: Call) -> Any:
    """Draw troubles anew from this `seed`."""
    call.hub.faults.begin(int(call.request.json().get("seed", 0)))
    return call.hub.faults.told()


@routes.on("POST", "/_fake/later", "anybody")
def later(call: Call) -> Any:
    """Let `seconds` pass: tokens run out."""
    call.hub.clock.forward(float(call.request.json().get("seconds", 3600)))
    return {"now": call.hub.clock.now().isoformat()}
