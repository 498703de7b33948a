"""Lists, diffs, statuses, merges, tags, releases, members, hooks (the pages of docs.gitlab.com/api by these names)."""

from __future__ import annotations

import re
from typing import Any

import pygit2

from service.fake.gitlab.site import Refusal, Site, on
from service.fake.gitlab.state import WHO, Json, Person, Request
from service.fake.gitlab.wire import Asked, Told

DEVELOPER, MAINTAINER = 30, 40
STATES = ("pending", "running", "success", "failed", "canceled", "skipped")


@on("GET", "/user")
def user(site: Site, me: Person, asked: Asked) -> Json:
    """Who the token is, with the address that its commits are known by (api/users)."""
    email = f"{me.username}@noreply.gitlab.example"
    return {**me.json(), "email": email, "commit_email": email}


@on("GET", "/users")
def users(site: Site, me: Person, asked: Asked) -> list[Json]:
    """Users by their name, in whatever capitals (api/users, "List all users")."""
    name = asked.one("username").lower()
    return [one.json() for one in site.project.people.values() if name in ("", one.username.lower())]


@on("GET", "/projects/{id}")
def project(site: Site, me: Person, asked: Asked, id: str) -> Json:
    """The project, or a fork of it."""
    one = site.project
    for fork in one.forks.values():
        if id in (str(fork.id), fork.path):
            return {"id": fork.id, "path_with_namespace": fork.path, "visibility": one.visibility}
    if id not in (one.path, str(one.id)):
        raise Refusal(404, "404 Project Not Found")
    return {
        "id": one.id,
        "path_with_namespace": one.path,
        "visibility": one.visibility,
        "default_branch": "main",
    }


@on("GET", ":p/members/all/{person}")
def member(site: Site, me: Person, asked: Asked, person: str) -> Json:
    """A membership, inherited ones too (api/members)."""
    found = site.project.people.get(int(person)) if person.isdigit() else None
    if found is None or not found.level:
        raise Refusal(404, "404 Not found")
    return {**found.json(), "access_level": found.level, "membership_state": "active"}


@on("GET", "/groups/{group}/members/all/{person}")
def group_member(site: Site, me: Person, asked: Asked, group: str, person: str) -> Json:
    """A membership in a group or in one above it."""
    if group not in site.project.groups:
        raise Refusal(404, "404 Group Not Found")
    above = [path for path in site.project.groups if group == path or group.startswith(f"{path}/")]
    level = max((site.project.groups[path].get(int(person), 0) for path in above), default=0)
    if not level:
        raise Refusal(404, "404 Not found")
    return {**site.project.people[int(person)].json(), "access_level": level, "membership_state": "active"}


@on("GET", ":p/merge_requests")
def requests(site: Site, me: Person, asked: Asked) -> list[Json]:
    """Merge requests by their state, newest first unless asked otherwise."""
    state = asked.one("state", "all")
    found = [one for one in site.project.requests.values() if state in ("all", one.state)]
    ordered = found if asked.one("sort", "desc") == "asc" else found[::-1]
    return [site.project.request_json(one) for one in ordered]


@on("GET", ":m/diffs")
def diffs(site: Site, me: Person, asked: Asked, one: Request) -> list[Json]:
    """What it does to each file."""
    return site.project.diffs(one)


@on("PUT", ":m/merge")
def merge(site: Site, me: Person, asked: Asked, one: Request) -> Json:
    """Merge (api/merge_requests, "Merge a merge request": its table of 401, 405, 409, 422)."""
    body, repo = asked.json(), site.project.repo
    if me.level < MAINTAINER:
        raise Refusal(401, "401 Unauthorized")
    if one.state != "opened" or one.draft or one.detailed != "mergeable":
        raise Refusal(405, "405 Method Not Allowed")
    if body.get("sha") not in (None, one.head):
        raise Refusal(409, "SHA does not match HEAD of source branch: " + one.head)
    tip = site.project.tip(one.target)
    index = repo.merge_commits(tip, one.head)
    if index.conflicts:
        raise Refusal(422, "Branch cannot be merged")
    message = body.get("merge_commit_message") or f"Merge branch '{one.source}' into '{one.target}'"
    parents = [pygit2.Oid(hex=tip), pygit2.Oid(hex=one.head)]
    made = repo.create_commit(f"refs/heads/{one.target}", WHO, WHO, message, index.write_tree(repo), parents)
    one.state, one.merged = "merged", str(made)
    site.tell(one, me, "merge")
    return site.project.request_json(one)


