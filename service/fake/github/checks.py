"""Check runs and commit statuses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from service.fake.github import shapes, shapes_git
from service.fake.github.call import Call, invalid
from service.fake.github.state import CheckRun, Repo, Status
from service.fake.web import Answer, Refusal, Routes, page

routes = Routes()
ANNOTATIONS, ACTIONS = 50, 3  # of one request
CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out")
STATES = ("error", "failure", "pending", "success")


@routes.on("POST", "/repos/{owner}/{repo}/check-runs", "checks:write")
def create(call: Call) -> Any:
    """A new check run of the App at a commit."""
    repo, body = call.repo(), call.said("name", "head_sha")
    _own(call)
    head = str(body["head_sha"])
    if not repo.git.has(head):
        raise Refusal(422, f"No commit found for SHA: {head}")
    same = [run.suite for run in repo.checks if run.head == head]
    suite = same[0] if same else call.hub.ids.new()
    run = CheckRun(
        call.hub.ids.new(), suite, str(body["name"]), head, "queued", None, call.hub.clock.now(), None
    )
    _change(call, run, body)
    repo.checks.append(run)
    return Answer(201, shapes_git.check(run, repo, call.hub.app, call.hub.url))


@routes.on("PATCH", "/repos/{owner}/{repo}/check-runs/{id}", "checks:write")
def update(call: Call) -> Any:
    """Change one; its annotations are added to those that are there."""
    _own(call)
    run = _run(call)
    _change(call, run, call.request.json())
    return shapes_git.check(run, call.repo(), call.hub.app, call.hub.url)


def _own(call: Call) -> None:
    if call.caller is None or call.caller.kind != "installation":
        raise Refusal(403, "You must authenticate via a GitHub App.")


def _change(call: Call, run: CheckRun, body: dict[str, Any]) -> None:
    """Take over what a body says. Everything is looked at before anything is changed."""
    output = body.get("output") or {}
    notes, actions = output.get("annotations") or [], body.get("actions")
    _sound(body, output, notes, actions or [])
    run.name = str(body.get("name") or run.name)
    run.external, run.details = body.get("external_id", run.external), body.get("details_url", run.details)
    if output:
        run.title, run.summary = output.get("title", run.title), output["summary"]
        run.text = output.get("text", run.text)
        run.annotations += notes
    run.actions = run.actions if actions is None else actions
    run.started = _time(body.get("started_at")) or run.started
    status, conclusion = body.get("status"), body.get("conclusion")
    if conclusion is not None:
        run.status, run.conclusion = "completed", conclusion
        run.completed = _time(body.get("completed_at")) or call.hub.clock.now()
    elif status is not None:
        run.status, run.conclusion, run.completed = status, None, None


def _sound(body: dict[str, Any], output: dict[str, Any], notes: list[Any], actions: list[Any]) -> None:
    """Raise Refusal: 422 for what GitHub does not take."""
    if len(notes) > ANNOTATIONS:
        words = (
            f"Invalid request.\n\nNo more than {ANNOTATIONS} items are allowed; {len(notes)} were supplied."
        )
        raise Refusal(422, words)
    if len(actions) > ACTIONS:
        raise Refusal(
            422,
            f"Invalid request.\n\nNo more than {ACTIONS} items are allowed; {len(actions)} were supplied.",
        )
    for action in actions:
        for name, most in (("label", 20), ("identifier", 20), ("description", 40)):
            if not 0 < len(str(action.get(name, ""))) <= most:
                raise invalid("invalid", name, "CheckRun")
    for name in ("title", "summary") if output else ():
        if not output.get(name):
            raise invalid("missing_field", name, "CheckRun")
    for name in ("summary", "text"):
        if len(output.get(name) or "") > 65535:
            raise invalid("custom", name, "CheckRun", f"{name} is too long (maximum is 65535 characters)")
    for note in notes:
        if missing := [
            n for n in ("path", "start_line", "end_line", "annotation_level", "message") if n not in note
        ]:
            raise invalid("missing_field", missing[0], "CheckRun")
        if len(note["message"].encode()) > 65536 or note["annotation_level"] not in (
            "notice",
            "warning",
            "failure",
        ):
            raise invalid("invalid", "annotations", "CheckRun")
    if body.get("status") == "completed" and body.get("conclusion") is None:
        raise invalid("missing_field", "conclusion", "CheckRun")
    if body.get("conclusion") not in (None, *CONCLUSIONS):
        raise invalid("invalid", "conclusion", "CheckRun")
    if body.get("status") not in (None, "queued", "in_progress", "completed"):
        raise invalid("invalid", "status", "CheckRun")


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise invalid("invalid", "started_at", "CheckRun") from None


def _run(call: Call) -> CheckRun:
    for run in call.repo().checks:
        if str(run.id) == call.place["id"]:
            return run
    raise Refusal(404, "Not Found")


@routes.on("GET", "/repos/{owner}/{repo}/check-runs/{id}", "checks:read")
def one(call: Call) -> Any:
    """One check run."""
    return shapes_git.check(_run(call), call.repo(), call.hub.app, call.hub.url)


@routes.on("GET", "/repos/{owner}/{repo}/check-runs/{id}/annotations", "checks:read")
def notes(call: Call) -> Any:
    """Its annotations."""
    run, repo = _run(call), call.repo()
    empty = {"start_column": None, "end_column": None, "title": None, "raw_details": None}
    blob = f"{call.hub.url}/{repo.full_name}/blob/{run.head}/"
    return call.listed(run.annotations, lambda note: {**empty, **note, "blob_href": blob + str(note["path"])})


@routes.on("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", "checks:read")
def at_commit(call: Call) -> Any:
    """The check runs of a commit; of each name the newest, unless all are asked for."""
    repo, asked = call.repo(), call.request.query
    sha = _sha(repo, call.place["ref"])
    found = [run for run in repo.checks if run.head == sha and asked.get("check_name") in (None, run.name)]
    if asked.get("filter", "latest") == "latest":
        found = list({run.name: run for run in found}.values())
    if wanted := asked.get("app_id"):
        found = found if wanted == str(call.hub.app.id) else []
    shown, headers = page(call.request, call.hub.url, found)
    runs = [shapes_git.check(run, repo, call.hub.app, call.hub.url) for run in shown]
    return Answer(200, {"total_count": len(found), "check_runs": runs}, headers)


def _sha(repo: Repo, name: str) -> str:
    sha = repo.git.resolve(name)
    if sha is None:
        raise Refusal(422, f"No commit found for SHA: {name}")
    return sha


@routes.on("POST", "/repos/{owner}/{repo}/statuses/{sha}", "statuses:write")
def status(call: Call) -> Any:
    """A status at a commit."""
    repo, body, sha = call.repo(), call.said("state"), call.place["sha"]
    if not repo.git.has(sha):
        raise Refusal(422, f"No commit found for SHA: {sha}")
    if body["state"] not in STATES:
        raise invalid("inclusion", "state", "Status")
    if len(body.get("description") or "") > 140:
        raise invalid(
            "custom", "description", "Status", "description is too long (maximum is 140 characters)"
        )
    context = str(body.get("context") or "default")
    made = Status(
        call.hub.ids.new(), call.who, sha, body["state"], context, body.get("description"), body.get("target_url"),
        call.hub.clock.now(),
    )  # fmt: skip
    repo.statuses.append(made)
    return Answer(201, shapes_git.status(made, repo, call.hub.url))


@routes.on("GET", "/repos/{owner}/{repo}/commits/{ref}/statuses", "statuses:read")
def statuses(call: Call) -> Any:
    """Every status of a commit, the newest first."""
    repo = call.repo()
    sha = _sha(repo, call.place["ref"])
    found = [it for it in reversed(repo.statuses) if it.sha == sha]
    return call.listed(found, lambda it: shapes_git.status(it, repo, call.hub.url))


@routes.on("GET", "/repos/{owner}/{repo}/commits/{ref}/status", "statuses:read")
def combined(call: Call) -> Any:
    """The newest status of each context, and what they say together."""
    repo, mine = call.repo(), f"{call.hub.url}/repos/{call.repo().full_name}"
    sha = _sha(repo, call.place["ref"])
    newest = {it.context: it for it in repo.statuses if it.sha == sha}
    states = {it.state for it in newest.values()}
    state = "failure" if states & {"error", "failure"} else "success" if states == {"success"} else "pending"
    listed = [shapes_git.status(it, repo, call.hub.url) for it in newest.values()]
    about = {"sha": sha, "repository": shapes.repository(repo, call.hub.url), "total_count": len(newest)}
    where = {"commit_url": f"{mine}/commits/{sha}", "url": f"{mine}/commits/{sha}/status"}
    return about | where | {"state": state, "statuses": listed}
