"""The fake GitHub's answers and webhooks, held against GitHub's description: it must not agree with our mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from service.fake.github.hub import Hub
from service.fake.github.play import FakeGitHub
from service.fake.github.shapes import installation_id
from service.fake.web import Route
from tests.service.fake.conftest import LEAF, bot, signed
from tests.service.fake.description import PAGES, Description

pytestmark = pytest.mark.slow
REPO = "/repos/harbour/taxonomy"
NEITHER = (
    "/_fake/",
    *PAGES,
    "/{owner}/{repo}",
    "/app-manifests/",
)  # no part of the API, or walked elsewhere


def played(forge: FakeGitHub) -> dict[str, Any]:
    """A repository where something of each kind has happened; what it is known by."""
    people = forge.people
    people.role("tess", "triage")
    people.role("mo", "maintain")
    people.team("keepers", ["tess"])
    number = people.open("ada", "Lamps", {LEAF: "a: 1\nb: 3\nc: 3\n"})
    people.open("ben", "Tides", {"tides.txt": "x\n"}, draft=True, fork=False, branch="tides")
    merged = people.open("cy", "Ropes", {"ropes.txt": "x\n"})
    people.merge(merged, "mo")
    people.protect("main", ["upweight"], 1, ["upweight"])
    comment = people.comment(number, "ada", "@upweight status")
    review = people.review(number, "tess", "APPROVE", "Good.")
    people.label(number, "tess", "skill")
    head = forge.repo.issues[number].pull.head  # type: ignore[union-attr]
    return {
        "number": number,
        "comment": comment,
        "review": review,
        "head": head,
        "main": forge.repo.git.tip("main"),
    }


def walk(client: httpx.Client, forge: FakeGitHub, at: dict[str, Any]) -> None:
    """One request at least to every route that a token opens."""

    def ask(method: str, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        path = path if path.startswith("/") and not path.startswith("/-") else REPO + path[2:]
        answer = (
            client.request(method, path, json=body, **more)
            if body is not None
            else client.request(method, path, **more)
        )
        assert answer.status_code == status, (method, path, answer.text)
        return (
            answer.json() if answer.content and "json" in answer.headers["content-type"] else answer.content
        )

    pull, head, main = f"/-/pulls/{at['number']}", at["head"], at["main"]
    for path in (
        REPO,
        f"/repositories/{forge.repo.id}",
        "/installation/repositories",
        "/rate_limit",
        "/users/ada",
    ):
        ask("GET", path)
    ask("GET", f"/user/{forge.hub.account('ada').id}")
    for path in (
        "/orgs/harbour",
        "/orgs/harbour/teams/keepers/memberships/tess",
        "/orgs/harbour/teams/keepers/members",
    ):
        ask("GET", path)
    ask("GET", "/orgs/harbour/members/tess", status=204)
    ask("GET", "/orgs/harbour/members/ada", status=404)
    for name in ("ada", "tess", "mo", "harbour"):
        ask("GET", f"/-/collaborators/{name}/permission")
    ask("GET", "/-/collaborators/tess", status=204)
    ask("GET", "/-/collaborators/nobody-at-all/permission", status=404)
    for path in ("/-/branches", "/-/branches/main", "/-/branches/tides", "/-/branches/main/protection"):
        ask("GET", path)
    walk_pulls(ask, pull, head, at)
    walk_talk(ask, at)
    walk_checks(ask, head)
    walk_git(ask, head, main)
    walk_releases(ask)


def walk_pulls(ask: Any, pull: str, head: str, at: dict[str, Any]) -> None:
    """Pull requests and reviews."""
    for path in ("", "/files", "/commits", "/reviews", "/comments", f"/reviews/{at['review']}"):
        ask("GET", pull + path)
    ask("GET", "/-/pulls?state=all&per_page=1&page=2&sort=updated&direction=asc")
    ask("GET", pull, headers={"Accept": "application/vnd.github.diff"})
    ask("GET", "/-/pulls/3/merge", status=204)
    ask("GET", f"{pull}/merge", status=404)
    ask("PATCH", pull, {"title": "Lampen", "body": "More."})
    said = {"path": LEAF, "line": 2, "side": "RIGHT", "body": "```suggestion\nb: 4\n```"}
    made = ask(
        "POST",
        f"{pull}/reviews",
        {"event": "COMMENT", "body": "Here.", "commit_id": head, "comments": [said]},
    )
    assert ask("GET", f"{pull}/reviews/{made['id']}/comments")[0]["line"] == 2
    ask("PUT", f"{pull}/reviews/{made['id']}", {"body": "There."})
    one = ask("POST", f"{pull}/comments", {"commit_id": head, "path": LEAF, "line": 1, "body": "x"}, 201)
    ask("PATCH", f"/-/pulls/comments/{one['id']}", {"body": "y"})
    ask("POST", f"/-/pulls/comments/{one['id']}/reactions", {"content": "eyes"}, 201)
    ask("DELETE", f"/-/pulls/comments/{one['id']}", status=204)
    ask("PUT", f"{pull}/reviews/{at['review']}/dismissals", {"message": "No."})
    ask("PUT", f"{pull}/merge", {"sha": "0" * 40}, 409)
    ask("PUT", f"{pull}/merge", {"sha": head, "merge_method": "squash"})
    ask("PUT", f"{pull}/merge", {"sha": head}, 405)


def walk_talk(ask: Any, at: dict[str, Any]) -> None:
    """Issues, comments, reactions, labels."""
    issue, comment = f"/-/issues/{at['number']}", f"/-/issues/comments/{at['comment']}"
    made = ask("POST", "/-/issues", {"title": "Queue", "body": "- [ ] one", "labels": ["queue"]}, 201)
    ask(
        "PATCH",
        f"/-/issues/{made['number']}",
        {"body": "- [x] one", "labels": ["queue", "x"], "state": "closed"},
    )
    for path in (
        "/-/issues",
        "/-/issues?state=closed&creator=upweight%5Bbot%5D",
        issue,
        f"{issue}/comments",
        comment,
    ):
        ask("GET", path)
    ours = ask("POST", f"{issue}/comments", {"body": "Judged."}, 201)
    ask("PATCH", f"/-/issues/comments/{ours['id']}", {"body": "Judged again."})
    ask("PATCH", comment, {"body": "another's"}, 403)
    ask("DELETE", f"/-/issues/comments/{ours['id']}", status=204)
    for place in (comment, issue):
        mark = ask("POST", f"{place}/reactions", {"content": "eyes"}, 201)
        assert ask("POST", f"{place}/reactions", {"content": "eyes"}, 200)["id"] == mark["id"]
        ask("GET", f"{place}/reactions")
    ask("DELETE", f"{comment}/reactions/{ask('GET', f'{comment}/reactions')[0]['id']}", status=204)
    ask("POST", "/-/labels", {"name": "needs human", "color": "aabbcc", "description": "x"}, 201)
    ask("POST", "/-/labels", {"name": "Needs Human"}, 422)
    ask("GET", "/-/labels")
    ask("PATCH", "/-/labels/needs%20human", {"new_name": "needs you"})
    ask("GET", "/-/labels/needs%20you")
    ask("POST", f"{issue}/labels", {"labels": ["needs you", "passed"]})
    ask("PUT", f"{issue}/labels", {"labels": ["passed", "y"]})
    ask("GET", f"{issue}/labels")
    ask("DELETE", f"{issue}/labels/passed")
    ask("DELETE", f"{issue}/labels/passed", status=404)
    ask("DELETE", f"{issue}/labels", status=204)
    ask("DELETE", "/-/labels/needs%20you", status=204)


def walk_checks(ask: Any, head: str) -> None:
    """Check runs and statuses."""
    note = {"path": LEAF, "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "No."}
    output = {"title": "Two things", "summary": "Mend them.", "annotations": [note]}
    run = ask(
        "POST",
        "/-/check-runs",
        {"name": "upweight", "head_sha": head, "status": "in_progress", "output": output},
        201,
    )
    one = f"/-/check-runs/{run['id']}"
    button = {"label": "Fix", "description": "Mend it.", "identifier": "fix"}
    done = {
        "conclusion": "failure",
        "completed_at": "2026-01-01T00:00:00Z",
        "output": output,
        "actions": [button],
    }
    assert ask("PATCH", one, done)["output"]["annotations_count"] == 2
    ask("PATCH", one, {"output": {**output, "annotations": [note] * 51}}, 422)
    for path in (one, f"{one}/annotations", f"/-/commits/{head}/check-runs?check_name=upweight&filter=all"):
        ask("GET", path)
    ask("POST", f"/-/statuses/{head}", {"state": "pending", "context": "upweight", "description": "x"}, 201)
    ask("GET", f"/-/commits/{head}/statuses")
    assert ask("GET", f"/-/commits/{head}/status")["state"] == "pending"


def walk_git(ask: Any, head: str, main: str) -> None:
    """Refs, tags, commits, contents."""
    ask("GET", "/-/git/ref/heads/main")
    ask("GET", "/-/git/matching-refs/heads/")
    ask("POST", "/-/git/refs", {"ref": "refs/heads/batch/1", "sha": main}, 201)
    ask("POST", "/-/git/refs", {"ref": "refs/heads/batch/1", "sha": main}, 422)
    ask("PATCH", "/-/git/refs/heads/batch/1", {"sha": head, "force": True})
    ask("PATCH", "/-/git/refs/heads/batch/1", {"sha": main}, 422)
    ask("DELETE", "/-/git/refs/heads/batch/1", status=204)
    tag = ask(
        "POST", "/-/git/tags", {"tag": "model/v1", "message": "One\n", "object": main, "type": "commit"}, 201
    )
    ask("POST", "/-/git/refs", {"ref": "refs/tags/model/v1", "sha": tag["sha"]}, 201)
    ask("GET", "/-/git/ref/tags/model/v1")
    ask("GET", f"/-/git/tags/{tag['sha']}")
    for path in (
        f"/-/git/commits/{main}",
        "/-/commits?per_page=2",
        f"/-/commits/{head}",
        f"/-/compare/{main}...{head}",
    ):
        ask("GET", path)
    assert ask("GET", "/-/contents/README.md")["size"] == 11
    assert (
        ask("GET", "/-/contents/README.md", headers={"Accept": "application/vnd.github.raw"})
        == b"A taxonomy\n"
    )


def walk_releases(ask: Any) -> None:
    """Releases and their files."""
    made = ask(
        "POST",
        "/-/releases",
        {"tag_name": "model/v1", "name": "Model 1", "body": "Notes", "draft": True},
        201,
    )
    one = f"/-/releases/{made['id']}"
    sent = {"content": b"{}", "headers": {"Content-Type": "application/octet-stream"}}
    asset = ask("POST", f"{one}/assets?name=manifest.json", status=201, **sent)
    ask("POST", f"{one}/assets?name=manifest.json", status=422, **sent)
    ask("GET", "/-/releases/tags/model/v1", status=404)
    ask("PATCH", one, {"draft": False})
    for path in ("/-/releases", "/-/releases/latest", "/-/releases/tags/model/v1", one, f"{one}/assets"):
        ask("GET", path)
    kept = f"/-/releases/assets/{asset['id']}"
    assert ask("GET", kept, headers={"Accept": "application/octet-stream"}) == b"{}"
    ask("GET", kept)
    ask("DELETE", kept, status=204)
    ask("DELETE", one, status=204)


def walk_app(forge: FakeGitHub) -> None:
    """What only the App's own signature opens."""
    number = installation_id(forge.hub.app)
    with httpx.Client(base_url=forge.url, headers={"Authorization": f"Bearer {signed(forge)}"}) as app:
        for path in (
            "/app",
            "/app/installations",
            f"/app/installations/{number}",
            f"{REPO}/installation",
            "/app/hook/config",
        ):
            assert app.get(path).status_code == 200
        listed = app.get("/app/hook/deliveries").json()
        assert app.get(f"/app/hook/deliveries/{listed[0]['id']}").status_code == 200
        assert app.post(f"/app/hook/deliveries/{listed[0]['id']}/attempts").status_code == 202
        less = app.post(
            f"/app/installations/{number}/access_tokens", json={"permissions": {"checks": "write"}}
        )
        assert less.json()["permissions"] == {"checks": "write"}