@on("GET", ":p/repository/merge_base")
def merge_base(site: Site, me: Person, asked: Asked) -> Json:
    """Where two parted."""
    refs = [
        site.project.tip(ref) if not site.project.has(ref) else ref for ref in asked.query.get("refs[]", [])
    ]
    if len(refs) != 2:
        raise Refusal(400, "Provide at least 2 refs")
    found = site.project.repo.merge_base(*refs)
    if found is None:
        raise Refusal(404, "404 Merge Base Not Found")
    return {"id": str(found)}


@on("POST", ":p/statuses/{sha}", DEVELOPER)
def set_status(site: Site, me: Person, asked: Asked, sha: str) -> Json:
    """A status, as versions before 18.3 set it: one that runs takes no step back, nor the same step twice."""
    body, here = asked.json(), site.project
    ref = body.get("ref") or next(iter(here.branches_with(sha) if here.has(sha) else []), None)
    if not here.has(sha) or ref is None:
        raise Refusal(
            404, "404 Commit Not Found" if not here.has(sha) else "404 References for commit Not Found"
        )
    if body.get("state") not in STATES:
        raise Refusal(400, "state does not have a valid value")
    if len(body.get("description") or "") > 255:
        raise Refusal(400, {"description": ["is too long (maximum is 255 characters)"]})
    name = body.get("name") or "default"
    open_one = next((s for s in here.statuses if (s["sha"], s["name"]) == (sha, name)
                     and s["status"] in ("pending", "running")), None)  # fmt: skip
    if open_one and STATES.index(body["state"]) <= STATES.index(open_one["status"]):
        event = {"pending": "enqueue", "running": "run"}[body["state"]]
        raise Refusal(400, f"Cannot transition status via :{event} from :{open_one['status']}")
    one = open_one or {"id": next(here.ids), "sha": sha, "name": name}
    one |= {"status": body["state"], "ref": ref, "author": me.json()}
    one |= {key: body.get(key) for key in ("description", "target_url")}
    if open_one is None:
        here.statuses.append(one)
    return one


@on("GET", ":p/repository/commits/{sha}/statuses")
def statuses(site: Site, me: Person, asked: Asked, sha: str) -> list[Json]:
    """The newest status of each name."""
    newest = {s["name"]: s for s in site.project.statuses if s["sha"] == sha}
    return [one for name, one in newest.items() if asked.one("name", name) == name]


@on("GET", ":p/repository/tags/{tag}")
def read_tag(site: Site, me: Person, asked: Asked, tag: str) -> Json:
    """A tag."""
    ref = site.project.repo.references.get(f"refs/tags/{tag}")
    if ref is None:
        raise Refusal(404, "404 Tag Not Found")
    return {"name": tag, "target": str(ref.target), "commit": {"id": str(ref.peel(pygit2.Commit).id)}}


@on("POST", ":p/repository/tags", DEVELOPER)
def make_tag(site: Site, me: Person, asked: Asked) -> Json:
    """A tag, annotated where it has a message."""
    body, repo = asked.json(), site.project.repo
    name, target = body["tag_name"], body["ref"]
    if f"refs/tags/{name}" in repo.references:
        raise Refusal(400, f"Tag {name} already exists")
    target = target if site.project.has(target) else site.project.tip(target)
    if not site.project.has(target):
        raise Refusal(400, f"Target {body['ref']} is invalid")
    oid = pygit2.Oid(hex=target)
    if body.get("message"):
        repo.create_tag(name, oid, pygit2.enums.ObjectType.COMMIT, WHO, body["message"])
    else:
        repo.references.create(f"refs/tags/{name}", oid)
    return read_tag(site, me, asked, name)  # type: ignore[no-any-return]


