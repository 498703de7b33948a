"""How the small GitHub of these tests answers: the fields that we read, and the refusals that we must understand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.webhooks.github.server import Answer, Asked, Server
from tests.webhooks.github.world import APP, BASE, BOT, REPO, ROLES, VIA, World, refused, sha


def listed(asked: Asked, items: list[Any]) -> Answer:
    """A page of a list with its links."""
    size, page = int(asked.query.get("per_page", 30)), int(asked.query.get("page", 1))
    more = len(items) > size * page
    link = {"link": f'<https://elsewhere.example/?page={page + 1}>; rel="next"'} if more else {}
    return Answer(200, items[size * (page - 1) : size * page], link)


def marked(world: World, asked: Asked, answer: Answer) -> Answer:
    """With an ETag, or 304 where the asker has it already."""
    if asked.method != "GET" or answer.status != 200 or not world.etags:
        return answer
    mark = f'"{sha(json.dumps([answer.body, dict(answer.headers)]))}"'
    if asked.headers.get("if-none-match") == mark:
        return Answer(304, None, {"etag": mark})
    return Answer(200, answer.body, {**answer.headers, "etag": mark})


def signing_in(world: World, server: Server) -> None:
    @server.route("GET", f"{BASE}/installation")
    def installation(asked: Asked, at: Mapping[str, str]) -> Answer:
        return Answer(200, {"id": 77})

    @server.route("GET", BASE)
    def repository(asked: Asked, at: Mapping[str, str]) -> Answer:
        return Answer(200, {"id": 9, "name": REPO.partition("/")[2], "full_name": REPO})

    @server.route("GET", "/app")
    def app(asked: Asked, at: Mapping[str, str]) -> Answer:
        return Answer(200, {"id": APP, "slug": "upweight-app"})

    @server.route("POST", "/app/installations/77/access_tokens")
    def token(asked: Asked, at: Mapping[str, str]) -> Answer:
        world.tokens += 1
        until = (datetime.now(UTC) + world.life).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Answer(201, {"token": f"ghs_secret{world.tokens}", "expires_at": until})


def talking(world: World, server: Server) -> None:
    @server.route("GET", f"{BASE}/issues/{{n}}/comments")
    def comments(asked: Asked, at: Mapping[str, str]) -> Answer:
        return listed(asked, [one for one in world.comments.values() if one["number"] == int(at["n"])])

    @server.route("POST", f"{BASE}/issues/{{n}}/comments")
    def comment(asked: Asked, at: Mapping[str, str]) -> Answer:
        return Answer(201, world.comments[world.say(int(at["n"]), BOT, asked.json["body"], VIA)])

    for method in ("GET", "PATCH", "DELETE"):

        @server.route(method, f"{BASE}/issues/comments/{{id}}")
        def one(asked: Asked, at: Mapping[str, str]) -> Answer:
            found = world.comments.get(int(at["id"]))
            if found is None:
                return refused(404, "Not Found")
            if asked.method == "DELETE":
                del world.comments[found["id"]]
                return Answer(204)
            found.update(asked.json or {})
            return Answer(200, found)

    @server.route("POST", f"{BASE}/issues/comments/{{id}}/reactions")
    def react(asked: Asked, at: Mapping[str, str]) -> Answer:
        key = (int(at["id"]), asked.json["content"])
        new = key not in world.reactions
        identity = world.reactions.setdefault(key, world.count())
        return Answer(201 if new else 200, {"id": identity, "content": key[1], "user": BOT})


def boarding(world: World, server: Server) -> None:
    @server.route("GET", f"{BASE}/issues")
    def issues(asked: Asked, at: Mapping[str, str]) -> Answer:
        return listed(asked, world.issues)

    @server.route("POST", f"{BASE}/issues")
    def create(asked: Asked, at: Mapping[str, str]) -> Answer:
        world.issues.append({"number": world.count(), "body": None, "user": BOT, **asked.json})
        world.issues[-1]["performed_via_github_app"] = VIA
        return Answer(201, world.issues[-1])

    @server.route("PATCH", f"{BASE}/issues/{{n}}")
    def change(asked: Asked, at: Mapping[str, str]) -> Answer:
        (found,) = [issue for issue in world.issues if issue["number"] == int(at["n"])]
        found.update(asked.json)
        return Answer(200, found)


def labelling(world: World, server: Server) -> None:
    def there(at: Mapping[str, str]) -> list[dict[str, str]]:
        labels: list[dict[str, str]] = world.pulls[int(at["n"])]["labels"]
        return labels

    @server.route("GET", f"{BASE}/issues/{{n}}/labels")
    def labels(asked: Asked, at: Mapping[str, str]) -> Answer:
        return listed(asked, there(at))

    @server.route("POST", f"{BASE}/issues/{{n}}/labels")
    def add(asked: Asked, at: Mapping[str, str]) -> Answer:
        there(at).extend({"name": name} for name in asked.json["labels"])
        return Answer(200, there(at))

    @server.route("DELETE", f"{BASE}/issues/{{n}}/labels/{{name}}")
    def remove(asked: Asked, at: Mapping[str, str]) -> Answer:
        there(at)[:] = [label for label in there(at) if label["name"] != at["name"]]
        return Answer(200, there(at))

    @server.route("GET", f"{BASE}/labels/{{name}}")
    def known(asked: Asked, at: Mapping[str, str]) -> Answer:
        found = [name for name in world.labels if name.casefold() == at["name"].casefold()]
        return Answer(200, {"name": found[0]}) if found else refused(404, "Not Found")

    @server.route("POST", f"{BASE}/labels")
    def made(asked: Asked, at: Mapping[str, str]) -> Answer:
        if asked.json["name"] in world.labels:
            error = {"resource": "Label", "code": "already_exists", "field": "name"}
            return refused(422, "Validation Failed", errors=[error])
        world.labels.add(asked.json["name"])
        return Answer(201, {"name": asked.json["name"], "color": asked.json["color"]})


def checking(world: World, server: Server) -> None:
    def shown(run: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
        output = dict(told.get("output", {}))
        notes = world.annotations.setdefault(run["id"], [])
        notes.extend(output.pop("annotations", []))
        run.update({**told, "output": {**run.get("output", {}), **output, "annotations_count": len(notes)}})
        run.setdefault("conclusion", None)
        if run["status"] != "completed":
            run["conclusion"] = None
        return run

    @server.route("POST", f"{BASE}/check-runs")
    def create(asked: Asked, at: Mapping[str, str]) -> Answer:
        identity = world.count()
        run = world.runs[identity] = {"id": identity, "app": {"id": APP}}
        return Answer(201, shown(run, asked.json))

    @server.route("PATCH", f"{BASE}/check-runs/{{id}}")
    def update(asked: Asked, at: Mapping[str, str]) -> Answer:
        return Answer(200, shown(world.runs[int(at["id"])], asked.json))

    @server.route("GET", f"{BASE}/check-runs/{{id}}/annotations")
    def annotations(asked: Asked, at: Mapping[str, str]) -> Answer:
        blank = {"title": None, "raw_details": None, "start_column": None, "end_column": None}
        return listed(asked, [{**blank, **each} for each in world.annotations[int(at["id"])]])

    @server.route("GET", f"{BASE}/commits/{{sha}}/check-runs")
    def runs(asked: Asked, at: Mapping[str, str]) -> Answer:
        found = [
            r
            for r in world.runs.values()
            if (r["head_sha"], r["name"]) == (at["sha"], asked.query["check_name"])
        ]
        newest = found[-1:] if asked.query.get("filter") == "latest" else found
        return Answer(200, {"total_count": len(newest), "check_runs": newest})


def reviewing(world: World, server: Server) -> None:
    def add(number: int, told: Mapping[str, Any], head: str) -> dict[str, Any]:
        identity = world.count()
        world.remarks[identity] = {
            "start_line": None, **told, "id": identity, "number": number, "user": BOT, "commit_id": head,
        }  # fmt: skip
        return world.remarks[identity]

    def shown(number: int, told: Mapping[str, Any]) -> bool:
        return (told["path"], told["line"]) != ("unshown.yaml", 9)

    @server.route("GET", f"{BASE}/pulls/{{n}}/comments")
    def remarks(asked: Asked, at: Mapping[str, str]) -> Answer:
        return listed(asked, [one for one in world.remarks.values() if one["number"] == int(at["n"])])

    @server.route("POST", f"{BASE}/pulls/{{n}}/reviews")
    def review(asked: Asked, at: Mapping[str, str]) -> Answer:
        told, number = asked.json, int(at["n"])
        if not all(shown(number, one) for one in told["comments"]):
            return refused(422, "Unprocessable Entity", errors=["Line could not be resolved"])
        for one in told["comments"]:
            add(number, one, told["commit_id"])
        return Answer(200, {"id": world.count(), "state": "COMMENTED", "user": BOT, "body": told["body"]})

    @server.route("POST", f"{BASE}/pulls/{{n}}/comments")
    def remark(asked: Asked, at: Mapping[str, str]) -> Answer:
        if not shown(int(at["n"]), asked.json):
            return refused(422, "Validation Failed")
        return Answer(201, add(int(at["n"]), asked.json, asked.json["commit_id"]))

    @server.route("DELETE", f"{BASE}/pulls/comments/{{id}}")
    def away(asked: Asked, at: Mapping[str, str]) -> Answer:
        del world.remarks[int(at["id"])]
        return Answer(204)

    @server.route("GET", f"{BASE}/pulls/{{n}}/files")
    def files(asked: Asked, at: Mapping[str, str]) -> Answer:
        return listed(asked, world.files.get(int(at["n"]), []))


def merging(world: World, server: Server) -> None:
    @server.route("GET", f"{BASE}/pulls")
    def pulls(asked: Asked, at: Mapping[str, str]) -> Answer:
        return listed(
            asked, [p for p in world.pulls.values() if p["state"] == asked.query.get("state", "open")]
        )

    @server.route("GET", f"{BASE}/pulls/{{n}}")
    def pull(asked: Asked, at: Mapping[str, str]) -> Answer:
        found = world.pulls.get(int(at["n"]))
        return Answer(200, found) if found else refused(404, "Not Found")

    @server.route("PATCH", f"{BASE}/pulls/{{n}}")
    def change(asked: Asked, at: Mapping[str, str]) -> Answer:
        world.pulls[int(at["n"])].update(asked.json)
        return Answer(200, world.pulls[int(at["n"])])

    @server.route("PUT", f"{BASE}/pulls/{{n}}/merge")
    def merge(asked: Asked, at: Mapping[str, str]) -> Answer:
        pull = world.pulls[int(at["n"])]
        if pull["state"] != "open":
            return refused(405, "Pull Request is not mergeable")
        if asked.json["sha"] != pull["head"]["sha"]:
            return refused(409, "Head branch was modified. Review and try the merge again.")
        merged = world.commit(pull["head"]["sha"])
        world.refs["heads/main"] = ("commit", merged)
        pull.update(state="closed", merged=True, merge_commit_sha=merged)
        return Answer(200, {"sha": merged, "merged": True, "message": "Pull Request successfully merged"})

    @server.route("GET", f"{BASE}/compare/{{span*}}")
    def compare(asked: Asked, at: Mapping[str, str]) -> Answer:
        base, head = at["span"].split("...")
        behind = world.contains(world.refs[f"heads/{base}"][1], head)
        return Answer(200, {"status": "behind" if behind else "diverged"})


def referring(world: World, server: Server) -> None:
    def ref(name: str) -> dict[str, Any]:
        kind, at = world.refs[name]
        return {"ref": f"refs/{name}", "object": {"type": kind, "sha": at}}

    @server.route("GET", f"{BASE}/git/ref/{{ref*}}")
    def get(asked: Asked, at: Mapping[str, str]) -> Answer:
        return Answer(200, ref(at["ref"])) if at["ref"] in world.refs else refused(404, "Not Found")

    @server.route("PATCH", f"{BASE}/git/refs/{{ref*}}")
    def move(asked: Asked, at: Mapping[str, str]) -> Answer:
        if at["ref"] not in world.refs:
            return refused(422, "Reference does not exist")
        if not world.contains(asked.json["sha"], world.refs[at["ref"]][1]):
            return refused(422, "Update is not a fast forward")
        world.refs[at["ref"]] = ("commit", asked.json["sha"])
        return Answer(200, ref(at["ref"]))

    @server.route("POST", f"{BASE}/git/refs")
    def create(asked: Asked, at: Mapping[str, str]) -> Answer:
        name = asked.json["ref"].removeprefix("refs/")
        if name in world.refs:
            return refused(422, "Reference already exists")
        world.refs[name] = ("tag", asked.json["sha"])
        return Answer(201, ref(name))

    @server.route("POST", f"{BASE}/git/tags")
    def tag(asked: Asked, at: Mapping[str, str]) -> Answer:
        told = asked.json
        made = sha(json.dumps(told) + str(world.count()))
        about = {"sha": made, "tag": told["tag"], "message": told["message"]}
        world.tags[made] = {**about, "object": {"sha": told["object"], "type": told["type"]}}
        return Answer(201, world.tags[made])

    @server.route("GET", f"{BASE}/git/tags/{{sha}}")
    def tagged(asked: Asked, at: Mapping[str, str]) -> Answer:
        return Answer(200, world.tags[at["sha"]])


def knowing(world: World, server: Server) -> None:
    @server.route("GET", f"{BASE}/collaborators/{{login}}/permission")
    def permission(asked: Asked, at: Mapping[str, str]) -> Answer:
        if at["login"] not in world.people:
            return refused(404, "Not Found")
        number, role = world.people[at["login"]]
        user = {"id": number, "login": at["login"], "type": "User", "role_name": role}
        return Answer(200, {"permission": ROLES.get(role, "read"), "role_name": role, "user": user})

    @server.route("GET", "/user/{id}")
    def user(asked: Asked, at: Mapping[str, str]) -> Answer:
        found = [login for login, (number, _) in world.people.items() if number == int(at["id"])]
        told = (
            {"id": int(at["id"]), "login": found[0], "type": "User", "user_view_type": "public"}
            if found
            else {}
        )
        return Answer(200, told) if found else refused(404, "Not Found")

    @server.route("GET", "/users/{login}")
    def named(asked: Asked, at: Mapping[str, str]) -> Answer:
        if at["login"] == BOT["login"]:
            return Answer(200, {**BOT, "user_view_type": "public"})
        found = [login for login in world.people if login.casefold() == at["login"].casefold()]
        told = {"login": found[0], "type": "User", "user_view_type": "public"} if found else {}
        return Answer(200, {**told, "id": world.people[found[0]][0]}) if found else refused(404, "Not Found")

    @server.route("GET", "/orgs/{org}/teams/{team}/memberships/{login}")
    def member(asked: Asked, at: Mapping[str, str]) -> Answer:
        state = world.teams.get((at["org"], at["team"], at["login"]))
        return Answer(200, {"state": state, "role": "member"}) if state else refused(404, "Not Found")

    @server.route("GET", "/orgs/{org}/members/{login}")
    def in_org(asked: Asked, at: Mapping[str, str]) -> Answer:
        inside = any(key[0] == at["org"] and key[2] == at["login"] for key in world.teams)
        return Answer(204) if inside else refused(404, "Not Found")


def releasing(world: World, server: Server) -> None:
    @server.route("GET", f"{BASE}/releases")
    def releases(asked: Asked, at: Mapping[str, str]) -> Answer:
        return listed(asked, list(world.releases.values()))

    @server.route("POST", f"{BASE}/releases")
    def create(asked: Asked, at: Mapping[str, str]) -> Answer:
        identity = world.count()
        here = f"{server.url}{BASE}/releases/{identity}/assets{{?name,label}}"
        page = f"https://github.com/{REPO}/releases/{identity}"
        told = {"id": identity, "html_url": page, "upload_url": here, "assets": []}
        world.releases[identity] = {**told, **asked.json}
        return Answer(201, world.releases[identity])

    @server.route("PATCH", f"{BASE}/releases/{{id}}")
    def change(asked: Asked, at: Mapping[str, str]) -> Answer:
        world.releases[int(at["id"])].update(asked.json)
        return Answer(200, world.releases[int(at["id"])])

    @server.route("POST", f"{BASE}/releases/{{id}}/assets")
    def upload(asked: Asked, at: Mapping[str, str]) -> Answer:
        about = {
            "id": world.count(),
            "name": asked.query["name"],
            "size": len(asked.body),
            "state": "uploaded",
        }
        world.releases[int(at["id"])]["assets"].append(about)
        return Answer(201, about)

    @server.route("DELETE", f"{BASE}/releases/assets/{{id}}")
    def away(asked: Asked, at: Mapping[str, str]) -> Answer:
        for release in world.releases.values():
            release["assets"] = [one for one in release["assets"] if one["id"] != int(at["id"])]
        return Answer(204)


ROUTES = (
    signing_in, talking, boarding, labelling, checking, reviewing, merging, referring, knowing, releasing,
)  # fmt: skip