def test_every_route_takes_and_gives_what_github_describes(checked: FakeGitHub) -> None:
    at = played(checked)
    with bot(checked) as client:
        walk(client, checked, at)
        made = client.post(f"{REPO}/pulls", json={"head": "tides", "base": "main", "title": "Again"})
        assert made.status_code == 422
        checked.people.close(2)
        assert (
            client.post(f"{REPO}/pulls", json={"head": "tides", "base": "main", "title": "Again"}).status_code
            == 201
        )
    walk_app(checked)
    unwalked = {f"{route.method} {route.path}" for route in asked_for(checked)} ^ {
        f"{route.method} {route.path}"
        for route in checked.hub.table.routes
        if not route.path.startswith(NEITHER)
    }
    assert unwalked == set()


def asked_for(forge: FakeGitHub) -> list[Route]:
    """The routes that somebody asked for and got something from."""
    return [
        forge.hub.table.find(seen.request.method, forge.hub.by_name(seen.request.path))[0]
        for seen in forge.server.exchanges
        if seen.answer.status < 400
    ]


def test_every_webhook_is_what_github_describes(checked: FakeGitHub, description: Description) -> None:
    at = played(checked)
    people, number = checked.people, at["number"]
    people.push(number, {LEAF: "a: 2\n"})
    people.push(2, {"tides.txt": "y\n"}, force=True)
    people.edit(number, "Lampen", "More.", who="mo")
    people.edit_comment(number, at["comment"], "changed")
    people.draft(number)
    people.draft(number, False)
    people.unlabel(number, "tess", "skill")
    people.review(number, "mo", "REQUEST_CHANGES", "Not yet.")
    people.dismiss(number, at["review"], "mo")
    people.close(number, "mo")
    people.reopen(number)
    people.close(people.issue("ada", "A question"))
    people.push_branch("mo", "main", {"new.txt": "x\n"})
    people.push_branch("mo", "main", commit=people.commit({"other.txt": "x\n"}, at["main"]), force=True)
    people.team("keepers", ["mo"])
    people.queue(number, "mo")
    with bot(checked) as client:
        run = {
            "name": "upweight",
            "head_sha": at["head"],
            "actions": [{"label": "a", "identifier": "a", "description": "d"}],
        }
        made = client.post(f"{REPO}/check-runs", json=run).json()
        client.post(f"{REPO}/issues/1/comments", json={"body": "Judged."})
        client.post(f"{REPO}/releases", json={"tag_name": "model/v1"})
        said = {"path": LEAF, "line": 1, "body": "x"}
        client.post(f"{REPO}/pulls/1/reviews", json={"event": "COMMENT", "comments": [said]})
    people.rerun(made["id"], "mo")
    people.press(made["id"], "mo", "a")
    for action in ("suspend", "unsuspend", "new_permissions_accepted", "created"):
        people.install(action)
    people.ping()
    people.rename("leaves")
    people.transfer("sea")
    told = {f"{sent.event} {sent.action}".strip() for sent in checked.deliveries.all}
    assert len(told) >= 30, sorted(told)
    wrong = {
        problem
        for sent in checked.deliveries.all
        for problem in description.hook(sent.event, sent.action, sent.body)
    }
    assert not wrong, "\n".join(wrong)


def test_a_wrong_answer_is_complained_of(tmp_path: Path, description: Description) -> None:
    hubs: list[Hub] = []
    made = FakeGitHub(tmp_path, checked=lambda seen: description.checked(hubs[0], seen))
    hubs.append(made.hub)
    made.repo.name = 7  # type: ignore[assignment]
    with made, bot(made) as client:
        client.get("/repos/harbour/7")
        client.post("/repos/harbour/7/labels", json={"name": "x", "color": "aabbcc", "description": "d" * 50})
        assert client.post("/repos/harbour/7/git/refs", json={"ref": 5, "sha": "x"}).status_code == 422
    assert any("$.name" in said for said in made.server.complaints), made.server.complaints