@on("GET", ":p/releases/{tag}")
def read_release(site: Site, me: Person, asked: Asked, tag: str) -> Json:
    """A release."""
    if tag not in site.project.releases:
        raise Refusal(404, "404 Not found")
    return site.project.releases[tag]


@on("POST", ":p/releases", DEVELOPER)
def make_release(site: Site, me: Person, asked: Asked) -> Json:
    """A release of a tag that is there."""
    body = asked.json()
    tag = body["tag_name"]
    if tag in site.project.releases:
        raise Refusal(409, "Release already exists")
    read_tag(site, me, asked, tag)
    one = {key: body.get(key) for key in ("tag_name", "name", "description")} | {"assets": {"links": []}}
    site.project.releases[tag] = one
    return one


@on("PUT", ":p/releases/{tag}", DEVELOPER)
def change_release(site: Site, me: Person, asked: Asked, tag: str) -> Json:
    """Another name or text."""
    one = read_release(site, me, asked, tag)
    one |= {key: value for key, value in asked.json().items() if key in ("name", "description")}
    return one  # type: ignore[no-any-return]


@on("POST", ":p/releases/{tag}/assets/links", DEVELOPER)
def link(site: Site, me: Person, asked: Asked, tag: str) -> Json:
    """A file of a release; each name and address once (api/releases/links)."""
    links = read_release(site, me, asked, tag)["assets"]["links"]
    body = asked.json()
    if any(body["name"] == other["name"] or body["url"] == other["url"] for other in links):
        raise Refusal(400, {"name": ["has already been taken"]})
    links.append({"id": next(site.project.ids), **body})
    return links[-1]  # type: ignore[no-any-return]


@on("PUT", ":p/packages/generic/{package}/{version}/{file}", DEVELOPER)
def upload(site: Site, me: Person, asked: Asked, package: str, version: str, file: str) -> Told:
    """A file of the generic registry (user/packages/generic_packages)."""
    if not re.fullmatch(r"\.?[\w+-][\w+.-]*", version) or not re.fullmatch(r"[A-Za-z0-9._~@+-]+", file):
        raise Refusal(400, "file_name is invalid")
    site.project.packages[f"{package}/{version}/{file}"] = asked.body
    return Told(201, {"message": "201 Created"})


@on("GET", ":p/packages/generic/{package}/{version}/{file}")
def download(site: Site, me: Person, asked: Asked, package: str, version: str, file: str) -> Told:
    """A file's bytes."""
    found = site.project.packages.get(f"{package}/{version}/{file}")
    if found is None:
        raise Refusal(404, "404 Package Not Found")
    return Told(200, found, {"Content-Type": "application/octet-stream"})


@on("GET", ":p/hooks", MAINTAINER)
def hooks(site: Site, me: Person, asked: Asked) -> list[Json]:
    """The hooks, without their secrets (api/project_webhooks)."""
    return [_hook(site, one) for one in site.project.hooks]


@on("POST", ":p/hooks", MAINTAINER)
def make_hook(site: Site, me: Person, asked: Asked) -> Json:
    """A hook."""
    site.project.hooks.append({"id": next(site.project.ids), **asked.json()})
    return _hook(site, site.project.hooks[-1])


@on("PUT", ":p/hooks/{hook}", MAINTAINER)
def change_hook(site: Site, me: Person, asked: Asked, hook: str) -> Json:
    """Other settings of a hook."""
    one = next((one for one in site.project.hooks if str(one["id"]) == hook), None)
    if one is None:
        raise Refusal(404, "404 Not found")
    one |= asked.json()
    return _hook(site, one)


def _hook(site: Site, one: Json) -> dict[str, Any]:
    """A version that knows no signing token passes over it, and tells nothing of it."""
    if not site.project.signs:
        one.pop("signing_token", None)
    shown = {key: value for key, value in one.items() if key not in ("token", "signing_token")}
    shown |= {"alert_status": one.get("alert_status", "executable")}
    return shown | ({"signing_token_present": bool(one.get("signing_token"))} if site.project.signs else {})
